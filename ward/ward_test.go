package ward_test

import (
	"testing"

	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/vitals"
)

func TestEmptyWard(t *testing.T) {
	var w ward.Ward
	if len(w.Units()) != 0 || len(w.Unassigned()) != 0 || len(w.SystemAlarms()) != 0 {
		t.Error("an empty ward holds something")
	}
	if _, ok := w.Bed(census.BedID{Unit: "ICU", Bed: "1"}); ok {
		t.Error("it has a bed")
	}
	if _, ok := w.Alarm("a"); ok {
		t.Error("it has an alarm")
	}
	if _, ok := w.BedOf("p"); ok {
		t.Error("it has a patient")
	}
	after, changes := ward.Apply(w, ward.Input{ID: "i", At: noon, Event: ward.Reports{{}}})
	if len(after.Unassigned()) != 1 || len(changes) == 0 {
		t.Error("a report of nobody is not in the pool")
	}
}

func TestLookups(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("130"), spo2("75"))
	worst, ok := l.Bed("ICU-12").Worst()
	if !ok || worst.Label != "SpO2 low" {
		t.Errorf("worst is %q", worst.Label)
	}
	if _, ok := l.Bed("ICU-1").Worst(); ok {
		t.Error("a bed without alarms has a worst one")
	}
	if e, ok := l.ward.Alarm(worst.ID); !ok || e.Label != worst.Label {
		t.Errorf("Alarm(%s) = %+v", worst.ID, e)
	}
	p := l.Bed("ICU-12").Patient
	if bed, ok := l.ward.BedOf(p.ID); !ok || bed.ID.String() != "ICU-12" {
		t.Error("the patient is not in her bed")
	}
	u, _ := l.ward.Unit("ICU")
	rules := u.Rules()
	for i := 1; i < len(rules); i++ {
		a, b := vitals.Order(rules[i-1].Metric), vitals.Order(rules[i].Metric)
		if a > b || a == b && rules[i-1].Side >= rules[i].Side {
			t.Errorf("rule %v comes before %v", rules[i-1].Key(), rules[i].Key())
		}
	}
	if r, ok := u.Rule(rules[0].Key()); !ok || r.Key() != rules[0].Key() {
		t.Error("a rule is not found by its key")
	}
}

func TestVitalsComeInCatalogueOrder(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(value{mdc: tempMDC, text: "37.20"}, spo2("97"), hr("80"))
	var labels []string
	for _, s := range l.Bed("ICU-12").Vitals(l.now()) {
		labels = append(labels, s.Now.Metric.Label+" "+s.Now.Value.String())
	}
	want := []string{"HR 80", "SpO2 97", "T 37.20"}
	if len(labels) != 3 || labels[0] != want[0] || labels[1] != want[1] || labels[2] != want[2] {
		t.Errorf("%q, want %q", labels, want)
	}
}

// Two messages are one if their bytes are: control ids repeat in practice.
func TestMessageDigest(t *testing.T) {
	a := ward.NewMessage("GW", "1", "ORU^R01", "192.0.2.7", []byte("MSH|a"), noon)
	again := ward.NewMessage("GW", "2", "ORU^R01", "192.0.2.8", []byte("MSH|a"), second(9))
	other := ward.NewMessage("GW", "1", "ORU^R01", "192.0.2.7", []byte("MSH|b"), noon)
	if a.Digest != again.Digest || a.Digest == other.Digest {
		t.Error("the digest does not follow the bytes")
	}
}

func TestOnlyAnAcknowledgementWaitsForTheRecord(t *testing.T) {
	for _, e := range []ward.Event{
		ward.Reports{}, ward.Moved{}, ward.Refused{}, ward.Configure{}, ward.Confirm{}, ward.Withdraw{}, ward.Tick{}, ward.Audited{},
	} {
		if ward.IsCommand(e) {
			t.Errorf("%T does", e)
		}
	}
	if !ward.IsCommand(ward.Acknowledge{}) {
		t.Error("an acknowledgement does not")
	}
}
