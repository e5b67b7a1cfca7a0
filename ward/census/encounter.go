package census

import (
	"slices"
	"time"
)

// Encounter is one stay of a patient. While it has a bed, that bed's devices
// speak for this patient.
//
// What an encounter is follows from the newest event about each side of it,
// in whatever order the events arrive: whether it is open from the newest that
// opened or ended it, where it is from the newest that named a place.
type Encounter struct {
	ID           EncounterID
	Patient      PatientID
	Visit        Identifier
	Bed          BedID // zero: not in a bed that this ward knows
	Assigned     BedID // the bed that was last given to it, though somebody else may lie there, or it may be over
	AdmittedAt   time.Time
	LocatedAt    time.Time // time of the event that put it where it is
	DecidedAt    time.Time // time of the event that opened or ended it
	DischargedAt time.Time // zero while open
	Cancelled    bool      // it ended because the admission had been an error
	Away         *Away     // nil: in bed
}

// Away is a patient being out of bed for a while (imaging, theatre).
type Away struct {
	Where string
	Since time.Time
	Until time.Time // when silence at the bed counts again
	By    string    // who said so
}

// IsOpen reports whether the patient is still here.
func (e Encounter) IsOpen() bool { return e.DischargedAt.IsZero() }

// Take gives the encounter after an event about it, whose place means the bed
// to. What a newer event said stays as it is.
func (e Encounter) Take(m Movement, to BedID) Encounter {
	if (m.Kind.opens() || m.Kind.Ends()) && !m.At.Before(e.DecidedAt) {
		e.DecidedAt, e.DischargedAt, e.Cancelled = m.At, m.endedAt(), m.Kind == CancelAdmit
	}
	if m.places() && !m.At.Before(e.LocatedAt) {
		e.LocatedAt, e.Assigned = m.At, to
	}
	if at := m.admittedAt(); !at.IsZero() && (e.AdmittedAt.IsZero() || at.Before(e.AdmittedAt)) {
		e.AdmittedAt = at
	}
	return e
}

// Fold gives the encounter with what the newest events said of another one
// that is the same visit.
func (e Encounter) Fold(o Encounter) Encounter {
	if o.DecidedAt.After(e.DecidedAt) {
		e.DecidedAt, e.DischargedAt, e.Cancelled = o.DecidedAt, o.DischargedAt, o.Cancelled
	}
	if o.LocatedAt.After(e.LocatedAt) {
		e.LocatedAt, e.Assigned = o.LocatedAt, o.Assigned
	}
	if e.AdmittedAt.IsZero() || !o.AdmittedAt.IsZero() && o.AdmittedAt.Before(e.AdmittedAt) {
		e.AdmittedAt = o.AdmittedAt
	}
	if e.Visit.IsZero() {
		e.Visit = o.Visit
	}
	return e
}

// Equal reports whether two encounters say the same.
func (e Encounter) Equal(o Encounter) bool {
	same := e.AdmittedAt.Equal(o.AdmittedAt) && e.LocatedAt.Equal(o.LocatedAt) &&
		e.DecidedAt.Equal(o.DecidedAt) && e.DischargedAt.Equal(o.DischargedAt)
	same = same && e.Away.equal(o.Away)
	o.AdmittedAt, o.LocatedAt, o.DecidedAt, o.DischargedAt = e.AdmittedAt, e.LocatedAt, e.DecidedAt, e.DischargedAt
	o.Away = e.Away
	return same && e == o
}

func (a *Away) equal(o *Away) bool {
	if a == nil || o == nil {
		return a == o
	}
	return a.Where == o.Where && a.By == o.By && a.Since.Equal(o.Since) && a.Until.Equal(o.Until)
}

// MovementKind is the sort of ADT event.
type MovementKind string

// The movements, with the trigger events that carry them.
const (
	Admit           MovementKind = "admit"            // A01
	Register        MovementKind = "register"         // A04: an admission that may name no bed
	Transfer        MovementKind = "transfer"         // A02
	Discharge       MovementKind = "discharge"        // A03
	Update          MovementKind = "update"           // A08
	UpdatePerson    MovementKind = "update-person"    // A31: demographics alone, no place
	CancelAdmit     MovementKind = "cancel-admit"     // A11
	CancelTransfer  MovementKind = "cancel-transfer"  // A12
	CancelDischarge MovementKind = "cancel-discharge" // A13
	Merge           MovementKind = "merge"            // A40: Prior is now Patient
)

// opens reports whether who the event is about is here after it.
func (k MovementKind) opens() bool {
	switch k {
	case Admit, Register, Transfer, CancelTransfer, CancelDischarge:
		return true
	}
	return false
}

// Ends reports whether the stay is over after the event.
func (k MovementKind) Ends() bool { return k == Discharge || k == CancelAdmit }

// IsCancellation reports whether the event takes back another one.
func (k MovementKind) IsCancellation() bool {
	return k == CancelAdmit || k == CancelTransfer || k == CancelDischarge
}

// Movement is one ADT event.
type Movement struct {
	Kind         MovementKind
	At           time.Time // when it happened: EVN-6, else EVN-2, else MSH-7; of a cancellation, when that was
	Patient      Demographics
	Visit        Identifier
	To           Location     // PV1-3
	From         Location     // PV1-6
	Prior        []Identifier // MRG-1: the numbers that a merge ends
	AdmittedAt   time.Time
	DischargedAt time.Time
}

// places reports whether the event says where the patient is. A registration
// and a cancelled discharge without a location leave that as it was.
func (m Movement) places() bool {
	switch m.Kind {
	case Admit, Transfer, CancelTransfer:
		return true
	case Register, CancelDischarge:
		return !m.To.IsZero()
	}
	return false
}

// endedAt is when the event says that the stay ended; zero if it did not.
func (m Movement) endedAt() time.Time {
	switch {
	case !m.Kind.Ends():
		return time.Time{}
	case m.DischargedAt.IsZero() || m.Kind == CancelAdmit:
		return m.At
	}
	return m.DischargedAt
}

// admittedAt is when the event says that the stay began; zero if it does not.
func (m Movement) admittedAt() time.Time {
	if m.AdmittedAt.IsZero() && (m.Kind == Admit || m.Kind == Register || m.Kind == Transfer) {
		return m.At
	}
	return m.AdmittedAt
}

// Surviving is the movement with the type of its numbers made plain: what
// replaces a medical record number is one.
func (m Movement) Surviving() Movement {
	isRecord := func(n Identifier) bool { return n.Type == MedicalRecord }
	if slices.ContainsFunc(m.Prior, isRecord) && !slices.ContainsFunc(m.Patient.Identifiers, isRecord) {
		m.Patient.Identifiers = slices.Clone(m.Patient.Identifiers)
		if n := m.Patient.Identifiers; len(n) > 0 && n[0].Type == "" {
			n[0].Type = MedicalRecord
		}
	}
	return m
}
