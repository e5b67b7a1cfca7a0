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
}

// IsOpen reports whether the patient is still here.
func (e Encounter) IsOpen() bool { return e.DischargedAt.IsZero() }

// MovementKind is the sort of ADT event.
type MovementKind string

// The movements, with the trigger events that carry them.
const (
	Admit     MovementKind = "admit"     // A01
	Transfer  MovementKind = "transfer"  // A02
	Discharge MovementKind = "discharge" // A03
	Update    MovementKind = "update"    // A08
)

// Movement is one ADT event.
type Movement struct {
	Kind         MovementKind
	At           time.Time // when it happened: EVN-6, else EVN-2, else MSH-7
	Patient      Demographics
	Visit        Identifier
	To           Location // PV1-3
	From         Location // PV1-6
	AdmittedAt   time.Time
	DischargedAt time.Time
}
