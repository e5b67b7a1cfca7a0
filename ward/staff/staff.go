// Package staff says who people are to this system and what each role may do.
// It knows nothing of passwords or sessions.
package staff

import "wardlight/ward/census"

// Role is what somebody, or some machine, is trusted with.
type Role string

// The roles of the product. Not every role has a person: a display is a
// paired screen, a machine is a bearer of a token.
const (
	Nurse       Role = "nurse"
	ChargeNurse Role = "charge-nurse"
	Physician   Role = "physician"
	Admin       Role = "admin"
	Biomed      Role = "biomed"
	Viewer      Role = "viewer"
	Display     Role = "display"
	Machine     Role = "machine"
)

// Roles lists every role, people first.
func Roles() []Role {
	return []Role{Nurse, ChargeNurse, Physician, Admin, Biomed, Viewer, Display, Machine}
}

// IsRole reports whether r is one of the product's roles.
func IsRole(r Role) bool {
	for _, known := range Roles() {
		if r == known {
			return true
		}
	}
	return false
}

// ID is a person's or machine's own number here.
type ID string

// Person is who stands behind an action.
type Person struct {
	ID    ID
	Login string
	Name  string // as colleagues read it on a tile: "Kim R."
	Role  Role
	Unit  census.UnitCode // empty: every unit
}

// Action is something that needs permission.
type Action string

// The actions that exist so far.
const (
	Watch            Action = "watch"             // see a unit's live values and alarms
	Review           Action = "review"            // see a patient's history
	AcknowledgeAlarm Action = "acknowledge-alarm" // take responsibility for an alarm
	ReadSnapshot     Action = "read-snapshot"     // read a unit as JSON
	MovePatient      Action = "move-patient"      // admit, transfer, discharge, identify, mark as away
	SeeDevices       Action = "see-devices"       // see which devices there are and whom they belong to
	SeeGateways      Action = "see-gateways"      // see who sends, how much, and what was refused
	ReadQuarantine   Action = "read-quarantine"   // read and replay messages that could not be decoded
	AssignDevice     Action = "assign-device"     // say whom a device belongs to
	ReassignDevice   Action = "reassign-device"   // also away from where its alarms stand or it infuses
)

// may is the role matrix of the alarm rules (clinical staff acknowledge,
// administrators of devices do not).
var may = map[Role][]Action{
	Nurse:       {Watch, Review, AcknowledgeAlarm, MovePatient, ReadSnapshot, AssignDevice, SeeDevices},
	ChargeNurse: {Watch, Review, AcknowledgeAlarm, MovePatient, ReadSnapshot, AssignDevice, ReassignDevice, SeeDevices},
	Physician:   {Watch, Review, AcknowledgeAlarm, ReadSnapshot, SeeDevices},
	Admin:       {Watch, MovePatient, ReadSnapshot, SeeGateways, ReadQuarantine, AssignDevice, ReassignDevice, SeeDevices},
	Biomed:      {Watch, ReadSnapshot, SeeGateways, ReadQuarantine, SeeDevices},
	Viewer:      {Watch, Review, ReadSnapshot},
	Display:     {Watch},
	Machine:     {ReadSnapshot},
}

// May reports whether p may do action in unit. An empty unit asks for
// something outside any unit, which a person bound to one unit may not.
func (p Person) May(action Action, unit census.UnitCode) bool {
	if p.Unit != "" && p.Unit != unit {
		return false
	}
	for _, a := range may[p.Role] {
		if a == action {
			return true
		}
	}
	return false
}
