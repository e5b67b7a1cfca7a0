// Package store is the record: PostgreSQL, and the only SQL there is. What it
// says is written is committed and flushed; what it cannot write it refuses
// as a whole, and says why. The loop's recorder is its only writer of clinical
// facts, and a process whose epoch is over writes nothing more.
package store

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"wardlight/ward/fault"
)

// Options says how to open a record.
type Options struct {
	// Migrate brings the schema up to date first; without it an old schema is
	// refused.
	Migrate bool
	// UnsafeDurability accepts a server that may lose what it has confirmed.
	// It is for tests; screens must say so.
	UnsafeDurability bool
	// Log receives what happens to connections; nil means silence.
	Log *slog.Logger
	// Version of this binary, as a second process and the audit trail show it.
	Version string
}

// Store is an open record.
type Store struct {
	dsn      string
	options  Options
	log      *slog.Logger
	pool     *pgxpool.Pool // for readers, people and tokens
	writer   *pgxpool.Pool // for Record alone: readers never delay it
	clock    clock
	forms    *knownForms
	unsafe   bool
	warnings []string
}

// How many connections there are: for screens and the command line, and for
// the recorder. The recorder needs one; the others stand by while a dead one
// is being given up, which may take as long as its server is silent.
const (
	readers = 8
	writers = 3
)

// Open connects, checks that the server can hold a record and keeps what it
// confirms, and brings the schema up to date or refuses one that this binary
// does not know. What is wrong but does no harm yet is logged; see Warnings.
func Open(ctx context.Context, dsn string, o Options) (_ *Store, err error) {
	s := &Store{dsn: dsn, options: o, log: o.Log, forms: newKnownForms()}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	err = s.asOwner(ctx, func(conn *pgx.Conn) error {
		if err := s.check(ctx, conn); err != nil {
			return err
		}
		if o.Migrate {
			if err := Migrate(ctx, dsn); err != nil {
				return err
			}
		}
		return checkSchema(ctx, conn)
	})
	if err != nil {
		return nil, err
	}
	if s.pool, err = s.connect(ctx, readers, "reader"); err != nil {
		return nil, err
	}
	if s.writer, err = s.connect(ctx, writers, "recorder"); err != nil {
		s.pool.Close()
		return nil, err
	}
	return s, nil
}

// Close ends all connections.
func (s *Store) Close() {
	s.writer.Close()
	s.pool.Close()
}

// UnsafeDurability reports whether the server may lose what it has confirmed;
// every page then says so.
func (s *Store) UnsafeDurability() bool { return s.unsafe }

// Ping asks whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return classify(s.pool.Ping(ctx)) }

// connect makes a pool whose connections work as the role that may add to the
// record but not rewrite it.
func (s *Store) connect(ctx context.Context, size int32, purpose string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(s.dsn)
	if err != nil {
		return nil, fault.New(fault.Invalid, "database address: %w", err)
	}
	config.MaxConns = size
	config.MaxConnIdleTime = 10 * time.Minute
	config.ConnConfig.RuntimeParams["application_name"] = applicationName(purpose)
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		readUTC(conn)
		_, err := conn.Exec(ctx, `SET ROLE wardlight_app`)
		return err
	}
	return pgxpool.NewWithConfig(ctx, config)
}

// asOwner does what only the database's owner may, on a connection of its own.
func (s *Store) asOwner(ctx context.Context, do func(*pgx.Conn) error) error {
	conn, err := ownerConn(ctx, s.dsn, "owner")
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return do(conn)
}

func ownerConn(ctx context.Context, dsn, purpose string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fault.New(fault.Invalid, "database address: %w", err)
	}
	config.RuntimeParams["application_name"] = applicationName(purpose)
	config.RuntimeParams["timezone"] = "UTC"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, classify(err)
	}
	readUTC(conn)
	return conn, nil
}

// readUTC makes times come out in UTC, as they are everywhere within.
func readUTC(conn *pgx.Conn) {
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
}

// applicationName is how the server's own lists show a connection.
func applicationName(purpose string) string {
	return fmt.Sprintf("wardlight %s, process %d", purpose, os.Getpid())
}

// querier is a pool, a connection or a transaction.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}
