package sim

import "time"

// replay is a recording as a monitor shows it.
type replay interface {
	length() time.Duration
	// rate reads a continuous metric at a time into the recording. ok is false
	// where the recording does not hold that metric at all.
	rate(m Metric, into time.Duration) (r Reading, ok bool)
	// cuff is the last cuff reading of a window at t, and ok false where the
	// recording holds none.
	cuff(w Window, t time.Duration) (rows []Reading, ok bool)
}

// measure is everything that a device reads at t, before overlays.
func (s *Simulation) measure(d Device, t time.Duration) []Reading {
	var out []Reading
	if d.Kind != SpotCheck {
		for _, m := range []Metric{HeartRate, RespRate, SpO2, PulseRate} {
			if r, ok := s.continuous(d, m, t); ok {
				out = append(out, r)
			}
		}
	}
	if d.Kind != Wearable {
		out = append(out, s.pressure(d, t)...)
		out = append(out, s.temperature(d, t)...)
	}
	return out
}

// continuous is the recording's value of a metric, or a seeded one where the
// recording has none. ok is false where a device without a pleth has no pulse.
func (s *Simulation) continuous(d Device, m Metric, t time.Duration) (r Reading, ok bool) {
	_, into := d.Window.lap(t)
	if r, ok := s.replayed[d.Window.Record].rate(m, into); ok {
		r.At = t
		return r, true
	}
	r = Reading{Metric: m, At: t, Source: Simulated}
	switch m.MDC {
	case SpO2.MDC:
		r.Value = whole(min(100, steady(s.script.Seed, d.ID+"/spo2", 95.5, 97.5, 1.2, t)))
	case RespRate.MDC:
		r.Value = whole(steady(s.script.Seed, d.ID+"/rr", 14, 18, 2, t))
	default:
		return Reading{}, false
	}
	return r, true
}

// pressure is the last cuff reading with the time at which it was taken.
func (s *Simulation) pressure(d Device, t time.Duration) []Reading {
	if rows, ok := s.replayed[d.Window.Record].cuff(d.Window, t); ok {
		return rows
	}
	if d.Checks == 0 {
		return nil
	}
	n, at := check(s.script.Seed, d.ID, d.Checks, t)
	systolic, diastolic, mean := cuff(s.script.Seed, d.ID, n)
	row := func(m Metric, v float64) Reading {
		return Reading{Metric: m, Value: whole(v), At: at, Source: Simulated}
	}
	return []Reading{row(NIBPSystolic, systolic), row(NIBPDiastolic, diastolic), row(NIBPMean, mean)}
}

func (s *Simulation) temperature(d Device, t time.Duration) []Reading {
	if d.Checks == 0 {
		return nil
	}
	n, at := check(s.script.Seed, d.ID, d.Checks, t)
	return []Reading{{Metric: Temperature, Value: temperature(s.script.Seed, d.ID, n), At: at, Source: Simulated}}
}
