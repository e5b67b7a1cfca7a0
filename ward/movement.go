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
func (d *draft) move(e Moved) {
	m := e.Movement
	m.At, m.DischargedAt = d.happened(m.At), d.happened(m.DischargedAt)
	if e.By.ID != "" {
		d.moveByHand(e, m)
		return
	}
	if m.Kind == census.Merge {
		d.merge(m)
		return
	}
	p := d.patientFor(m)
	if p == nil || m.Kind == census.UpdatePerson {
		return // no number to know the patient by, or no word of where they are
	}
	if enc := d.encounterFor(m, p); enc != nil {
		d.locate(enc, m)
	}
	d.findTwoBeds()
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

// putPatient keeps a patient, in every bed that shows them too.
func (d *draft) putPatient(p *census.Patient) {
	old, known := d.Patient(p.ID)
	d.patients = d.patients.set(p.ID, p)
	for _, n := range p.Identifiers {
		ids, _ := d.byNumber.get(n.Value)
		if !slices.Contains(ids, p.ID) {
			d.byNumber = d.byNumber.set(n.Value, append(slices.Clone(ids), p.ID))
		}
	}
	var shown bool
	for _, bed := range d.bedsOf(p.ID) {
		d.editBed(bed.ID, func(b *Bed) { b.Patient = p })
		if !shown {
			d.at(bed.ID, PatientKnown{*p})
		}
		shown = true
	}
	if !shown && !(known && old.Equal(*p)) {
		d.note(Change{What: PatientKnown{*p}})
	}
}

// bedsOf lists the beds that show a patient: one, but for two records of one
// patient that were found to be the same.
func (w Ward) bedsOf(p census.PatientID) (beds []*Bed) {
	for _, u := range w.units {
		for _, b := range u.Beds {
			if b.Patient != nil && b.Patient.ID == p {
				beds = append(beds, b)
			}
		}
	}
	return beds
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
	return d.openEncounter(p.ID)
}
