package ward_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
)

// WantPatient compares who lies in a bed, "" for nobody.
func (l *timeline) WantPatient(bed, mrn string) {
	l.t.Helper()
	got, b := "", l.Bed(bed)
	if b.Patient != nil {
		got = b.Patient.MRN()
	}
	if got != mrn {
		l.t.Errorf("in %s lies %q, want %q", bed, got, mrn)
	}
	if (b.Patient == nil) != (b.Encounter == nil) {
		l.t.Errorf("%s has a patient without an encounter, or the other way round", bed)
	}
}

// The ADT chain of the reference page, with the values written there.
func TestADTChain(t *testing.T) {
	l := newTimeline(t)
	day := func(d, h, m int) time.Time { return time.Date(2026, 1, d, h, m, 0, 0, time.UTC) }
	given := func(v string) census.Field { return census.Field{Given: true, Value: v} }
	okafor := func(family string, middle census.Field) census.Demographics {
		return census.Demographics{
			Identifiers: []census.Identifier{{Value: "MRN1001", Assigner: "GENHOSP", Type: "MR"}},
			Family:      given(family), GivenName: given("Ngozi"), Middle: middle, BirthDate: given("1958-04-12"), Sex: given("F"),
		}
	}
	vn := census.Identifier{Value: "VN5001"}
	icu := census.Location{Unit: "ICU", Room: "12", Bed: "A", Facility: "GENHOSP"}
	stepdown := census.Location{Unit: "STEPDOWN", Room: "3", Bed: "B", Facility: "GENHOSP"}
	l.second = day(16, 15, 0).Sub(noon).Seconds()
	patient := func() census.Patient {
		t.Helper()
		p := changesOf[ward.PatientKnown](l.changes)
		return p[len(p)-1].Patient
	}

	l.Do(ward.Moved{Movement: census.Movement{Kind: census.Admit, At: day(13, 8, 0), Patient: okafor("Okafor", given("A")), Visit: vn, To: icu, AdmittedAt: day(13, 7, 55)}})
	l.WantPatient("ICU-12", "MRN1001")
	id := l.Bed("ICU-12").Encounter.ID
	want := census.Patient{
		ID: patient().ID, Identifiers: []census.Identifier{{Value: "MRN1001", Assigner: "GENHOSP", Type: "MR"}},
		Family: "Okafor", Given: "Ngozi", Middle: "A", Sex: "F", BirthDate: "1958-04-12", AsOf: day(13, 8, 0),
	}
	butTimes := cmpopts.IgnoreFields(census.Patient{}, "Told")
	if diff := cmp.Diff(want, patient(), butTimes); diff != "" {
		t.Errorf("admitted, -want +got:\n%s", diff)
	}

	l.Do(ward.Moved{Movement: census.Movement{Kind: census.Transfer, At: day(14, 9, 0), Patient: okafor("Okafor", given("A")), Visit: vn, To: stepdown, From: icu}})
	l.WantPatient("ICU-12", "")
	l.WantPatient("STEPDOWN-3", "MRN1001")

	update := census.Movement{Kind: census.Update, At: day(14, 10, 0), Patient: okafor("Okafor-L^w", given("")), Visit: vn, To: stepdown}
	update.Patient.Sex = census.Field{}
	l.Do(ward.Moved{Movement: update})
	want.Family, want.Middle, want.AsOf = "Okafor-L^w", "", day(14, 10, 0)
	if diff := cmp.Diff(want, patient(), butTimes); diff != "" {
		t.Errorf("updated, -want +got:\n%s", diff)
	}
	if l.Bed("STEPDOWN-3").Patient.Family != "Okafor-L^w" {
		t.Error("the bed shows the old name")
	}

	l.Do(ward.Moved{Movement: census.Movement{
		Kind: census.Discharge, At: day(16, 15, 0), Patient: okafor("Okafor", given("A")), Visit: vn, To: stepdown,
		AdmittedAt: day(13, 7, 55), DischargedAt: day(16, 14, 55),
	}})
	l.WantPatient("STEPDOWN-3", "")
	stays := changesOf[ward.EncounterChanged](l.changes)
	last := stays[len(stays)-1].Encounter
	wantStay := census.Encounter{
		ID: id, Patient: want.ID, Visit: vn, Assigned: census.BedID{Unit: "STEPDOWN", Bed: "3"}, AdmittedAt: day(13, 7, 55),
		LocatedAt: day(14, 9, 0), DecidedAt: day(16, 15, 0), DischargedAt: day(16, 14, 55),
	}
	if diff := cmp.Diff(wantStay, last); diff != "" {
		t.Errorf("discharged, -want +got:\n%s", diff)
	}
	for _, s := range stays {
		if s.ID != id {
			t.Errorf("a second encounter %s", s.ID)
		}
	}
}

