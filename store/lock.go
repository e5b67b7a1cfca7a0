package store

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward/fault"
)

// wardLock is the advisory lock of the one process that runs the ward.
const wardLock = 0x77617264_6c69 // "wardli"

// retakeEvery is the pause between attempts to take a lost lock again.
const retakeEvery = 250 * time.Millisecond

// Lock is the right to run the ward on this database. It is kept through
// broken connections for as long as nobody else takes it.
type Lock struct {
	cancel context.CancelFunc
	lost   chan struct{}
	mu     sync.Mutex
	err    error
}

// Lock takes the right to run the ward. When another process has it, the
// error is a Conflict that says which.
func (s *Store) Lock(ctx context.Context) (*Lock, error) {
	conn, err := s.takeLock(ctx)
	if err != nil {
		return nil, err
	}
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	l := &Lock{cancel: cancel, lost: make(chan struct{})}
	go l.keep(life, s, conn)
	return l, nil
}

// Lost is closed when another process has taken the lock, or after Release.
func (l *Lock) Lost() <-chan struct{} { return l.lost }

// Err says who has taken the lock; nil while it is held and after Release.
func (l *Lock) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Release gives the lock back.
func (l *Lock) Release() {
	l.cancel()
	<-l.lost
}

// keep notices when the connection that holds the lock dies and takes the
// lock again. Meanwhile the epoch guards what is written.
func (l *Lock) keep(ctx context.Context, s *Store, conn *pgx.Conn) {
	defer close(l.lost)
	for {
		_, err := conn.WaitForNotification(ctx) // returns only when the connection or ctx ends
		if ctx.Err() != nil {
			giveBack(conn)
			return
		}
		conn.Close(context.WithoutCancel(ctx))
		s.log.Warn("the connection that holds the ward's lock is gone", "error", err)
		if conn = l.retake(ctx, s); conn == nil {
			return
		}
		s.log.Info("the ward's lock is held again")
	}
}

// giveBack frees the lock and waits for the server's word, so that whoever is
// next finds it free: a server that only loses a connection frees what it
// held some time later. One that does not answer is not waited for.
func giveBack(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, _ = conn.Exec(ctx, `SELECT pg_advisory_unlock($1)`, int64(wardLock))
	conn.Close(ctx)
}

func (l *Lock) retake(ctx context.Context, s *Store) *pgx.Conn {
	for {
		conn, err := s.takeLock(ctx)
		if err == nil {
			return conn
		}
		if fault.KindOf(err) == fault.Conflict {
			l.mu.Lock()
			l.err = err
			l.mu.Unlock()
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(retakeEvery):
		}
	}
}

func (s *Store) takeLock(ctx context.Context) (*pgx.Conn, error) {
	conn, err := ownerConn(ctx, s.dsn, "serve")
	if err != nil {
		return nil, err
	}
	var taken bool
	err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, int64(wardLock)).Scan(&taken)
	if err == nil && taken {
		return conn, nil
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err != nil {
		return nil, classify(err)
	}
	return nil, lockHolder(ctx, conn)
}

// lockHolder says who holds the lock.
func lockHolder(ctx context.Context, conn *pgx.Conn) error {
	const who = `
SELECT a.application_name, coalesce(a.client_addr::text, 'this machine'), a.backend_start
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (l.classid::bigint << 32 | l.objid::bigint) = $1`
	var name, address string
	var since time.Time
	if err := conn.QueryRow(ctx, who, int64(wardLock)).Scan(&name, &address, &since); err != nil {
		return fault.New(fault.Conflict, "another process runs this ward")
	}
	return fault.New(fault.Conflict, "this ward is already run by %s on %s, since %s", name, address, since.UTC().Format(time.RFC3339))
}
