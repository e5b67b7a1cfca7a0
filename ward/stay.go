package ward

import (
	"slices"
	"time"

	"wardlight/ward/census"
)

// openEncounter finds the patient's open encounter: the one that has a bed,
// else the latest.
func (d *draft) openEncounter(p census.PatientID) *census.Encounter {
	stays, _ := d.stays.get(p)
	return openAmong(stays)
}

func openAmong(stays []*census.Encounter) (found *census.Encounter) {
	for _, e := range stays {
		if !e.IsOpen() {
			continue
		}
		if found == nil || found.Bed.IsZero() && !e.Bed.IsZero() ||
			found.Bed.IsZero() == e.Bed.IsZero() && e.AdmittedAt.After(found.AdmittedAt) {
			found = e
		}
	}
	return found
}

// encounterFor finds the encounter that the event is about, or makes one that
// is not kept yet; nil for an update of somebody who is not here. A transfer
// before its admission admits. A discharge without its admission makes a stay
// that is over, so that the admission does not admit when it comes late.
func (d *draft) encounterFor(m census.Movement, p *census.Patient) *census.Encounter {
	stays, isByVisit := d.staysOf(p.ID, m.Visit)
	open, ended := openAmong(stays), endedAfter(stays, m.At)
	if ended != nil && (open == nil || m.At.Before(open.AdmittedAt)) {
		return ended
	}
	if open != nil {
		return open
	}
	if last := lastEnded(stays); last != nil && continues(m.Kind, last, isByVisit) {
		return last
	}
	if m.Kind == census.Update {
		return nil
	}
	return &census.Encounter{ID: census.EncounterID(d.newID()), Patient: p.ID, Visit: m.Visit}
}

// staysOf lists the patient's stays with the visit number; when none has it,
// those without one.
func (d *draft) staysOf(p census.PatientID, visit census.Identifier) (stays []*census.Encounter, isByVisit bool) {
	all, _ := d.stays.get(p)
	if visit.IsZero() {
		return all, false
	}
	named, nameless := []*census.Encounter{}, []*census.Encounter{}
	for _, e := range all {
		switch {
		case e.Visit.Matches(visit):
			named = append(named, e)
		case e.Visit.IsZero():
			nameless = append(nameless, e)
		}
	}
	if len(named) > 0 {
		return named, true
	}
	return nameless, false
}

// endedAfter finds the stay that was over when an event of time at came to be
// known, though it happened before its end: what comes after its own
// discharge, or the discharge once more.
func endedAfter(stays []*census.Encounter, at time.Time) (found *census.Encounter) {
	for _, e := range stays {
		if !e.IsOpen() && !at.After(e.DecidedAt) && (found == nil || e.DecidedAt.Before(found.DecidedAt)) {
			found = e
		}
	}
	return found
}

func lastEnded(stays []*census.Encounter) (found *census.Encounter) {
	for _, e := range stays {
		if !e.IsOpen() && (found == nil || e.DecidedAt.After(found.DecidedAt)) {
			found = e
		}
	}
	return found
}

// continues reports whether an event after the end of a stay is still about
// it: its cancelled discharge, or whatever names its visit but an admission,
// which begins another one.
func continues(k census.MovementKind, e *census.Encounter, isByVisit bool) bool {
	switch k {
	case census.CancelDischarge:
		return !e.Cancelled
	case census.Discharge, census.CancelAdmit:
		return isByVisit
	case census.Transfer, census.CancelTransfer:
		return isByVisit && !e.Cancelled
	}
	return false
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

// Encounter finds a stay that is open, or ended within the last seven days.
func (w Ward) Encounter(id census.EncounterID) (*census.Encounter, bool) {
	for stays := range w.stays.values() {
		if i := slices.IndexFunc(stays, func(e *census.Encounter) bool { return e.ID == id }); i >= 0 {
			return stays[i], true
		}
	}
	return nil, false
}