func TestOutOfOrderMovements(t *testing.T) {
	type step struct {
		kind census.MovementKind
		bed  string
		when float64
	}
	for _, test := range []struct {
		name  string
		steps []step
		want  string // bed in which MRN1001 lies in the end, "" for none
	}{
		{"a transfer before its admission admits", []step{{census.Transfer, "STEPDOWN-3", 10}}, "STEPDOWN-3"},
		{"the admission that comes after moves nobody back", []step{{census.Transfer, "STEPDOWN-3", 10}, {census.Admit, "ICU-12", 0}}, "STEPDOWN-3"},
		{"an older admission after a newer transfer", []step{{census.Admit, "ICU-1", -10}, {census.Transfer, "ICU-2", 10}, {census.Admit, "ICU-12", 0}}, "ICU-2"},
		{"a late admission after the discharge", []step{{census.Admit, "ICU-12", 0}, {census.Discharge, "ICU-12", 10}, {census.Admit, "ICU-12", 0}}, ""},
		{"a discharge before its admission", []step{{census.Discharge, "ICU-12", 10}, {census.Admit, "ICU-12", 0}}, ""},
		{"a late transfer after the discharge", []step{{census.Admit, "ICU-12", 0}, {census.Discharge, "ICU-12", 10}, {census.Transfer, "ICU-1", 9}}, ""},
		{"an older discharge does not end a newer stay", []step{{census.Admit, "ICU-12", 0}, {census.Discharge, "ICU-12", -10}}, "ICU-12"},
		{"back again after the discharge", []step{{census.Admit, "ICU-12", 0}, {census.Discharge, "ICU-12", 10}, {census.Admit, "ICU-1", 20}}, "ICU-1"},
		{"the same admission twice", []step{{census.Admit, "ICU-12", 0}, {census.Admit, "ICU-12", 0}}, "ICU-12"},
		{"an update of somebody who is not here", []step{{census.Update, "ICU-12", 0}}, ""},
		{"an update moves nobody", []step{{census.Admit, "ICU-12", 0}, {census.Update, "ICU-1", 10}}, "ICU-12"},
		{"an update finds a bed for who had none", []step{{census.Admit, "ICU-99", 0}, {census.Update, "ICU-1", 10}}, "ICU-1"},
		{"a transfer out of the ward", []step{{census.Admit, "ICU-12", 0}, {census.Transfer, "THEATRE-1", 10}}, ""},
		{"and back", []step{{census.Admit, "ICU-12", 0}, {census.Transfer, "THEATRE-1", 10}, {census.Transfer, "ICU-2", 20}}, "ICU-2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newTimeline(t)
			for _, s := range test.steps {
				l.ADT(s.kind, "MRN1001", s.bed, s.when, visit("VN5001"))
			}
			for _, bed := range []string{"ICU-1", "ICU-2", "ICU-12", "STEPDOWN-3"} {
				who := ""
				if bed == test.want {
					who = "MRN1001"
				}
				l.WantPatient(bed, who)
			}
		})
	}
}

