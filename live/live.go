// Package live runs the ward. One goroutine owns it: it takes inputs in, one
// after another, drops repeats, applies the rules, numbers what changed,
// tells everyone who watches, and hands the changes to the recorder. What it
// promises:
//
//   - A screen is never later than a rule: watchers are told before the
//     recorder is.
//   - An input's outcome is told once it is certain. "Accepted" is never said
//     of something that is not durable: in the record, or for a message that
//     came while the record was away, in the outage spool.
//   - A command (an acknowledgement) takes effect once it is recorded, or not
//     at all.
//   - While the record is away the ward goes on: values are shown, rules
//     judge, the clock runs, and ticks say how far the record lags.
//   - Nobody who watches can hold it up.
//
// It knows no socket and no SQL.
package live

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"wardlight/ward"
	"wardlight/ward/fault"
)

// Recorder writes entries down for good.
type Recorder interface {
	// Record makes the entries durable in one transaction, in order, and
	// returns when ctx ends. Entries that an earlier call has recorded
	// already change nothing. Its errors name no patient; the kind says what
	// to do next:
	//
	//   - fault.Unavailable: the record is away, or the answer was lost and
	//     they may be durable; the same entries are recorded again.
	//   - fault.NotSaved: the deadline of a command among them has passed;
	//     none of them is durable, by this call or an earlier one.
	//   - fault.Forbidden: a newer epoch writes this record; Run ends.
	//   - any other: they cannot be recorded, and none of them is durable.
	Record(ctx context.Context, epoch string, entries []ward.Entry) error
}

// Digest identifies a message; see ward.Message.
type Digest = [sha256.Size]byte

// Config is what a loop starts from.
type Config struct {
	Ward     ward.Ward     // as ward.Rebuild made it
	Changes  []ward.Change // that came with it; recorded first
	Recorder Recorder
	// Epoch names this run of the process; a new one tells watchers that
	// numbers start anew, and begins the id of every input.
	Epoch string
	Seen  []Digest         // of messages accepted lately, oldest first
	Now   func() time.Time // with monotonic clock; nil: time.Now
	Ticks <-chan time.Time // nil: one each second
	Log   *slog.Logger     // nil: none
	// MaxUnrecorded bounds the messages that wait for the record and are not
	// in the spool, in bytes; 0 means 64 MiB. Beyond it Enqueue waits, and so
	// the sockets do.
	MaxUnrecorded int
	// Ground is what the record stands on, as it was seen lately; it must not
	// wait. nil: nothing is known.
	Ground func() ward.Ground
	Spool  Spool // nil: while the record is away nothing is acknowledged
	// Kept is what an earlier process left in the spool, oldest first, decoded
	// again. It is applied before anything else, each input as of its time.
	Kept []ward.Input
}

// Loop owns a ward while Run runs. Its methods may be called from anywhere.
type Loop struct {
	recorder Recorder
	epoch    string
	now      func() time.Time
	ticks    <-chan time.Time
	log      *slog.Logger
	apply    func(ward.Ward, ward.Input) (ward.Ward, []ward.Change)
	ground   func() ward.Ground

	running  atomic.Bool
	inbox    chan submission
	stopped  chan struct{} // closed: takes nothing in any more
	stop     func()
	room     *semaphore.Weighted // for messages that wait for the record, in bytes
	capacity int64
	view     atomic.Pointer[View]
	hub      hub

	batches chan []ward.Entry
	results chan error
	// onChange is told of everything, on Run's goroutine; nil: nobody listens.
	onChange func(ward.Ward, []ward.Change)

	keeper
}

// keeper is what only Run's goroutine touches.
type keeper struct {
	ward       ward.Ward
	units      numbers
	tickedAt   time.Time
	recordedAt time.Time
	askedAt    time.Time // since when the recorder has been at work without success; zero: it is not
	inputs     uint64
	opening    []ward.Change // of the rebuild
	kept       []ward.Input  // of an earlier process
	tally      Tally
	unrecorded int64 // weight of what waits in the line
	spooled    spooling

	arriving map[Digest]*pending // messages that are not durable yet
	seen     seen
	line     line
	loose    []mark     // of entries that left the line unrecorded
	commands []*pending // whose deadline is ahead, earliest first
	deadline *time.Timer
	retry    *time.Timer
	outage   outage
}

