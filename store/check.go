package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward/fault"
)

// oldestServer is the oldest major version of PostgreSQL that this works on.
const oldestServer = 14

// server is what a database says of itself.
type server struct {
	Version   int // major
	Database  string
	Encoding  string
	Checksums bool
	// Sorted says that the rules by which text is sorted are those that the
	// indexes were made with.
	Sorted bool
}

// inspect asks the server. Since version 15 a database remembers which version
// of the system's sorting rules it was made with.
func inspect(ctx context.Context, conn *pgx.Conn) (s server, err error) {
	const self = `
SELECT current_setting('server_version_num')::int / 10000, current_database(), current_setting('server_encoding'),
       current_setting('data_checksums') = 'on', true`
	if err := conn.QueryRow(ctx, self).Scan(&s.Version, &s.Database, &s.Encoding, &s.Checksums, &s.Sorted); err != nil {
		return s, classify(err)
	}
	if s.Version < 15 {
		return s, nil
	}
	const sorted = `
SELECT datcollversion IS NOT DISTINCT FROM pg_database_collation_actual_version(oid) OR datcollversion IS NULL
FROM pg_database WHERE datname = current_database()`
	return s, classify(conn.QueryRow(ctx, sorted).Scan(&s.Sorted))
}

// refusal says why no record can be kept here, nil if it can.
func (s server) refusal() error {
	switch {
	case s.Version < oldestServer:
		return fault.New(fault.Invalid, "the database server is PostgreSQL %d: install %d or newer", s.Version, oldestServer)
	case s.Encoding != "UTF8":
		return fault.New(fault.Invalid, "database %s is encoded in %s and cannot hold every name: make another one, "+
			"CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and name it in --database-url", s.Database, s.Encoding)
	}
	return nil
}

// clockTolerated is how far the server's clock may be from ours: commands
// have deadlines of seconds.
const clockTolerated = 5 * time.Second

// warnings are what somebody should mend soon, each with what to do.
func (s server) warnings(ahead time.Duration) (out []string) {
	if ahead.Abs() > clockTolerated {
		direction := "ahead of"
		if ahead < 0 {
			direction = "behind"
		}
		out = append(out, fmt.Sprintf("the clock of the database server is %s %s ours: let both machines follow the same time server (NTP)",
			ahead.Abs().Round(time.Second), direction))
	}
	if !s.Checksums {
		out = append(out, "the database server does not notice data that its disk changed: stop it and run `pg_checksums --enable`")
	}
	if !s.Sorted {
		out = append(out, fmt.Sprintf("text is sorted otherwise than when the indexes of database %s were made, so that searches may miss rows: "+
			"run REINDEX DATABASE and ALTER DATABASE … REFRESH COLLATION VERSION", s.Database))
	}
	return out
}

// check looks at the server before anything is entrusted to it.
func (s *Store) check(ctx context.Context, conn *pgx.Conn) error {
	seen, err := inspect(ctx, conn)
	if err != nil {
		return err
	}
	if err := seen.refusal(); err != nil {
		return err
	}
	if s.unsafe, err = durability(ctx, conn, s.options.UnsafeDurability); err != nil {
		return err
	}
	if err := s.clock.measure(ctx, conn); err != nil {
		return err
	}
	s.warnings = seen.warnings(s.clock.isAhead())
	for _, w := range s.warnings {
		s.log.WarnContext(ctx, w)
	}
	return nil
}

// Warnings are what was found at the start that somebody should mend soon,
// each with what to do.
func (s *Store) Warnings() []string { return s.warnings }
