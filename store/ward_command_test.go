package store

import (
	"context"
	"encoding/json"
	"testing"
	"time"
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
