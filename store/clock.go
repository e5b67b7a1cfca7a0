package store

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// clock is how far the server's clock is ahead of ours, for deadlines that
// the server must keep.
type clock struct{ ahead atomic.Int64 }

// clockRounds is how often the clock is asked; the quickest answer counts,
// unless it took so long that it says nothing.
const (
	clockRounds  = 3
	clockTooSlow = time.Second
)

func (c *clock) measure(ctx context.Context, conn *pgx.Conn) error {
	quickest := clockTooSlow
	for range clockRounds {
		var theirs time.Time
		asked := time.Now()
		if err := conn.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&theirs); err != nil {
			return classify(err)
		}
		took := time.Since(asked)
		if took < quickest {
			quickest = took
			c.ahead.Store(int64(theirs.Sub(asked.Add(took / 2))))
		}
	}
	return nil
}

// isAhead is how far the server's clock is ahead of ours, below zero if it is
// behind.
func (c *clock) isAhead() time.Duration { return time.Duration(c.ahead.Load()) }

// theirs is our time t on the server's clock; nil when there is none.
func (c *clock) theirs(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return instant(t.Add(c.isAhead()))
}
