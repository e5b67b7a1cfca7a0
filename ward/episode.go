package ward

import (
	"slices"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
)

// chainWithin is how soon after its end a repeat of the same alarm belongs to
// the one before.
const chainWithin = time.Minute

// open begins an episode.
func (d *draft) open(e alarm.Episode) alarm.Episode {
	e = d.begun(e)
	e.State = alarm.ActiveUnacknowledged
	d.putEpisode(e)
	d.at(e.Bed, EpisodeChanged{e, d.event(alarm.Episode{}, e, alarm.EventOnset)})
	return e
}

// begun gives a new episode its identity, its times and its place in a chain
// of repeats.
func (d *draft) begun(e alarm.Episode) alarm.Episode {
	e.ID, e.Version, e.AcceptFrom = alarm.ID(d.newID()), 1, 1
	e.Onset, e.Highest = d.in.At, alarm.Higher(e.Priority, e.Highest)
	if e.OnsetAt.IsZero() {
		e.OnsetAt = d.in.At
	}
	e.ChainID = e.ID
	if bed, ok := d.Bed(e.Bed); ok {
		for _, c := range bed.closed {
			if c.of == kindOf(e) && d.in.At.Sub(c.at) < chainWithin {
				e.ChainID = c.chain
			}
		}
	}
	return e
}

// step applies an event to an open episode and keeps the result.
func (d *draft) step(e alarm.Episode, what alarm.EventKind) alarm.Episode {
	next, changed := e.Step(what, d.in.At)
	if !changed {
		return e
	}
	d.putEpisode(next)
	d.at(next.Bed, EpisodeChanged{next, d.event(e, next, what)})
	return next
}

func (d *draft) event(before, after alarm.Episode, what alarm.EventKind) alarm.Event {
	return alarm.Event{Episode: after.ID, Version: after.Version, At: d.in.At, What: what, From: before.State, To: after.State}
}

// putEpisode keeps an episode in its bed, or among the system's own; a closed
// one leaves.
func (d *draft) putEpisode(e alarm.Episode) {
	if e.Bed.IsZero() {
		d.system = replaceEpisode(d.system, e)
		return
	}
	d.editBed(e.Bed, func(b *Bed) {
		b.Episodes = replaceEpisode(b.Episodes, e)
		if !e.IsOpen() {
			kept := slices.DeleteFunc(slices.Clone(b.closed), func(c closing) bool { return d.in.At.Sub(c.at) >= chainWithin })
			b.closed = append(kept, closing{kindOf(e), d.in.At, e.ChainID})
		}
	})
}

func replaceEpisode(list []alarm.Episode, e alarm.Episode) []alarm.Episode {
	out := slices.DeleteFunc(slices.Clone(list), func(o alarm.Episode) bool { return o.ID == e.ID })
	if e.IsOpen() {
		out = append(out, e)
	}
	slices.SortFunc(out, alarm.Episode.Compare)
	return out
}

// closeFor closes the alarms of a device that no longer speaks for the bed.
func (d *draft) closeFor(id census.BedID, dev device.ID) {
	bed, ok := d.Bed(id)
	if !ok {
		return
	}
	for _, e := range bed.Episodes {
		if e.Device == dev {
			d.step(e, alarm.EventReassign)
		}
	}
}

// closeAll closes alarms that have already left their bed.
func (d *draft) closeAll(list []alarm.Episode, why alarm.EventKind) {
	for _, e := range list {
		next, _ := e.Step(why, d.in.At)
		d.at(e.Bed, EpisodeChanged{next, d.event(e, next, why)})
	}
}
