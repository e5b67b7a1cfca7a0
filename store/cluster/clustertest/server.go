package clustertest

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"wardlight/store/cluster"
)

// Server is a throw-away PostgreSQL server.
type Server struct {
	cluster *cluster.Cluster
	dir     string
}

const (
	prefix = "wardlight-test-"

	// memoryFolder is the memory file system of Linux.
	memoryFolder = "/dev/shm"

	// memoryNeeded is what a server and some dozens of small databases take, in bytes.
	memoryNeeded = 1 << 30
)

// Start starts a throw-away server, in memory where there is room.
func Start(ctx context.Context, log *slog.Logger) (*Server, error) {
	parent := folder()
	sweep(parent)
	dir, err := os.MkdirTemp(parent, prefix)
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir}
	if err := os.Chmod(dir, 0o711); err != nil { // MkdirTemp closes it to the server's user
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s.cluster, err = cluster.Start(ctx, cluster.Options{DataDir: dir, Fast: true, Log: log})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// DSN is the connection string of the server's owner to its own database.
func (s *Server) DSN() string { return s.cluster.DSN("postgres") }

// Stop stops the server and removes its files.
func (s *Server) Stop() error {
	return errors.Join(s.cluster.Stop(context.Background()), os.RemoveAll(s.dir))
}

func folder() string {
	var space syscall.Statfs_t
	err := syscall.Statfs(memoryFolder, &space)
	if err == nil && uint64(space.Bavail)*uint64(space.Bsize) >= memoryNeeded {
		return memoryFolder
	}
	return os.TempDir()
}

// sweep removes what killed test programs left behind. A young folder may
// belong to a program that has not locked it yet.
func sweep(parent string) {
	left, _ := filepath.Glob(filepath.Join(parent, prefix+"*")) // fails only on a malformed pattern
	for _, dir := range left {
		info, err := os.Stat(dir)
		if err != nil || time.Since(info.ModTime()) < 10*time.Minute {
			continue
		}
		if _, running, err := cluster.Beside(dir); err == nil && !running {
			os.RemoveAll(dir)
		}
	}
}