// submission is an input on its way into the loop.
type submission struct {
	event   ward.Event
	message *ward.Message
	done    func(ward.Outcome)
	weight  int64
}

const (
	defaultMaxUnrecorded = 64 << 20
	// entryWeight stands for what an entry holds besides its raw message.
	entryWeight = 1 << 10
)

// New makes a loop. Nothing happens before Run.
func New(c Config) *Loop {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Ground == nil {
		c.Ground = func() ward.Ground { return ward.Ground{} }
	}
	if c.MaxUnrecorded <= 0 {
		c.MaxUnrecorded = defaultMaxUnrecorded
	}
	l := &Loop{
		recorder: c.Recorder, epoch: c.Epoch, now: c.Now, ticks: c.Ticks, log: c.Log, apply: ward.Apply, ground: c.Ground,
		inbox: make(chan submission), stopped: make(chan struct{}),
		room: semaphore.NewWeighted(int64(c.MaxUnrecorded)), capacity: int64(c.MaxUnrecorded),
		batches: make(chan []ward.Entry, 1), results: make(chan error, 1),
	}
	l.stop = sync.OnceFunc(func() { close(l.stopped) })
	l.ward, l.opening, l.kept = c.Ward, c.Changes, c.Kept
	l.spooled = spooling{spool: c.Spool, jobs: make(chan spoolJob, 1), results: make(chan spoolResult, 1)}
	l.arriving, l.seen = make(map[Digest]*pending), newSeen(rememberedMessages, c.Seen)
	l.tickedAt = l.now()
	l.recordedAt = l.tickedAt
	l.units = firstNumbers(c.Ward, len(c.Changes) == 0)
	l.publish(touched{})
	return l
}

// View is the ward as it is now.
func (l *Loop) View() View { return *l.view.Load() }

// Watch follows a unit from now on; its first Update means everything. The
// caller closes it.
func (l *Loop) Watch(unit UnitCode) *Watch { return l.hub.watch(unit) }

// Watchers is how many watches there are.
func (l *Loop) Watchers() int { return l.hub.count() }

// Submit applies an input and waits until what became of it is certain. If
// ctx ends first, the input may still take effect.
func (l *Loop) Submit(ctx context.Context, e ward.Event, m *ward.Message) ward.Outcome {
	told := make(chan ward.Outcome, 1)
	if err := l.Enqueue(ctx, e, m, func(o ward.Outcome) { told <- o }); err != nil {
		return ward.Outcome{Err: err}
	}
	select {
	case o := <-told:
		return o
	case <-ctx.Done():
		return ward.Outcome{Err: fault.New(fault.Unsettled, "it may or may not have been recorded: nobody waited for the answer: %w", ctx.Err())}
	}
}

// Enqueue hands in an input and returns once the loop has it, in order for
// one caller. done is called exactly once, when the outcome is certain:
// usually in the order of the inputs, but a repeat or a refusal may overtake.
// It runs on the loop's goroutine and must not wait. A message waits here
// while too much is unrecorded; commands never do. What people do by hand is
// refused with fault kind Unavailable while the record is away. With an
// error, fault kind Unavailable or Invalid, nothing was taken in and done is
// not called.
func (l *Loop) Enqueue(ctx context.Context, e ward.Event, m *ward.Message, done func(ward.Outcome)) error {
	switch e.(type) {
	case nil, ward.Tick, ward.Confirm, ward.Withdraw:
		return fault.New(fault.Invalid, "%T is not for others to send", e)
	}
	s := submission{event: e, message: m, done: done}
	if m != nil {
		s.weight = min(l.capacity, int64(len(m.Raw))+entryWeight)
		if err := l.room.Acquire(ctx, s.weight); err != nil {
			return fault.New(fault.Unavailable, "too much waits to be recorded: %w", err)
		}
	}
	select {
	case l.inbox <- s:
		return nil
	case <-ctx.Done():
		l.room.Release(s.weight)
		return fault.New(fault.Unavailable, "not taken in: %w", ctx.Err())
	case <-l.stopped:
		l.room.Release(s.weight)
		return fault.New(fault.Unavailable, "this server is stopping")
	}
}
