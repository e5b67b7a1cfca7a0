package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// postgres is the private database of the station, seen from outside: by its
// files and its processes.
type postgres struct{ home string }

func (s *station) postgres() postgres { return postgres{filepath.Join(s.dir, "postgres")} }

// pidFile reads postmaster.pid, whose first line is the process number and
// whose fifth is the folder of the socket; nil while no server runs.
func (d postgres) pidFile() []string {
	text, err := os.ReadFile(filepath.Join(d.home, "data", "postmaster.pid"))
	if err != nil {
		return nil
	}
	if found := strings.Split(string(text), "\n"); len(found) >= 5 {
		return found
	}
	return nil
}

// postmaster is the process number of the server; 0 while there is none.
func (d postgres) postmaster() int {
	found := d.pidFile()
	if found == nil {
		return 0
	}
	pid, err := strconv.Atoi(found[0])
	if err != nil || !isPostgres(pid) {
		return 0
	}
	return pid
}

var errNoPostgres = errors.New("the database does not run")

// running waits for the server.
func (d postgres) running(ctx context.Context) (pid int, err error) {
	for until := time.Now().Add(time.Minute); time.Now().Before(until) && ctx.Err() == nil; wait(ctx, 20*time.Millisecond) {
		if pid := d.postmaster(); pid > 0 {
			return pid, nil
		}
	}
	return 0, errNoPostgres
}

// isPostgres guards against a number in an old file that now belongs to
// somebody else.
func isPostgres(pid int) bool {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return err == nil && strings.TrimSpace(string(name)) == "postgres"
}

// children lists the processes of the server.
func children(parent int) (pids []int) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// After the name, which may hold anything: state, then the parent.
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	slices.Sort(pids)
	return pids
}

// backends are the children that serve a connection of the station.
func backends(postmaster int) (pids []int) {
	for _, pid := range children(postmaster) {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err == nil && strings.Contains(string(line), "postgres: wardlight wardlight ") {
			pids = append(pids, pid)
		}
	}
	return pids
}

// freeze stops every process of the server, as a hung disk would.
func (d postgres) freeze(ctx context.Context) (thaw func(), err error) {
	pid, err := d.running(ctx)
	if err != nil {
		return nil, err
	}
	_ = syscall.Kill(pid, syscall.SIGSTOP) // first: it makes no further children
	all := append([]int{pid}, children(pid)...)
	for _, child := range all[1:] {
		_ = syscall.Kill(child, syscall.SIGSTOP)
	}
	return func() {
		for _, p := range all {
			_ = syscall.Kill(p, syscall.SIGCONT)
		}
	}, nil
}

// keepDown kills the server, and again each time it comes back, until
// release.
func (d postgres) keepDown(ctx context.Context) (release func(), err error) {
	pid, err := d.running(ctx)
	if err != nil {
		return nil, err
	}
	_ = syscall.Kill(pid, syscall.SIGQUIT)
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for last := pid; ctx.Err() == nil; wait(ctx, 5*time.Millisecond) {
			if now := d.postmaster(); now > 0 && now != last {
				_ = syscall.Kill(now, syscall.SIGKILL)
				last = now
			}
		}
	}()
	return func() { cancel(); <-done }, nil
}

// connect opens a connection as the owner, past everything that wardlight
// allows itself.
func (d postgres) connect(ctx context.Context) (*pgx.Conn, error) {
	password, err := os.ReadFile(filepath.Join(d.home, "password"))
	if err != nil {
		return nil, err
	}
	found := d.pidFile()
	if found == nil {
		return nil, errNoPostgres
	}
	return pgx.Connect(ctx, fmt.Sprintf("host='%s' user=wardlight password=%s dbname=wardlight sslmode=disable",
		found[4], strings.TrimSpace(string(password))))
}
