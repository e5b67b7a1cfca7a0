package live

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"wardlight/ward"
	"wardlight/ward/fault"
)

// flushWithin is how long an ending loop tries to record what it has.
const flushWithin = 5 * time.Second

// Run owns the ward until ctx ends, records what it can of the rest, and
// returns nil. It returns an error when it must end by itself: another
// process has taken over the record, or the loop is broken. Whoever still
// waits for an outcome is told, every watch is closed, and nothing is taken
// in any more. It runs once.
func (l *Loop) Run(ctx context.Context) error {
	if !l.running.CompareAndSwap(false, true) {
		return fault.New(fault.Internal, "a loop runs once")
	}
	recording, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var workers sync.WaitGroup
	workers.Go(func() { l.record(recording) })
	workers.Go(l.spoolWork)
	err := l.keep(ctx)
	cancel()
	l.stop()
	close(l.batches)
	close(l.spooled.jobs)
	workers.Wait()
	l.finish()
	return err
}

// keep is the loop itself. Every iteration ends with the recorder at work, if
// there is work.
func (l *Loop) keep(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			l.log.Error("the live loop is broken", "panic", describe(r), "stack", string(debug.Stack()))
			err = fault.New(fault.Internal, "the live loop is broken: %s", describe(r))
		}
	}()
	ticks := l.ticks
	if ticks == nil {
		every := time.NewTicker(time.Second)
		defer every.Stop()
		ticks = every.C
	}
	l.deadline, l.retry = stoppedTimer(), stoppedTimer()
	defer l.deadline.Stop()
	defer l.retry.Stop()
	l.open()

	inbox, ended := l.inbox, ctx.Done()
	var flush <-chan time.Time
	for {
		l.hand()
		l.spool()
		if flush != nil && l.line.isEmpty() && !l.spooled.busy {
			return nil
		}
		select {
		case s := <-inbox:
			l.take(s)
		case result := <-l.results:
			if err := l.settle(result); err != nil {
				return err
			}
		case result := <-l.spooled.results:
			l.settleSpool(result)
		case <-ticks:
			l.tick()
		case <-l.deadline.C:
			l.expire()
		case <-l.retry.C:
			l.outage.isPausing = false
		case <-ended:
			l.stop()
			inbox, ended, ticks = nil, nil, nil
			limit := time.NewTimer(flushWithin)
			defer limit.Stop()
			flush = limit.C
		case <-flush:
			return nil
		}
	}
}

func stoppedTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// open records that the process has started, and what the rebuild changed,
// and takes up what the process before has kept.
func (l *Loop) open() {
	at := l.now()
	p := &pending{entry: ward.Entry{Input: l.input(ward.Tick{RecordedAt: at}, nil, at), Changes: l.opening}}
	if len(l.opening) > 0 {
		for _, n := range l.units {
			p.marks = append(p.marks, mark{n.unit, n.seq})
		}
	}
	l.opening = nil
	l.push(p)
	l.readmit(l.kept)
	l.kept = nil
}

// finish tells everybody who still waits how it ended for them.
func (l *Loop) finish() {
	if len(l.line.handed) > 0 {
		select {
		case result := <-l.results:
			if result == nil {
				l.durable(l.line.handed)
				l.line.handed = nil
			}
		default: // taken, and fatal
		}
	}
	unrecorded, kept := 0, 0
	for p := range l.line.all() {
		if p.isKept {
			kept++
			continue
		}
		unrecorded++
		l.free(p)
		switch {
		case p.isCommand() && p.inDoubt:
			l.tell(p, ward.Outcome{Err: errUnsettled})
		case p.isCommand():
			l.tell(p, ward.Outcome{Err: errNotSaved})
		default:
			l.tell(p, ward.Outcome{Err: fault.New(fault.Unavailable, "this server stopped before it was recorded")})
		}
	}
	l.line = line{}
	l.hub.close()
	if s := &l.spooled; s.written && s.batch == nil && s.state.Messages == 0 && !s.isLost {
		l.spoolOne(spoolJob{})
	}
	if unrecorded > 0 {
		l.log.Warn("stopped with inputs unrecorded and unacknowledged", "entries", unrecorded)
	}
	if kept > 0 {
		l.log.Warn("stopped with messages in the outage spool; the next start records them", "messages", kept)
	}
}
