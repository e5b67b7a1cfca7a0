package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// ErrInUse means that another process runs the private server of this data directory.
var ErrInUse = errors.New("the data directory is in use")

// lockPatience covers the moment in which Beside holds the lock to look at it.
const lockPatience = time.Second

// takeLock makes this process the only one that may touch the cluster. The
// kernel gives the lock back when the process ends, however it ends. The file
// names the holder for whoever is refused.
func takeLock(ctx context.Context, home string) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(home, "lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := acquire(ctx, lock); err != nil {
		defer lock.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w: %s is held by process %s", ErrInUse, filepath.Dir(home), holder(lock))
		}
		return nil, fmt.Errorf("lock %s: %w", lock.Name(), err)
	}
	if err := writeHolder(lock); err != nil {
		lock.Close()
		return nil, err
	}
	return lock, nil
}

func acquire(ctx context.Context, lock *os.File) error {
	deadline := time.Now().Add(lockPatience)
	for {
		err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil || time.Now().After(deadline) {
			return err
		}
		if pause(ctx, 20*time.Millisecond) != nil {
			return err
		}
	}
}

func writeHolder(lock *os.File) error {
	if err := lock.Truncate(0); err != nil {
		return err
	}
	_, err := fmt.Fprintf(lock, "%d\n", os.Getpid())
	return err
}

func holder(lock *os.File) string {
	text, _ := os.ReadFile(lock.Name())
	if pid := strings.TrimSpace(string(text)); pid != "" {
		return pid
	}
	return "unknown"
}

// Beside finds the private server that another process runs on the same
// dataDir, and starts nothing. It says running when such a process exists; the
// server itself may be restarting at that moment. The connection string is the
// owner's, to Database.
func Beside(dataDir string) (dsn string, running bool, err error) {
	home, err := homeOf(dataDir)
	if err != nil {
		return "", false, err
	}
	held, err := isHeld(filepath.Join(home, "lock"))
	if err != nil || !held {
		return "", false, err
	}
	dsn, err = dsnBeside(home)
	return dsn, true, err
}

func isHeld(path string) (bool, error) {
	lock, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer lock.Close()
	err = syscall.Flock(int(lock.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}

func dsnBeside(home string) (string, error) {
	place, made, err := locate(home)
	if err != nil {
		return "", err
	}
	if !made {
		return "", fmt.Errorf("the private PostgreSQL of %s is still being made, try again", filepath.Dir(home))
	}
	password, err := readPassword(home)
	if err != nil {
		return "", err
	}
	return dsn(socketDir(place), password, Database), nil
}

// pause waits for d, or less when ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
