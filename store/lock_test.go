package store

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"wardlight/ward/fault"
)

// breakLock ends the connection that holds the ward's lock.
func breakLock(t *testing.T, s *Store, then func(*pgx.Conn)) {
	t.Helper()
	check(t, s.asOwner(t.Context(), func(conn *pgx.Conn) error {
		const end = `
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
		if _, err := conn.Exec(t.Context(), end); err != nil {
			return err
		}
		then(conn)
		return nil
	}))
}

func TestOneProcessRunsTheWard(t *testing.T) {
	dsn := database(t)
	one, two := open(t, dsn), open(t, dsn)
	held, err := one.Lock(t.Context())
	check(t, err)
	_, err = two.Lock(t.Context())
	wantKind(t, err, fault.Conflict)
	if who := fmt.Sprintf("process %d", os.Getpid()); !strings.Contains(err.Error(), who) {
		t.Errorf("%q does not say %q", err, who)
	}
	held.Release()
	check(t, held.Err())
	again, err := two.Lock(t.Context())
	check(t, err)
	again.Release()
}

func TestALockIsTakenAgainAfterABrokenConnection(t *testing.T) {
	s := open(t, database(t))
	held, err := s.Lock(t.Context())
	check(t, err)
	defer held.Release()
	breakLock(t, s, func(conn *pgx.Conn) {
		const holders = `
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
		waitUntil(t, conn, holders)
	})
	select {
	case <-held.Lost():
		t.Error("lost: ", held.Err())
	default:
	}
}

func TestALockThatAnotherTookIsLost(t *testing.T) {
	s := open(t, database(t))
	held, err := s.Lock(t.Context())
	check(t, err)
	check(t, s.asOwner(t.Context(), func(heir *pgx.Conn) error {
		inherited := make(chan error, 1)
		go func() { // who waits for the lock gets it the moment it is free
			_, err := heir.Exec(t.Context(), `SELECT pg_advisory_lock($1)`, int64(wardLock))
			inherited <- err
		}()
		check(t, s.asOwner(t.Context(), func(conn *pgx.Conn) error {
			waitUntil(t, conn, `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`)
			return nil
		}))
		breakLock(t, s, func(*pgx.Conn) { check(t, <-inherited) })
		select {
		case <-held.Lost():
		case <-t.Context().Done():
			t.Error("not noticed")
		}
		wantKind(t, held.Err(), fault.Conflict)
		return nil
	}))
}
