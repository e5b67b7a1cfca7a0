package sim

import (
	"math"
	"slices"
	"strconv"
	"time"

	"wardlight/sim/recording"
)

// wavePeriod is how much of its waveforms a monitor sends at a time: at most
// a quarter of a second, and a whole number of samples at 125, 250 and 500
// per second.
const wavePeriod = 240 * time.Millisecond

// trace is a signal of a recording as a monitor sends it.
type trace struct {
	Metric    // Path is that of the array; the facets are below it
	signal    recording.Signal
	places    int    // decimals that are sent
	low, high string // of all its values
}

// Waveforms by the name of their signal, in the order in which they are sent.
// Of the leads of an ECG only the first that there is.
var (
	leadTraces = map[string]Metric{
		"II":   {MDC: 131330, RefID: "MDC_ECG_ELEC_POTL_II", Label: "II", Path: "1.1.1.3"},
		"MCL1": {RefID: "MDC_ECG_ELEC_POTL_MCL1", Label: "MCL1", Path: "1.1.1.3"},
		"V":    {MDC: 131395, RefID: "MDC_ECG_ELEC_POTL_V", Label: "V", Path: "1.1.1.3"},
		"III":  {MDC: 131389, RefID: "MDC_ECG_ELEC_POTL_III", Label: "III", Path: "1.1.1.3"},
		"AVR":  {MDC: 131390, RefID: "MDC_ECG_ELEC_POTL_AVR", Label: "aVR", Path: "1.1.1.3"},
	}
	otherTraces = []struct {
		signal string
		Metric
	}{
		{"RESP", Metric{MDC: 151552, RefID: "MDC_RESP", Label: "Resp", Path: "1.1.1.4"}},
		{"PLETH", Metric{MDC: 150452, RefID: "MDC_PULS_OXIM_PLETH", Label: "Pleth", Path: "1.2.1.3"}},
		{"ABP", Metric{MDC: 150036, RefID: "MDC_PRESS_BLD_ART_ABP", Label: "ABP", Path: "1.5.1.1"}},
	}
)

func tracesOf(r recording.Record) (out []trace) {
	for _, lead := range leads {
		if s, ok := r.Signal(lead); ok {
			out = append(out, newTrace(s, leadTraces[lead]))
			break
		}
	}
	for _, o := range otherTraces {
		if s, ok := r.Signal(o.signal); ok {
			out = append(out, newTrace(s, o.Metric))
		}
	}
	return out
}

func newTrace(s recording.Signal, m Metric) trace {
	t := trace{Metric: m, signal: s, places: 3}
	t.Unit = dimensionless // where a recording does not say, its values are relative
	switch s.Unit {
	case "mV":
		t.Unit = millivolt
	case "mmHg":
		t.Unit, t.places = mmHg, 2
	}
	low, high := math.Inf(1), math.Inf(-1)
	for i := range s.Digits {
		if v, ok := s.Value(i); ok {
			low, high = min(low, v), max(high, v)
		}
	}
	t.low, t.high = t.decimal(low), t.decimal(high)
	return t
}

func (t trace) decimal(v float64) string { return strconv.FormatFloat(v, 'f', t.places, 64) }

// WaveReport is what a device has to say of its waveforms from From to At,
// half open.
type WaveReport struct {
	Device   Device
	Unit     string
	Bed      string
	Patient  *Patient
	From, At time.Duration
	Waves    []Wave
}

// Wave is a stretch of a waveform; a value that is empty was not measured.
type Wave struct {
	Metric
	Rate      float64 // samples per second
	Low, High string  // between which all values lie
	Values    []string
	Origin    Origin // of the first value
}

// Waves is what a device sends of its waveforms up to t; none where its
// recording has none.
func (s *Simulation) Waves(u Unit, b Bed, d Device, t time.Duration) WaveReport {
	r := WaveReport{Device: d, Unit: u.Code, Bed: b.Code, Patient: b.Patient, From: t - wavePeriod, At: t}
	replayed, ok := s.replayed[d.Window.Record].(waves)
	if !ok || d.Kind != Monitor || r.From < max(b.Patient.Admitted, 0) || silenced(d.Overlays, t) {
		return r
	}
	for _, trace := range replayed.traces {
		if !isChanged(trace.Metric, d.Overlays, t) {
			r.Waves = append(r.Waves, trace.between(d.Window, replayed.name, r.From, t))
		}
	}
	return r
}

// isChanged reports whether an overlay says something of which the recorded
// waveform would show the contrary.
func isChanged(m Metric, overlays []Overlay, t time.Duration) bool {
	return slices.ContainsFunc(overlays, func(o Overlay) bool {
		_, isOn := o.progress(t)
		return isOn && (o.Kind == Tachycardia || o.Kind == ProbeOff && m.RefID == "MDC_PULS_OXIM_PLETH")
	})
}

// between reads the samples from one time of the script to another, half
// open, from a window that begins again at its end.
func (t trace) between(w Window, record string, from, to time.Duration) Wave {
	out := Wave{Metric: t.Metric, Rate: t.signal.Rate, Low: t.low, High: t.high}
	first, end := t.number(from), t.number(to)
	for n := first; n < end; n++ {
		_, into := w.lap(time.Duration(float64(n) / t.signal.Rate * float64(time.Second)))
		i := min(int(math.Round(into.Seconds()*t.signal.Rate)), len(t.signal.Digits)-1)
		if n == first {
			out.Origin = Origin{Record: record, Signal: t.signal.Name, Index: i}
		}
		value := ""
		if v, ok := t.signal.Value(i); ok {
			value = t.decimal(v)
		}
		out.Values = append(out.Values, value)
	}
	return out
}

// number is the first sample at or after a time.
func (t trace) number(at time.Duration) int {
	return int(math.Ceil(at.Seconds()*t.signal.Rate - 1e-6))
}
