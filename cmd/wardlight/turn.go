package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"wardlight/ward/fault"
)

// turnPatience is how long a command waits for those typed before it.
const turnPatience = time.Minute

// takeTurn makes commands on one private database run one after another: the
// first may have to start the server, and must not stop it under the next.
// The turn ends with the file, and so with the process.
func takeTurn(ctx context.Context, f recordFlags) (*os.File, error) {
	if f.DatabaseURL != "" {
		return nil, nil // nobody starts or stops it; closing a nil file does nothing
	}
	if err := os.MkdirAll(f.DataDir, 0o755); err != nil {
		return nil, fault.New(fault.Invalid, "--data-dir: %w", err)
	}
	turn, err := os.OpenFile(filepath.Join(f.DataDir, "command.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fault.New(fault.Invalid, "--data-dir: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, turnPatience)
	defer cancel()
	for {
		err := syscall.Flock(int(turn.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return turn, nil
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return nil, errors.Join(fault.New(fault.Unavailable, "lock %s: %w", turn.Name(), err), turn.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fault.New(fault.Unavailable, "another command is still at work on %s", f.DataDir), turn.Close())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// lookUp opens the record for a command that only reads. Closing it ends the
// command's turn.
func lookUp(ctx context.Context, f recordFlags, s streams) (*record, error) {
	turn, err := takeTurn(ctx, f)
	if err != nil {
		return nil, err
	}
	r, err := openRecord(ctx, f, quiet(s))
	if err != nil {
		turn.Close()
		return nil, err
	}
	r.turn = turn
	return r, nil
}
