package ward

import (
	"slices"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

// State is what the record knows of a ward when a process starts.
type State struct {
	Units        []UnitConfig
	Patients     []census.Patient
	Encounters   []census.Encounter // open, or ended within the last seven days
	Devices      []DeviceKnown
	Associations []device.Association // open ones
	Episodes     []alarm.Episode      // open ones
	Observations []DeviceObservation  // the newest of each device and metric
	Channels     []infusion.Channel   // the newest of each
}

// DeviceObservation is a value and the device that measured it.
type DeviceObservation struct {
	Device device.ID
	vitals.Observation
}

// Rebuild makes the ward that the record describes, at a process's start.
// Filters start empty and every source is unknown until it speaks: an alarm
// that stood when the process before ended stands again, indeterminate.
func Rebuild(s State, at time.Time) (Ward, []Change) {
	d := &draft{in: Input{ID: "rebuild", At: at}}
	for _, u := range s.Units {
		if unit, err := d.configured(u); err == nil {
			d.putUnit(unit)
		}
	}
	for _, p := range s.Patients {
		d.putPatient(&p)
	}
	for _, e := range s.Encounters {
		d.keepStay(&e)
		if p, ok := d.patients.get(e.Patient); ok && e.IsOpen() && !e.Bed.IsZero() {
			d.editBed(e.Bed, func(b *Bed) { b.Encounter, b.Patient = &e, p })
		}
	}
	d.restoreDevices(s)
	d.changes = nil // all of this is in the record already
	for _, e := range s.Episodes {
		d.restoreEpisode(e)
	}
	return d.Ward, d.changes
}

func (d *draft) restoreDevices(s State) {
	for _, k := range s.Devices {
		dev := &Device{Identity: k.Identity, Gateway: k.Gateway, Location: k.Location, HeardAt: d.in.At, Held: "not heard since the restart"}
		for _, a := range s.Associations {
			if _, ok := d.Bed(a.Bed); ok && a.Device == k.ID {
				dev.Bed, dev.Encounter, dev.Since, dev.Held = a.Bed, a.Encounter, a.From, ""
			}
		}
		for _, o := range s.Observations {
			if o.Device == k.ID && !o.At.Before(dev.Since) {
				r := Reading{Now: o.Observation, Was: o.Observation}
				r.Looked = dev.Freshness(r, d.in.At)
				dev.Readings = append(dev.Readings, r)
			}
		}
		slices.SortFunc(dev.Readings, func(a, b Reading) int {
			if c := vitals.Order(a.Now.Metric.Code) - vitals.Order(b.Now.Metric.Code); c != 0 {
				return c
			}
			return a.Now.Metric.MDC - b.Now.Metric.MDC
		})
		for _, c := range s.Channels {
			if c.Device == k.ID && !c.At.Before(dev.Since) {
				dev.Channels = append(dev.Channels, c)
			}
		}
		d.putDevice(dev)
	}
}

// restoreEpisode lets an alarm stand again. Alarms about equipment and about
// the system itself are found anew if they still hold.
func (d *draft) restoreEpisode(e alarm.Episode) {
	if e.Category == alarm.Technical {
		next, _ := e.Step(alarm.EventClear, d.in.At)
		d.at(e.Bed, EpisodeChanged{next, d.event(e, next, alarm.EventClear)})
		return
	}
	if _, ok := d.Bed(e.Bed); !ok {
		return
	}
	e.Device = ""
	d.putEpisode(e)
	d.step(e, alarm.EventSourceLost)
}
