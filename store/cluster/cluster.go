// Package cluster runs a private PostgreSQL server for one process: it finds
// the installed server, makes the database files on first use, starts the
// server, starts it again whenever it dies, and stops it in order. It never
// deletes database files, never listens on the network, and lets only one
// process at a time use a data directory.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Database is the database that every private server has from its first start.
const Database = "wardlight"

// owner is the role that owns the server and everything in it.
const owner = "wardlight"

// Options says where the server keeps its files and how it runs.
type Options struct {
	// DataDir is the application's data directory; the server uses its
	// subdirectory "postgres". It is made when missing.
	DataDir string

	// Log receives what happens to the server; nil means silence. The texts of
	// failed statements never reach it, for they may name patients.
	Log *slog.Logger

	// Fast trades every guarantee about power failures for speed. It is for
	// tests, best with DataDir on a memory file system.
	Fast bool

	// elsewhere is where the database files go when the server's user cannot
	// reach DataDir; tests set it.
	elsewhere string
}

// Cluster is a running private server.
type Cluster struct {
	options Options
	log     *slog.Logger
	files   files
	server  server
	lock    *os.File

	cancel context.CancelFunc // ends supervision
	hurry  chan struct{}      // closed when an orderly stop may take no longer
	rush   sync.Once
	done   chan struct{} // closed when the server is down for good

	mu      sync.Mutex
	pid     int   // of the postmaster, 0 while there is none
	away    error // why there is none
	stopErr error // an unclean stop
}

// Start returns once the server accepts connections and has Database. The
// context bounds the starting only; the server then runs until Stop.
//
// The error is ErrNoServer when no server is installed and ErrInUse when
// another process uses the same DataDir.
func Start(ctx context.Context, o Options) (_ *Cluster, err error) {
	c := &Cluster{
		options: o,
		log:     o.Log,
		hurry:   make(chan struct{}),
		done:    make(chan struct{}),
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	home, err := makeHome(o.DataDir)
	if err != nil {
		return nil, err
	}
	if c.lock, err = takeLock(ctx, home); err != nil {
		return nil, err
	}
	if err := c.begin(ctx, home); err != nil {
		c.lock.Close()
		return nil, err
	}
	if err := c.EnsureDatabase(ctx, Database); err != nil {
		return nil, errors.Join(err, c.Stop(context.WithoutCancel(ctx)))
	}
	c.WarnOfDisk()
	return c, nil
}

// begin prepares the files, starts the server and leaves it supervised.
func (c *Cluster) begin(ctx context.Context, home string) error {
	if err := c.prepare(ctx, home); err != nil {
		return err
	}
	first, err := c.launch(ctx)
	if err != nil {
		return err
	}
	c.log.Info("private PostgreSQL started", "pid", first.pid(), "version", c.server.major, "data", c.files.data)
	c.setUp(first)

	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.cancel = cancel
	go c.supervise(life, first)
	return nil
}

// DSN is the owner's connection string to one of the server's databases, in
// the keyword form that pgx and psql understand. It stays the same when the
// server is started again.
func (c *Cluster) DSN(database string) string {
	return dsn(c.files.socket, c.files.password, database)
}

func dsn(socketDir, password, database string) string {
	return fmt.Sprintf("host=%s port=%s user=%s password=%s dbname=%s sslmode=disable",
		quoted(socketDir), port, owner, password, quoted(database))
}

// quoted is a value as connection strings of the keyword form want it.
func quoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// Pid is the process number of the postmaster, 0 while it is down.
func (c *Cluster) Pid() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pid
}

// Err says why the server is down at the moment, nil while it is up. It is
// being started again unless Stop was called.
func (c *Cluster) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.away
}

// Done is closed when the server is down for good: after Stop, never before,
// for a server that died is started again.
func (c *Cluster) Done() <-chan struct{} { return c.done }

// Stop ends the server and returns when it is gone: clients are disconnected
// and everything is written down. When that takes longer than 20 s, or ctx
// ends first, the server is stopped without it; it then recovers from its log
// at the next start, and Stop returns an error that says so.
func (c *Cluster) Stop(ctx context.Context) error {
	c.cancel()
	select {
	case <-c.done:
	case <-ctx.Done():
		c.rush.Do(func() { close(c.hurry) })
		<-c.done
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stopErr
}

// EnsureDatabase creates a database unless it is there.
func (c *Cluster) EnsureDatabase(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, c.DSN("postgres"))
	if err != nil {
		return fmt.Errorf("private PostgreSQL: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))

	var there bool
	const known = `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`
	if err := conn.QueryRow(ctx, known, name).Scan(&there); err != nil || there {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	if isDuplicate(err) {
		return nil // someone else created it between the two statements
	}
	return err
}

func isDuplicate(err error) bool {
	const duplicateDatabase = "42P04"
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == duplicateDatabase
}
