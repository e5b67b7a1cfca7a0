package store

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/store/cluster/clustertest"
	"wardlight/ward/fault"
)

func TestWhatIsWrongWithAServer(t *testing.T) {
	good := server{Version: 15, Database: "wardlight", Encoding: "UTF8", Checksums: true, Sorted: true}
	for name, c := range map[string]struct {
		change          func(*server)
		ahead           time.Duration
		refused, warned string
	}{
		"nothing":            {func(*server) {}, 0, "", ""},
		"a little off":       {func(*server) {}, -5 * time.Second, "", ""},
		"its clock is ahead": {func(*server) {}, 7 * time.Second, "", "7s ahead of ours: let both machines follow the same time server"},
		"its clock is slow":  {func(*server) {}, -time.Hour, "", "1h0m0s behind ours"},
		"old":                {func(s *server) { s.Version = 13 }, 0, "PostgreSQL 13: install 14 or newer", ""},
		"ASCII":              {func(s *server) { s.Encoding = "SQL_ASCII" }, 0, "CREATE DATABASE … ENCODING 'UTF8'", ""},
		"no checksums":       {func(s *server) { s.Checksums = false }, 0, "", "pg_checksums --enable"},
		"another collation":  {func(s *server) { s.Sorted = false }, 0, "", "REFRESH COLLATION VERSION"},
	} {
		t.Run(name, func(t *testing.T) {
			s := good
			c.change(&s)
			if err := s.refusal(); (err == nil) != (c.refused == "") || err != nil && !strings.Contains(err.Error(), c.refused) {
				t.Errorf("refused: %v, want %q", err, c.refused)
			}
			if w := s.warnings(c.ahead); (len(w) == 0) != (c.warned == "") || len(w) > 0 && !strings.Contains(w[0], c.warned) {
				t.Errorf("warned: %q, want %q", w, c.warned)
			}
		})
	}
}

func TestADatabaseThatCannotHoldEveryNameIsRefused(t *testing.T) {
	dsn := clustertest.Database(t, "ascii", func(ctx context.Context, dsn string) error { return nil })
	conn, err := pgx.Connect(t.Context(), dsn)
	check(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), `CREATE DATABASE wardlight_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`)
	check(t, err)
	t.Cleanup(func() {
		if c, err := pgx.Connect(context.Background(), dsn); err == nil {
			defer c.Close(context.Background())
			_, err = c.Exec(context.Background(), `DROP DATABASE wardlight_ascii`)
			if err != nil {
				t.Error(err)
			}
		}
	})
	_, err = Open(t.Context(), dsn+" dbname=wardlight_ascii", Options{UnsafeDurability: true, Migrate: true})
	wantKind(t, err, fault.Invalid)
	if !strings.Contains(err.Error(), "SQL_ASCII") {
		t.Errorf("%v", err)
	}
}

func TestTheTestServerIsSound(t *testing.T) {
	s := open(t, database(t))
	for _, w := range s.Warnings() {
		if !strings.Contains(w, "pg_checksums") { // a server for tests may do without
			t.Errorf("warning: %s", w)
		}
	}
}

func TestDaysThatCannotBeMade(t *testing.T) {
	s := open(t, database(t))
	check(t, s.EnsurePartitions(t.Context(), noon))
	locked, err := pgx.Connect(t.Context(), s.dsn)
	check(t, err)
	defer locked.Close(context.Background())
	tx, err := locked.Begin(t.Context())
	check(t, err)
	defer tx.Rollback(context.Background())
	_, err = tx.Exec(t.Context(), `LOCK TABLE observation_default, message_default, infusion_report_default, infusion_event_default IN ACCESS EXCLUSIVE MODE`)
	check(t, err)

	check(t, s.ReadyPartitions(t.Context(), noon.Add(48*time.Hour))) // today and tomorrow are there
	err = s.ReadyPartitions(t.Context(), noon.Add(72*time.Hour))
	wantKind(t, err, fault.Conflict)
	if !strings.Contains(err.Error(), "observation_20261124") || strings.Contains(err.Error(), "observation_20261123") {
		t.Errorf("%v", err)
	}
}
