package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// database is the private PostgreSQL of a station, as seen from outside: by
// its files and its processes.
type database struct {
	t    *testing.T
	home string
}

func (s *station) database() database {
	return database{s.t, filepath.Join(s.dataDir, "postgres")}
}

// pidFile reads postmaster.pid, whose first line is the process number and
// whose fifth is the folder of the socket; nil while no server runs.
func (d database) pidFile() []string {
	text, err := os.ReadFile(filepath.Join(d.home, "data", "postmaster.pid"))
	if err != nil {
		return nil
	}
	if found := strings.Split(string(text), "\n"); len(found) >= 5 {
		return found
	}
	return nil
}

// postmaster is the process number of the server, 0 while there is none.
func (d database) postmaster() int {
	found := d.pidFile()
	if found == nil {
		return 0
	}
	pid, _ := strconv.Atoi(found[0])
	return pid
}

// connect opens a connection as the owner, past everything that wardlight
// allows itself.
func (d database) connect() *pgx.Conn {
	d.t.Helper()
	password, err := os.ReadFile(filepath.Join(d.home, "password"))
	if err != nil {
		d.t.Fatal(err)
	}
	found := d.pidFile()
	if found == nil {
		d.t.Fatal("the private PostgreSQL does not run")
	}
	dsn := fmt.Sprintf("host='%s' user=wardlight password=%s dbname=wardlight sslmode=disable",
		found[4], strings.TrimSpace(string(password)))
	return connect(d.t, dsn)
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// counts reads rows of a text and a number.
func (d database) counts(sql string, args ...any) map[string]int {
	d.t.Helper()
	conn := d.connect()
	defer conn.Close(context.Background())
	rows, err := conn.Query(d.t.Context(), sql, args...)
	if err != nil {
		d.t.Fatal(err)
	}
	out := map[string]int{}
	var key string
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&key, &n}, func() error { out[key] = n; return nil }); err != nil {
		d.t.Fatal(err)
	}
	return out
}

// count reads one number.
func (d database) count(sql string, args ...any) int {
	d.t.Helper()
	return d.counts(`SELECT 'n', (`+sql+`)::int`, args...)["n"]
}

// freeze stops every process of the server, as a hung disk would, until the
// test ends or thaw is called.
func (d database) freeze() (thaw func()) {
	d.t.Helper()
	postmaster := d.postmaster()
	if postmaster == 0 {
		d.t.Fatal("the private PostgreSQL does not run")
	}
	send := func(pid int, sig syscall.Signal) {
		if err := syscall.Kill(pid, sig); err != nil && err != syscall.ESRCH {
			d.t.Errorf("signal %v to PostgreSQL: %v", sig, err)
		}
	}
	send(postmaster, syscall.SIGSTOP) // first: it makes no further children
	all := append([]int{postmaster}, childrenOf(d.t, postmaster)...)
	for _, pid := range all[1:] {
		send(pid, syscall.SIGSTOP)
	}
	thawed := false
	thaw = func() {
		if !thawed {
			thawed = true
			for _, pid := range all {
				send(pid, syscall.SIGCONT)
			}
		}
	}
	d.t.Cleanup(thaw)
	return thaw
}

// childrenOf lists the processes that a process has started.
func childrenOf(t *testing.T, parent int) (children []int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		t.Skip("without /proc there is no list of processes")
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// After the name, which may hold anything: state, then the parent.
		_, rest, _ := strings.Cut(string(text[strings.LastIndexByte(string(text), ')')+1:]), " ")
		fields := strings.Fields(rest)
		if len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			if err != nil {
				t.Fatal(err)
			}
			children = append(children, pid)
		}
	}
	slices.Sort(children)
	return children
}

// keepDown kills the server, and again each time it comes back, until the
// test ends or release is called.
func (d database) keepDown(signals ...syscall.Signal) (release func()) {
	d.t.Helper()
	first := d.postmaster()
	if first == 0 {
		d.t.Fatal("the private PostgreSQL does not run")
	}
	if err := syscall.Kill(first, signals[0]); err != nil {
		d.t.Fatalf("signal %v to PostgreSQL: %v", signals[0], err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		look := time.NewTicker(2 * time.Millisecond)
		defer look.Stop()
		last := first
		for n := 1; ctx.Err() == nil; <-look.C {
			if pid := d.postmaster(); pid > 0 && pid != last && isPostgres(pid) {
				_ = syscall.Kill(pid, signals[n%len(signals)])
				last = pid
				n++
			}
		}
	}()
	release = func() {
		cancel()
		<-done
	}
	d.t.Cleanup(release)
	return release
}

// isPostgres guards against a number in an old file that now belongs to
// somebody else.
func isPostgres(pid int) bool {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return err == nil && strings.TrimSpace(string(name)) == "postgres"
}
