package store

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/device"
)

// bond is the begin or the end of an association.
type bond struct {
	device.Association
	mark       string
	recordedAt time.Time
	said       string // who brought it about, see saidBy
	begins     bool
	isByHand   bool // a person says since when
}

func bondOf(a device.Association, e ward.Entry, n int, begins bool) bond {
	_, isByHand := e.Input.Event.(ward.Assign)
	return bond{a, mark(e, n), moment(e.Input.At), saidBy(e.Input.Event), begins, isByHand}
}

// saidBy is who began or ended an association: a person's id, else "census"
// or "gateway".
func saidBy(e ward.Event) string {
	switch e := e.(type) {
	case ward.Assign:
		return string(e.By.ID)
	case ward.Release:
		return string(e.By.ID)
	case ward.Moved:
		return cmp.Or(string(e.By.ID), "census")
	}
	return "gateway"
}

// A person may say that a device has in truth been elsewhere since some time:
// whatever it was associated with since then gives that time up. The
// observations stay where they are and follow.
const cutAssociations = `
UPDATE association a
SET during = a.during * tstzrange(NULL, @since::timestamptz), cut_by = @mark
FROM device d
WHERE d.id = @device AND a.device = d.key AND a.during && tstzrange(@since::timestamptz, NULL)
  AND NOT EXISTS (SELECT FROM association e WHERE e.began_by = @mark)`

// Where only a gateway says so, the past stays as it is: a device may report a
// value that is older than the end of its last association. The interval then
// begins where that one ended, and the value belongs to the one before.
const beginAssociation = `
INSERT INTO association (began_by, device, unit, bed, encounter, since, during, by, recorded_at)
SELECT @mark, d.key, @unit, @bed, @encounter, @since::timestamptz,
       tstzrange(greatest(@since::timestamptz, (SELECT max(upper(a.during)) FROM association a WHERE a.device = d.key)), NULL), @by, @recorded_at
FROM device d WHERE d.id = @device
ON CONFLICT (began_by) DO NOTHING`

const endAssociation = `
UPDATE association a
SET ended_by = @mark, during = tstzrange(lower(a.during), greatest(lower(a.during), @until::timestamptz)),
    ended_by_whom = @said, end_recorded_at = @recorded_at
FROM device d
WHERE d.id = @device AND a.device = d.key AND upper_inf(a.during)
  AND a.since = @since AND a.unit = @unit AND a.bed = @bed AND a.encounter = @encounter
  AND NOT EXISTS (SELECT FROM association e WHERE e.ended_by = @mark)`

// queueAssociations keeps the order of begins and ends.
func (b *batch) queueAssociations(q *pgx.Batch) error {
	for _, a := range b.bonds {
		args := pgx.NamedArgs{
			"mark": text(a.mark), "device": text(string(a.Device)), "unit": string(a.Bed.Unit), "bed": string(a.Bed.Bed),
			"encounter": string(a.Encounter), "since": moment(a.From), "by": text(a.By), "said": text(a.said), "recorded_at": a.recordedAt,
		}
		if !a.begins {
			args["until"] = moment(a.To)
			q.Queue(endAssociation, args)
			continue
		}
		if a.isByHand {
			q.Queue(cutAssociations, args)
		}
		q.Queue(beginAssociation, args)
	}
	return nil
}

type associationRow struct {
	Device, Unit, Bed, Encounter string
	Since                        time.Time
	By                           string
}

// associations reads those that hold.
func associations(ctx context.Context, q querier) ([]device.Association, error) {
	const open = `
SELECT d.id AS device, a.unit, a.bed, a.encounter, a.since, a.by
FROM association a JOIN device d ON d.key = a.device
WHERE upper_inf(a.during) ORDER BY d.id`
	rows, _ := q.Query(ctx, open)
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (device.Association, error) {
		r, err := pgx.RowToStructByName[associationRow](row)
		return r.association(), err
	})
}

func (r associationRow) association() device.Association {
	return device.Association{
		Device:    device.ID(r.Device),
		Bed:       census.BedID{Unit: census.UnitCode(r.Unit), Bed: census.BedCode(r.Bed)},
		Encounter: census.EncounterID(r.Encounter), From: r.Since, By: r.By,
	}
}

const attributions = `
SELECT d.id AS device, a.unit, a.bed, a.encounter, coalesce(lower(a.during), a.since) AS since,
       CASE WHEN isempty(a.during) THEN a.since ELSE upper(a.during) END AS until, coalesce(s.name, a.by) AS by,
       a.recorded_at, coalesce(se.name, a.ended_by_whom, '') AS ended_by, a.end_recorded_at,
       coalesce(sc.name, c.by, '') AS overruled_by, c.recorded_at AS overruled_at,
       coalesce(p.id, '') AS patient, coalesce(p.family, '') AS family, coalesce(p.given, '') AS given, coalesce(p.middle, '') AS middle
FROM association a
JOIN device d ON d.key = a.device
LEFT JOIN association c ON c.began_by = a.cut_by
LEFT JOIN staff s ON s.id = a.by
LEFT JOIN staff se ON se.id = a.ended_by_whom
LEFT JOIN staff sc ON sc.id = c.by
LEFT JOIN encounter e ON e.id = a.encounter
LEFT JOIN patient p ON p.id = e.patient
WHERE %s
ORDER BY a.since DESC, a.recorded_at DESC NULLS LAST, a.began_by DESC
LIMIT %d`

type attributionRow struct {
	associationRow
	Until                          *time.Time
	RecordedAt                     *time.Time
	EndedBy                        string
	EndRecordedAt                  *time.Time
	OverruledBy                    string
	OverruledAt                    *time.Time
	Patient, Family, Given, Middle string
}

func (r attributionRow) attribution() ward.Attribution {
	out := ward.Attribution{
		Association: r.association(),
		Patient:     census.Patient{ID: census.PatientID(r.Patient), Family: r.Family, Given: r.Given, Middle: r.Middle},
		RecordedAt:  timeOf(r.RecordedAt), EndedBy: r.EndedBy, EndRecordedAt: timeOf(r.EndRecordedAt),
		OverruledBy: r.OverruledBy, OverruledAt: timeOf(r.OverruledAt),
	}
	out.To = timeOf(r.Until)
	return out
}

// DeviceHistory reads whom a device spoke for, at most limit intervals, the
// one that began last first.
func (s *Store) DeviceHistory(ctx context.Context, id device.ID, limit int) ([]ward.Attribution, error) {
	return s.history(ctx, fmt.Sprintf(attributions, "d.id = $1", limit), id)
}

// BedHistory reads which devices spoke for a bed, as DeviceHistory does.
func (s *Store) BedHistory(ctx context.Context, bed census.BedID, limit int) ([]ward.Attribution, error) {
	return s.history(ctx, fmt.Sprintf(attributions, "a.unit = $1 AND a.bed = $2", limit), bed.Unit, bed.Bed)
}

func (s *Store) history(ctx context.Context, sql string, args ...any) ([]ward.Attribution, error) {
	rows, _ := s.pool.Query(ctx, sql, args...)
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (ward.Attribution, error) {
		r, err := pgx.RowToStructByName[attributionRow](row)
		return r.attribution(), err
	})
	return out, classify(err)
}
