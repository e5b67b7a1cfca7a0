package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward"
	"wardlight/ward/fault"
)

// quarantineRow is a message that could not be decoded.
type quarantineRow struct {
	input, source, peer, controlID, code, reason string
	receivedAt                                   time.Time
	size                                         int
	deflated                                     []byte
}

const writeQuarantine = `
INSERT INTO quarantine (input, received_at, source, peer, control_id, code, reason, size, deflated)
VALUES (@input, @received_at, @source, @peer, @control_id, @code, @reason, @size, @deflated)
ON CONFLICT (input) DO NOTHING`

// refused adds an undecodable message. Its text is made fit for the record
// whatever it holds: what cannot be understood must not be lost too.
func (b *batch) refused(in ward.Input, r ward.Refused, input string) error {
	row := quarantineRow{input: input, receivedAt: moment(in.At), code: text(r.Code), reason: text(r.Reason)}
	var raw []byte
	if m := in.Message; m != nil {
		raw = m.Raw
		row.receivedAt, row.size = moment(m.ReceivedAt), len(m.Raw)
		row.source, row.peer, row.controlID = text(m.Source), text(m.Peer), text(m.ControlID)
	}
	var err error
	row.deflated, err = deflate(raw)
	b.quarantine = append(b.quarantine, row)
	return err
}

func (b *batch) queueQuarantine(q *pgx.Batch) error {
	for _, r := range b.quarantine {
		q.Queue(writeQuarantine, pgx.NamedArgs{
			"input": r.input, "received_at": r.receivedAt, "source": r.source, "peer": r.peer, "control_id": r.controlID,
			"code": r.code, "reason": r.reason, "size": r.size, "deflated": r.deflated,
		})
	}
	return nil
}

const quarantineColumns = `id, received_at, source, peer, control_id, code, reason, size, replayed_at`

// QuarantinePage lists at most limit entries older than the entry before, the
// newest first and without their bytes; zero: from the newest. With a reason,
// only those whose reason has it in it, whatever the case, or whose code (HL7
// table 0357) it is.
func (s *Store) QuarantinePage(ctx context.Context, reason string, before int64, limit int) ([]ward.Quarantine, error) {
	const page = `SELECT ` + quarantineColumns + ` FROM quarantine
WHERE ($1 = '' OR code = $1 OR position(lower($1) IN lower(reason)) > 0) AND ($2 = 0 OR id < $2)
ORDER BY id DESC LIMIT $3`
	rows, _ := s.pool.Query(ctx, page, text(reason), before, limit)
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (ward.Quarantine, error) {
		return scanQuarantine(row)
	})
	return out, classify(err)
}

// Quarantined reads one entry with its bytes.
func (s *Store) Quarantined(ctx context.Context, id int64) (ward.Quarantine, error) {
	var deflated []byte
	row := s.pool.QueryRow(ctx, `SELECT `+quarantineColumns+`, deflated FROM quarantine WHERE id = $1`, id)
	entry, err := scanQuarantine(row, &deflated)
	if errors.Is(err, pgx.ErrNoRows) {
		return ward.Quarantine{}, fault.New(fault.NotFound, "there is no message %d in quarantine", id)
	}
	if err != nil {
		return ward.Quarantine{}, classify(err)
	}
	entry.Raw, err = inflate(deflated)
	return entry, err
}

func scanQuarantine(row pgx.Row, more ...any) (q ward.Quarantine, err error) {
	var replayedAt *time.Time
	err = row.Scan(append([]any{&q.ID, &q.ReceivedAt, &q.Source, &q.Peer, &q.ControlID, &q.Code, &q.Reason, &q.Size, &replayedAt}, more...)...)
	q.ReplayedAt = timeOf(replayedAt)
	return q, err
}

// MarkReplayed notes that an entry was sent in again at time at.
func (s *Store) MarkReplayed(ctx context.Context, id int64, at time.Time) error {
	tag, err := s.pool.Exec(ctx, `UPDATE quarantine SET replayed_at = $2 WHERE id = $1`, id, moment(at))
	if err == nil && tag.RowsAffected() == 0 {
		err = pgx.ErrNoRows
	}
	return classify(err)
}
