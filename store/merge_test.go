package store

import (
	"testing"

	"wardlight/ward"
	"wardlight/ward/census"
)

func TestAMergedPatientIsTheSurvivor(t *testing.T) {
	s := record(t)
	unknown := census.Patient{ID: "p0", Family: "Unknown", Identifiers: []census.Identifier{{Value: "TMP1"}}}
	survivor := census.Patient{ID: "p2", Family: "Okafor", Identifiers: []census.Identifier{{Value: "MRN2"}, {Value: "MRN1001"}, {Value: "TMP1"}}}
	// Two merges, the second of a survivor of the first, and each in one batch
	// with what came before.
	s.mustRecord(t, admitted(noon), heart("0012", 1, "80"),
		entry("i1", noon, nil, ward.PatientKnown{Patient: unknown}, ward.EncounterChanged{Encounter: census.Encounter{ID: "e0", Patient: "p0", AdmittedAt: seconds(-9000), DischargedAt: noon}}),
		entry("i2", noon, nil, ward.Merged{From: "p0", Into: "p1"}),
		entry("i3", noon, nil, ward.PatientKnown{Patient: survivor}, ward.Merged{From: "p1", Into: "p2"}))

	stay := stay1
	stay.Patient = "p2"
	for _, id := range []census.PatientID{"p0", "p1", "p2"} {
		diff(t, "stay by "+string(id), ward.Stay{Patient: survivor, Encounter: stay}, must(s.Stay(t.Context(), id)))
	}
	trends := must(s.Trend(t.Context(), "p2", noon, seconds(10), 1))
	if len(trends) != 1 {
		t.Errorf("%d trends of the survivor, want the heart rate", len(trends))
	}
	state := must(s.Rebuild(t.Context(), noon))
	diff(t, "patients", []census.Patient{survivor}, state.Patients)
	for _, e := range state.Encounters {
		if e.Patient != "p2" {
			t.Errorf("encounter %s belongs to %s", e.ID, e.Patient)
		}
	}
	if n := count(t, s, `SELECT count(*) FROM patient_identifier WHERE patient IN ('p0', 'p1')`); n != 3 {
		t.Errorf("%d numbers left with the records that ended, want all 3", n)
	}

	// Undone the other way round, nobody leads in a circle.
	s.mustRecord(t, entry("i4", noon, nil, ward.Merged{From: "p2", Into: "p1"}))
	for _, id := range []census.PatientID{"p0", "p1", "p2"} {
		if got := must(s.Stay(t.Context(), id)); got.Patient.ID != "p1" || got.Encounter.Patient != "p1" {
			t.Errorf("%s leads to %s", id, got.Patient.ID)
		}
	}
}
