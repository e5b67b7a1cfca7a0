package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward/census"
	"wardlight/ward/device"
)

// bond is the begin or the end of an association.
type bond struct {
	device.Association
	mark       string
	recordedAt time.Time
	begins     bool
}

// byGateway is who associates devices without a person.
const byGateway = "gateway"

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
    ended_by_whom = @by, end_recorded_at = @recorded_at
FROM device d
WHERE d.id = @device AND a.device = d.key AND upper_inf(a.during)
  AND a.since = @since AND a.unit = @unit AND a.bed = @bed AND a.encounter = @encounter
  AND NOT EXISTS (SELECT FROM association e WHERE e.ended_by = @mark)`

// queueAssociations keeps the order of begins and ends.
func (b *batch) queueAssociations(q *pgx.Batch) error {
	for _, a := range b.bonds {
		args := pgx.NamedArgs{
			"mark": text(a.mark), "device": text(string(a.Device)), "unit": string(a.Bed.Unit), "bed": string(a.Bed.Bed),
			"encounter": string(a.Encounter), "since": moment(a.From), "by": text(a.By), "recorded_at": a.recordedAt,
		}
		if !a.begins {
			args["until"] = moment(a.To)
			q.Queue(endAssociation, args)
			continue
		}
		if a.By != byGateway {
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
		return device.Association{
			Device:    device.ID(r.Device),
			Bed:       census.BedID{Unit: census.UnitCode(r.Unit), Bed: census.BedCode(r.Bed)},
			Encounter: census.EncounterID(r.Encounter), From: r.Since, By: r.By,
		}, err
	})
}
