package store

import (
	"testing"
	"time"

	"wardlight/ward"
	"wardlight/ward/census"
)

func TestAnAdmissionThatWasAnErrorCountsLast(t *testing.T) {
	s := record(t)
	over := stay1
	over.DischargedAt = noon
	never := census.Encounter{ID: "e2", Patient: "p1", AdmittedAt: noon.Add(time.Hour), DischargedAt: noon.Add(2 * time.Hour), Cancelled: true}
	s.mustRecord(t, admitted(noon), entry("i1", noon, nil, ward.EncounterChanged{Encounter: over}, ward.EncounterChanged{Encounter: never}))
	diff(t, "stay", over, must(s.Stay(t.Context(), "p1")).Encounter)
}
