package census

import "time"

// Encounter is one stay of a patient. While it has a bed, that bed's devices
// speak for this patient.
type Encounter struct {
	ID           EncounterID
	Patient      PatientID
	Visit        Identifier
	Bed          BedID // zero: not in a bed that this ward knows
	AdmittedAt   time.Time
	LocatedAt    time.Time // time of the event that put it where it is
	DischargedAt time.Time // zero while open
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
