package sim

import (
	"fmt"
	"time"

	"wardlight/sim/recording"
)

// Simulation is a script with its recordings. It holds no state: any time may
// be asked for, in any order, by any number of goroutines.
type Simulation struct {
	script   Script
	replayed map[string]replay
}

// Snapshot is what every device has to say at a moment.
type Snapshot struct {
	At      time.Duration
	Reports []Report
	Pumps   []PumpReport
}

// New reads the recordings that a script replays, and refuses a script that
// cannot be played.
func New(script Script) (*Simulation, error) {
	s := &Simulation{script: script, replayed: map[string]replay{}}
	for _, u := range script.Units {
		for _, b := range u.Beds {
			for _, d := range b.Devices {
				if err := s.prepare(b, d); err != nil {
					return nil, fmt.Errorf("%s-%s, %s: %w", u.Code, b.Code, d.Label, err)
				}
			}
		}
	}
	for _, p := range script.Pumps {
		if err := p.validate(); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Label, err)
		}
	}
	return s, nil
}

func (s *Simulation) prepare(b Bed, d Device) error {
	if b.Patient == nil {
		return fmt.Errorf("a device without a patient")
	}
	if d.Schedule.Period <= 0 {
		return fmt.Errorf("a schedule without a period")
	}
	for _, o := range d.Overlays {
		if o.Lasts <= 0 || o.Every < o.Lasts {
			return fmt.Errorf("%s lasts %v of every %v", o.Kind, o.Lasts, o.Every)
		}
	}
	r, ok := s.replayed[d.Window.Record]
	if !ok {
		var err error
		if r, err = load(d.Window.Record); err != nil {
			return err
		}
		s.replayed[d.Window.Record] = r
	}
	if end := d.Window.Start + d.Window.Length; d.Window.Length <= 0 || d.Window.Start < 0 || end > r.length() {
		return fmt.Errorf("window %v to %v of %s", d.Window.Start, end, d.Window.Record)
	}
	return nil
}

// load opens a recording in the form in which it is replayed.
func load(name string) (replay, error) {
	if name == recording.ICUDay {
		n, err := recording.OpenNumerics(name)
		return minutes{n}, err
	}
	r, err := recording.Open(name)
	if err != nil {
		return nil, err
	}
	return newWaves(r), nil
}

// Script is what is played.
func (s *Simulation) Script() Script { return s.script }

// At is what every device has to say at t.
func (s *Simulation) At(t time.Duration) Snapshot {
	out := Snapshot{At: t}
	for _, u := range s.script.Units {
		for _, b := range u.Beds {
			for _, d := range b.Devices {
				out.Reports = append(out.Reports, s.Report(u, b, d, t))
			}
		}
	}
	for _, p := range s.script.Pumps {
		out.Pumps = append(out.Pumps, p.At(t))
	}
	return out
}

// Report is what one device of a bed has to say at t.
func (s *Simulation) Report(u Unit, b Bed, d Device, t time.Duration) Report {
	r := Report{Device: d, Unit: u.Code, Bed: b.Code, Patient: b.Patient, At: t}
	if t < b.Patient.Admitted || silenced(d.Overlays, t) {
		r.IsSilent = true
		return r
	}
	for _, reading := range s.measure(d, t) {
		r.Readings = append(r.Readings, overlaid(reading, d.Overlays, t))
	}
	return r
}
