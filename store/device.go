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
	Hand     *hand  `json:"hand"`
}

// hand is a document within a device's row.
type hand struct {
	Unit  string          `json:"unit"`
	Bed   string          `json:"bed"`
	By    string          `json:"by"`
	Name  string          `json:"name"`
	At    time.Time       `json:"at"`
	Place census.Location `json:"place"`
}

func handOf(h device.Hand) *hand {
	if h.By == "" {
		return nil
	}
	return &hand{string(h.Bed.Unit), string(h.Bed.Bed), h.By, h.Name, moment(h.At), h.Place}
}

func (h *hand) value() device.Hand {
	if h == nil {
		return device.Hand{}
	}
	return device.Hand{
		Bed: census.BedID{Unit: census.UnitCode(h.Unit), Bed: census.BedCode(h.Bed)},
		By:  h.By, Name: h.Name, At: h.At.UTC(), Place: h.Place,
	}
}

var writeDevices = upsert("device", "id", "id", "label", "kind", "gateway", "unit", "room", "bed", "facility", "hand")

func deviceRowOf(d ward.DeviceKnown) deviceRow {
	return deviceRow{
		string(d.ID), d.Label, string(d.Kind), d.Gateway,
		d.Location.Unit, d.Location.Room, d.Location.Bed, d.Location.Facility, handOf(d.Hand),
	}
}

func (b *batch) queueDevices(q *pgx.Batch) error {
	return queueRows(q, writeDevices, latest(b.devices, func(r deviceRow) string { return r.ID }))
}

func devices(ctx context.Context, q querier) ([]ward.DeviceKnown, error) {
	rows, _ := q.Query(ctx, `SELECT id, label, kind, gateway, unit, room, bed, facility, hand FROM device ORDER BY id`)
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (ward.DeviceKnown, error) {
		r, err := pgx.RowToStructByName[deviceRow](row)
		return ward.DeviceKnown{
			Identity: device.Identity{ID: device.ID(r.ID), Label: r.Label, Kind: device.Kind(r.Kind)},
			Gateway:  r.Gateway,
			Location: census.Location{Unit: r.Unit, Room: r.Room, Bed: r.Bed, Facility: r.Facility},
			Hand:     r.Hand.value(),
		}, err
	})
}
