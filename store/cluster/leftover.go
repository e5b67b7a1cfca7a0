package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// relation is what a process named in a left-over postmaster.pid is to a cluster.
type relation int

const (
	nobody   relation = iota // gone, or a zombie
	sameData                 // a server at work on the same files
	stranger                 // a process that was given the number later
)

// clearLeftovers deals with what a killed application or server left behind.
// The caller holds the lock, so no living application owns it.
//
// A server that is still at work is stopped. A pid file whose process is dead
// or a stranger is removed, since the server would refuse to start over it for
// as long as a process of the same user has that number, which in a container
// may be for ever. This is safe: backends that survived their postmaster still
// hold its shared memory, whose key is the data directory's inode, and a new
// server refuses to start while anyone holds it.
func (c *Cluster) clearLeftovers(ctx context.Context) error {
	for _, path := range []string{
		filepath.Join(c.files.data, "postmaster.pid"),
		filepath.Join(c.files.socket, ".s.PGSQL."+port+".lock"),
	} {
		pid := pidIn(path)
		if pid > 0 && lookAt(pid, c.files.data) == sameData {
			c.log.Warn("stopping a PostgreSQL that outlived its application", "pid", pid)
			if err := c.stopOrphan(ctx, pid); err != nil {
				return err
			}
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// pidIn reads the process number in the first line of a pid or lock file; 0
// when there is none.
func pidIn(path string) int {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(strings.TrimSpace(first))
	return max(pid, -pid) // a single-user server writes its number negated
}

// stopOrphan stops a server that is not our child, in order if it can.
func (c *Cluster) stopOrphan(ctx context.Context, pid int) error {
	for _, step := range shutdown {
		if err := syscall.Kill(pid, step.signal); err != nil && lookAt(pid, c.files.data) == sameData {
			return fmt.Errorf("stop PostgreSQL process %d: %w", pid, err)
		}
		gone, err := c.awaitGone(ctx, pid, step.patience)
		if gone || err != nil {
			return err
		}
	}
	return fmt.Errorf("PostgreSQL process %d still works on %s and cannot be stopped", pid, c.files.data)
}

func (c *Cluster) awaitGone(ctx context.Context, pid int, patience time.Duration) (bool, error) {
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if lookAt(pid, c.files.data) != sameData {
			return true, nil
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return false, err
		}
	}
	return false, nil
}
