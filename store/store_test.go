package store

import (
	"context"
	"io/fs"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"wardlight/migrations"
	"wardlight/store/cluster/clustertest"
	"wardlight/ward"
	"wardlight/ward/fault"
	"wardlight/ward/vitals"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(clustertest.Stopping(m)) }

// noon is when the tests take place.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

const epoch = "epoch-1"

// database is a fresh, migrated database.
func database(t testing.TB) string {
	t.Helper()
	return clustertest.Database(t, schema(t), Migrate)
}

// schema names the migrations by what they say.
func schema(t testing.TB) string {
	t.Helper()
	var all string
	names, err := fs.Glob(migrations.FS, "*.sql")
	check(t, err)
	for _, name := range names {
		b, err := fs.ReadFile(migrations.FS, name)
		check(t, err)
		all += name + string(b)
	}
	return all
}

func open(t testing.TB, dsn string) *Store {
	t.Helper()
	s, err := Open(t.Context(), dsn, Options{UnsafeDurability: true, Version: "test"})
	check(t, err)
	t.Cleanup(s.Close)
	return s
}

// record is an open record with its epoch begun.
func record(t testing.TB) *Store {
	t.Helper()
	s := open(t, database(t))
	check(t, s.EnsurePartitions(t.Context(), noon))
	check(t, s.StartEpoch(t.Context(), epoch, noon))
	return s
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t testing.TB, err error, want fault.Kind) {
	t.Helper()
	if got := fault.KindOf(err); got != want {
		t.Fatalf("error kind %q (%v), want %q", got, err, want)
	}
}

func diff(t testing.TB, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmp.AllowUnexported(vitals.Decimal{})); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// as runs a statement as the role that the record works in.
func (s *Store) as(t testing.TB, sql string, args ...any) error {
	t.Helper()
	_, err := s.pool.Exec(t.Context(), sql, args...)
	return err
}

func count(t testing.TB, s *Store, sql string, args ...any) (n int) {
	t.Helper()
	check(t, s.pool.QueryRow(t.Context(), sql, args...).Scan(&n))
	return n
}

// entry is an applied input with its changes.
func entry(id string, at time.Time, m *ward.Message, whats ...ward.What) ward.Entry {
	e := ward.Entry{Input: ward.Input{ID: id, At: at, Message: m}}
	for _, w := range whats {
		e.Changes = append(e.Changes, ward.Change{What: w})
	}
	return e
}

func message(raw string, at time.Time) *ward.Message {
	return ward.NewMessage("GW1", "42", "ORU^R01", "127.0.0.1", []byte(raw), at)
}

func (s *Store) mustRecord(t testing.TB, entries ...ward.Entry) {
	t.Helper()
	check(t, s.Record(t.Context(), epoch, entries))
}

func TestUnsafeDurabilityIsRefused(t *testing.T) {
	dsn := database(t)
	conn, err := pgx.Connect(t.Context(), dsn)
	check(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), `ALTER DATABASE `+conn.Config().Database+` SET synchronous_commit = off`)
	check(t, err)
	_, err = Open(t.Context(), dsn, Options{})
	wantKind(t, err, fault.Invalid)

	if s := open(t, dsn); !s.UnsafeDurability() {
		t.Error("the server may lose data, and the store does not say so")
	}
}

func TestSchemaIsChecked(t *testing.T) {
	dsn := clustertest.Database(t, "nothing", func(context.Context, string) error { return nil })
	open := func(migrate bool) error {
		s, err := Open(t.Context(), dsn, Options{UnsafeDurability: true, Migrate: migrate})
		if err == nil {
			s.Close()
		}
		return err
	}
	wantKind(t, open(false), fault.Conflict) // no schema
	check(t, open(true))
	check(t, open(false))

	conn, err := pgx.Connect(t.Context(), dsn)
	check(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), `UPDATE schema_rule SET min_binary = $1`, migrations.Latest+1)
	check(t, err)
	wantKind(t, open(true), fault.Conflict) // made for a newer binary
	_, err = conn.Exec(t.Context(), `UPDATE schema_rule SET min_binary = 1`)
	check(t, err)

	_, err = conn.Exec(t.Context(), `DELETE FROM goose_db_version WHERE version_id = $1`, migrations.Latest)
	check(t, err)
	wantKind(t, open(false), fault.Conflict) // an old schema
}

func TestTheRecordCannotBeRewritten(t *testing.T) {
	s := record(t)
	for _, table := range []string{
		"message", "observation", "observation_default", "observation_form", "infusion_report", "infusion_event", "correction", "strip",
		"alarm_event", "audit", "command", "no_surveillance",
	} {
		for _, sql := range []string{`DELETE FROM ` + table, `TRUNCATE ` + table, `DROP TABLE ` + table} {
			if err := s.as(t, sql); !is(err, "42501") {
				t.Errorf("%s: %v, want insufficient privilege", sql, err)
			}
		}
	}
	for _, sql := range []string{
		`UPDATE message SET peer = ''`, `UPDATE observation SET value = '{}'`, `UPDATE alarm_event SET by = ''`,
		`UPDATE audit SET detail = ''`, `UPDATE quarantine SET reason = ''`, `DELETE FROM quarantine`,
		`UPDATE correction SET kind = ''`, `UPDATE infusion_event SET detail = ''`, `UPDATE strip SET label = ''`,
		`UPDATE association SET by = ''`, `UPDATE association SET since = now()`, `UPDATE command SET deadline = NULL`, `DELETE FROM alarm_episode`, `DELETE FROM association`,
	} {
		if err := s.as(t, sql); !is(err, "42501") {
			t.Errorf("%s: %v, want insufficient privilege", sql, err)
		}
	}
}
