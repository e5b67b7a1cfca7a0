package ward

import (
	"slices"

	"wardlight/ward/alarm"
	"wardlight/ward/census"
)

// bedAt finds the bed that a sender's location means; none is the zero BedID.
func (d *draft) bedAt(l census.Location) census.BedID {
	u, ok := d.Unit(l.UnitCode())
	if !ok {
		return census.BedID{}
	}
	code, ok := u.Locate(l)
	if !ok {
		return census.BedID{}
	}
	return census.BedID{Unit: u.Code, Bed: code}
}

// locate brings an encounter up to date with an event about it, and its bed
// with the encounter.
func (d *draft) locate(before *census.Encounter, m census.Movement) {
	next := before.Take(m, d.bedAt(m.To))
	if next.Visit.IsZero() {
		next.Visit = m.Visit
	}
	if d.isFoundByUpdate(before, m) {
		next.Assigned, next.LocatedAt = d.bedAt(m.To), m.At
	}
	isNew := before.DecidedAt.IsZero() && before.LocatedAt.IsZero()
	isTold := next.Assigned != before.Assigned || !next.LocatedAt.Equal(before.LocatedAt)
	switch {
	case !next.IsOpen():
		d.end(before, next)
	case isNew, !before.IsOpen(), isTold:
		d.place(before, next, !m.Kind.IsCancellation())
	default:
		d.putIfChanged(before, next)
	}
}

// isFoundByUpdate reports whether an A08 tells the bed of somebody who has
// none. It carries PV1-3 too, but moves nobody who has a bed and takes
// nobody's away.
func (d *draft) isFoundByUpdate(e *census.Encounter, m census.Movement) bool {
	bed, ok := d.Bed(d.bedAt(m.To))
	return m.Kind == census.Update && e.IsOpen() && e.Bed.IsZero() && ok && bed.Encounter == nil && !m.At.Before(e.LocatedAt)
}

// place puts the encounter into its assigned bed. One that is already taken
// goes to the newer event; the other encounter is without a bed, and the
// conflict is shown. An event that cancels another one displaces nobody.
func (d *draft) place(e *census.Encounter, moved census.Encounter, mayDisplace bool) {
	moved.Bed = moved.Assigned
	var contested census.BedID
	if bed, ok := d.Bed(moved.Bed); ok && bed.Encounter != nil && bed.Encounter.Patient != e.Patient {
		if !mayDisplace || bed.Encounter.LocatedAt.After(moved.LocatedAt) {
			contested, moved.Bed = moved.Bed, census.BedID{}
		} else {
			d.displace(bed)
		}
	}
	var carried []alarm.Episode
	for _, left := range d.bedsLeft(e, &moved) {
		carried = append(carried, d.vacate(left)...)
	}
	if e.Bed != moved.Bed {
		moved.Away = nil
	}
	d.putIfChanged(e, moved)
	if moved.Bed.IsZero() {
		d.closeAll(carried, alarm.EventDischarge)
		if !contested.IsZero() {
			d.contest(contested, moved.ID)
		}
		return
	}
	if e.Bed != moved.Bed {
		d.occupy(&moved)
	}
	d.carry(carried, moved.Bed)
}

func (d *draft) putIfChanged(before *census.Encounter, next census.Encounter) {
	if !next.Equal(*before) {
		d.putEncounter(&next)
	}
}

// displace takes the encounter out of a bed that somebody else now has.
func (d *draft) displace(bed *Bed) {
	out := *bed.Encounter
	out.Bed, out.Away = census.BedID{}, nil
	d.closeAll(d.vacate(bed.ID), alarm.EventDischarge)
	d.putEncounter(&out)
	d.contest(bed.ID, out.ID)
}

// bedsLeft takes the patient's encounters out of the beds that they leave and
// names these: the one moved away from, and that of an earlier visit whose end
// nobody told. Nobody lies in two beds: if a newer event put another visit
// somewhere, moved gets no bed.
func (d *draft) bedsLeft(before, moved *census.Encounter) (left []census.BedID) {
	stays, _ := d.stays.get(moved.Patient)
	for _, o := range stays {
		switch {
		case o.ID == moved.ID, o.Bed.IsZero():
		case o.LocatedAt.After(moved.LocatedAt):
			moved.Bed = census.BedID{}
		default:
			out := *o
			out.Bed, out.Away = census.BedID{}, nil
			left = append(left, o.Bed)
			d.putEncounter(&out)
		}
	}
	if !before.Bed.IsZero() && before.Bed != moved.Bed {
		left = append(left, before.Bed)
	}
	return left
}

// vacate takes patient and devices out of a bed and hands back the patient's
// open alarms.
func (d *draft) vacate(id census.BedID) []alarm.Episode {
	bed, ok := d.Bed(id)
	if !ok {
		return nil
	}
	isTechnical := func(e alarm.Episode) bool { return e.Category == alarm.Technical }
	carried := slices.DeleteFunc(slices.Clone(bed.Episodes), isTechnical)
	d.editBed(id, func(b *Bed) {
		b.Episodes = slices.DeleteFunc(slices.Clone(b.Episodes), func(e alarm.Episode) bool { return !isTechnical(e) })
		b.Encounter, b.Patient, b.closed = nil, nil, nil
	})
	d.at(id, Aged{}) // nothing else may tell that the bed is empty now
	d.releaseAll(bed)
	return carried
}

// releaseAll lets a bed's devices speak for nobody until their next message.
func (d *draft) releaseAll(bed *Bed) {
	for _, dev := range bed.Devices {
		dev := *dev
		d.release(&dev, d.in.At)
		dev.Held = "its bed changed hands; waiting for its next message"
	}
	d.letGo(bed)
}

// occupy lays the patient into the bed. Devices that already report for the
// bed are associated anew when they next speak, and that is their patient's
// first value.
func (d *draft) occupy(e *census.Encounter) {
	p, _ := d.patients.get(e.Patient)
	if bed, ok := d.Bed(e.Bed); ok {
		d.releaseAll(bed)
	}
	d.editBed(e.Bed, func(b *Bed) { b.Encounter, b.Patient = e, p })
	if bed, ok := d.Bed(e.Bed); ok {
		d.takeUp(bed)
	}
}

// carry takes open alarms along to the patient's new bed. The equipment that
// found them stayed behind, so they are indeterminate until the new bed's
// equipment measures the same quantity. Of several devices' alarms about one
// limit, or of one name about one thing, the most urgent goes on.
func (d *draft) carry(alarms []alarm.Episode, to census.BedID) {
	slices.SortFunc(alarms, alarm.Episode.Compare)
	for _, e := range alarms {
		bed, _ := d.Bed(to)
		if slices.ContainsFunc(bed.Episodes, e.IsOneWith) {
			d.closeAll([]alarm.Episode{e}, alarm.EventReassign)
			continue
		}
		next, _ := e.Step(alarm.EventTransfer, d.in.At)
		next.Bed, next.Device = to, ""
		d.putEpisode(next)
		d.at(to, EpisodeChanged{next, d.event(e, next, alarm.EventTransfer)})
		d.step(next, alarm.EventSourceLost)
	}
}

// end ends the encounter: its devices speak for nobody any more, its alarms
// close, its history stays.
func (d *draft) end(e *census.Encounter, out census.Encounter) {
	out.Bed, out.Away = census.BedID{}, nil
	d.closeAll(d.vacate(e.Bed), alarm.EventDischarge)
	d.putIfChanged(e, out)
}
