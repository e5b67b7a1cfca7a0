package sim

import (
	"time"

	"wardlight/sim/recording"
)

// waves replays a recording of waveforms through the rates that a monitor
// derives from them.
type waves struct {
	name   string
	lasts  time.Duration
	tracks map[int]derivedTrack // by metric
	traces []trace
}

type derivedTrack struct {
	signal recording.Signal
	track  recording.Track
}

// leads are the ECG channels in the order in which they are preferred.
var leads = []string{"II", "MCL1", "V", "III", "AVR"}

func newWaves(r recording.Record) waves {
	w := waves{name: r.Name, lasts: r.Duration, tracks: map[int]derivedTrack{}}
	for _, lead := range leads {
		s, ok := r.Signal(lead)
		if !ok {
			continue
		}
		best, known := w.tracks[HeartRate.MDC]
		if !known {
			best = derivedTrack{s, recording.HeartRate(s)}
		} else {
			best.track = best.track.Or(recording.HeartRate(s))
		}
		w.tracks[HeartRate.MDC] = best
	}
	if s, ok := r.Signal("PLETH"); ok {
		w.tracks[PulseRate.MDC] = derivedTrack{s, recording.PulseRate(s)}
	}
	if s, ok := r.Signal("RESP"); ok {
		w.tracks[RespRate.MDC] = derivedTrack{s, recording.RespRate(s)}
	}
	w.traces = tracesOf(r)
	return w
}

func (w waves) length() time.Duration { return w.lasts }

func (w waves) rate(m Metric, into time.Duration) (Reading, bool) {
	d, ok := w.tracks[m.MDC]
	if !ok {
		return Reading{}, false
	}
	r := Reading{Metric: m, Source: Derived, Origin: Origin{
		Record: w.name, Signal: d.signal.Name, Index: int(into.Seconds() * d.signal.Rate),
	}}
	if v, ok := d.track.At(into); ok {
		r.Value = whole(v)
	} else {
		r.Flag = NotAvailable
	}
	return r, true
}

func (w waves) cuff(Window, time.Duration) ([]Reading, bool) { return nil, false }
