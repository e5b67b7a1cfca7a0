package store

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"wardlight/ward/audit"
	"wardlight/ward/fault"
	"wardlight/ward/staff"
)

// auditLine is a line of the audit trail and the change it comes from, by
// which it is written only once.
type auditLine struct {
	input string
	audit.Entry
}

const writeAuditRow = `
INSERT INTO audit (row, input, at, actor, action, subject, detail, digest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// writeAudit chains lines to the end of the audit trail. The caller's
// transaction holds the row of the epoch, so nobody else does at this moment.
func writeAudit(ctx context.Context, tx pgx.Tx, lines []auditLine) error {
	lines, err := unwritten(ctx, tx, lines)
	if err != nil || len(lines) == 0 {
		return err
	}
	row, digest, err := auditEnd(ctx, tx)
	if err != nil {
		return err
	}
	q := &pgx.Batch{}
	for _, l := range lines {
		e := audit.Entry{
			At: moment(l.At), Actor: staff.ID(text(string(l.Actor))),
			Action: text(l.Action), Subject: text(l.Subject), Detail: text(l.Detail),
		}
		row, digest = row+1, audit.Chain(digest, e)
		q.Queue(writeAuditRow, row, l.input, e.At, e.Actor, e.Action, e.Subject, e.Detail, slices.Clone(digest[:]))
	}
	return tx.SendBatch(ctx, q).Close()
}

// unwritten leaves out the lines that an earlier attempt has written.
func unwritten(ctx context.Context, tx pgx.Tx, lines []auditLine) ([]auditLine, error) {
	if len(lines) == 0 {
		return nil, nil
	}
	inputs := make([]string, len(lines))
	for i, l := range lines {
		inputs[i] = l.input
	}
	rows, _ := tx.Query(ctx, `SELECT input FROM audit WHERE input = ANY($1)`, inputs)
	written, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return slices.DeleteFunc(slices.Clone(lines), func(l auditLine) bool { return slices.Contains(written, l.input) }), err
}

func auditEnd(ctx context.Context, q querier) (row int64, digest audit.Digest, err error) {
	var last []byte
	err = q.QueryRow(ctx, `SELECT row, digest FROM audit ORDER BY row DESC LIMIT 1`).Scan(&row, &last)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, audit.Digest{}, nil
	}
	copy(digest[:], last)
	return row, digest, err
}

// AuditVerify walks the audit trail from row one and says how many rows it
// has and the digest of the last. The error is a Conflict that names the
// first row that is missing or was changed. A trail that was cut short at its
// end shows only against a count or digest that was kept elsewhere.
func (s *Store) AuditVerify(ctx context.Context) (checked int64, end audit.Digest, err error) {
	rows, err := s.pool.Query(ctx, `SELECT row, at, actor, action, subject, detail, digest FROM audit ORDER BY row`)
	if err != nil {
		return 0, end, classify(err)
	}
	var row int64
	var e audit.Entry
	var digest []byte
	_, err = pgx.ForEachRow(rows, []any{&row, &e.At, &e.Actor, &e.Action, &e.Subject, &e.Detail, &digest}, func() error {
		if row != checked+1 {
			return fault.New(fault.Conflict, "audit trail: row %d is missing", checked+1)
		}
		next := audit.Chain(end, e)
		if !slices.Equal(next[:], digest) {
			return fault.New(fault.Conflict, "audit trail: row %d was changed", row)
		}
		checked, end = row, next
		return nil
	})
	return checked, end, classify(err)
}
