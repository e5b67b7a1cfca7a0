package views

import (
	"strings"
	"testing"

	"wardlight/ward"
	"wardlight/ward/census"
)

// The page around a bedside names the patient, so that everything which
// changes what it says must change the mark by which it is loaded anew.
func TestABedsideIsMarkedByItsPatient(t *testing.T) {
	s := newStage(t)
	mark := func() string { return s.scene().Bedside(s.bed("1")).Patient }
	first := mark()
	s.hold(3, "1", well)
	if first == "" || mark() != first {
		t.Errorf("numbers alone have changed the mark %q to %q", first, mark())
	}
	given := func(v string) census.Field { return census.Field{Given: true, Value: v} }
	s.pass(1)
	s.apply(ward.Moved{Movement: census.Movement{Kind: census.Update, At: s.now, Patient: census.Demographics{
		Identifiers: []census.Identifier{{Value: "MRN1", Type: "MR"}}, Family: given("Okoro"),
	}}})
	renamed := mark()
	if renamed == first {
		t.Error("another name, the same mark")
	}
	s.pass(1)
	s.admit("1", "MRN2", "Okoro", "Ngozi")
	if mark() == renamed {
		t.Error("another patient of the same name, the same mark")
	}
	if strings.Contains(textOf(drawn(t, BedsideView(s.scene().Bedside(s.bed("1"))))), "MRN") {
		t.Error("the fragment is for all who may watch, the number is not")
	}
}

// Nothing on a page may go on saying how long ago it was without being told.
func TestADeviceHasAnAgeOnlyWhenItRuns(t *testing.T) {
	s := newStage(t)
	s.measure("1", well)
	list := func() string { return textOf(drawn(t, BedsideView(s.scene().Bedside(s.bed("1"))))) }
	if got := list(); !strings.Contains(got, "MON1 monitor reports") {
		t.Errorf("got %q", got)
	}
	s.pass(120)
	if got := list(); !strings.Contains(got, "MON1 monitor no data, 02:00") {
		t.Errorf("got %q", got)
	}
}

func TestAnAlarmsFactsSayWhenTheyAreOld(t *testing.T) {
	s := newStage(t)
	s.measure("1", well)
	s.pass(120)
	e, ok := s.bed("1").Worst()
	if !ok {
		t.Fatal("a silent monitor is an alarm")
	}
	for _, f := range s.scene().Panel(e).Facts[:2] {
		if f.Text != "– –" || !strings.HasPrefix(f.Limits, "was ") {
			t.Errorf("got %+v", f)
		}
	}
}
