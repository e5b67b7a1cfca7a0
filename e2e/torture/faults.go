package main

import (
	"context"
	"math/rand/v2"
	"syscall"
	"time"
)

// fault is one way in which things break. hurt returns once the cause is
// over.
type fault struct {
	name string
	hurt func(ctx context.Context, h *harness, r *rand.Rand) error
}

// faults, each of them made in turn, in an order that the seed decides.
var faults = []fault{
	{"process-kill", killProcess},
	{"process-restart", restartProcess},
	{"process-freeze", freezeProcess},
	{"backend-kill", killBackend},
	{"postmaster-kill", killPostmaster},
	{"database-freeze", freezeDatabase},
	{"database-away", databaseAway},
	{"kill-in-outage", killInOutage},
	{"connections-reset", resetConnections},
}

// breakThings makes every fault once, and goes on for as long as length says;
// the one at work then is ended in order.
func (h *harness) breakThings(ctx context.Context, length time.Duration) error {
	r := rand.New(rand.NewPCG(h.seed, 0))
	until := time.Now().Add(length)
	if err := h.becomesWell(ctx); err != nil {
		return err
	}
	for round := 0; ; round++ {
		for _, i := range r.Perm(len(faults)) {
			if round > 0 && !time.Now().Before(until) {
				return nil
			}
			if err := h.make(ctx, faults[i], r); err != nil {
				return err
			}
			wait(ctx, min(time.Until(until), h.gentle/20))
		}
	}
}

// aftermath is how long what a fault does may take to show.
const aftermath = 3 * time.Second

// make makes one fault and waits until all is well again.
func (h *harness) make(ctx context.Context, f fault, r *rand.Rand) error {
	began, from := time.Now(), h.acked()
	silence := h.listen()
	if err := f.hurt(ctx, h, r); err != nil {
		silence()
		return err
	}
	over := time.Now()
	wait(ctx, aftermath)
	if err := h.becomesWell(ctx); err != nil {
		silence()
		return err
	}
	longest := silence()
	h.Faults[f.name]++
	h.AckAgain[f.name] = h.AckAgain[f.name].with(longest)
	h.log.Printf("%-18s %5.1f s, well again %5.1f s later; %6d acknowledged meanwhile, longest silence %5.2f s",
		f.name, over.Sub(began).Seconds(), time.Since(over).Seconds(), h.acked()-from, longest.Seconds())
	return nil
}

// listen measures the longest time in which no acknowledgement came.
func (h *harness) listen() (longest func() time.Duration) {
	stop, result := make(chan struct{}), make(chan time.Duration)
	go func() {
		var most time.Duration
		last, since := h.acked(), time.Now()
		look := time.NewTicker(5 * time.Millisecond)
		defer look.Stop()
		for {
			select {
			case <-look.C:
			case <-stop:
				result <- most
				return
			}
			now := h.acked()
			most = max(most, time.Since(since))
			if now != last {
				last, since = now, time.Now()
			}
		}
	}()
	return func() time.Duration { close(stop); return <-result }
}

// short is how long a fault lasts that is not the long one.
func (h *harness) short(r *rand.Rand) time.Duration {
	return h.gentle/12 + time.Duration(r.Int64N(int64(h.gentle/6)))
}

func killProcess(ctx context.Context, h *harness, _ *rand.Rand) error {
	began := time.Now()
	h.station.kill()
	if err := h.station.start(ctx); err != nil {
		return err
	}
	h.Ready = h.Ready.with(time.Since(began))
	return nil
}

func restartProcess(ctx context.Context, h *harness, _ *rand.Rand) error {
	h.station.stop()
	return h.station.start(ctx)
}

func freezeProcess(ctx context.Context, h *harness, r *rand.Rand) error {
	_ = h.station.cmd.Process.Signal(syscall.SIGSTOP)
	wait(ctx, h.short(r))
	return h.station.cmd.Process.Signal(syscall.SIGCONT)
}

// killBackend makes the server restart itself, as it must after any of its
// processes died.
func killBackend(ctx context.Context, h *harness, r *rand.Rand) error {
	pid, err := h.station.postgres().running(ctx)
	if err != nil {
		return err
	}
	if all := backends(pid); len(all) > 0 {
		return syscall.Kill(all[r.IntN(len(all))], syscall.SIGKILL)
	}
	return errNoPostgres
}

func killPostmaster(ctx context.Context, h *harness, _ *rand.Rand) error {
	pid, err := h.station.postgres().running(ctx)
	if err != nil {
		return err
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

func freezeDatabase(ctx context.Context, h *harness, r *rand.Rand) error {
	thaw, err := h.station.postgres().freeze(ctx)
	if err != nil {
		return err
	}
	wait(ctx, h.short(r))
	thaw()
	return nil
}

// outageRate is what a gateway of a hundred beds sends: a message of each bed
// every second.
const outageRate = 100

// databaseAway keeps the server down. The first time is the long one, while a
// gateway of a hundred beds goes on.
func databaseAway(ctx context.Context, h *harness, r *rand.Rand) error {
	if h.Faults["database-away"] > 0 {
		release, err := h.station.postgres().keepDown(ctx)
		if err == nil {
			wait(ctx, h.short(r))
			release()
		}
		return err
	}
	before := h.pace.Load()
	h.pace.Store(outageRate)
	defer h.pace.Store(before)
	release, err := h.station.postgres().keepDown(ctx)
	if err != nil {
		return err
	}
	from := h.acked()
	wait(ctx, h.gentle)
	h.OutageAcked = max(h.OutageAcked, h.acked()-from)
	release()
	began := time.Now()
	if err := h.until(ctx, "the spool is drained", func() bool {
		m, err := h.metrics(ctx)
		return err == nil && m["wardlight_spool_messages"] == 0
	}); err != nil {
		return err
	}
	h.Drained = h.Drained.with(time.Since(began))
	return nil
}

// killInOutage kills the process while what it has acknowledged is in the
// spool alone.
func killInOutage(ctx context.Context, h *harness, r *rand.Rand) error {
	thaw, err := h.station.postgres().freeze(ctx)
	if err != nil {
		return err
	}
	from := h.acked()
	err = h.until(ctx, "acknowledgements come from the spool", func() bool {
		m, err := h.metrics(ctx)
		return err == nil && m["wardlight_spool_messages"] > 0 && h.acked() > from+1000
	})
	if err == nil {
		wait(ctx, time.Duration(r.Int64N(int64(2*time.Second))))
		h.station.kill()
	}
	thaw()
	if err != nil {
		return err
	}
	return h.station.start(ctx)
}

func resetConnections(ctx context.Context, h *harness, r *rand.Rand) error {
	for range 50 {
		h.senders[r.IntN(len(h.senders))].reset()
		wait(ctx, 20*time.Millisecond)
	}
	return nil
}
