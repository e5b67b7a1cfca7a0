package ward

import (
	"cmp"
	"strings"

	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/fault"
)

// moveByHand does what a person says of who is where. Unlike the hospital's
// own system, which tells what already is, a person asks: what does not fit
// what is known is declined, with what to do instead.
func (d *draft) moveByHand(e Moved, m census.Movement) {
	if m.At.IsZero() {
		m.At = d.in.At.Round(0)
	}
	before := *d
	stay, err := d.byHand(e, m)
	if err != nil {
		*d = before
		d.note(Change{Unit: e.By.Unit, What: Declined{err}})
		return
	}
	d.findTwoBeds()
	d.audit(e.By.ID, auditName(m.Kind), string(stay), strings.TrimSpace(m.To.Place()+" "+e.Reason))
}

func (d *draft) byHand(e Moved, m census.Movement) (census.EncounterID, error) {
	m.Patient.Identifiers = typed(m.Patient.Identifiers)
	m.Prior = typed(m.Prior)
	switch m.Kind {
	case census.Admit, census.Register:
		return d.admitByHand(m)
	case census.Merge:
		return d.mergeByHand(m)
	}
	stay, ok := d.Encounter(e.Encounter)
	if !ok {
		return "", fault.New(fault.NotFound, "this stay is not known any more: it ended more than a week ago, or never was")
	}
	if m.Kind == census.Update || m.Kind == census.UpdatePerson {
		return stay.ID, d.identify(stay, m)
	}
	if err := d.mayMove(stay, m, e); err != nil {
		return "", err
	}
	d.locate(stay, m)
	return stay.ID, nil
}

// typed makes numbers without a type medical record numbers: what a person
// reads off a wristband.
func typed(numbers []census.Identifier) (out []census.Identifier) {
	for _, n := range numbers {
		if n.Value = strings.TrimSpace(n.Value); n.Value != "" {
			n.Type = cmp.Or(n.Type, census.MedicalRecord)
			out = append(out, n)
		}
	}
	return out
}

// admitByHand admits to a free bed. Somebody without a number gets one made
// up here, until they are identified.
func (d *draft) admitByHand(m census.Movement) (census.EncounterID, error) {
	if err := d.isFree(m.To, ""); err != nil {
		return "", err
	}
	if len(m.Patient.Identifiers) == 0 {
		m.Patient.Identifiers = []census.Identifier{census.Unknown(d.in.ID)}
	}
	if known := d.patientBy(m.Patient.Identifiers); known != nil {
		if bed, ok := d.BedOf(known.ID); ok {
			return "", fault.About(FieldNumber, fault.New(fault.Conflict, "the patient with this number is in bed %s: transfer them instead", bed.ID))
		}
	}
	p := d.patientFor(m)
	stay := d.encounterFor(m, p)
	if !stay.IsOpen() || stay.LocatedAt.After(m.At) {
		return "", fault.New(fault.Conflict, "something newer is known of this patient's stay: look again, or give a later time")
	}
	d.locate(stay, m)
	return stay.ID, nil
}

// isFree says why a bed cannot be given to the stay, if it cannot.
func (d *draft) isFree(l census.Location, to census.EncounterID) error {
	bed, ok := d.Bed(d.bedAt(l))
	switch {
	case !ok:
		return fault.New(fault.Invalid, "there is no bed %s: choose one of the ward's beds", l.Place())
	case bed.Encounter != nil && bed.Encounter.ID == to:
		return fault.New(fault.Conflict, "the patient is in bed %s already", bed.ID)
	case bed.Encounter != nil:
		return fault.New(fault.Conflict, "bed %s is taken: transfer or discharge who is in it first", bed.ID)
	}
	return nil
}

// mayMove says why a person may not move a stay, if they may not.
func (d *draft) mayMove(stay *census.Encounter, m census.Movement, e Moved) error {
	isOver := !stay.IsOpen()
	switch {
	case m.At.Before(stay.LocatedAt) || m.At.Before(stay.DecidedAt):
		return fault.New(fault.Conflict, "something newer is known of this stay: look again, or give a later time")
	case m.Kind == census.CancelDischarge && !isOver:
		return fault.New(fault.Conflict, "this stay is not over: there is no discharge to cancel")
	case m.Kind == census.CancelDischarge && m.To.IsZero():
		return d.isFree(census.Location{Unit: string(stay.Assigned.Unit), Bed: string(stay.Assigned.Bed)}, stay.ID)
	case m.Kind != census.CancelDischarge && isOver:
		return fault.New(fault.Conflict, "this stay is over already")
	case !m.Kind.Ends():
		if err := d.isFree(m.To, stay.ID); err != nil {
			return err
		}
	}
	return d.confirmed(stay, m.Kind, e)
}

