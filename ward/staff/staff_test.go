package staff_test

import (
	"testing"

	"wardlight/ward/census"
	"wardlight/ward/staff"
)

// The matrix of the alarm rules: clinical staff acknowledge, administrators
// of devices and users do not; a display only shows.
func TestMay(t *testing.T) {
	actions := []staff.Action{staff.Watch, staff.Review, staff.AcknowledgeAlarm, staff.ReadSnapshot, staff.SeeGateways, staff.ReadQuarantine, staff.AssignDevice, staff.ReassignDevice, staff.MovePatient, staff.SeeDevices}
	matrix := map[staff.Role][]bool{ // in the order of actions
		staff.Nurse:       {true, true, true, true, false, false, true, false, true, true},
		staff.ChargeNurse: {true, true, true, true, false, false, true, true, true, true},
		staff.Physician:   {true, true, true, true, false, false, false, false, false, true},
		staff.Admin:       {true, false, false, true, true, true, true, true, true, true},
		staff.Biomed:      {true, false, false, true, true, true, false, false, false, true},
		staff.Viewer:      {true, true, false, true, false, false, false, false, false, false},
		staff.Display:     {true, false, false, false, false, false, false, false, false, false},
		staff.Machine:     {false, false, false, true, false, false, false, false, false, false},
		"janitor":         {false, false, false, false, false, false, false, false, false, false},
		"":                {false, false, false, false, false, false, false, false, false, false},
	}
	if len(matrix)-2 != len(staff.Roles()) {
		t.Errorf("%d roles in the matrix, %d in the product", len(matrix)-2, len(staff.Roles()))
	}
	for role, row := range matrix {
		for i, action := range actions {
			if got := (staff.Person{Role: role}).May(action, "ICU"); got != row[i] {
				t.Errorf("%s may %s: %v, want %v", role, action, got, row[i])
			}
		}
		if got, want := staff.IsRole(role), role != "janitor" && role != ""; got != want {
			t.Errorf("IsRole(%q) = %v", role, got)
		}
	}
}

func TestMayInUnit(t *testing.T) {
	bound := staff.Person{Role: staff.Nurse, Unit: "ICU"}
	free := staff.Person{Role: staff.Nurse}
	for _, test := range []struct {
		name string
		p    staff.Person
		unit census.UnitCode
		want bool
	}{
		{"own unit", bound, "ICU", true},
		{"another unit", bound, "WARD", false},
		{"outside any unit", bound, "", false},
		{"every unit", free, "WARD", true},
		{"every unit, outside any", free, "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.p.May(staff.AcknowledgeAlarm, test.unit); got != test.want {
				t.Errorf("May in %q = %v, want %v", test.unit, got, test.want)
			}
		})
	}
}
