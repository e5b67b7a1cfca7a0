package sim

import "time"

// Source says where a value comes from.
type Source string

// The sources.
const (
	Recorded  Source = "recorded"  // a numeric of the recording, rounded as a monitor shows it
	Derived   Source = "derived"   // worked out from the recording's waveform
	Simulated Source = "simulated" // seeded: no recording holds it, or an overlay changes it
	Set       Source = "set"       // a setting of a pump
)

// Flag is what a device says instead of a value (OBX-8).
type Flag string

// NotAvailable: the sensor gives no number.
const NotAvailable Flag = "NAV"

// Reading is one value of one metric, ready for an OBX row.
type Reading struct {
	Metric  Metric
	Value   string // decimal; empty with a Flag
	Flag    Flag   // empty with a Value
	At      time.Duration
	Source  Source
	Overlay OverlayKind // what changed the value; empty: nothing
	Origin  Origin      // zero: no recording has a part in it
}

// Origin is the place in a recording that a value comes from.
type Origin struct {
	Record string
	Signal string
	Index  int    // from 0: the minute of a numeric, the sample of a waveform
	Value  string // the recorded numeric before rounding; empty for a waveform
}

// Report is what a device has to say at a moment.
type Report struct {
	Device   Device
	Unit     string
	Bed      string
	Patient  *Patient
	At       time.Duration
	Readings []Reading // in the order of their paths
	IsSilent bool      // the device sends nothing: lost, or its patient is not there yet
}

// Reading finds the value of a metric.
func (r Report) Reading(m Metric) (Reading, bool) {
	for _, x := range r.Readings {
		if x.Metric.MDC == m.MDC {
			return x, true
		}
	}
	return Reading{}, false
}
