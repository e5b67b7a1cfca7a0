package store

import (
	"cmp"
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward/census"
)

type patientRow struct {
	ID        string     `json:"id"`
	Family    string     `json:"family"`
	Given     string     `json:"given"`
	Middle    string     `json:"middle"`
	Sex       string     `json:"sex"`
	BirthDate string     `json:"birth_date"`
	AsOf      *time.Time `json:"as_of"`
	Told      *told      `json:"told"`
}

// told is a document within a patient's row.
type told struct {
	Family    *time.Time `json:"family,omitempty"`
	Given     *time.Time `json:"given,omitempty"`
	Middle    *time.Time `json:"middle,omitempty"`
	Sex       *time.Time `json:"sex,omitempty"`
	BirthDate *time.Time `json:"birth_date,omitempty"`
}

type identifierRow struct {
	Patient  string `json:"patient"`
	Position int    `json:"position"`
	Value    string `json:"value"`
	Assigner string `json:"assigner"`
	Type     string `json:"type"`
}

type encounterRow struct {
	ID            string     `json:"id"`
	Patient       string     `json:"patient"`
	Visit         string     `json:"visit"`
	VisitAssigner string     `json:"visit_assigner"`
	VisitType     string     `json:"visit_type"`
	Unit          string     `json:"unit"`
	Bed           string     `json:"bed"`
	AdmittedAt    *time.Time `json:"admitted_at"`
	LocatedAt     *time.Time `json:"located_at"`
	DischargedAt  *time.Time `json:"discharged_at"`
	DecidedAt     *time.Time `json:"decided_at"`
	AssignedUnit  string     `json:"assigned_unit"`
	AssignedBed   string     `json:"assigned_bed"`
	Cancelled     bool       `json:"cancelled"`
	Away          *away      `json:"away"`
}

