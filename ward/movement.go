package ward

import (
	"slices"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/census"
)

// move applies an ADT event. Events count by the time they happened: an
// older one never overwrites what a newer one said.
func (d *draft) move(m census.Movement) {
	p := d.patientFor(m)
	if p == nil {
		return // no number to know the patient by: pcd and adt refuse that earlier
	}
	enc := d.encounterFor(m, p)
	if enc == nil {
		return
	}
	switch {
	case m.Kind == census.Discharge:
		d.discharge(enc, m)
	case m.Kind == census.Update && !enc.Bed.IsZero():
		// A08 carries PV1-3 too, but moves nobody who has a bed.
	case m.At.Before(enc.LocatedAt):
	default:
		d.place(enc, m)
	}
}

// patientFor finds or makes the patient whom the event names and brings
// their demographics up to date.
func (d *draft) patientFor(m census.Movement) *census.Patient {
	old := d.patientBy(m.Patient.Identifiers)
	if old == nil {
		if len(m.Patient.Identifiers) == 0 {
			return nil
		}
		old = &census.Patient{ID: census.PatientID(d.newID())}
	}
	p := old.Update(m.Patient, m.At)
	d.putPatient(&p)
	return &p
}

func (d *draft) putPatient(p *census.Patient) {
	d.patients = d.patients.set(p.ID, p)
	for _, n := range p.Identifiers {
		ids, _ := d.byNumber.get(n.Value)
		if !slices.Contains(ids, p.ID) {
			d.byNumber = d.byNumber.set(n.Value, append(slices.Clone(ids), p.ID))
		}
	}
	if bed, ok := d.BedOf(p.ID); ok {
		d.editBed(bed.ID, func(b *Bed) { b.Patient = p })
		d.at(bed.ID, PatientKnown{*p})
		return
	}
	d.note(Change{What: PatientKnown{*p}})
}

// patientBy finds the one patient with any of the numbers; nil when there is
// none, or more than one.
func (d *draft) patientBy(numbers []census.Identifier) *census.Patient {
	var found *census.Patient
	for _, n := range numbers {
		ids, _ := d.byNumber.get(n.Value)
		for _, id := range ids {
			p, _ := d.patients.get(id)
			if p == nil || !slices.ContainsFunc(p.Identifiers, n.Matches) {
				continue
			}
			if found != nil && found.ID != p.ID {
				return nil
			}
			found = p
		}
	}
	return found
}

// encounterOf finds the open encounter of the patient with these numbers.
func (d *draft) encounterOf(numbers []census.Identifier) *census.Encounter {
	p := d.patientBy(numbers)
	if p == nil {
		return nil
	}
	return d.openEncounter(p.ID, census.Identifier{})
}

func (d *draft) openEncounter(p census.PatientID, visit census.Identifier) *census.Encounter {
	stays, _ := d.stays.get(p)
	var found *census.Encounter
	for _, e := range stays {
		if e.IsOpen() && (visit.IsZero() || e.Visit.IsZero() || e.Visit.Matches(visit)) &&
			(found == nil || e.AdmittedAt.After(found.AdmittedAt)) {
			found = e
		}
	}
	return found
}

// encounterFor finds the encounter that the event is about, or opens it: a
// transfer before its admission admits. An update or a discharge of somebody
// who is not here opens nothing.
func (d *draft) encounterFor(m census.Movement, p *census.Patient) *census.Encounter {
	if e := d.openEncounter(p.ID, m.Visit); e != nil {
		if e.Visit.IsZero() && !m.Visit.IsZero() {
			named := *e
			named.Visit = m.Visit
			d.keepStay(&named)
			return &named
		}
		return e
	}
	if m.Kind == census.Discharge || m.Kind == census.Update || d.hasEnded(p.ID, m) {
		return nil
	}
	at := m.AdmittedAt
	if at.IsZero() {
		at = m.At
	}
	e := &census.Encounter{ID: census.EncounterID(d.newID()), Patient: p.ID, Visit: m.Visit, AdmittedAt: at}
	d.keepStay(e)
	return e
}

// hasEnded reports whether the event belongs to a stay that is already over:
// an admission or transfer that arrives after its own discharge.
func (d *draft) hasEnded(p census.PatientID, m census.Movement) bool {
	stays, _ := d.stays.get(p)
	return slices.ContainsFunc(stays, func(e *census.Encounter) bool {
		return !e.IsOpen() && !m.At.After(e.DischargedAt)
	})
}

// keepStay keeps an encounter in mind, and lets go of the patient's stays
// that ended long ago; the record has them.
func (d *draft) keepStay(e *census.Encounter) {
	old, _ := d.stays.get(e.Patient)
	stays := []*census.Encounter{e}
	for _, o := range old {
		if o.ID != e.ID && (o.IsOpen() || d.in.At.Sub(o.DischargedAt) < forgetAfter) {
			stays = append(stays, o)
		}
	}
	d.stays = d.stays.set(e.Patient, stays)
}

