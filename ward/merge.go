package ward

import (
	"slices"

	"wardlight/ward/alarm"
	"wardlight/ward/census"
)

// merge makes two records of one person one (A40): the numbers, stays and
// alarms of the prior one go to the one that survives. Beds show the surviving
// number; whoever still sends the old one means the survivor.
func (d *draft) merge(m census.Movement) {
	old := d.patientBy(m.Prior)
	p := d.patientFor(m.Surviving())
	if p == nil {
		return
	}
	if old != nil && old.ID != p.ID {
		d.absorb(p, old)
		return
	}
	// Nobody is known by the old number, or it is the survivor's already: what
	// still comes with it is the survivor's.
	named := p.Update(census.Demographics{Identifiers: m.Prior}, p.AsOf)
	d.putPatient(&named)
}

// absorb moves everything of an old record to the one that survives.
func (d *draft) absorb(p, old *census.Patient) {
	d.forget(old)
	whole := p.Absorb(*old)
	d.putPatient(&whole)
	stays, _ := d.stays.get(old.ID)
	d.stays = d.stays.set(old.ID, nil)
	for _, e := range slices.Backward(stays) {
		moved := *e
		moved.Patient = whole.ID
		d.keepStay(&moved)
		if bed, ok := d.Bed(e.Bed); ok && bed.Encounter != nil && bed.Encounter.ID == e.ID {
			d.editBed(e.Bed, func(b *Bed) { b.Encounter, b.Patient = &moved, &whole })
		}
		d.at(e.Bed, EncounterChanged{moved})
	}
	d.note(Change{What: Merged{From: old.ID, Into: whole.ID}})
	d.fold(whole.ID)
	d.findTwoBeds()
}

// fold makes one of two stays that were kept under two numbers and are the
// same visit. Without a visit number they are the same unless both are open
// and have a bed.
func (d *draft) fold(p census.PatientID) {
	stays, _ := d.stays.get(p)
	for i, a := range stays {
		for _, b := range stays[i+1:] {
			if isOneVisit(a, b) {
				d.foldInto(a, b)
				d.fold(p)
				return
			}
		}
		if bed, ok := d.Bed(a.Assigned); ok && bed.Patient != nil && bed.Patient.ID == p {
			d.settle(a.ID) // whom it lost the bed to is the same person
		}
	}
}

func isOneVisit(a, b *census.Encounter) bool {
	if !a.Visit.IsZero() && !b.Visit.IsZero() {
		return a.Visit.Matches(b.Visit)
	}
	return a.IsOpen() && b.IsOpen() && (a.Bed.IsZero() || b.Bed.IsZero())
}

// foldInto makes the stay that has a bed, else the one that was last heard of,
// the whole visit. The other is kept as an admission that never was.
func (d *draft) foldInto(a, b *census.Encounter) {
	if a.Bed.IsZero() && (!b.Bed.IsZero() || b.LocatedAt.After(a.LocatedAt)) {
		a, b = b, a
	}
	next := a.Fold(*b)
	if next.IsOpen() {
		d.place(a, next, true)
	} else {
		d.end(a, next)
	}
	stays, _ := d.stays.get(b.Patient)
	for _, left := range stays {
		if left.ID == b.ID {
			never := *left
			never.Visit, never.Cancelled = census.Identifier{}, true
			never.DischargedAt, never.DecidedAt = d.in.At.Round(0), later(b.DecidedAt, b.LocatedAt)
			d.end(left, never)
		}
	}
}

// forget makes a patient nobody whom a number names.
func (d *draft) forget(p *census.Patient) {
	d.patients = d.patients.set(p.ID, nil)
	for _, n := range p.Identifiers {
		ids, _ := d.byNumber.get(n.Value)
		d.byNumber = d.byNumber.set(n.Value, slices.DeleteFunc(slices.Clone(ids), func(id census.PatientID) bool { return id == p.ID }))
	}
}

// findTwoBeds begins and ends the alarms about patients who are shown in more
// than one bed, because two records were merged while both had one. Nobody is
// taken out of a bed for it: somebody lies there, and only people can tell who.
func (d *draft) findTwoBeds() {
	lies := d.bedsByPatient()
	for _, u := range d.units {
		for _, b := range u.Beds {
			label := otherBed(b, lies)
			i := slices.IndexFunc(b.Episodes, func(e alarm.Episode) bool { return e.Code == CodeTwoBeds })
			if i >= 0 && label == b.Episodes[i].Label {
				continue
			}
			if i >= 0 {
				d.step(b.Episodes[i], alarm.EventClear)
			}
			if label != "" { // again, if it is another bed by now
				d.open(alarm.Episode{
					Bed: b.ID, Encounter: b.Encounter.ID, Code: CodeTwoBeds, Label: label,
					Category: alarm.Technical, Origin: alarm.FromSystem, Priority: alarm.Low,
				})
			}
		}
	}
}

// otherBed says where else the patient of a bed lies; empty: nowhere.
func otherBed(b *Bed, lies map[census.PatientID][]census.BedID) string {
	if b.Patient == nil {
		return ""
	}
	for _, o := range lies[b.Patient.ID] {
		if o != b.ID {
			return "Same patient also in bed " + o.String()
		}
	}
	return ""
}

func (w Ward) bedsByPatient() map[census.PatientID][]census.BedID {
	lies := map[census.PatientID][]census.BedID{}
	for _, u := range w.units {
		for _, b := range u.Beds {
			if b.Patient != nil {
				lies[b.Patient.ID] = append(lies[b.Patient.ID], b.ID)
			}
		}
	}
	return lies
}
