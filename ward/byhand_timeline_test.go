package ward_test

import (
	"slices"
	"strings"
	"testing"

	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/fault"
)

// byHand is what Lee, the charge nurse, says of who is where.
func (l *timeline) byHand(m census.Movement, edit ...func(*ward.Moved)) error {
	e := ward.Moved{Movement: m, By: lee}
	for _, f := range edit {
		f(&e)
	}
	return declined(l.Do(e))
}

func (l *timeline) stay(bed string) func(*ward.Moved) {
	l.t.Helper()
	if l.Bed(bed).Encounter == nil {
		l.t.Fatalf("nobody is in %s", bed)
	}
	id := l.Bed(bed).Encounter.ID
	return func(e *ward.Moved) { e.Encounter = id }
}

func person(mrn, family string) census.Demographics {
	d := census.Demographics{Family: census.Field{Given: true, Value: family}}
	if mrn != "" {
		d.Identifiers = []census.Identifier{{Value: mrn}}
	}
	return d
}

func admit(bed string, d census.Demographics) census.Movement {
	return census.Movement{Kind: census.Admit, To: place(bed), Patient: d}
}

// wantDeclined checks that nothing but the refusal came of what was asked.
func (l *timeline) wantDeclined(err error, kind fault.Kind, says string) {
	l.t.Helper()
	if fault.KindOf(err) != kind || !strings.Contains(err.Error(), says) {
		l.t.Errorf("declined with %q (%s), want %q (%s)", err, fault.KindOf(err), says, kind)
	}
}

func TestAdmitTransferDischargeByHand(t *testing.T) {
	l := newTimeline(t)
	if err := l.byHand(admit("ICU-12", person("MRN1001", "Okafor"))); err != nil {
		t.Fatal(err)
	}
	l.WantPatient("ICU-12", "MRN1001")
	stay := l.Bed("ICU-12").Encounter.ID
	l.At(10)
	if err := l.byHand(census.Movement{Kind: census.Transfer, To: place("STEPDOWN-3")}, l.stay("ICU-12")); err != nil {
		t.Fatal(err)
	}
	l.WantPatient("ICU-12", "")
	l.WantPatient("STEPDOWN-3", "MRN1001")
	l.At(20)
	l.ADT(census.Transfer, "MRN1001", "ICU-1", 5) // the hospital's word for something older
	l.WantPatient("STEPDOWN-3", "MRN1001")
	if err := l.byHand(census.Movement{Kind: census.Discharge}, l.stay("STEPDOWN-3"), func(e *ward.Moved) { e.Reason = "home" }); err != nil {
		t.Fatal(err)
	}
	l.WantPatient("STEPDOWN-3", "")
	l.At(30)
	if err := l.byHand(census.Movement{Kind: census.CancelDischarge}, func(e *ward.Moved) { e.Encounter = stay }); err != nil {
		t.Fatal(err)
	}
	l.WantPatient("STEPDOWN-3", "MRN1001")
	var lines []string
	for _, a := range changesOf[ward.AuditWritten](l.changes) {
		if a.Actor == lee.ID {
			lines = append(lines, a.Action+" "+a.Subject+" "+a.Detail)
		}
	}
	want := []string{
		"admit-patient " + string(stay) + " ICU-12", "transfer-patient " + string(stay) + " STEPDOWN-3",
		"discharge-patient " + string(stay) + " home", "cancel-discharge " + string(stay) + " ",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("audited %q, want %q", lines, want)
	}
}

func TestWhatDoesNotFitIsDeclinedByHand(t *testing.T) {
	l := newTimeline(t)
	l.ADT(census.Admit, "MRN1001", "ICU-12", 0)
	l.ADT(census.Admit, "MRN2002", "ICU-1", 0)
	l.At(5)
	before := ward.Dump(l.ward)
	transfer := func(bed string) census.Movement { return census.Movement{Kind: census.Transfer, To: place(bed)} }
	l.wantDeclined(l.byHand(admit("ICU-12", person("MRN3003", "New"))), fault.Conflict, "bed ICU-12 is taken")
	l.wantDeclined(l.byHand(admit("ICU-99", person("MRN3003", "New"))), fault.Invalid, "no bed ICU-99")
	l.wantDeclined(l.byHand(admit("ICU-2", person("MRN1001", "Okafor"))), fault.Conflict, "is in bed ICU-12: transfer")
	l.wantDeclined(l.byHand(transfer("ICU-1"), l.stay("ICU-12")), fault.Conflict, "bed ICU-1 is taken")
	l.wantDeclined(l.byHand(transfer("ICU-12"), l.stay("ICU-12")), fault.Conflict, "already")
	l.wantDeclined(l.byHand(transfer("ICU-2")), fault.NotFound, "not known")
	l.wantDeclined(l.byHand(census.Movement{Kind: census.CancelDischarge}, l.stay("ICU-12")), fault.Conflict, "not over")
	early := transfer("ICU-2")
	early.At = second(-10)
	l.wantDeclined(l.byHand(early, l.stay("ICU-12")), fault.Conflict, "something newer")
	merge := census.Movement{Kind: census.Merge, Patient: person("MRN1001", "Okafor"), Prior: []census.Identifier{{Value: "MRN2002"}}}
	l.wantDeclined(l.byHand(merge), fault.Conflict, "discharge one of the stays first")
	merge.Prior[0].Value = "MRN9"
	l.wantDeclined(l.byHand(merge), fault.NotFound, "no patient")
	l.wantDeclined(l.byHand(census.Movement{Kind: census.Update, Patient: person("MRN2002", "")}, l.stay("ICU-12")), fault.Conflict, "another patient's")
	if ward.Dump(l.ward) != before {
		t.Error("what was declined changed the ward")
	}
}

