package store

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/vitals"
)

type unitRow struct {
	Code   string          `json:"code"`
	Config json.RawMessage `json:"config"`
}

// unitConfig is a unit as its row keeps it.
type unitConfig struct {
	Code         census.UnitCode            `json:"code"`
	Name         string                     `json:"name"`
	Zone         string                     `json:"zone"`
	CareArea     string                     `json:"care_area"`
	TrustGateway bool                       `json:"trust_gateway"`
	Beds         []census.BedCode           `json:"beds"`
	Limits       map[vitals.Code]alarm.Band `json:"limits,omitempty"`
}

type wardFileRow struct {
	Digest    string    `json:"digest"`
	AppliedAt time.Time `json:"applied_at"`
}

var (
	writeUnits     = upsert("unit", "code", "code", "config")
	writeWardFiles = insertOnly("ward_file", "digest", "applied_at")
)

func (b *batch) unit(u ward.UnitConfig) error {
	config, err := json.Marshal(unitConfig{u.Code, u.Name, u.Zone, u.CareArea, u.TrustGateway, u.Beds, u.Limits})
	b.units = append(b.units, unitRow{string(u.Code), config})
	return err
}

func (b *batch) queueUnits(q *pgx.Batch) error {
	rows := latest(b.units, func(r unitRow) string { return r.Code })
	return cmp.Or(queueRows(q, writeUnits, rows), b.queueSettings(q), queueRows(q, writeWardFiles, b.files))
}

// WardFileApplied reports whether the ward file with this digest has been
// applied before.
func (s *Store) WardFileApplied(ctx context.Context, digest string) (applied bool, err error) {
	err = s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM ward_file WHERE digest = $1)`, digest).Scan(&applied)
	return applied, classify(err)
}

func units(ctx context.Context, q querier) ([]ward.UnitConfig, error) {
	rows, _ := q.Query(ctx, `SELECT config FROM unit ORDER BY code`)
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (ward.UnitConfig, error) {
		var u unitConfig
		err := row.Scan(&u)
		return ward.UnitConfig{
			Unit:   census.Unit{Code: u.Code, Name: u.Name, Zone: u.Zone, CareArea: u.CareArea, TrustGateway: u.TrustGateway, Beds: u.Beds},
			Limits: u.Limits,
		}, err
	})
}