// confirmed asks for a second look before a stay with open alarms leaves its
// bed, and for a reason before they close with it.
func (d *draft) confirmed(stay *census.Encounter, k census.MovementKind, e Moved) error {
	open := d.standing(stay.Bed)
	switch {
	case len(open) == 0:
		return nil
	case !e.Confirmed && k.Ends():
		return fault.New(fault.Conflict, "alarms stand at bed %s and would close: %s. Confirm, and say why", stay.Bed, strings.Join(open, ", "))
	case !e.Confirmed:
		return fault.New(fault.Conflict, "alarms stand at bed %s and will go along: %s. Confirm", stay.Bed, strings.Join(open, ", "))
	case k.Ends() && strings.TrimSpace(e.Reason) == "":
		return fault.About(FieldReason, fault.New(fault.Invalid, "say why: alarms stand at bed %s and would close: %s", stay.Bed, strings.Join(open, ", ")))
	}
	return nil
}

// standing names the bed's open alarms but for those about this system's own
// view of its equipment, which whoever is unplugged leaves behind.
func (d *draft) standing(id census.BedID) (labels []string) {
	bed, ok := d.Bed(id)
	if !ok {
		return nil
	}
	for _, e := range bed.Episodes {
		if e.Category == alarm.Physiological || e.Origin != alarm.FromSystem {
			labels = append(labels, e.Label)
		}
	}
	return labels
}

// identify says who lies in a bed, or corrects what is known of them. A number
// that is somebody's already makes the two records one.
func (d *draft) identify(stay *census.Encounter, m census.Movement) error {
	p, ok := d.Patient(stay.Patient)
	if !ok {
		return fault.New(fault.NotFound, "the patient of this stay is not known any more")
	}
	known := d.patientBy(m.Patient.Identifiers)
	if known == nil || known.ID == p.ID {
		next := p.Update(m.Patient, m.At)
		d.putPatient(&next)
		return nil
	}
	if !p.IsUnidentified() {
		return fault.About(FieldNumber, fault.New(fault.Conflict, "this number is another patient's: if both are one person, merge them"))
	}
	if bed, ok := d.BedOf(known.ID); ok && bed.ID != stay.Bed {
		return fault.About(FieldNumber, fault.New(fault.Conflict, "the patient with this number is in bed %s", bed.ID))
	}
	next := known.Update(m.Patient, m.At)
	d.putPatient(&next)
	d.absorb(&next, &census.Patient{ID: p.ID, Identifiers: p.Identifiers}) // a guessed sex and age tell nothing more
	return nil
}

// mergeByHand makes two known records one.
func (d *draft) mergeByHand(m census.Movement) (census.EncounterID, error) {
	old, into := d.patientBy(m.Prior), d.patientBy(m.Patient.Identifiers)
	switch {
	case old == nil || into == nil:
		return "", fault.New(fault.NotFound, "there is no patient, or more than one, with one of these numbers")
	case old.ID == into.ID:
		return "", fault.New(fault.Conflict, "both numbers are one patient's already")
	}
	if a, b := d.bedsOf(old.ID), d.bedsOf(into.ID); len(a) > 0 && len(b) > 0 {
		return "", fault.New(fault.Conflict, "beds %s and %s have these two patients: if it is one person, discharge one of the stays first", a[0].ID, b[0].ID)
	}
	d.merge(m)
	if stay := d.openEncounter(into.ID); stay != nil {
		return stay.ID, nil
	}
	return "", nil
}

// auditName is what the audit trail calls a movement.
func auditName(k census.MovementKind) string {
	switch k {
	case census.Admit, census.Register:
		return "admit-patient"
	case census.Transfer, census.Discharge:
		return string(k) + "-patient"
	case census.Update, census.UpdatePerson:
		return "identify-patient"
	case census.Merge:
		return "merge-patients"
	}
	return string(k)
}
