package main

import (
	"context"
	"log/slog"
	"os"
	"os/user"
	"time"

	"wardlight/store"
	"wardlight/store/cluster"
	"wardlight/ward/fault"
)

// recordFlags say where the record is.
type recordFlags struct {
	DataDir          string `default:"./data" type:"path" help:"Folder of the private database."`
	DatabaseURL      string `name:"database-url" placeholder:"URL" help:"Owner's URL of an existing PostgreSQL; empty: a private one under --data-dir."`
	Migrate          *bool  `negatable:"" help:"Bring the schema up to date first (default: on for the private database, off otherwise)."`
	UnsafeDurability bool   `help:"Accept a database that may lose what it has confirmed. For tests; every page shows it."`
}

// record is an open store, and the private server under it if there is one.
type record struct {
	*store.Store
	log    *slog.Logger
	server *cluster.Cluster
	beside bool     // another process runs the private server
	turn   *os.File // of a command; see takeTurn
}

// openRecord opens the record, starting the private server unless a station
// beside us runs it already.
func openRecord(ctx context.Context, f recordFlags, log *slog.Logger) (*record, error) {
	options := store.Options{Migrate: f.DatabaseURL == "", UnsafeDurability: f.UnsafeDurability, Log: log.With("component", "store"), Version: version}
	if f.Migrate != nil {
		options.Migrate = *f.Migrate
	}
	r := &record{log: log}
	dsn := f.DatabaseURL
	if dsn == "" {
		var err error
		if dsn, err = r.private(ctx, f, log); err != nil {
			return nil, err
		}
	}
	if r.beside {
		options.Migrate = false
	}
	var err error
	if r.Store, err = store.Open(ctx, dsn, options); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *record) private(ctx context.Context, f recordFlags, log *slog.Logger) (dsn string, err error) {
	dsn, r.beside, err = cluster.Beside(f.DataDir)
	if err != nil {
		return "", err
	}
	if r.beside {
		return dsn, nil
	}
	if err := os.MkdirAll(f.DataDir, 0o755); err != nil {
		return "", fault.New(fault.Invalid, "--data-dir: %w", err)
	}
	r.server, err = cluster.Start(ctx, cluster.Options{DataDir: f.DataDir, Log: log.With("component", "database")})
	if err != nil {
		return "", err
	}
	return r.server.DSN(cluster.Database), nil
}

// silence is how long the database may leave us without a word before it
// counts as frozen when we stop.
const silence = 2 * time.Second

// close closes the store, then stops the server we started. A healthy one is
// given its time, whatever stopped us. One that is frozen is stopped hard: it
// recovers at the next start, and all that was confirmed is on disk.
func (r *record) close() {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		if r.Store != nil {
			r.Store.Close()
		}
	}()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	select {
	case <-closed:
	case <-time.After(silence):
		cancel()
	}
	if r.server != nil {
		if err := r.server.Stop(ctx); err != nil {
			r.log.Warn("the private database was not stopped in order", "err", err)
		}
	}
	<-closed
	r.turn.Close() // says only that there is none
}

// operator is who types commands here, for the audit trail.
func operator() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "unknown"
}
