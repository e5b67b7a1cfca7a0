package ward

import (
	"cmp"
	"slices"
	"time"

	"wardlight/ward/vitals"
)

// reading finds the device's reading of a metric; else it says where, in the
// order in which a bedside lists them, a new one belongs.
func (dev *Device) reading(m *vitals.Metric) (i int, found bool) {
	for i := range dev.Readings {
		if dev.Readings[i].Now.Metric.MDC == m.MDC {
			return i, true
		}
	}
	return slices.BinarySearchFunc(dev.Readings, m, func(r Reading, m *vitals.Metric) int {
		return cmp.Or(cmp.Compare(vitals.Order(r.Now.Metric.Code), vitals.Order(m.Code)), cmp.Compare(r.Now.Metric.MDC, m.MDC))
	})
}

// take makes o the last word on the quantity.
func (r *Reading) take(o *vitals.Observation) {
	r.Now = *o
	switch {
	case o.HasValue():
		r.Was, r.NoneSince = *o, time.Time{}
	case r.NoneSince.IsZero():
		r.NoneSince = o.ReceivedAt
	}
}

// precedes reports whether o is a newer word. Corrected times may jump by
// what a gateway's clock is off, the device's own by what somebody set its
// clock back: either one moving on is enough.
func (r *Reading) precedes(o *vitals.Observation) bool {
	return o.At.After(r.Now.At) || o.DeviceAt.After(r.Now.DeviceAt)
}

// repeats reports whether o says again what is known: a cuff reading that
// every message carries until the next one is taken, or one that came late and
// was corrected since.
func (r *Reading) repeats(o *vitals.Observation) bool {
	return same(&r.Now, o) || same(&r.Was, o) || !r.correctedAt.IsZero() && o.DeviceAt.Equal(r.correctedAt)
}

func same(a, b *vitals.Observation) bool {
	return a.DeviceAt.Equal(b.DeviceAt) && a.HasValue() == b.HasValue() && (!a.HasValue() || a.Value == b.Value)
}

// isJudgeable reports whether limits may be held against the reading when it
// looks so fresh: it is a value that describes the patient now.
func (r *Reading) isJudgeable(f vitals.Freshness) bool {
	return r.Now.HasValue() && r.Now.Quality != vitals.Questionable && f.Rank() <= vitals.Ageing.Rank()
}

func (dev *Device) isJudgeable(r *Reading, at time.Time) bool {
	return r.isJudgeable(dev.Freshness(*r, at))
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

// isNewSetting notes what was asked of the device, and reports whether it was
// not known.
func (dev *Device) isNewSetting(o *vitals.Observation) bool {
	i := slices.IndexFunc(dev.settings, func(s vitals.Observation) bool { return s.Metric.MDC == o.Metric.MDC })
	if i >= 0 && same(&dev.settings[i], o) {
		return false
	}
	dev.settings = slices.Clone(dev.settings)
	if i < 0 {
		dev.settings = append(dev.settings, *o)
	} else {
		dev.settings[i] = *o
	}
	return true
}
