package store

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward"
	"wardlight/ward/alarm"
)

func TestCommandsOfTheCommandLine(t *testing.T) {
	ctx, s := t.Context(), open(t, database(t))
	arrived := make(chan struct{}, 16)
	listening, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.ListenCommands(listening, func() { arrived <- struct{}{} })
	}()
	<-arrived // it listens

	asked := Command{ID: "w1", Kind: "configure", Payload: json.RawMessage(`{"units": []}`), Actor: "cli:kim", SubmittedAt: noon}
	check(t, s.SubmitCommand(ctx, asked))
	check(t, s.SubmitCommand(ctx, asked)) // again after an unknown outcome
	<-arrived
	asked.Status = CommandPending
	diff(t, "pending", []Command{asked}, must(s.PendingCommands(ctx)))

	answer := make(chan Command, 1)
	go func() {
		c, err := s.AwaitCommand(ctx, "w1")
		if err != nil {
			t.Error(err)
		}
		answer <- c
	}()
	check(t, s.FinishCommand(ctx, "w1", CommandFailed, "bed 12 is in use", noon.Add(time.Second)))
	check(t, s.FinishCommand(ctx, "w1", CommandDone, "too late", noon.Add(time.Second)))
	asked.Status, asked.Result = CommandFailed, "bed 12 is in use"
	diff(t, "answer", []Command{asked}, []Command{<-answer})
	if pending := must(s.PendingCommands(ctx)); len(pending) != 0 {
		t.Errorf("still pending: %v", pending)
	}
	stop()
	<-done
}

func TestCommandsLongSettledAreForgotten(t *testing.T) {
	s := record(t)
	submitted := Command{Kind: "apply", Payload: []byte(`{}`), Actor: "cli:kim", SubmittedAt: noon}
	for id, finished := range map[string]time.Time{"old": noon.Add(-31 * day), "young": noon.Add(-29 * day), "pending": {}} {
		submitted.ID = id
		check(t, s.SubmitCommand(t.Context(), submitted))
		if !finished.IsZero() {
			check(t, s.FinishCommand(t.Context(), id, CommandDone, "", finished))
		}
	}
	// Three acknowledgements: of an alarm that closed, of one that stands and
	// still waits for its own, and one of late.
	waiting, closed := episode("a1"), episode("a2")
	waiting.Request = &alarm.Request{Command: "waited for"}
	closed.Request, closed.State = &alarm.Request{Command: "settled"}, alarm.Closed
	s.mustRecord(t, entry("i1", noon, nil, ward.AcknowledgementRequested{Command: "waited for", Episode: waiting},
		ward.AcknowledgementRequested{Command: "settled", Episode: closed}, ward.AcknowledgementRequested{Command: "late", Episode: closed}))
	check(t, s.asOwner(t.Context(), func(conn *pgx.Conn) error {
		_, err := conn.Exec(t.Context(), `UPDATE command SET recorded_at = CASE id WHEN 'late' THEN $1::timestamptz ELSE $2 END`, noon.Add(-29*day), noon.Add(-31*day))
		return err
	}))
	for range 2 {
		check(t, s.ForgetCommands(t.Context(), noon))
		diff(t, "left", []string{"late", "pending", "waited for", "young"}, asked(t, s, `SELECT id FROM command UNION SELECT id FROM ward_command ORDER BY 1`))
	}
}
