package ward

import (
	"cmp"
	"time"

	"wardlight/ward/vitals"
)

// compareMetric orders readings as a bedside lists them.
func (r Reading) compareMetric(m vitals.Metric) int {
	return cmp.Or(cmp.Compare(vitals.Order(r.Now.Metric.Code), vitals.Order(m.Code)), cmp.Compare(r.Now.Metric.MDC, m.MDC))
}

// followedBy is the reading after the next word on its quantity.
func (r Reading) followedBy(o vitals.Observation) Reading {
	r.Now = o
	switch {
	case o.HasValue():
		r.Was, r.NoneSince = o, time.Time{}
	case r.NoneSince.IsZero():
		r.NoneSince = o.ReceivedAt
	}
	return r
}

// precedes reports whether o is a newer word. Corrected times may jump by
// what a gateway's clock is off, the device's own by what somebody set its
// clock back: either one moving on is enough.
func (r Reading) precedes(o vitals.Observation) bool {
	return o.At.After(r.Now.At) || o.DeviceAt.After(r.Now.DeviceAt)
}

// repeats reports whether o says again what is known: a cuff reading that
// every message carries until the next one is taken.
func (r Reading) repeats(o vitals.Observation) bool { return same(r.Now, o) || same(r.Was, o) }

func same(a, b vitals.Observation) bool {
	return a.DeviceAt.Equal(b.DeviceAt) && a.HasValue() == b.HasValue() && (!a.HasValue() || a.Value == b.Value)
}

// isCurrent reports whether the reading is a value that describes the patient
// now.
func (dev *Device) isCurrent(r Reading, at time.Time) bool {
	return r.Now.HasValue() && dev.Freshness(r, at).Rank() <= vitals.Ageing.Rank()
}

// isJudgeable reports whether limits may be held against the reading.
func (dev *Device) isJudgeable(r Reading, at time.Time) bool {
	return dev.isCurrent(r, at) && r.Now.Quality != vitals.Questionable
}

// hasValue reports whether the device has a value now for the code from any
// of its sensors.
func (dev *Device) hasValue(code vitals.Code) bool {
	for i := range dev.Readings {
		if now := &dev.Readings[i].Now; now.Metric.Code == code && now.HasValue() {
			return true
		}
	}
	return false
}