// away is a document within an encounter's row.
type away struct {
	Where string    `json:"where"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	By    string    `json:"by"`
}

var (
	writePatients    = upsert("patient", "id", "id", "family", "given", "middle", "sex", "birth_date", "as_of", "told")
	writeIdentifiers = upsert("patient_identifier", "patient, position", "patient", "position", "value", "assigner", "type")
	writeEncounters  = upsert("encounter", "id", "id", "patient", "visit", "visit_assigner", "visit_type",
		"unit", "bed", "admitted_at", "located_at", "discharged_at",
		"decided_at", "assigned_unit", "assigned_bed", "cancelled", "away")
)

// patient adds a patient and their numbers, which are never taken away.
func (b *batch) patient(p census.Patient) {
	b.patients = append(b.patients, patientRow{string(p.ID), p.Family, p.Given, p.Middle, p.Sex, p.BirthDate, instant(p.AsOf), toldOf(p.Told)})
	for i, n := range p.Identifiers {
		b.identifiers = append(b.identifiers, identifierRow{string(p.ID), i, n.Value, n.Assigner, n.Type})
	}
}

func encounterRowOf(e census.Encounter) encounterRow {
	return encounterRow{
		string(e.ID), string(e.Patient), e.Visit.Value, e.Visit.Assigner, e.Visit.Type,
		string(e.Bed.Unit), string(e.Bed.Bed), instant(e.AdmittedAt), instant(e.LocatedAt), instant(e.DischargedAt),
		instant(e.DecidedAt), string(e.Assigned.Unit), string(e.Assigned.Bed), e.Cancelled, awayOf(e.Away),
	}
}

func toldOf(t census.Told) *told {
	if t == (census.Told{}) {
		return nil
	}
	return &told{instant(t.Family), instant(t.Given), instant(t.Middle), instant(t.Sex), instant(t.BirthDate)}
}

func (t *told) value() census.Told {
	if t == nil {
		return census.Told{}
	}
	at := func(t *time.Time) time.Time { return timeOf(t).UTC() }
	return census.Told{Family: at(t.Family), Given: at(t.Given), Middle: at(t.Middle), Sex: at(t.Sex), BirthDate: at(t.BirthDate)}
}

func awayOf(a *census.Away) *away {
	if a == nil {
		return nil
	}
	return &away{a.Where, moment(a.Since), moment(a.Until), a.By}
}

func (a *away) value() *census.Away {
	if a == nil {
		return nil
	}
	return &census.Away{Where: a.Where, Since: a.Since.UTC(), Until: a.Until.UTC(), By: a.By}
}

func (r encounterRow) encounter() census.Encounter {
	return census.Encounter{
		ID: census.EncounterID(r.ID), Patient: census.PatientID(r.Patient),
		Visit:      census.Identifier{Value: r.Visit, Assigner: r.VisitAssigner, Type: r.VisitType},
		Bed:        census.BedID{Unit: census.UnitCode(r.Unit), Bed: census.BedCode(r.Bed)},
		AdmittedAt: timeOf(r.AdmittedAt), LocatedAt: timeOf(r.LocatedAt), DischargedAt: timeOf(r.DischargedAt),
		DecidedAt: timeOf(r.DecidedAt), Cancelled: r.Cancelled, Away: r.Away.value(),
		Assigned: census.BedID{Unit: census.UnitCode(r.AssignedUnit), Bed: census.BedCode(r.AssignedBed)},
	}
}

func (b *batch) queueCensus(q *pgx.Batch) error {
	type place struct {
		patient  string
		position int
	}
	err := cmp.Or(
		queueRows(q, writePatients, latest(b.patients, func(r patientRow) string { return r.ID })),
		queueRows(q, writeIdentifiers, latest(b.identifiers, func(r identifierRow) place { return place{r.Patient, r.Position} })),
		queueRows(q, writeEncounters, latest(b.encounters, func(r encounterRow) string { return r.ID })),
	)
	b.queueMerges(q)
	return err
}

const patientColumns = `
SELECT p.id, p.family, p.given, p.middle, p.sex, p.birth_date, p.as_of, p.told,
       coalesce(i.value, '{}') AS values, coalesce(i.assigner, '{}') AS assigners, coalesce(i.type, '{}') AS types
FROM patient p
LEFT JOIN (
    SELECT patient, array_agg(value ORDER BY position) AS value,
           array_agg(assigner ORDER BY position) AS assigner, array_agg(type ORDER BY position) AS type
    FROM patient_identifier GROUP BY patient
) i ON i.patient = p.id`

func scanPatient(row pgx.CollectableRow) (census.Patient, error) {
	var p census.Patient
	var asOf *time.Time
	var fields *told
	var values, assigners, types []string
	err := row.Scan(&p.ID, &p.Family, &p.Given, &p.Middle, &p.Sex, &p.BirthDate, &asOf, &fields, &values, &assigners, &types)
	p.AsOf, p.Told = timeOf(asOf), fields.value()
	for i := range values {
		p.Identifiers = append(p.Identifiers, census.Identifier{Value: values[i], Assigner: assigners[i], Type: types[i]})
	}
	return p, err
}

// patients reads everyone but those who turned out to be somebody else.
func patients(ctx context.Context, q querier) ([]census.Patient, error) {
	rows, _ := q.Query(ctx, patientColumns+` WHERE p.merged_into IS NULL ORDER BY p.id`)
	return pgx.CollectRows(rows, scanPatient)
}

const encounterColumns = `
SELECT id, patient, visit, visit_assigner, visit_type, unit, bed, admitted_at, located_at, discharged_at,
       decided_at, assigned_unit, assigned_bed, cancelled, away
FROM encounter`

func scanEncounter(row pgx.CollectableRow) (census.Encounter, error) {
	r, err := pgx.RowToStructByName[encounterRow](row)
	return r.encounter(), err
}

// encounters reads those that are open or ended after since.
func encounters(ctx context.Context, q querier, since time.Time) ([]census.Encounter, error) {
	rows, _ := q.Query(ctx, encounterColumns+` WHERE discharged_at IS NULL OR discharged_at > $1 ORDER BY admitted_at, id`, since)
	return pgx.CollectRows(rows, scanEncounter)
}
