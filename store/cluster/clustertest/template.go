package clustertest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
)

// templateLock is the advisory lock under which templates are made, one at a
// time, because migrations also make roles, which all databases share.
const templateLock = 0x77617264 // "ward"

// ensureTemplate returns the name of the template database for a schema and
// makes it when it is missing. It carries its final name only when complete.
func ensureTemplate(ctx context.Context, admin, schema string, migrate func(context.Context, string) error) (string, error) {
	sum := sha256.Sum256([]byte(schema))
	name := "template_" + hex.EncodeToString(sum[:8])

	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return "", err
	}
	defer conn.Close(context.WithoutCancel(ctx)) // gives the lock back
	if ready, err := databaseExists(ctx, conn, name); ready || err != nil {
		return name, err
	}
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, templateLock); err != nil {
		return "", err
	}
	if ready, err := databaseExists(ctx, conn, name); ready || err != nil {
		return name, err // someone else made it meanwhile
	}
	draft := name + "_draft"
	if err := execute(ctx, conn, `DROP DATABASE IF EXISTS `+draft+` WITH (FORCE)`, `CREATE DATABASE `+draft); err != nil {
		return "", err
	}
	if err := migrate(ctx, inDatabase(admin, draft)); err != nil {
		return "", err
	}
	return name, execute(ctx, conn, `ALTER DATABASE `+draft+` RENAME TO `+name)
}

func databaseExists(ctx context.Context, conn *pgx.Conn, name string) (there bool, err error) {
	err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&there)
	return there, err
}

// copyTemplate makes a database with a new name. Copying files is several
// times quicker for a small database than the usual way through the log.
func copyTemplate(ctx context.Context, admin, template string) (string, error) {
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return "", err
	}
	defer conn.Close(context.WithoutCancel(ctx))

	name := "test_" + strings.ToLower(rand.Text())
	strategy := " STRATEGY file_copy"
	if strings.HasPrefix(conn.PgConn().ParameterStatus("server_version"), "14.") {
		strategy = "" // the only way that version 14 has
	}
	return name, execute(ctx, conn, `CREATE DATABASE `+name+` TEMPLATE `+template+strategy)
}

func dropDatabase(ctx context.Context, admin, name string) error {
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return execute(ctx, conn, `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`)
}

func execute(ctx context.Context, conn *pgx.Conn, statements ...string) error {
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// inDatabase is a connection string, of either form, to another database of
// the same server.
func inDatabase(dsn, name string) string {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		if u, err := url.Parse(dsn); err == nil {
			u.Path = "/" + name
			return u.String()
		}
	}
	return dsn + " dbname=" + name // of two the last counts
}
