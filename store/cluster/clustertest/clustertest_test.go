package clustertest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(Stopping(m)) }

// withBeds is a schema of one table.
func withBeds(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return execute(ctx, conn, `CREATE TABLE bed (label text)`, `INSERT INTO bed VALUES ('12')`)
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func count(t *testing.T, conn *pgx.Conn, sql string, args ...any) (n int) {
	t.Helper()
	if err := conn.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func TestEachTestHasItsOwnDatabase(t *testing.T) {
	one := connect(t, Database(t, "beds", withBeds))
	if err := execute(context.Background(), one, `INSERT INTO bed VALUES ('13')`); err != nil {
		t.Fatal(err)
	}
	other := connect(t, Database(t, "beds", withBeds))
	if n := count(t, other, `SELECT count(*) FROM bed`); n != 1 {
		t.Errorf("%d beds in a fresh database, want the template's 1", n)
	}
}

func TestTheDatabaseGoesWithItsTest(t *testing.T) {
	var name string
	t.Run("uses one", func(t *testing.T) {
		conn, err := pgx.Connect(context.Background(), Database(t, "beds", withBeds))
		if err != nil {
			t.Fatal(err)
		}
		name = conn.Config().Database // and never closes the connection
	})
	admin, err := adminDSN(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if count(t, connect(t, admin), `SELECT count(*) FROM pg_database WHERE datname = $1`, name) != 0 {
		t.Errorf("database %s is still there", name)
	}
}

func TestTheTemplateIsMadeOnce(t *testing.T) {
	var made atomic.Int32
	counted := func(ctx context.Context, dsn string) error {
		made.Add(1)
		return withBeds(ctx, dsn)
	}
	schema := t.Name() + t.TempDir() // new also in a server that earlier runs used
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { Database(t, schema, counted) })
	}
	all.Wait()
	if made.Load() != 1 {
		t.Errorf("migrated %d times, want once", made.Load())
	}
}

func TestAFailedMigrationLeavesNoTemplate(t *testing.T) {
	admin, err := adminDSN(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	schema := t.Name() + t.TempDir()
	broken := errors.New("broken migration")
	fail := func(context.Context, string) error { return broken }
	if _, err := ensureTemplate(context.Background(), admin, schema, fail); !errors.Is(err, broken) {
		t.Fatalf("error %v, want the migration's", err)
	}
	conn := connect(t, Database(t, schema, withBeds)) // mended
	if n := count(t, conn, `SELECT count(*) FROM bed`); n != 1 {
		t.Errorf("%d beds, want 1", n)
	}
}

func TestInDatabase(t *testing.T) {
	for dsn, want := range map[string]string{
		"postgres://u:p@db:6543/postgres?sslmode=disable": "postgres://u:p@db:6543/t1?sslmode=disable",
		"postgresql://db": "postgresql://db/t1",
		"host='/a b' dbname='postgres' sslmode=disable": "host='/a b' dbname='postgres' sslmode=disable dbname=t1",
	} {
		got := inDatabase(dsn, "t1")
		if got != want {
			t.Errorf("%s: %s, want %s", dsn, got, want)
		}
		config, err := pgx.ParseConfig(got)
		if err != nil || config.Database != "t1" {
			t.Errorf("%s: database %q, %v", got, config.Database, err)
		}
	}
}

// runner builds the command that wraps a whole test run.
func runner(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "run")
	if out, err := exec.Command("go", "build", "-o", program, "./run").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return program
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	t.Fatal(err)
	return 0
}

func TestRunPassesTheServerAndTheExitCode(t *testing.T) {
	program := runner(t)
	out, err := exec.Command(program, "--", "sh", "-c", `echo "$TEST_DATABASE_URL"; exit 7`).Output()
	if code := exitCode(t, err); code != 7 {
		t.Errorf("exit code %d, want the command's 7", code)
	}
	if !strings.Contains(string(out), "dbname='postgres'") {
		t.Errorf("TEST_DATABASE_URL is %q", out)
	}
	expectGone(t, string(out))
	if code := exitCode(t, exec.Command(program).Run()); code != 2 {
		t.Errorf("exit code %d without a command, want 2", code)
	}
}

func TestRunStopsTheServerWhenInterrupted(t *testing.T) {
	program := runner(t)
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		cmd := exec.Command(program, "sh", "-c", `echo "$TEST_DATABASE_URL"; exec sleep 600`)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		dsn := make([]byte, 4096)
		n, _ := out.Read(dsn)
		cmd.Process.Signal(s)
		if code := exitCode(t, cmd.Wait()); code != 128+int(s) {
			t.Errorf("%v: exit code %d, want %d", s, code, 128+int(s))
		}
		expectGone(t, string(dsn[:n]))
	}
}

// expectGone checks that a server's files are removed.
func expectGone(t *testing.T, dsn string) {
	t.Helper()
	config, err := pgx.ParseConfig(strings.TrimSpace(dsn))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Dir(config.Host)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the server's folder %s is still there", config.Host)
	}
}

func TestMessagesGoToStderr(t *testing.T) {
	var said bytes.Buffer
	cmd := exec.Command(runner(t), filepath.Join(t.TempDir(), "no such command"))
	cmd.Stderr = &said
	if code := exitCode(t, cmd.Run()); code != 1 || !strings.Contains(said.String(), "no such command") {
		t.Errorf("exit code %d, said %q", code, said.String())
	}
}
