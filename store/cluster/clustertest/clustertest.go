// Package clustertest gives tests real PostgreSQL databases: each test gets a
// fresh one, copied from a template that was migrated once, and loses it when
// it ends.
//
// The databases live in the server that TEST_DATABASE_URL names, which all
// test packages share; its role must be allowed to create databases. Without
// that variable, each test program starts a server of its own, in memory
// where it can. Either keeps nothing, and promises nothing about power failures.
package clustertest

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"
)

// Variable names the environment variable with the connection string of the
// server that test packages share.
const Variable = "TEST_DATABASE_URL"

// patience bounds each step of making or dropping a database.
const patience = 2 * time.Minute

// own is this process's own server, started when first needed.
var own struct {
	sync.Mutex
	server *Server
}

// Database returns the connection string of a fresh database, dropped when
// the test ends, whoever is still connected.
//
// The database is a copy of a template that migrate made from an empty one.
// The same schema must always stand for the same work of migrate: a template
// is made once per server and schema, even when many packages ask at once. A
// digest of the migrations is a good schema. Migrate must close its connections.
func Database(t testing.TB, schema string, migrate func(ctx context.Context, dsn string) error) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()

	admin, err := adminDSN(ctx)
	if err != nil {
		t.Fatalf("PostgreSQL for tests: %v", err)
	}
	template, err := ensureTemplate(ctx, admin, schema, migrate)
	if err != nil {
		t.Fatalf("template database: %v", err)
	}
	name, err := copyTemplate(ctx, admin, template)
	if err != nil {
		t.Fatalf("copy of the template database: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := dropDatabase(ctx, admin, name); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return inDatabase(admin, name)
}

// adminDSN is the connection string to the server's own database, in which
// the others are created.
func adminDSN(ctx context.Context) (string, error) {
	if shared := os.Getenv(Variable); shared != "" {
		return shared, nil
	}
	own.Lock()
	defer own.Unlock()
	if own.server == nil {
		server, err := Start(ctx, nil)
		if err != nil {
			return "", err
		}
		own.server = server
	}
	return own.server.DSN(), nil
}

// Main runs a package's tests, stops the server that they may have started,
// and ends the process. A package whose tests call Database has
//
//	func TestMain(m *testing.M) { clustertest.Main(m) }
func Main(m *testing.M) { os.Exit(Stopping(m).Run()) }

// Stopping is a package's tests followed by the stop of the server that they
// may have started, for goleak.VerifyTestMain.
func Stopping(m *testing.M) interface{ Run() int } { return stopping{m} }

type stopping struct{ m *testing.M }

func (s stopping) Run() int {
	code := s.m.Run()
	own.Lock()
	defer own.Unlock()
	if own.server == nil {
		return code
	}
	if err := own.server.Stop(); err != nil {
		os.Stderr.WriteString("clustertest: " + err.Error() + "\n")
		code = max(code, 1)
	}
	own.server = nil
	return code
}
