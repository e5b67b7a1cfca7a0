package live

import (
	"runtime/debug"
	"slices"
	"time"

	"wardlight/ward"
	"wardlight/ward/fault"
)

// Spool keeps messages durable while the record is away, so that their
// senders can be answered. The loop goes on holding them in its line: the
// record gets them from there, and the spool is read by the next process if
// this one dies first. One goroutine calls it.
type Spool interface {
	// Keep makes inputs durable, in order: the first n of them. Fewer than
	// all come with an error that says why, fit for a screen.
	Keep(inputs []ward.Input) (n int, err error)
	// Clear forgets all that is kept: it is in the record.
	Clear() error
	// SetAside puts all that is kept away for a person: some of it will never
	// be in the record.
	SetAside() error
}

// Spooled says what stands in the outage spool for want of the record.
type Spooled struct {
	Messages int       // kept and not yet in the record
	Bytes    int64     // of these messages
	Since    time.Time // the first of them was kept; zero: none
	Trouble  string    // why no more is kept; empty: all is well
}

// What one write to the spool holds at most.
const (
	spoolBatch      = 1000
	spoolBatchBytes = 4 << 20
	spoolRetry      = time.Second
	// spoolGrace is how long the spool may take before the senders that it is
	// to answer count as blocked.
	spoolGrace = 2 * time.Second
)

// errNotNow refuses what people do while nothing can be recorded.
var errNotNow = fault.New(fault.Unavailable, "Not saved: the record is away. Nothing was changed.")

// spooling is the loop's side of the spool.
type spooling struct {
	spool   Spool // nil: off
	jobs    chan spoolJob
	results chan spoolResult

	waiting []*pending // messages in line that are not kept, oldest first
	busy    bool       // a job is under way
	batch   []*pending // that it keeps
	written bool       // the file holds something
	isLost  bool       // of what is kept, something will never be in the record
	// allowance is twice what may be kept while the record catches up: the
	// messages that it has taken of those that were kept.
	allowance int
	state     Spooled
	retryAt   time.Time // after trouble
}

// spoolJob is work for the spool's goroutine: inputs to keep, or none when
// all that is kept is to be forgotten.
type spoolJob struct {
	inputs   []ward.Input
	setAside bool
}

type spoolResult struct {
	kept int
	err  error
}

// spoolWork is the spool's goroutine: a flush to disk never holds up the ward.
func (l *Loop) spoolWork() {
	for job := range l.spooled.jobs {
		l.spooled.results <- l.spoolOne(job)
	}
}

func (l *Loop) spoolOne(job spoolJob) (r spoolResult) {
	defer func() {
		if p := recover(); p != nil {
			l.log.Error("the outage spool panicked", "panic", describe(p), "stack", string(debug.Stack()))
			r = spoolResult{err: fault.New(fault.Unavailable, "the outage spool is broken")}
		}
	}()
	switch {
	case job.setAside:
		r.err = l.spooled.spool.SetAside()
	case len(job.inputs) == 0:
		r.err = l.spooled.spool.Clear()
	default:
		r.kept, r.err = l.spooled.spool.Keep(job.inputs)
	}
	return r
}

// isAway reports whether the record has not taken anything for a while,
// although it was asked to.
func (l *Loop) isAway(now time.Time) bool {
	return !l.askedAt.IsZero() && now.Sub(l.askedAt) > ward.NotRecordingAfter
}

// spool gives the spool's goroutine its next work, if it is idle: to keep
// what waits while the record is away, and to forget what the record has.
//
// While the record catches up, messages that come meanwhile are behind all
// that the spool holds, and are kept too: one for every two that are recorded.
// So senders go on, and however fast they are the spool empties. A record
// that is merely slow is not away: then senders are answered at its pace.
func (l *Loop) spool() {
	s, now := &l.spooled, l.now()
	if s.spool == nil || s.busy || now.Before(s.retryAt) {
		return
	}
	if s.written && s.state.Messages == 0 {
		s.busy = true
		s.jobs <- spoolJob{setAside: s.isLost}
		return
	}
	s.prune()
	most := s.allowance / 2
	if l.isAway(now) {
		most, s.allowance = spoolBatch, 0
	}
	if most == 0 || len(s.waiting) == 0 {
		return
	}
	if s.batch = s.cut(min(most, spoolBatch)); len(s.batch) == 0 {
		return
	}
	s.busy = true
	s.allowance = max(0, s.allowance-2*len(s.batch))
	s.jobs <- spoolJob{inputs: inputsOf(s.batch)}
}

