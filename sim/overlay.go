package sim

import (
	"math"
	"strconv"
	"time"
)

// OverlayKind is something that happens to a bed beyond its recording.
type OverlayKind string

// The overlays.
const (
	Desaturation OverlayKind = "desaturation" // SpO2 falls to Target and comes back
	Tachycardia  OverlayKind = "tachycardia"  // HR and pulse rise to Target and come back
	ProbeOff     OverlayKind = "probe off"    // SpO2 and pulse are not available
	DeviceLost   OverlayKind = "device lost"  // the device sends nothing
)

// Overlay recurs: it begins at First and then every Every.
type Overlay struct {
	Kind                OverlayKind
	First, Every, Lasts time.Duration
	Target              int // of a desaturation in %, of a tachycardia per minute
}

// progress is how far an overlay has gone, 0 to 1; ok is false between its
// occurrences.
func (o Overlay) progress(t time.Duration) (share float64, ok bool) {
	if t < o.First {
		return 0, false
	}
	into := (t - o.First) % o.Every
	return float64(into) / float64(o.Lasts), into < o.Lasts
}

// strength rises from 0 to 1 over the first third, holds, and falls back over
// the last third.
func strength(share float64) float64 { return min(1, 3*share, 3*(1-share)) }

// silenced reports whether an overlay keeps a device quiet.
func silenced(overlays []Overlay, t time.Duration) bool {
	for _, o := range overlays {
		if _, ok := o.progress(t); ok && o.Kind == DeviceLost {
			return true
		}
	}
	return false
}

// overlaid is a reading as the device's overlays leave it.
func overlaid(r Reading, overlays []Overlay, t time.Duration) Reading {
	for _, o := range overlays {
		if share, ok := o.progress(t); ok && o.touches(r.Metric) && r.Flag == "" {
			r = o.change(r, share)
		}
	}
	return r
}

func (o Overlay) touches(m Metric) bool {
	switch o.Kind {
	case Desaturation:
		return m.MDC == SpO2.MDC
	case Tachycardia:
		return m.MDC == HeartRate.MDC || m.MDC == PulseRate.MDC
	case ProbeOff:
		return m.MDC == SpO2.MDC || m.MDC == PulseRate.MDC
	}
	return false
}

func (o Overlay) change(r Reading, share float64) Reading {
	r.Source, r.Overlay = Simulated, o.Kind
	if o.Kind == ProbeOff {
		r.Value, r.Flag = "", NotAvailable
		return r
	}
	from, err := strconv.ParseFloat(r.Value, 64)
	if err != nil {
		return r
	}
	r.Value = whole(from + strength(share)*(float64(o.Target)-from))
	return r
}

// whole is a number as a monitor shows rates, saturations and pressures.
func whole(v float64) string { return strconv.FormatFloat(math.Round(v), 'f', 0, 64) }
