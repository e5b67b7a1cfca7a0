package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"wardlight/ingest"
	"wardlight/live"
	"wardlight/store"
	"wardlight/store/spool"
	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/staff"
	"wardlight/web"
)

// rememberedMessages is how many message digests a new process loads.
const rememberedMessages = 1_000_000

// station is the record and the loop that runs the ward on it. Listeners and
// commands stand on it.
type station struct {
	*record
	log   *slog.Logger
	lock  *store.Lock
	spool *spool.Spool // nil: off, or for a single command
	kept  int          // messages that an earlier process left in it
	// ground is what all this stands on.
	ground ground
	loop   *live.Loop
	waves  *live.Waves
	// strips keep what waveforms show around an alarm.
	strips *live.Strips
	epoch  string
	// onEnd is told when the station cannot go on: another process took the
	// lock, or the loop ended.
	onEnd func(error)
	// sessions are told when somebody's access changes; nil without pages.
	sessions atomic.Pointer[web.Sessions]
	// retention is how long observations and raw messages are kept; zero: for
	// good.
	retention store.Retention

	cancel context.CancelFunc
	wg     sync.WaitGroup
	zones  sync.Map // IANA name → *time.Location
}

// openStation opens the record, takes the ward's lock and rebuilds the ward.
// Without an outage spool it is for a single command.
func openStation(ctx context.Context, f recordFlags, outage *spoolFlags, log *slog.Logger) (*station, error) {
	r, err := openRecord(ctx, f, log)
	if err != nil {
		return nil, err
	}
	st := &station{record: r, log: log, onEnd: func(error) {}, cancel: func() {}}
	if st.lock, err = st.Lock(ctx); err == nil && outage != nil {
		err = st.openSpool(ctx, f.DataDir, *outage, log)
	}
	if err == nil {
		st.ground.under(st)
		err = st.takeOver(ctx)
	}
	if err != nil {
		st.close()
		return nil, err
	}
	return st, nil
}

func (st *station) takeOver(ctx context.Context) error {
	now := time.Now()
	st.epoch = strings.ToLower(rand.Text()[:10])
	if err := st.StartEpoch(ctx, st.epoch, now); err != nil {
		return err
	}
	if err := st.ReadyPartitions(ctx, now); err != nil {
		return err
	}
	state, err := st.Rebuild(ctx, now)
	if err != nil {
		return fmt.Errorf("rebuild the ward: %w", err)
	}
	seen, err := st.SeenDigests(ctx, rememberedMessages)
	if err != nil {
		return fmt.Errorf("load message digests: %w", err)
	}
	slices.Reverse(seen) // the loop wants the oldest first
	w, changes, err := ward.Rebuild(state, st.startsAt(now, seen))
	if err != nil {
		return fmt.Errorf("rebuild the ward: %w", err)
	}
	c := live.Config{
		Ward: w, Changes: changes, Recorder: st.Store, Epoch: st.epoch, Seen: seen,
		Now: time.Now, Log: st.log.With("component", "live"), Kept: st.left(w), Ground: st.ground.know,
	}
	if st.spool != nil {
		c.Spool = st.spool
	}
	st.loop = live.New(c)
	st.waves = live.NewWaves(st.loop.View, live.DefaultWaveMemory, st.log.With("component", "waves"))
	st.strips = live.NewStrips(st.loop, st.waves, time.Now, st.log.With("component", "strips"))
	return nil
}

// start runs the loop and what goes on beside it, until close.
func (st *station) start(ctx context.Context) {
	ctx, st.cancel = context.WithCancel(context.WithoutCancel(ctx))
	st.goes(func() {
		if err := st.loop.Run(ctx); err != nil && ctx.Err() == nil {
			st.onEnd(fmt.Errorf("the ward stands still: %w", err))
		}
	})
	st.goes(func() {
		select {
		case <-st.lock.Lost():
			if err := st.lock.Err(); err != nil {
				st.onEnd(err)
			}
		case <-ctx.Done():
		}
	})
	st.goes(func() { st.maintain(ctx) })
	go st.ground.watch(ctx) // not waited for: a disk may hang
	st.goes(func() { st.strips.Run(ctx) })
	st.goes(func() { st.serveCommands(ctx) })
}

func (st *station) goes(f func()) {
	st.wg.Go(f)
}

// close stops what start began, in the opposite order, and the record.
func (st *station) close() {
	st.cancel()
	st.wg.Wait()
	if st.spool != nil {
		st.spool.Close()
	}
	if st.lock != nil {
		st.lock.Release()
	}
	st.record.close()
}

// maintain keeps house in the record, at the start and each hour: day
// partitions ahead, old keys, commands and sessions forgotten, what is past
// its retention dropped; and it looks at the room on the disk.
func (st *station) maintain(ctx context.Context) {
	hourly := time.NewTicker(time.Hour)
	defer hourly.Stop()
	for at := time.Now(); ; {
		for task, err := range map[string]error{
			"make partitions ahead": st.EnsurePartitions(ctx, at),
			"forget message keys":   st.ForgetKeys(ctx, at),
			"forget commands":       st.ForgetCommands(ctx, at),
			"forget sessions":       st.ForgetSessions(ctx, at.Add(-web.SessionLifetime)),
			"drop old days":         st.DropPartitions(ctx, st.retention, at),
		} {
			if err != nil && ctx.Err() == nil {
				st.log.Error("upkeep of the record failed", "task", task, "err", err)
			}
		}
		if st.server != nil {
			st.server.WarnOfDisk()
		}
		select {
		case <-ctx.Done():
			return
		case at = <-hourly.C:
		}
	}
}

// zoneIn is the time zone of a unit, nil where it is not known.
func (st *station) zoneIn(w ward.Ward, unit census.UnitCode) *time.Location {
	return st.location(zoneOf(w, unit))
}

// location is the time zone of an IANA name, nil where there is none.
func (st *station) location(name string) *time.Location {
	if name == "" {
		return nil
	}
	if z, ok := st.zones.Load(name); ok {
		return z.(*time.Location)
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil // Configure has checked it; only a broken system lacks it
	}
	st.zones.Store(name, z)
	return z
}

// known is what a ward says of those who send to it.
func (st *station) known(now func() ward.Ward) ingest.Known {
	return ingest.Known{
		Settings: func() ward.Settings { return now().Settings() },
		UnitZone: func(unit string) *time.Location { return st.zoneIn(now(), census.Location{Unit: unit}.UnitCode()) },
		Zone:     st.location,
	}
}

// zoneOf names a unit's zone. A place that is not in the ward, such as the
// theatre that a patient leaves for, or none, has the zone of all our units if
// they have only one: taken for UTC, the event might seem older than what it
// follows, and not count.
func zoneOf(w ward.Ward, code census.UnitCode) string {
	if u, ok := w.Unit(code); ok {
		return u.Zone
	}
	name := ""
	for _, u := range w.Units() {
		if name != "" && name != u.Zone {
			return ""
		}
		name = u.Zone
	}
	return name
}

// applyWardFile configures the ward. A file that was applied before changes
// nothing, unless again says so.
func (st *station) applyWardFile(ctx context.Context, raw []byte, by string, again bool) error {
	c, err := parseWardFile(raw)
	if err != nil {
		return err
	}
	if !again {
		known, err := st.WardFileApplied(ctx, c.Digest)
		if err != nil || known {
			return err
		}
	}
	c.By = staff.ID(by)
	return st.loop.Submit(ctx, c, nil).Err
}
