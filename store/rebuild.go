package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward"
)

// stayKept is how long an ended encounter is still part of the ward.
const stayKept = 7 * 24 * time.Hour

// alertsKept is how long a device's own alarm that ended is known by its key.
const alertsKept = 24 * time.Hour

// Rebuild reads what the record knows of the ward at time at, all of it as of
// one moment.
func (s *Store) Rebuild(ctx context.Context, at time.Time) (ward.State, error) {
	var state ward.State
	once := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, s.pool, once, func(tx pgx.Tx) (err error) {
		state, err = read(ctx, tx, at)
		return err
	})
	return state, classify(err)
}

func read(ctx context.Context, q querier, at time.Time) (s ward.State, err error) {
	if s.Units, err = units(ctx, q); err != nil {
		return s, err
	}
	if s.Settings, err = settings(ctx, q); err != nil {
		return s, err
	}
	if s.Patients, err = patients(ctx, q); err != nil {
		return s, err
	}
	if s.Encounters, err = encounters(ctx, q, at.Add(-stayKept)); err != nil {
		return s, err
	}
	if s.Devices, err = devices(ctx, q); err != nil {
		return s, err
	}
	if s.Associations, err = associations(ctx, q); err != nil {
		return s, err
	}
	if s.Episodes, err = openEpisodes(ctx, q); err != nil {
		return s, err
	}
	if s.EndedAlerts, err = endedAlerts(ctx, q, at.Add(-alertsKept)); err != nil {
		return s, err
	}
	if s.Observations, err = currentValues(ctx, q, at); err != nil {
		return s, err
	}
	s.Channels, err = currentChannels(ctx, q)
	return s, err
}
