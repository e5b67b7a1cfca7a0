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

// commandsKept is for how long a command that is settled stays on record; the
// audit trail tells of it for good.
const commandsKept = 30 * day

// ForgetCommands drops commands that were settled more than 30 days before
// at: those of the command line, and people's whose alarm does not wait for
// them any more.
func (s *Store) ForgetCommands(ctx context.Context, at time.Time) error {
	before := at.Add(-commandsKept)
	return s.upkeep(ctx, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, `DELETE FROM ward_command WHERE finished_at < $1`, before); err != nil {
			return err
		}
		const settled = `
DELETE FROM command c WHERE c.recorded_at < $1
  AND NOT EXISTS (SELECT FROM alarm_episode e WHERE e.state <> 'closed' AND e.request->>'command' = c.id)`
		_, err := conn.Exec(ctx, settled, before)
		return err
	})
}