func TestTwoPatientsForOneBed(t *testing.T) {
	l := newTimeline(t)
	l.ADT(census.Admit, "MRN1001", "ICU-12", 0, visit("VN1"))
	first := l.Bed("ICU-12").Encounter.ID
	l.ADT(census.Admit, "MRN2002", "ICU-12", 5, visit("VN2"))
	l.WantPatient("ICU-12", "MRN2002") // the newer event wins
	if got := l.Bed("ICU-12").Displaced; !slices.Equal(got, []census.EncounterID{first}) {
		t.Errorf("displaced %v, want %s", got, first)
	}
	l.Want("ICU-12", "! Two patients for bed ICU-12 active")
	if e := l.Alarm("ICU-12", "Two patients for bed ICU-12"); e.Category != alarm.Technical || e.Encounter != first {
		t.Errorf("%+v", e)
	}

	l.ADT(census.Update, "MRN1001", "ICU-12", 6, visit("VN1"))
	l.WantPatient("ICU-12", "MRN2002") // an update takes nobody's bed
	l.Want("ICU-12", "! Two patients for bed ICU-12 active")

	l.ADT(census.Transfer, "MRN1001", "ICU-1", 7, visit("VN1"))
	l.WantPatient("ICU-1", "MRN1001")
	l.Want("ICU-12")
	if got := l.Bed("ICU-12").Displaced; len(got) != 0 {
		t.Errorf("still displaced: %v", got)
	}
}

func TestAnOlderEventDoesNotTakeTheBed(t *testing.T) {
	l := newTimeline(t)
	l.ADT(census.Admit, "MRN1001", "ICU-12", 10)
	l.ADT(census.Admit, "MRN2002", "ICU-12", 5)
	l.WantPatient("ICU-12", "MRN1001")
	l.Want("ICU-12", "! Two patients for bed ICU-12 active")
	l.ADT(census.Discharge, "MRN2002", "ICU-12", 20)
	l.WantPatient("ICU-12", "MRN1001")
	l.Want("ICU-12")
}

func TestNobodyLiesInTwoBeds(t *testing.T) {
	l := newTimeline(t)
	l.ADT(census.Admit, "MRN1001", "ICU-12", 0, visit("VN1"))
	l.Monitor("MON77", "ICU-12").Of("MRN1001").Says(hr("130"))
	l.ADT(census.Admit, "MRN1001", "STEPDOWN-3", 10, visit("VN2")) // the discharge of VN1 never came
	l.WantPatient("ICU-12", "")
	l.WantPatient("STEPDOWN-3", "MRN1001")
	l.Want("STEPDOWN-3", "!! HR high indeterminate")
	l.ADT(census.Admit, "MRN1001", "ICU-1", 5, visit("VN3")) // older: not there any more
	l.WantPatient("STEPDOWN-3", "MRN1001")
	l.WantPatient("ICU-1", "")
}

func TestDischargeClosesAndReleases(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("130"))
	e := l.Alarm("ICU-12", "HR high")
	l.At(5)
	l.ADT(census.Discharge, "MRN1001", "ICU-12", 5)
	l.Want("ICU-12")
	if got := l.closedAs(e.ID); got != alarm.Discharged {
		t.Errorf("closed as %s", got)
	}
	l.WantPool("MON77: its bed changed hands; waiting for its next message")
	released := changesOf[ward.Released](l.changes)
	if len(released) != 1 || released[0].Encounter == "" || !released[0].To.Equal(second(5)) {
		t.Errorf("released %+v", released)
	}
	l.At(6)
	mon.Says(hr("80")) // still plugged in, with the number of who left: nobody's
	if d, _ := l.ward.Device("MON77"); d.Encounter != "" {
		t.Errorf("%s still speaks for %s", d.ID, d.Encounter)
	}
	l.ADT(census.Admit, "MRN2002", "ICU-12", 10)
	l.At(10)
	mon.Says(hr("80"))
	l.WantPool("MON77: names bed ICU-12 but not the patient in it")
}

func TestTransferCarriesAlarms(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("145"), nibp("65"))
	l.acknowledges(kim, "ICU-12", "HR high")
	l.Want("ICU-12", "!!! NIBP sys low active", "!!! HR high active ✓Kim R.")
	heart, pressure := l.Alarm("ICU-12", "HR high").ID, l.Alarm("ICU-12", "NIBP sys low").ID
	l.At(5)
	l.ADT(census.Transfer, "MRN1001", "STEPDOWN-3", 5)
	l.Want("ICU-12")
	l.Want("STEPDOWN-3", "!!! HR high indeterminate", "!!! NIBP sys low indeterminate") // who receives her must look
	next := l.Monitor("MON3", "STEPDOWN-3").Of("MRN1001")
	l.At(6)
	next.Says(hr("146"))
	l.Want("STEPDOWN-3", "!!! HR high active", "!!! NIBP sys low indeterminate")
	if e := l.Alarm("STEPDOWN-3", "HR high"); e.ID != heart || e.Device != "MON3" {
		t.Errorf("%s of %s goes on as %s of %s", heart, "MON77", e.ID, e.Device)
	}
	l.At(7)
	next.Keeps(12, hr("100"))
	l.Want("STEPDOWN-3", "!!! HR high latched", "!!! NIBP sys low indeterminate")
	if diff := cmp.Diff([]string{"onset", "acknowledge", "transfer", "source-lost", "restored", "clear"}, l.history(heart)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"onset", "transfer", "source-lost"}, l.history(pressure)); diff != "" {
		t.Error(diff)
	}
}

