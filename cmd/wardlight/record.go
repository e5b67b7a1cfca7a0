package main

import (
	"context"
	"log/slog"
	"os"
	"os/user"

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
	server *cluster.Cluster
	beside bool // another process runs the private server
}

// openRecord opens the record, starting the private server unless a station
// beside us runs it already.
func openRecord(ctx context.Context, f recordFlags, log *slog.Logger) (*record, error) {
	options := store.Options{Migrate: f.DatabaseURL == "", UnsafeDurability: f.UnsafeDurability, Log: log.With("component", "store"), Version: version}
	if f.Migrate != nil {
		options.Migrate = *f.Migrate
	}
	r := &record{}
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

// close closes the store, then stops the server we started.
func (r *record) close() {
	if r.Store != nil {
		r.Store.Close()
	}
	if r.server != nil {
		// The server needs its time to stop in order, whatever stopped us.
		_ = r.server.Stop(context.Background())
	}
}

// operator is who types commands here, for the audit trail.
func operator() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "unknown"
}