// place puts the encounter where the event says. A bed that is already taken
// goes to the newer event; who lay there is shown as displaced.
func (d *draft) place(e *census.Encounter, m census.Movement) {
	var to census.BedID
	if u, ok := d.Unit(census.UnitCode(m.To.Unit)); ok {
		if code, ok := u.Locate(m.To); ok {
			to = census.BedID{Unit: u.Code, Bed: code}
		}
	}
	moved := *e
	from := e.Bed
	moved.Bed, moved.LocatedAt = to, m.At
	if bed, ok := d.Bed(to); ok && bed.Encounter != nil && bed.Encounter.ID != e.ID {
		if bed.Encounter.LocatedAt.After(m.At) {
			moved.Bed = census.BedID{} // the newer event keeps the bed
		} else {
			d.displace(bed)
		}
	}
	if from == moved.Bed {
		d.putEncounter(&moved)
		return
	}
	var carried []alarm.Episode
	if !from.IsZero() {
		carried = d.vacate(from)
	}
	d.putEncounter(&moved)
	if moved.Bed.IsZero() {
		d.closeAll(carried, alarm.EventDischarge)
		return
	}
	d.occupy(&moved, carried)
}

// displace takes the encounter out of a bed that somebody else now has.
func (d *draft) displace(bed *Bed) {
	out := *bed.Encounter
	out.Bed = census.BedID{}
	d.closeAll(d.vacate(bed.ID), alarm.EventDischarge)
	d.putEncounter(&out)
	d.editBed(bed.ID, func(b *Bed) { b.Displaced = append(slices.Clone(b.Displaced), out.ID) })
}

// vacate takes patient and devices out of a bed and hands back the patient's
// open alarms.
func (d *draft) vacate(id census.BedID) []alarm.Episode {
	bed, ok := d.Bed(id)
	if !ok {
		return nil
	}
	carried := slices.DeleteFunc(slices.Clone(bed.Episodes), func(e alarm.Episode) bool { return e.Category == alarm.Technical })
	d.editBed(id, func(b *Bed) {
		b.Episodes = slices.DeleteFunc(slices.Clone(b.Episodes), func(e alarm.Episode) bool { return e.Category != alarm.Technical })
		b.Encounter, b.Patient, b.closed = nil, nil, nil
	})
	d.at(id, Aged{}) // nothing else may tell that the bed is empty now
	for _, dev := range bed.Devices {
		dev := *dev
		d.release(&dev, d.in.At)
		dev.Held = "its bed changed hands; waiting for its next message"
		d.putDevice(&dev)
	}
	return carried
}

// occupy lays the patient into the bed. Devices that already report for the
// bed are associated anew when they next speak, and that is their patient's
// first value.
func (d *draft) occupy(e *census.Encounter, carried []alarm.Episode) {
	p, _ := d.patients.get(e.Patient)
	if bed, ok := d.Bed(e.Bed); ok {
		for _, dev := range bed.Devices {
			dev := *dev
			d.release(&dev, d.in.At)
			dev.Held = "its bed changed hands; waiting for its next message"
			d.putDevice(&dev)
		}
	}
	d.editBed(e.Bed, func(b *Bed) { b.Encounter, b.Patient = e, p })
	for _, ep := range carried {
		d.carry(ep, e.Bed)
	}
}

// carry takes an open alarm along to the patient's new bed. The equipment
// that found it stayed behind, so it is indeterminate until the new bed's
// equipment measures the same quantity.
func (d *draft) carry(e alarm.Episode, to census.BedID) {
	next, _ := e.Step(alarm.EventTransfer, d.in.At)
	next.Bed, next.Device = to, ""
	d.putEpisode(next)
	d.at(to, EpisodeChanged{next, d.event(e, next, alarm.EventTransfer)})
	d.step(next, alarm.EventSourceLost)
}

// discharge ends the encounter: its devices speak for nobody any more, its
// alarms close, its history stays.
func (d *draft) discharge(e *census.Encounter, m census.Movement) {
	at := m.DischargedAt
	if at.IsZero() {
		at = m.At
	}
	if m.At.Before(e.LocatedAt) {
		return // older than what put the patient where they are
	}
	out := *e
	out.DischargedAt, out.Bed = at, census.BedID{}
	if !e.Bed.IsZero() {
		d.closeAll(d.vacate(e.Bed), alarm.EventDischarge)
	}
	d.putEncounter(&out)
	d.settleConflicts(e.ID)
}

// settleConflicts forgets that the encounter was displaced from some bed.
func (d *draft) settleConflicts(id census.EncounterID) {
	for _, u := range d.units {
		for _, b := range u.Beds {
			if slices.Contains(b.Displaced, id) {
				d.editBed(b.ID, func(b *Bed) {
					b.Displaced = slices.DeleteFunc(slices.Clone(b.Displaced), func(e census.EncounterID) bool { return e == id })
				})
				d.at(b.ID, Aged{})
			}
		}
	}
}

func (d *draft) putEncounter(e *census.Encounter) {
	d.keepStay(e)
	if !e.Bed.IsZero() {
		d.settleConflicts(e.ID)
		if bed, ok := d.Bed(e.Bed); ok && bed.Encounter != nil && bed.Encounter.ID == e.ID {
			d.editBed(e.Bed, func(b *Bed) { b.Encounter = e })
		}
	}
	d.at(e.Bed, EncounterChanged{*e})
}

// forgetAfter is how long an ended stay is remembered, so that an event that
// arrives after its own discharge finds it.
const forgetAfter = 7 * 24 * time.Hour