func TestTransferVoidsARequest(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("130"))
	e := l.Alarm("ICU-12", "HR high")
	command, _ := l.asks(kim, e, e.Version)
	l.ADT(census.Transfer, "MRN1001", "STEPDOWN-3", 1)
	if declined(l.Do(ward.Confirm{Command: command})) == nil {
		t.Error("the receiving nurse need not look any more")
	}
	l.Want("STEPDOWN-3", "!! HR high indeterminate")
}

// Two monitors found the same thing: the patient takes one alarm along.
func TestTransferMergesAlarmsOfOneLimit(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("130"))
	l.Monitor("MON78", "ICU-12").Of("MRN1001").Says(hr("145"))
	l.Want("ICU-12", "!!! HR high active", "!! HR high active")
	l.ADT(census.Transfer, "MRN1001", "STEPDOWN-3", 5)
	l.Want("STEPDOWN-3", "!!! HR high indeterminate")
}

func TestPatientsAreKnownByTheirNumbersOnly(t *testing.T) {
	l := newTimeline(t)
	nobody := census.Movement{Kind: census.Admit, At: noon, To: place("ICU-12"), Patient: census.Demographics{
		Identifiers: []census.Identifier{{}}, Family: census.Field{Given: true, Value: "Okafor"},
	}}
	if changes := l.Do(ward.Moved{Movement: nobody}); len(changes) != 0 {
		t.Errorf("without a number: %v", changes)
	}
	l.ADT(census.Admit, "MRN1001", "ICU-12", 0)
	other := census.Movement{Kind: census.Admit, At: noon, To: place("ICU-1"), Patient: census.Demographics{
		Identifiers: []census.Identifier{{Value: "MRN1001", Assigner: "OTHERHOSP", Type: "MR"}},
	}}
	l.Do(ward.Moved{Movement: other})
	l.WantPatient("ICU-12", "MRN1001")
	l.WantPatient("ICU-1", "MRN1001") // another authority's number: another person
	if l.Bed("ICU-1").Patient.ID == l.Bed("ICU-12").Patient.ID {
		t.Error("one person in two beds")
	}
	l.Monitor("MON1", "").Of("MRN1001").Says(hr("80")) // whose? two patients have it
	l.WantPool("MON1: names no bed and no admitted patient")
}

// The discharge was told at 10 and had happened at 5: what happened at 7 is
// part of the stay that is over.
func TestEventsBetweenDischargeAndItsMessage(t *testing.T) {
	l := newTimeline(t)
	l.ADT(census.Admit, "MRN1001", "ICU-12", 0)
	l.ADT(census.Discharge, "MRN1001", "ICU-12", 10, func(m *census.Movement) { m.DischargedAt = second(5) })
	l.ADT(census.Transfer, "MRN1001", "ICU-1", 7)
	l.WantPatient("ICU-1", "")
}

func TestALatchedAlarmRecursInTheNextBed(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("145"))
	id := l.Alarm("ICU-12", "HR high").ID
	l.At(1)
	mon.Keeps(6, hr("80"))
	l.ADT(census.Transfer, "MRN1001", "STEPDOWN-3", 6)
	l.Want("STEPDOWN-3", "!!! HR high latched")
	l.At(7)
	l.Monitor("MON3", "STEPDOWN-3").Says(hr("145"))
	l.Want("STEPDOWN-3", "!!! HR high active")
	if e := l.Alarm("STEPDOWN-3", "HR high"); e.ID != id || e.Recurrence != 1 || e.Device != "MON3" {
		t.Errorf("%+v", e)
	}
}
