package live

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"wardlight/ward"
	"wardlight/ward/fault"
)

// While the record is away it is tried again after a pause, which doubles.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = time.Second
)

// outage is a time during which the record is away.
type outage struct {
	since     time.Time
	pause     time.Duration
	isPausing bool
}

// record is the recorder's goroutine: one batch after another, without a
// timer. Under load a batch holds what came while the one before was written.
func (l *Loop) record(ctx context.Context) {
	for batch := range l.batches {
		l.results <- l.recordOne(ctx, batch)
	}
}

func (l *Loop) recordOne(ctx context.Context, batch []ward.Entry) (err error) {
	defer func() {
		if r := recover(); r != nil {
			l.log.Error("the recorder panicked", "panic", describe(r), "stack", string(debug.Stack()))
			err = fault.New(fault.Internal, "the recorder panicked: %s", describe(r))
		}
	}()
	return l.recorder.Record(ctx, l.epoch, batch)
}

// hand gives the recorder the next batch, if it is idle.
func (l *Loop) hand() {
	for len(l.line.handed) == 0 && !l.outage.isPausing && !l.line.isEmpty() {
		batch := l.line.cut()
		var expired []*pending
		batch = slices.DeleteFunc(batch, func(p *pending) bool {
			if l.isExpired(p) {
				expired = append(expired, p)
				return true
			}
			return false
		})
		for _, p := range expired {
			l.withdraw(p, errNotSaved)
		}
		if len(batch) == 0 {
			continue
		}
		for _, p := range batch {
			p.inDoubt = true
		}
		l.line.handed = batch
		if l.askedAt.IsZero() {
			l.askedAt = l.now()
		}
		l.batches <- entries(batch)
	}
}

// settle takes the recorder's word on the batch that it had. The error is for
// Run: the loop must end.
func (l *Loop) settle(result error) error {
	batch := l.line.handed
	if kindOf(result) != fault.Unavailable {
		l.askedAt = time.Time{}
	}
	switch kindOf(result) {
	case "":
		l.line.handed = nil
		l.recovered()
		l.durable(batch)
	case fault.Unavailable:
		l.line.handed = nil
		l.line.putAhead(batch)
		l.away(result)
	case fault.NotSaved:
		l.line.handed = nil
		l.withdrawLate(batch)
	case fault.Forbidden: // what is handed stays so, for finish to tell
		l.log.Error("another process writes this record; stopping", "error", result)
		return fmt.Errorf("another process has taken over: %w", result)
	default:
		l.line.handed = nil
		l.bisect(batch, result)
	}
	return nil
}

func kindOf(err error) fault.Kind {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fault.Unavailable
	}
	return fault.KindOf(err)
}

// away waits before the same batch is tried again. It is not cut anew: what
// came after it is certainly not durable, and its commands can be withdrawn.
func (l *Loop) away(err error) {
	if l.outage.pause == 0 {
		l.outage.since = l.now()
		l.log.Warn("the record is away: nothing is acknowledged that is not in the outage spool", "error", err)
	}
	l.outage.pause = min(max(firstPause, 2*l.outage.pause), lastPause)
	l.outage.isPausing = true
	l.retry.Reset(l.outage.pause)
}

func (l *Loop) recovered() {
	if l.outage.pause > 0 {
		l.log.Info("the record is back", "away", l.now().Sub(l.outage.since).Round(time.Millisecond))
	}
	l.outage = outage{}
}

// durable tells the outcomes of a batch that is in the record. View says so
// before anybody is told.
func (l *Loop) durable(batch []*pending) {
	for _, p := range batch {
		p.isOver = true
		l.units.record(p.marks)
		if at := p.entry.Input.At; at.After(l.recordedAt) {
			l.recordedAt = at
		}
		l.free(p)
		l.unhold(p)
		l.forgetArrival(p)
		l.count(p)
		if key, ok := keyOf(p.entry.Input.Message); ok {
			l.seen.add(key, !isRefused(p.entry.Input.Event))
		}
	}
	l.publish(touched{})
	for _, p := range batch {
		if p.isCommand() {
			l.confirm(p)
		} else {
			l.tell(p, ward.Outcome{Err: p.err})
		}
	}
}

// withdrawLate withdraws the commands for which a batch came too late, and
// puts the rest in line again. The record's clock decides what is late; where
// ours disagrees, the earliest deadline is the one that has passed.
func (l *Loop) withdrawLate(batch []*pending) {
	latest := l.now()
	var earliest time.Time
	for _, p := range batch {
		p.inDoubt = false
		if p.isCommand() && (earliest.IsZero() || p.entry.Deadline.Before(earliest)) {
			earliest = p.entry.Deadline
		}
	}
	if earliest.IsZero() {
		l.bisect(batch, fault.New(fault.Internal, "the recorder found a late command where there is none"))
		return
	}
	if earliest.After(latest) {
		latest = earliest
	}
	isLate := func(p *pending) bool { return p.isCommand() && !p.entry.Deadline.After(latest) }
	l.line.putAhead(slices.DeleteFunc(slices.Clone(batch), isLate))
	for _, p := range batch {
		if isLate(p) {
			l.withdraw(p, errNotSaved)
		}
	}
}

// bisect looks for the entry that makes a batch impossible to record. The
// halves are recorded each for itself, in order.
func (l *Loop) bisect(batch []*pending, why error) {
	for _, p := range batch {
		p.inDoubt = false
	}
	if n := len(batch); n > 1 {
		l.line.putAhead(slices.Clone(batch[:n/2]), slices.Clone(batch[n/2:]))
		return
	}
	l.reject(batch[0], why)
}

// reject deals with an entry that cannot be recorded. Its message goes to
// quarantine in its place. Its effect on the ward in memory stays: later
// inputs were judged on top of it and screens have shown it, so it cannot be
// unwound. Memory and record differ by this one entry until whatever it
// touched changes again, or the process starts anew.
func (l *Loop) reject(p *pending, why error) {
	in := p.entry.Input
	l.log.Error("an entry cannot be recorded; the ward in memory keeps its effect, the record does not have it",
		"input", in.ID, "event", fmt.Sprintf("%T", in.Event), "error", why)
	switch {
	case p.isCommand():
		l.withdraw(p, errNotKept)
	case in.Message != nil && !isRefused(in.Event):
		l.quarantine(p, in, couldNotRecord("recorded"))
		l.line.putAhead([]*pending{p})
	default: // not even quarantine takes it, or there is nothing to keep
		l.spooled.isLost = l.spooled.isLost || p.isKept
		l.leave(p)
		l.tell(p, ward.Outcome{Err: errNotKept})
	}
}
