package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(hostVariable); dir != "" {
		os.Exit(hostCluster(dir))
	}
	goleak.VerifyTestMain(m)
}

// heard is what was logged; the server's own lines come from another
// goroutine than ours.
type heard struct {
	mu   sync.Mutex
	text strings.Builder
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// patience bounds every wait in these tests; none is expected to come near it.
const patience = time.Minute

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// openDir is a folder that the server's user can reach, unlike t.TempDir for root.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "wardlight-cluster-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func start(t *testing.T, o Options) *Cluster {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	c, err := Start(testContext(t), o)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(func() { stop(t, c) })
	return c
}

func stop(t *testing.T, c *Cluster) {
	t.Helper()
	if err := c.Stop(testContext(t)); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func query[T any](t *testing.T, dsn, sql string) T {
	t.Helper()
	got, err := ask[T](testContext(t), dsn, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return got
}

func ask[T any](ctx context.Context, dsn, sql string) (got T, err error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return got, err
	}
	defer conn.Close(ctx)
	err = conn.QueryRow(ctx, sql).Scan(&got)
	return got, err
}

func execute(t *testing.T, dsn, sql string) {
	t.Helper()
	conn, err := pgx.Connect(testContext(t), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(testContext(t), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func TestDataSurviveARestart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openDir(t), "made", "on demand")
	cold := start(t, Options{DataDir: dir})
	execute(t, cold.DSN(Database), "CREATE TABLE bed (label text); INSERT INTO bed VALUES ('12')")
	stop(t, cold)

	warm := start(t, Options{DataDir: dir})
	if got := query[string](t, warm.DSN(Database), "SELECT label FROM bed"); got != "12" {
		t.Errorf("bed %q after a restart, want 12", got)
	}
	if cold.DSN(Database) != warm.DSN(Database) {
		t.Error("the connection string changed")
	}
}

func TestServerIsDurableAndPrivate(t *testing.T) {
	t.Parallel()
	c := start(t, Options{DataDir: openDir(t)})
	got := map[string]string{}
	for _, name := range []string{
		"fsync", "synchronous_commit", "full_page_writes", "data_checksums",
		"listen_addresses", "server_encoding", "TimeZone", "log_error_verbosity", "log_min_error_statement",
	} {
		got[name] = query[string](t, c.DSN(Database), "SHOW "+name)
	}
	want := map[string]string{
		"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "data_checksums": "on",
		"listen_addresses": "", "server_encoding": "UTF8", "TimeZone": "UTC",
		"log_error_verbosity": "terse", "log_min_error_statement": "panic",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}

	for path, mode := range map[string]os.FileMode{passwordFile(c.files.home): 0o600, c.files.socket: 0o700, c.files.data: 0o700} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != mode {
			t.Errorf("%s has mode %o, want %o", path, info.Mode().Perm(), mode)
		}
	}
	if exists(filepath.Join(c.files.home, "password.initdb")) {
		t.Error("the password that was handed to initdb is still there")
	}
	wrong := strings.Replace(c.DSN(Database), c.files.password, "guess", 1)
	if _, err := ask[int](testContext(t), wrong, "SELECT 1"); err == nil {
		t.Error("a wrong password was accepted")
	}
}

func TestFailedStatementsStayOutOfTheLog(t *testing.T) {
	t.Parallel()
	var log heard
	c := start(t, Options{
		DataDir: openDir(t), Fast: true,
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	for _, sql := range []string{
		"SELECT 'Okafor'::int",
		"CREATE TEMP TABLE p (name text UNIQUE); INSERT INTO p VALUES ('Okafor'), ('Okafor')",
		"DO $$ BEGIN RAISE EXCEPTION 'Okafor'; END $$",
	} {
		conn, err := pgx.Connect(testContext(t), c.DSN(Database))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(testContext(t), sql); err == nil {
			t.Fatalf("%s: succeeded", sql)
		}
		conn.Close(testContext(t))
	}
	stop(t, c)
	if strings.Contains(log.String(), "Okafor") {
		t.Errorf("the log names the patient:\n%s", log.String())
	}
	if !strings.Contains(log.String(), "database system is shut down") {
		t.Errorf("the log lacks the server's own words:\n%s", log.String())
	}
}

func TestDatabaseNames(t *testing.T) {
	t.Parallel()
	c := start(t, Options{DataDir: openDir(t), Fast: true})
	const odd = `it's a "ward" \ 12`
	for range 2 {
		if err := c.EnsureDatabase(testContext(t), odd); err != nil {
			t.Fatal(err)
		}
	}
	if got := query[string](t, c.DSN(odd), "SELECT current_database()"); got != odd {
		t.Errorf("connected to %q, want %q", got, odd)
	}
}

func TestStopIsClean(t *testing.T) {
	t.Parallel()
	c := start(t, Options{DataDir: openDir(t), Fast: true})
	conn, err := pgx.Connect(testContext(t), c.DSN(Database)) // a client that does not leave
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	pid := c.Pid()

	stop(t, c)
	select {
	case <-c.Done():
	default:
		t.Error("not done after Stop")
	}
	if c.Pid() != 0 || c.Err() == nil {
		t.Errorf("after Stop: pid %d, err %v", c.Pid(), c.Err())
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d is still there: %v", pid, err)
	}
	if exists(filepath.Join(c.files.data, "postmaster.pid")) {
		t.Error("postmaster.pid is still there")
	}
	stop(t, c) // a second time does nothing
}

func TestStopInAHurry(t *testing.T) {
	t.Parallel()
	c := start(t, Options{DataDir: openDir(t)})
	execute(t, c.DSN(Database), "CREATE TABLE bed (label text); INSERT INTO bed VALUES ('12')")
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	c.rush.Do(func() { close(c.hurry) })
	if err := c.Stop(ended); err == nil {
		t.Error("a hard stop was not reported")
	}
	c.stopErr = nil // seen

	again := start(t, Options{DataDir: c.options.DataDir})
	if got := query[string](t, again.DSN(Database), "SELECT label FROM bed"); got != "12" {
		t.Errorf("bed %q after a hard stop, want 12", got)
	}
}

func TestASecondProcessIsRefused(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	host := startHost(t, dir)

	_, err := Start(testContext(t), Options{DataDir: dir, Fast: true})
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), fmt.Sprintf("process %d", host.Process.Pid)) {
		t.Errorf("a second start: %v; want who holds it (%d)", err, host.Process.Pid)
	}

	dsn, running, err := Beside(dir)
	if err != nil || !running {
		t.Fatalf("beside: running %v, %v", running, err)
	}
	if got := query[string](t, dsn, "SELECT current_database()"); got != Database {
		t.Errorf("beside a running server: database %q", got)
	}
}

func TestBesideNothing(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	expectNothing := func(when string) {
		t.Helper()
		if dsn, running, err := Beside(dir); dsn != "" || running || err != nil {
			t.Errorf("%s: %q, %v, %v", when, dsn, running, err)
		}
	}
	expectNothing("empty folder")
	c := start(t, Options{DataDir: dir, Fast: true})
	stop(t, c)
	expectNothing("stopped server")
}

func TestALongPathGetsAShortSocket(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openDir(t), strings.Repeat("long", 25))
	c := start(t, Options{DataDir: dir, Fast: true})
	t.Cleanup(func() { os.RemoveAll(c.files.socket) })
	if got := query[int](t, c.DSN(Database), "SELECT 1"); got != 1 {
		t.Errorf("got %d", got)
	}
	if dsn, running, err := Beside(dir); dsn != c.DSN(Database) || !running || err != nil {
		t.Errorf("beside: %v, %v, same %v", running, err, dsn == c.DSN(Database))
	}
}

func TestNoDataDirectory(t *testing.T) {
	if _, err := Start(testContext(t), Options{}); err == nil {
		t.Error("started without a data directory")
	}
}
