package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"wardlight/migrations"
	"wardlight/ward/fault"
)

// Migrate brings a database's schema up to date, as its owner. Two processes
// that try at once take turns.
func Migrate(ctx context.Context, dsn string) error {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return fault.New(fault.Invalid, "database address: %w", err)
	}
	config.RuntimeParams["application_name"] = applicationName("migration")
	db := stdlib.OpenDB(*config)
	defer db.Close()
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS, goose.WithSessionLocker(locker))
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return migrationFault(err)
}

// migrationFault puts the server's own words first: they say what to run.
func migrationFault(err error) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return fault.New(fault.Invalid, "migration: %s: %w", refused.Message, err)
	}
	return classify(err)
}

// checkSchema refuses a schema that is older than this binary, or that says
// that it needs a newer one.
func checkSchema(ctx context.Context, conn *pgx.Conn) error {
	var exists bool
	const made = `SELECT to_regclass('goose_db_version') IS NOT NULL AND to_regclass('schema_rule') IS NOT NULL`
	if err := conn.QueryRow(ctx, made).Scan(&exists); err != nil {
		return classify(err)
	}
	if !exists {
		return fault.New(fault.Conflict, "the database has no schema yet: run `wardlight migrate`")
	}
	var version, minBinary int
	const versions = `SELECT (SELECT version_id FROM goose_db_version WHERE is_applied ORDER BY id DESC LIMIT 1), min_binary FROM schema_rule`
	if err := conn.QueryRow(ctx, versions).Scan(&version, &minBinary); err != nil {
		return classify(err)
	}
	switch {
	case version < migrations.Latest:
		return fault.New(fault.Conflict, "the database's schema is at step %d, this binary needs %d: run `wardlight migrate`", version, migrations.Latest)
	case minBinary > migrations.Latest:
		return fault.New(fault.Conflict, "the database's schema needs a newer wardlight: it asks for step %d, this binary knows %d", minBinary, migrations.Latest)
	}
	return nil
}
