package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward/fault"
)

// Command is what the command line asks of the process that runs the ward.
type Command struct {
	ID          string
	Kind        string
	Payload     json.RawMessage
	Actor       string
	SubmittedAt time.Time
	Status      CommandStatus
	Result      string // for the person who asked
}

// CommandStatus is how far a command has come.
type CommandStatus string

// The statuses.
const (
	CommandPending CommandStatus = "pending"
	CommandDone    CommandStatus = "done"
	CommandFailed  CommandStatus = "failed"
)

// The channels on which the database tells of commands.
const (
	submittedChannel = "ward_command"
	finishedChannel  = "ward_command_finished"
)

// SubmitCommand puts a command where the process that runs the ward finds it.
func (s *Store) SubmitCommand(ctx context.Context, c Command) error {
	const submit = `INSERT INTO ward_command (id, kind, payload, actor, submitted_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`
	_, err := s.pool.Exec(ctx, submit, c.ID, c.Kind, string(c.Payload), c.Actor, moment(c.SubmittedAt))
	return classify(err)
}

const commandColumns = `SELECT id, kind, payload, actor, submitted_at, status, result FROM ward_command`

// PendingCommands lists what waits, the oldest first.
func (s *Store) PendingCommands(ctx context.Context) ([]Command, error) {
	rows, _ := s.pool.Query(ctx, commandColumns+` WHERE status = 'pending' ORDER BY submitted_at, id`)
	out, err := pgx.CollectRows(rows, pgx.RowToStructByName[Command])
	return out, classify(err)
}

// FinishCommand answers a command; a second answer changes nothing.
func (s *Store) FinishCommand(ctx context.Context, id string, status CommandStatus, result string, at time.Time) error {
	const finish = `UPDATE ward_command SET status = $2, result = $3, finished_at = $4 WHERE id = $1 AND status = 'pending'`
	_, err := s.pool.Exec(ctx, finish, id, status, text(result), moment(at))
	return classify(err)
}

// AwaitCommand waits until a command is answered.
func (s *Store) AwaitCommand(ctx context.Context, id string) (c Command, err error) {
	conn, err := ownerConn(ctx, s.dsn, "waiting")
	if err != nil {
		return c, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, `LISTEN `+finishedChannel); err != nil {
		return c, classify(err)
	}
	for {
		rows, _ := conn.Query(ctx, commandColumns+` WHERE id = $1`, id)
		if c, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Command]); err != nil || c.Status != CommandPending {
			return c, classify(err)
		}
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return c, classify(err)
		}
	}
}

// listenAgain is the pause before listening again after a broken connection.
const listenAgain = time.Second

// ListenCommands calls arrived when commands may be waiting: after each that
// is submitted, and whenever it begins to listen, for some may have come
// unheard. It returns when ctx ends.
func (s *Store) ListenCommands(ctx context.Context, arrived func()) {
	for ctx.Err() == nil {
		if err := s.listen(ctx, arrived); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "not listening for commands", "error", fault.Text(classify(err)))
		}
		select {
		case <-ctx.Done():
		case <-time.After(listenAgain):
		}
	}
}

func (s *Store) listen(ctx context.Context, arrived func()) (err error) {
	conn, err := ownerConn(ctx, s.dsn, "commands")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if _, err := conn.Exec(ctx, `LISTEN `+submittedChannel); err != nil {
		return err
	}
	for {
		arrived()
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return err
		}
	}
}