// prune forgets messages that are in the record meanwhile.
func (s *spooling) prune() {
	n := 0
	for n < len(s.waiting) && s.waiting[n].isOver {
		s.waiting[n] = nil
		n++
	}
	s.waiting = s.waiting[n:]
}

// cut takes what one write holds: most messages, or fewer if they are large.
func (s *spooling) cut(most int) (batch []*pending) {
	size, n := 0, 0
	for n < len(s.waiting) && len(batch) < most && size < spoolBatchBytes {
		if p := s.waiting[n]; !p.isOver {
			batch = append(batch, p)
			size += len(p.entry.Input.Message.Raw)
		}
		n++
	}
	s.waiting = s.waiting[n:]
	return batch
}

func inputsOf(batch []*pending) []ward.Input {
	out := make([]ward.Input, len(batch))
	for i, p := range batch {
		out[i] = p.entry.Input
	}
	return out
}

// settleSpool takes the word of the spool's goroutine.
func (l *Loop) settleSpool(r spoolResult) {
	s := &l.spooled
	s.busy = false
	if r.err != nil {
		l.spoolTrouble(r.err)
	} else {
		s.state.Trouble = ""
	}
	if s.batch == nil {
		if r.err == nil {
			s.written, s.isLost, s.allowance, s.state = false, false, 0, Spooled{}
			l.log.Info("all that the outage spool held is in the record")
		}
		l.publish(touched{})
		return
	}
	kept, rest := s.batch[:r.kept], s.batch[r.kept:]
	s.batch = nil
	if len(rest) > 0 {
		s.waiting = slices.Concat(rest, s.waiting)
	}
	s.written = s.written || len(kept) > 0 || r.err != nil
	for _, p := range kept {
		if !p.isOver {
			l.hold(p)
			l.tally.Spooled++
			l.tally.Acknowledged += uint64(len(p.done))
		}
	}
	l.publish(touched{})
	for _, p := range kept {
		l.tell(p, ward.Outcome{Err: p.err}) // of one that is recorded meanwhile, nobody waits
	}
}

// hold notes that a message which waits for the record is kept. Its room is
// free: from here on the spool's own bound counts.
func (l *Loop) hold(p *pending) {
	s := &l.spooled
	p.isKept = true
	l.free(p)
	if s.state.Since.IsZero() {
		s.state.Since = l.now()
	}
	s.state.Messages++
	s.state.Bytes += int64(len(p.entry.Input.Message.Raw))
}

// unhold notes that a kept message waits no more.
func (l *Loop) unhold(p *pending) {
	if !p.isKept {
		return
	}
	l.spooled.allowance++
	l.spooled.state.Messages--
	l.spooled.state.Bytes -= int64(len(p.entry.Input.Message.Raw))
}

func (l *Loop) spoolTrouble(err error) {
	text := fault.Text(err)
	if text != l.spooled.state.Trouble {
		l.log.Error("the outage spool takes no more: nothing further is acknowledged", "error", err)
	}
	l.spooled.state.Trouble = text
	l.spooled.retryAt = l.now().Add(spoolRetry)
}

// readmit applies what an earlier process kept and did not get into the
// record, each input as of the time when it came.
func (l *Loop) readmit(kept []ward.Input) {
	if len(kept) == 0 {
		return
	}
	l.spooled.written = true
	known := 0
	for _, in := range kept {
		key, hasKey := keyOf(in.Message)
		if hasKey && (l.arriving[key] != nil || l.seen.has(key, in.Event)) {
			known++
			continue
		}
		p := &pending{isKept: true}
		l.admit(p, in)
		l.hold(p)
		if hasKey {
			l.arriving[key] = p
		}
	}
	l.spooled.state.Since = kept[0].At
	l.log.Warn("an earlier process left messages in the outage spool; they are being recorded", "messages", len(kept), "recorded_before", known)
}

// count counts a message that is in the record.
func (l *Loop) count(p *pending) {
	if p.entry.Input.Message == nil {
		return
	}
	l.tally.Recorded++
	l.tally.Acknowledged += uint64(len(p.done))
	if isRefused(p.entry.Input.Event) {
		l.tally.Refused++
	}
}
