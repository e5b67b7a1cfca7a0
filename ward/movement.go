package ward

import (
	"slices"
	"time"

	"wardlight/ward/census"
)

// forgetAfter is how long an ended stay is remembered, so that an event that
// arrives after its own discharge finds it.
const forgetAfter = 7 * 24 * time.Hour

// move applies an ADT event. Events count by the time they happened: an
// older one never overwrites what a newer one said. What is yet to happen, by
// a clock that runs ahead or by a plan, happens now: else nothing that
// follows would count until then.
func (d *draft) move(m census.Movement) {
	m.At = d.happened(m.At)
	m.DischargedAt = d.happened(m.DischargedAt)
	p := d.patientFor(m)
	if p == nil {
		return // no number to know the patient by
	}
	enc := d.encounterFor(m, p)
	switch {
	case enc == nil, m.At.Before(enc.LocatedAt):
	case m.Kind == census.Discharge:
		d.discharge(enc, m)
	case m.Kind == census.Update && (!enc.Bed.IsZero() || d.isTaken(m.To)):
		// A08 carries PV1-3 too, but moves nobody who has a bed and takes
		// nobody's away.
	default:
		d.place(enc, m)
	}
}

func (d *draft) happened(t time.Time) time.Time {
	if now := d.in.At.Round(0); t.After(now) {
		return now
	}
	return t
}

// patientFor finds or makes the patient whom the event names and brings
// their demographics up to date.
func (d *draft) patientFor(m census.Movement) *census.Patient {
	old := d.patientBy(m.Patient.Identifiers)
	if old == nil {
		if !slices.ContainsFunc(m.Patient.Identifiers, func(n census.Identifier) bool { return !n.IsZero() }) {
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

// patientBy finds the one patient whom the numbers name; nil when there is
// none, or more than one.
func (d *draft) patientBy(numbers []census.Identifier) *census.Patient {
	var found *census.Patient
	for _, n := range numbers {
		ids, _ := d.byNumber.get(n.Value)
		for _, id := range ids {
			p, _ := d.patients.get(id)
			if p == nil || !p.IsNamedBy(numbers) {
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

// openEncounter finds the patient's open encounter; without a visit number
// the one that has a bed, else the latest.
func (d *draft) openEncounter(p census.PatientID, visit census.Identifier) *census.Encounter {
	stays, _ := d.stays.get(p)
	var found *census.Encounter
	for _, e := range stays {
		if !e.IsOpen() || !visit.IsZero() && !e.Visit.IsZero() && !e.Visit.Matches(visit) {
			continue
		}
		if found == nil || found.Bed.IsZero() && !e.Bed.IsZero() ||
			found.Bed.IsZero() == e.Bed.IsZero() && e.AdmittedAt.After(found.AdmittedAt) {
			found = e
		}
	}
	return found
}

// encounterFor finds the encounter that the event is about, or opens it: a
// transfer before its admission admits. An update of somebody who is not here
// opens nothing. A discharge without its admission is kept as a stay that is
// over, so that the admission does not admit when it comes late.
func (d *draft) encounterFor(m census.Movement, p *census.Patient) *census.Encounter {
	if e := d.openEncounter(p.ID, m.Visit); e != nil {
		if e.Visit.IsZero() && !m.Visit.IsZero() {
			named := *e
			named.Visit = m.Visit
			d.putEncounter(&named)
			return &named
		}
		return e
	}
	if m.Kind == census.Update || d.hasEnded(p.ID, m) {
		return nil
	}
	at := m.AdmittedAt
	if at.IsZero() {
		at = m.At
	}
	return &census.Encounter{ID: census.EncounterID(d.newID()), Patient: p.ID, Visit: m.Visit, AdmittedAt: at}
}

// hasEnded reports whether the event belongs to a stay that is already over:
// an admission or transfer that arrives after its own discharge, or the
// discharge once more.
func (d *draft) hasEnded(p census.PatientID, m census.Movement) bool {
	stays, _ := d.stays.get(p)
	return slices.ContainsFunc(stays, func(e *census.Encounter) bool {
		return !e.IsOpen() && !m.At.After(later(e.DischargedAt, e.LocatedAt))
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

// putEncounter keeps an encounter, in its bed too if it has one.
func (d *draft) putEncounter(e *census.Encounter) {
	d.keepStay(e)
	if bed, ok := d.Bed(e.Bed); ok && bed.Encounter != nil && bed.Encounter.ID == e.ID {
		d.editBed(e.Bed, func(b *Bed) { b.Encounter = e })
	}
	if !e.Bed.IsZero() || !e.IsOpen() {
		d.settle(e.ID)
	}
	d.at(e.Bed, EncounterChanged{*e})
}
