package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/device"
)

type deviceRow struct {
	ID       string `json:"id"`
	Label    string `json:"label"`
	Kind     string `json:"kind"`
	Gateway  string `json:"gateway"`
	Unit     string `json:"unit"`
	Room     string `json:"room"`
	Bed      string `json:"bed"`
	Facility string `json:"facility"`
}

var writeDevices = upsert("device", "id", "id", "label", "kind", "gateway", "unit", "room", "bed", "facility")

func deviceRowOf(d ward.DeviceKnown) deviceRow {
	return deviceRow{
		string(d.ID), d.Label, string(d.Kind), d.Gateway,
		d.Location.Unit, d.Location.Room, d.Location.Bed, d.Location.Facility,
	}
}

func (b *batch) queueDevices(q *pgx.Batch) error {
	return queueRows(q, writeDevices, latest(b.devices, func(r deviceRow) string { return r.ID }))
}

func devices(ctx context.Context, q querier) ([]ward.DeviceKnown, error) {
	rows, _ := q.Query(ctx, `SELECT id, label, kind, gateway, unit, room, bed, facility FROM device ORDER BY id`)
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (ward.DeviceKnown, error) {
		r, err := pgx.RowToStructByName[deviceRow](row)
		return ward.DeviceKnown{
			Identity: device.Identity{ID: device.ID(r.ID), Label: r.Label, Kind: device.Kind(r.Kind)},
			Gateway:  r.Gateway,
			Location: census.Location{Unit: r.Unit, Room: r.Room, Bed: r.Bed, Facility: r.Facility},
		}, err
	})
}

// bond is the begin or the end of an association.
type bond struct {
	device.Association
	mark   string
	begins bool
}

// A device may report a value that is older than the end of its last
// association: the interval then begins where that one ended, and the value
// belongs to the one before.
const beginAssociation = `
INSERT INTO association (began_by, device, unit, bed, encounter, since, during, by)
SELECT @mark, d.key, @unit, @bed, @encounter, @since::timestamptz,
       tstzrange(greatest(@since::timestamptz, (SELECT max(upper(a.during)) FROM association a WHERE a.device = d.key)), NULL), @by
FROM device d WHERE d.id = @device
ON CONFLICT (began_by) DO NOTHING`

const endAssociation = `
UPDATE association a
SET ended_by = @mark, during = tstzrange(lower(a.during), greatest(lower(a.during), @until::timestamptz))
FROM device d
WHERE d.id = @device AND a.device = d.key AND upper_inf(a.during)
  AND a.since = @since AND a.unit = @unit AND a.bed = @bed AND a.encounter = @encounter
  AND NOT EXISTS (SELECT FROM association e WHERE e.ended_by = @mark)`

// queueAssociations keeps the order of begins and ends.
func (b *batch) queueAssociations(q *pgx.Batch) error {
	for _, a := range b.bonds {
		args := pgx.NamedArgs{
			"mark": text(a.mark), "device": text(string(a.Device)), "unit": string(a.Bed.Unit), "bed": string(a.Bed.Bed),
			"encounter": string(a.Encounter), "since": moment(a.From),
		}
		if a.begins {
			args["by"] = text(a.By)
			q.Queue(beginAssociation, args)
			continue
		}
		args["until"] = moment(a.To)
		q.Queue(endAssociation, args)
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
