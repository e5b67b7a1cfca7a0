package migrations_test

import (
	"bytes"
	"context"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"wardlight/migrations"
	"wardlight/store"
	"wardlight/store/cluster/clustertest"
)

func TestMain(m *testing.M) { clustertest.Main(m) }

var update = flag.Bool("update", false, "write schema.sql anew")

const committed = "schema.sql"

func TestUpDownUp(t *testing.T) {
	ctx := t.Context()
	dsn := clustertest.Database(t, "empty", func(context.Context, string) error { return nil })
	check(t, store.Migrate(ctx, dsn))
	up := dump(t, dsn)

	check(t, down(ctx, dsn, 0))
	if left := objects(t, dsn); len(left) > 0 {
		t.Errorf("left behind by the way down: %v", left)
	}
	for step := range migrations.Latest { // each step by itself, there and back
		check(t, store.Migrate(ctx, dsn))
		check(t, down(ctx, dsn, int64(step)))
	}
	check(t, store.Migrate(ctx, dsn))
	if d := cmp.Diff(up, dump(t, dsn)); d != "" {
		t.Errorf("the schema differs after up, down, up (-first +second):\n%s", d)
	}

	if *update {
		check(t, os.WriteFile(committed, []byte(up), 0o644))
	}
	want, err := os.ReadFile(committed)
	check(t, err)
	if d := cmp.Diff(string(want), up); d != "" {
		t.Errorf("%s is out of date: go test ./migrations -update (-committed +actual):\n%s", committed, d)
	}
}

func TestStepsAreNumberedWithoutGaps(t *testing.T) {
	names, err := fs.Glob(migrations.FS, "*.sql")
	check(t, err)
	for i, name := range names {
		if n, err := strconv.Atoi(name[:4]); err != nil || n != i+1 {
			t.Errorf("%s is step %d", name, i+1)
		}
		b, err := fs.ReadFile(migrations.FS, name)
		check(t, err)
		for _, mark := range []string{"-- +goose Up\n", "-- +goose Down\n"} {
			if !bytes.Contains(b, []byte(mark)) {
				t.Errorf("%s lacks %q", name, mark)
			}
		}
	}
	if len(names) != migrations.Latest {
		t.Errorf("%d steps, but Latest is %d", len(names), migrations.Latest)
	}
}

// TestOwnerWhoMayNotMakeRoles: on a managed server the owner is no superuser,
// and is told what to run.
func TestOwnerWhoMayNotMakeRoles(t *testing.T) {
	ctx := t.Context()
	dsn := clustertest.Database(t, "empty", func(context.Context, string) error { return nil })
	admin, err := pgx.Connect(ctx, dsn)
	check(t, err)
	t.Cleanup(func() { admin.Close(context.Background()) })
	const owner = "wardlight_test_owner"
	for _, sql := range []string{
		`DROP ROLE IF EXISTS ` + owner, `CREATE ROLE ` + owner, `GRANT ALL ON SCHEMA public TO ` + owner, `SET ROLE ` + owner,
	} {
		_, err = admin.Exec(ctx, sql)
		check(t, err)
	}
	t.Cleanup(func() {
		for _, sql := range []string{`RESET ROLE`, `DROP OWNED BY ` + owner, `DROP ROLE ` + owner} {
			if _, err := admin.Exec(context.Background(), sql); err != nil {
				t.Error(err)
			}
		}
	})
	first, err := fs.ReadFile(migrations.FS, "0001_roles.sql")
	check(t, err)
	block := regexp.MustCompile(`(?s)DO \$\$.*?\$\$;`).Find(first)
	_, err = admin.Exec(ctx, string(block))
	want := regexp.MustCompile(`let a superuser run: CREATE ROLE wardlight_app NOLOGIN; GRANT wardlight_app TO ` + owner)
	if err == nil || !want.MatchString(err.Error()) {
		t.Errorf("error %v, want what to run", err)
	}
}

// TestOwnerWhoIsNoSuperuser may make roles, and needs no more.
func TestOwnerWhoIsNoSuperuser(t *testing.T) {
	ctx := t.Context()
	dsn := clustertest.Database(t, "empty", func(context.Context, string) error { return nil })
	admin, err := pgx.Connect(ctx, dsn)
	check(t, err)
	t.Cleanup(func() { admin.Close(context.Background()) })
	var version int
	check(t, admin.QueryRow(ctx, `SELECT current_setting('server_version_num')::int / 10000`).Scan(&version))
	if version >= 16 {
		t.Skip("since version 16 only who made a role, here another database's owner, may join it")
	}
	const owner = "wardlight_test_managed"
	for _, sql := range []string{
		`DROP ROLE IF EXISTS ` + owner, `CREATE ROLE ` + owner + ` CREATEROLE`, `GRANT ALL ON SCHEMA public TO ` + owner,
	} {
		_, err = admin.Exec(ctx, sql)
		check(t, err)
	}
	t.Cleanup(func() {
		for _, sql := range []string{`DROP OWNED BY ` + owner + ` CASCADE`, `DROP ROLE ` + owner} {
			if _, err := admin.Exec(context.Background(), sql); err != nil {
				t.Error(err)
			}
		}
	})
	check(t, store.Migrate(ctx, dsn+" role="+owner))
	s, err := store.Open(ctx, dsn, store.Options{UnsafeDurability: true})
	check(t, err)
	s.Close()
}

// down takes back the newest steps until version is the last.
func down(ctx context.Context, dsn string, version int64) error {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return err
	}
	db := stdlib.OpenDB(*config)
	defer db.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS)
	if err != nil {
		return err
	}
	_, err = provider.DownTo(ctx, version)
	return err
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// objects lists what the migrations made and goose did not.
func objects(t *testing.T, dsn string) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	check(t, err)
	defer conn.Close(context.Background())
	rows, _ := conn.Query(t.Context(), `
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname !~ '^goose_db_version'
UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace`)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	check(t, err)
	return names
}

// dump is the schema as pg_dump writes it, without what depends on the
// version of pg_dump.
func dump(t *testing.T, dsn string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), pgDump(t, dsn), "--schema-only", "--no-owner", "--exclude-table=goose_db_version*", "--dbname="+dsn)
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	check(t, err)
	for _, noise := range []string{`(?m)^--.*\n`, `(?m)^SET .*\n`, `(?m)^SELECT pg_catalog\.set_config.*\n`, `(?m)^\\(un)?restrict .*\n`} {
		out = regexp.MustCompile(noise).ReplaceAll(out, nil)
	}
	out = regexp.MustCompile(`\n{3,}`).ReplaceAll(out, []byte("\n\n"))
	return string(bytes.TrimSpace(out)) + "\n"
}

// pgDump finds the program of the server's own version.
func pgDump(t *testing.T, dsn string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	check(t, err)
	defer conn.Close(context.Background())
	var version int
	check(t, conn.QueryRow(t.Context(), `SELECT current_setting('server_version_num')::int / 10000`).Scan(&version))
	for _, pattern := range []string{
		filepath.Join(os.Getenv("PG_BINDIR"), "pg_dump"),
		"/usr/lib/postgresql/" + strconv.Itoa(version) + "/bin/pg_dump",
		"/usr/pgsql-" + strconv.Itoa(version) + "/bin/pg_dump",
		"/*/*/opt/postgresql@" + strconv.Itoa(version) + "/bin/pg_dump",
	} {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			return found[0]
		}
	}
	found, err := exec.LookPath("pg_dump")
	check(t, err)
	return found
}
