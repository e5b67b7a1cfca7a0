package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"wardlight/ward"
	"wardlight/ward/census"
)

// Stay reads a patient and the encounter that is open, else the last one. The
// encounter is zero for a patient who never had one; an admission that was an
// error counts last. Somebody whose record was
// merged into another's is that other.
func (s *Store) Stay(ctx context.Context, id census.PatientID) (ward.Stay, error) {
	rows, _ := s.pool.Query(ctx, patientColumns+` WHERE p.id = (SELECT coalesce(merged_into, id) FROM patient WHERE id = $1)`, id)
	patient, err := pgx.CollectExactlyOneRow(rows, scanPatient)
	if err != nil {
		return ward.Stay{}, classify(err)
	}
	const last = ` WHERE patient = $1 ORDER BY discharged_at IS NULL DESC, cancelled, admitted_at DESC LIMIT 1`
	rows, _ = s.pool.Query(ctx, encounterColumns+last, patient.ID)
	found, err := pgx.CollectRows(rows, scanEncounter)
	stay := ward.Stay{Patient: patient}
	if len(found) > 0 {
		stay.Encounter = found[0]
	}
	return stay, classify(err)
}
