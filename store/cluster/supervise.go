package cluster

import (
	"context"
	"errors"
	"path/filepath"
	"time"
)

const (
	// occupiedPatience is how long a start is tried again while processes of a
	// killed server are still leaving.
	occupiedPatience = 10 * time.Second
	occupiedPause    = 250 * time.Millisecond

	// A server that died is started again at once; one that keeps dying, after
	// pauses that double from the first to the longest.
	firstPause   = 250 * time.Millisecond
	longestPause = 5 * time.Second

	// steadyAfter is how long a server must live for its death to count as the first.
	steadyAfter = 30 * time.Second
)

var errStopped = errors.New("private PostgreSQL was stopped")

// launch starts the server and returns when it accepts connections.
func (c *Cluster) launch(ctx context.Context) (*postmaster, error) {
	giveUp := time.Now().Add(occupiedPatience)
	for {
		p, err := c.launchOnce(ctx)
		if !errors.Is(err, errOccupied) || time.Now().After(giveUp) {
			return p, err
		}
		c.setDown(err, nil)
		if err := pause(ctx, occupiedPause); err != nil {
			return nil, err
		}
	}
}

func (c *Cluster) launchOnce(ctx context.Context) (*postmaster, error) {
	if err := c.clearLeftovers(ctx); err != nil {
		return nil, err
	}
	if err := c.files.openSocketDir(); err != nil { // a tidy machine may have cleared /tmp
		return nil, err
	}
	log := &serverLog{to: c.log}
	p, err := spawn(c.command(log), log)
	if err != nil {
		return nil, err
	}
	if err := p.awaitReady(ctx, filepath.Join(c.files.data, "postmaster.pid")); err != nil {
		return nil, errors.Join(err, p.stop(c.hurry))
	}
	return p, nil
}

// supervise keeps a server running until its life ends.
func (c *Cluster) supervise(life context.Context, p *postmaster) {
	defer close(c.done)
	defer c.lock.Close()
	defer c.log.Info("private PostgreSQL stopped")

	var wait time.Duration
	for p != nil {
		born := time.Now()
		select {
		case <-life.Done():
			c.setDown(errStopped, p.stop(c.hurry))
			return
		case <-p.exited:
		}
		if time.Since(born) > steadyAfter {
			wait = 0
		}
		c.setDown(p.failure(), nil)
		c.log.Error("private PostgreSQL died, starting it again", "err", p.failure())
		p, wait = c.revive(life, wait)
	}
	c.setDown(errStopped, nil)
}

// revive starts a server that died, as often as it takes. It returns nil when
// life ends first, and else how long to wait should the new one die as well.
func (c *Cluster) revive(life context.Context, wait time.Duration) (*postmaster, time.Duration) {
	for {
		if pause(life, wait) != nil {
			return nil, 0
		}
		wait = min(max(2*wait, firstPause), longestPause)

		p, err := c.launch(life)
		if err == nil {
			c.log.Info("private PostgreSQL is back", "pid", p.pid())
			c.setUp(p)
			return p, wait
		}
		if life.Err() != nil {
			return nil, 0
		}
		c.setDown(err, nil)
		c.log.Error("private PostgreSQL does not start, trying again", "err", err)
	}
}

func (c *Cluster) setUp(p *postmaster) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pid, c.away = p.pid(), nil
}

func (c *Cluster) setDown(why, stopErr error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pid, c.away, c.stopErr = 0, why, stopErr
}
