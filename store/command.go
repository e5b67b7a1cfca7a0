package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// commandRow is a person's command and until when, on the server's clock, it
// may be recorded. The database itself refuses a later commit.
type commandRow struct {
	ID       string     `json:"id"`
	Deadline *time.Time `json:"deadline"`
}

var writeCommands = insertOnly("command", "id", "deadline")

func (b *batch) queueCommands(q *pgx.Batch) error { return queueRows(q, writeCommands, b.commands) }

// CommandRecorded settles what became of a command whose commit ended without
// an answer.
func (s *Store) CommandRecorded(ctx context.Context, id string) (recorded bool, err error) {
	err = s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM command WHERE id = $1)`, id).Scan(&recorded)
	return recorded, classify(err)
}
