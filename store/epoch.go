package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward/audit"
	"wardlight/ward/fault"
)

// StartEpoch makes this process the one that writes, from time at on. Writes
// of the process before fail from now on. The time since that one's last
// heartbeat is recorded as without surveillance, and the start is audited.
func (s *Store) StartEpoch(ctx context.Context, epoch string, at time.Time) error {
	err := pgx.BeginFunc(ctx, s.writer, func(tx pgx.Tx) error {
		return s.startEpoch(ctx, tx, epoch, at)
	})
	return classify(err)
}

func (s *Store) startEpoch(ctx context.Context, tx pgx.Tx, epoch string, at time.Time) error {
	var last time.Time
	err := tx.QueryRow(ctx, `SELECT heartbeat_at FROM tenure FOR UPDATE`).Scan(&last)
	switch {
	case errors.Is(err, pgx.ErrNoRows): // the first start ever
	case err != nil:
		return err
	default:
		const gap = `INSERT INTO no_surveillance (epoch, from_at, to_at) VALUES ($1, $2, greatest($2, $3::timestamptz)) ON CONFLICT DO NOTHING`
		if _, err := tx.Exec(ctx, gap, epoch, last, moment(at)); err != nil {
			return err
		}
	}
	const take = `
INSERT INTO tenure (epoch, holder, since, heartbeat_at) VALUES ($1, $2, $3, $3)
ON CONFLICT (one) DO UPDATE SET epoch = $1, holder = $2, since = $3, heartbeat_at = greatest(tenure.heartbeat_at, $3)`
	if _, err := tx.Exec(ctx, take, epoch, applicationName("serve"), moment(at)); err != nil {
		return err
	}
	return writeAudit(ctx, tx, []auditLine{{
		input: "start " + epoch,
		Entry: audit.Entry{At: at, Actor: "system", Action: "start", Subject: epoch, Detail: s.options.Version},
	}})
}

// EpochKnown reports whether a process with this epoch has written this
// record.
func (s *Store) EpochKnown(ctx context.Context, epoch string) (known bool, err error) {
	err = s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM audit WHERE input = 'start ' || $1::text)`, epoch).Scan(&known)
	return known, classify(err)
}

// Gap is a time in which nobody watched.
type Gap struct{ From, To time.Time }

// SurveillanceGaps lists the times since then in which nobody watched, the
// newest first.
func (s *Store) SurveillanceGaps(ctx context.Context, since time.Time) ([]Gap, error) {
	const gaps = `SELECT from_at, to_at FROM no_surveillance WHERE to_at > $1 ORDER BY to_at DESC`
	rows, _ := s.pool.Query(ctx, gaps, since)
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (g Gap, err error) {
		err = row.Scan(&g.From, &g.To)
		return g, err
	})
	return out, classify(err)
}

// hold fails unless the epoch is still the one that writes, and is the
// process's heartbeat. The row stays locked until the transaction ends, so
// that a new epoch begins before or after it, never within.
const hold = `UPDATE tenure SET heartbeat_at = greatest(heartbeat_at, $2) WHERE epoch = $1`

func errEpochOver(epoch string) error {
	return fault.New(fault.Forbidden, "epoch %s is over: another process runs this ward", epoch)
}
