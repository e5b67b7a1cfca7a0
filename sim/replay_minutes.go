package sim

import (
	"time"

	"wardlight/sim/recording"
)

// minutes replays a recording of one-minute numerics: each is held for its
// minute.
type minutes struct{ recording.Numerics }

func (n minutes) length() time.Duration { return time.Duration(n.Minutes) * time.Minute }

// recordedAs names a metric's channel in the recording.
var recordedAs = map[int]string{
	HeartRate.MDC: "HR", RespRate.MDC: "RESP", SpO2.MDC: "SpO2", PulseRate.MDC: "PULSE",
	NIBPSystolic.MDC: "NBPSys", NIBPDiastolic.MDC: "NBPDias", NIBPMean.MDC: "NBPMean",
}

func (n minutes) rate(m Metric, into time.Duration) (Reading, bool) {
	name, ok := recordedAs[m.MDC]
	if !ok {
		return Reading{}, false
	}
	return n.reading(m, name, int(into/time.Minute)), true
}

// reading is one recorded numeric. Where the recording has a gap or a 0, the
// sensor gave no number.
func (n minutes) reading(m Metric, name string, minute int) Reading {
	got := n.At(name, minute)
	r := Reading{Metric: m, Source: Recorded, Origin: Origin{Record: n.Name, Signal: name, Index: minute}}
	if got.State != recording.Present {
		r.Flag = NotAvailable
		return r
	}
	r.Value, r.Origin.Value = whole(got.Float()), got.String()
	return r
}

func (n minutes) cuff(w Window, t time.Duration) ([]Reading, bool) {
	minute, at, ok := n.lastCuff(w, t)
	if !ok {
		return nil, false
	}
	var rows []Reading
	for _, m := range []Metric{NIBPSystolic, NIBPDiastolic, NIBPMean} {
		r := n.reading(m, recordedAs[m.MDC], minute)
		r.At = at
		rows = append(rows, r)
	}
	return rows, true
}

// lastCuff goes back through what was played, minute by minute: this lap, then
// the end of the lap before.
func (n minutes) lastCuff(w Window, t time.Duration) (minute int, at time.Duration, ok bool) {
	lap, into := w.lap(t)
	first, length := w.Start, w.Length
	if lap <= 0 { // up to the first lap the recording is played from its beginning
		first, length = 0, w.Start+w.Length
	}
	began, from := t-into, int(first/time.Minute)
	if m, ok := n.cuffWithin(from, int(into/time.Minute)); ok {
		return m, began + time.Duration(m)*time.Minute, true
	}
	m, ok := n.cuffWithin(from, int((w.Start+w.Length)/time.Minute)-1)
	return m, began - length + time.Duration(m)*time.Minute, ok
}

// cuffWithin is the last minute from first to last with a cuff reading.
func (n minutes) cuffWithin(first, last int) (minute int, ok bool) {
	for m := last; m >= first; m-- {
		if n.At("NBPSys", m).State == recording.Present {
			return m, true
		}
	}
	return 0, false
}
