package store

import (
	"context"

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
