package vitals

import "time"

// Quality is how far a value may be trusted.
type Quality string

// The qualities, as the snapshot spells them.
const (
	OK           Quality = "ok"
	Unverified   Quality = "unverified"   // the device did not say, or said raw with reservations
	Questionable Quality = "questionable" // QUES, CAL, TEST, DEMO
	Invalid      Quality = "invalid"      // no value: INV, NAV, a sensor off
)

// Observation is one measured value, or the news that there is none.
type Observation struct {
	Metric     Metric
	Value      Decimal   // meaningless when Quality is Invalid
	At         time.Time // when it was measured, corrected for the source's clock
	DeviceAt   time.Time // when it was measured, by the device's own clock
	ReceivedAt time.Time
	Quality    Quality
	Limits     string // the device's own alarm limits (OBX-7), as written
	Status     string // what the device said of the value (OBX-8), as written
	Method     Method
	// IsUndated: nobody knows how old it is; the times are those of its
	// receipt. It is recorded and never becomes the current value.
	IsUndated bool
}

// HasValue reports whether there is a number to show.
func (o Observation) HasValue() bool { return o.Quality != Invalid }

// Freshness is how old a value looks.
type Freshness string

// The freshnesses, as the snapshot spells them.
const (
	Fresh  Freshness = "fresh"
	Ageing Freshness = "ageing"
	Stale  Freshness = "stale"
	Gone   Freshness = "gone"
)

// Bounds are the ages beyond which a value looks old.
type Bounds struct{ Ageing, Stale, Gone time.Duration }

// BoundsFor gives the ages for a metric whose source speaks every period.
// Continuous: ageing beyond max(3 s, 1.5 × period), stale beyond
// max(10 s, 3 × period), gone beyond 60 s, or when its source is lost if that
// is later. Intermittent: stale after the metric's own hold, gone after 24 h.
func BoundsFor(m Metric, period time.Duration) Bounds {
	if m.Intermittent {
		hold := staleAfter(m.Code)
		return Bounds{Ageing: hold, Stale: hold, Gone: 24 * time.Hour}
	}
	return Bounds{
		Ageing: max(3*time.Second, period*3/2),
		Stale:  max(10*time.Second, 3*period),
		Gone:   max(time.Minute, LostAfter(period)),
	}
}

// LostAfter is the silence after which a source that speaks every period is
// lost: max(5 × period, 30 s).
func LostAfter(period time.Duration) time.Duration {
	return max(5*period, 30*time.Second)
}

// Freshness judges an age. An age below zero is a clock that runs ahead, and
// fresh.
func (b Bounds) Freshness(age time.Duration) Freshness {
	switch {
	case age > b.Gone:
		return Gone
	case age > b.Stale:
		return Stale
	case age > b.Ageing:
		return Ageing
	}
	return Fresh
}

// Rank orders freshnesses, the freshest first.
func (f Freshness) Rank() int {
	switch f {
	case Fresh:
		return 0
	case Ageing:
		return 1
	case Stale:
		return 2
	}
	return 3
}

// Method is how a value came about (HL7 v2 OBX-17).
type Method string

// The methods. A setting is what somebody asked of the device; it is recorded
// and never drawn or judged as a measurement.
const (
	Measured   Method = ""
	Set        Method = "setting"
	Calculated Method = "calculation"
)