func TestDischargeByHandWithOpenAlarms(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("130"))
	discharge := census.Movement{Kind: census.Discharge}
	l.wantDeclined(l.byHand(discharge, l.stay("ICU-12")), fault.Conflict, "HR high")
	confirmed := func(e *ward.Moved) { e.Confirmed = true }
	l.wantDeclined(l.byHand(discharge, l.stay("ICU-12"), confirmed), fault.Invalid, "say why")
	l.wantDeclined(l.byHand(census.Movement{Kind: census.Transfer, To: place("ICU-1")}, l.stay("ICU-12")), fault.Conflict, "will go along")
	l.WantPatient("ICU-12", "MRN1001")
	if err := l.byHand(discharge, l.stay("ICU-12"), confirmed, func(e *ward.Moved) { e.Reason = "palliative" }); err != nil {
		t.Fatal(err)
	}
	l.WantPatient("ICU-12", "")
	l.Want("ICU-12")
}

func TestUnidentified(t *testing.T) {
	l := newTimeline(t)
	unknown := census.Demographics{Sex: census.Field{Given: true, Value: "M"}, BirthDate: census.Field{Given: true, Value: "1960"}}
	for _, bed := range []string{"ICU-1", "ICU-2"} {
		if err := l.byHand(admit(bed, unknown)); err != nil {
			t.Fatal(err)
		}
	}
	one, two := l.Bed("ICU-1").Patient, l.Bed("ICU-2").Patient
	if one.Name() != "Unidentified" || !strings.HasPrefix(one.MRN(), "UNKNOWN-") || one.Sex != "M" || one.MRN() == two.MRN() {
		t.Fatalf("%+v and %+v", one, two)
	}
	stay := l.Bed("ICU-1").Encounter.ID
	mon := l.Monitor("MON1", "ICU-1")
	mon.Says(hr("130"))

	if err := l.byHand(census.Movement{Kind: census.Update, Patient: person("MRN1001", "Okafor")}, l.stay("ICU-1")); err != nil {
		t.Fatal(err)
	}
	l.WantPatient("ICU-1", "MRN1001")
	l.Want("ICU-1", "!! HR high active")
	if b := l.Bed("ICU-1"); b.Patient.Name() != "Okafor" || b.Encounter.ID != stay || b.Patient.Sex != "M" {
		t.Errorf("%+v", b.Patient)
	}

	// The second one turns out to be somebody whom the hospital told of before.
	l.At(10)
	l.ADT(census.UpdatePerson, "MRN2002", "", 5, named("Berg"), func(m *census.Movement) {
		m.Patient.BirthDate = census.Field{Given: true, Value: "1958-04-12"}
	})
	if err := l.byHand(census.Movement{Kind: census.Update, Patient: census.Demographics{Identifiers: []census.Identifier{{Value: "MRN2002"}}}}, l.stay("ICU-2")); err != nil {
		t.Fatal(err)
	}
	l.WantPatient("ICU-2", "MRN2002")
	if p := l.Bed("ICU-2").Patient; p.Name() != "Berg" || p.BirthDate != "1958-04-12" {
		t.Errorf("%+v", p)
	}
	if merged := changesOf[ward.Merged](l.changes); len(merged) != 1 || merged[0].From != two.ID {
		t.Errorf("merged %+v", merged)
	}
	l.restart()
	l.WantPatient("ICU-1", "MRN1001")
	l.WantPatient("ICU-2", "MRN2002")
}

func TestMergeByHand(t *testing.T) {
	l := newTimeline(t)
	l.ADT(census.Admit, "MRN1001", "ICU-12", 0)
	l.ADT(census.UpdatePerson, "MRN2002", "", 0, named("Berg"))
	merge := census.Movement{Kind: census.Merge, Patient: census.Demographics{Identifiers: []census.Identifier{{Value: "MRN2002"}}}, Prior: []census.Identifier{{Value: "MRN1001"}}}
	l.At(1)
	if err := l.byHand(merge); err != nil {
		t.Fatal(err)
	}
	l.WantPatient("ICU-12", "MRN2002")
	l.wantDeclined(l.byHand(merge), fault.Conflict, "already")
}
