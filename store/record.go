package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward"
)

// recordPatience is how long one batch may take before its outcome counts as
// unknown: the server is then as good as away.
const recordPatience = 30 * time.Second

// Record writes entries down, all of them or none, in one transaction that is
// flushed before it returns nil. The same entries may be recorded again: what
// is there already stays as it is. Errors have these kinds:
//
//   - Unavailable: the database is away; the outcome may be unknown, and the
//     same entries must be recorded again.
//   - NotSaved: a command's deadline passed; nothing was written.
//   - Forbidden: another process has begun an epoch; nothing was written.
//   - any other: the database will never take one of these entries; nothing
//     was written.
func (s *Store) Record(ctx context.Context, epoch string, entries []ward.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, recordPatience)
	defer cancel()
	b, err := gather(entries, &s.clock, s.forms)
	if err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, s.writer, func(tx pgx.Tx) error { return b.write(ctx, tx, epoch) })
	if err != nil {
		s.forms.forget() // what this transaction added is not there
		return classify(err)
	}
	s.forms.learn(b.forms)
	return nil
}

// write sends everything in one go and then looks whether the epoch held.
func (b *batch) write(ctx context.Context, tx pgx.Tx, epoch string) error {
	q := &pgx.Batch{}
	held := int64(0)
	q.Queue(hold, epoch, b.at).Query(func(rows pgx.Rows) error {
		rows.Close()
		held = rows.CommandTag().RowsAffected()
		return rows.Err()
	})
	if err := b.queue(q); err != nil {
		return err
	}
	if err := tx.SendBatch(ctx, q).Close(); err != nil {
		return err
	}
	if held == 0 {
		return errEpochOver(epoch)
	}
	return writeAudit(ctx, tx, b.audit)
}

// queue adds the statements in an order in which what is referred to is
// there first.
func (b *batch) queue(q *pgx.Batch) error {
	for _, step := range []func(*pgx.Batch) error{
		b.queueUnits, b.queueCensus, b.queueDevices, b.queueAssociations,
		b.queueMessages, b.queueObservations, b.queueCorrections, b.queueInfusions,
		b.queueAlarms, b.queueStrips, b.queueCommands, b.queueQuarantine,
	} {
		if err := step(q); err != nil {
			return err
		}
	}
	return nil
}

// queueRows adds a statement with rows as its one parameter, unless there are
// none.
func queueRows[T any](q *pgx.Batch, sql string, rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	document, err := asJSON(rows)
	if err != nil {
		return err
	}
	q.Queue(sql, document)
	return nil
}
