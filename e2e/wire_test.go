package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const icuAndStepdown = `
units:
  - code: ICU
    name: Intensive care
    zone: Europe/London
    care_area: adult-icu
    trust_gateway: true
    beds: ["1", "12"]
  - code: STEPDOWN
    name: Stepdown
    zone: Europe/London
    care_area: adult-ward
    trust_gateway: true
    beds: ["3"]
`

// A patient is admitted, monitored, infused, transferred, renamed and
// discharged by messages that can be reckoned by hand, and the snapshot shows
// what they say.
func TestSnapshotAgreesWithMessages(t *testing.T) {
	t.Parallel()
	s := serve(t, icuAndStepdown)
	token := s.token("test")
	g := s.gateway()
	message := func(path string) []byte {
		t.Helper()
		raw, err := os.ReadFile(filepath.Join("..", "ingest", path))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}

	g.accept(message("adt/testdata/a01.hl7"))
	before := time.Now().Truncate(time.Millisecond)
	g.accept(message("pcd/testdata/vitals.hl7"))
	between := time.Now()
	g.accept(message("pcd/testdata/pump.hl7"))
	after := time.Now()

	bed := s.snapshot(token, "ICU").Beds[1]
	if bed.Bed != "12" || bed.Patient == nil || bed.Patient.MRN != "MRN1001" || bed.Patient.Name != "Okafor, Ngozi" {
		t.Fatalf("after the admission: %+v", bed)
	}
	type number struct{ Code, Value, Unit string }
	var got []number
	for _, v := range bed.Vitals {
		if v.Value == "" {
			continue // the device says that there is none
		}
		got = append(got, number{v.Code, v.Value, v.Unit})
		measured := 5 * time.Second // before it was sent
		if v.Unit == "mm[Hg]" {
			measured += 5 * time.Minute // the cuff has a time of its own
		}
		if at := v.At.Add(measured); at.Before(before) || at.After(between) {
			t.Errorf("%s is of %v, want %v before it came at %v", v.Code, v.At, measured, before)
		}
	}
	want := []number{
		{"8867-4", "88", "/min"},
		{"59408-5", "95", "%"},
		{"9279-1", "18", "/min"},
		{"8480-6", "128", "mm[Hg]"},
		{"8462-4", "76", "mm[Hg]"},
		{"8478-0", "93", "mm[Hg]"},
		{"8310-5", "37.20", "Cel"},
	}
	byCode := func(a, b number) int { return strings.Compare(a.Code, b.Code) }
	slices.SortFunc(got, byCode)
	slices.SortFunc(want, byCode)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}

	if len(bed.Infusions) != 1 {
		t.Fatalf("infusions: %+v", bed.Infusions)
	}
	i := bed.Infusions[0]
	pump := []string{i.Device, i.Channel, i.Status, i.Drug, i.Rate, i.Dose, i.DoseUnit, i.VTBI, i.Infused, i.Remaining}
	if diff := cmp.Diff([]string{"PUMP5", "1", "infusing", "Dopamine", "15.0", "5.00", "ug/kg/min", "250.0", "60.0", "190.0"}, pump); diff != "" {
		t.Errorf("pump (-want +got):\n%s", diff)
	}
	if i.EmptyAt == nil || i.EmptyAt.Before(between.Add(760*time.Minute).Truncate(time.Millisecond)) || i.EmptyAt.After(after.Add(760*time.Minute)) {
		t.Errorf("empty at %v, want 760 minutes after %v", i.EmptyAt, between)
	}

	g.accept(message("adt/testdata/a02.hl7"))
	if left := s.snapshot(token, "ICU").Beds[1]; left.Patient != nil || len(left.Vitals)+len(left.Infusions)+len(left.Alarms) > 0 {
		t.Errorf("the bed left behind: %+v", left)
	}
	patient := func() *struct{ ID, MRN, Name string } { return s.snapshot(token, "STEPDOWN").Beds[0].Patient }
	if p := patient(); p == nil || p.MRN != "MRN1001" {
		t.Fatalf("after the transfer: %+v", p)
	}

	// The monitor that stayed behind speaks of somebody who is not there.
	g.accept(vitals("STAYED", time.Now(), "12", "MRN1001", hr(90)))
	if s.snapshot(token, "ICU").value("12", "8867-4") != "" || s.snapshot(token, "STEPDOWN").value("3", "8867-4") != "" {
		t.Error("a value whose bed and patient disagree is shown")
	}

	g.accept(message("adt/testdata/a08.hl7"))
	if p := patient(); p == nil || p.Name != "Okafor-L^w, Ngozi" {
		t.Errorf("after the change of name: %+v", p)
	}
	g.accept(message("adt/testdata/a01.hl7")) // once more, as after a lost answer
	if p := patient(); p == nil || p.Name != "Okafor-L^w, Ngozi" {
		t.Errorf("after the admission came again: %+v", p)
	}
	g.accept(message("adt/testdata/a03.hl7"))
	if p := patient(); p != nil {
		t.Errorf("after the discharge: %+v", p)
	}

	// Exactly as the device wrote it, for good.
	if n := s.database().count(`SELECT count(*) FROM observed_value WHERE value::text IN ('88', '37.20')`); n != 2 {
		t.Errorf("of 88 and 37.20, %d are recorded as written", n)
	}
}
