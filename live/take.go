package live

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"wardlight/ward"
	"wardlight/ward/fault"
)

// What is learnt of a fault of ours. The log has more.
var (
	errFailed      = fault.New(fault.Internal, "a fault in this system")
	errQuarantined = fault.New(fault.Internal, "a fault in this system; the message is in quarantine")
	// errNotKept: nothing of it is on record, not even in quarantine. Its
	// sender must not take it for delivered.
	errNotKept = fault.New(fault.NotSaved, "not saved: the record does not take it, and it was not kept")
)

// couldNotRecord is how a message is quarantined when it is not its own fault
// that it has no effect (HL7 table 0357: application internal error).
func couldNotRecord(doing string) ward.Refused {
	return ward.Refused{Reason: "could not be " + doing, Code: "207"}
}

// take applies one input, unless it repeats an earlier one, or a person did
// it who must know at once that it cannot be recorded.
func (l *Loop) take(s submission) {
	if s.message != nil {
		l.tally.Received++
	}
	if s.isByHand() && l.isAway(l.now()) {
		l.room.Release(s.weight)
		l.call(s.done, ward.Outcome{Err: errNotNow})
		return
	}
	if l.isRepeat(s) {
		l.room.Release(s.weight)
		return
	}
	key, hasKey := keyOf(s.message)
	p := &pending{weight: s.weight, done: []func(ward.Outcome){s.done}}
	l.unrecorded += p.weight
	if !l.admit(p, l.input(s.event, s.message, l.now())) {
		l.free(p)
		return
	}
	if hasKey {
		l.arriving[key] = p
	}
}

// free gives back the room that p took, once it is durable or gone.
func (l *Loop) free(p *pending) {
	l.room.Release(p.weight)
	l.unrecorded -= p.weight
	p.weight = 0
}

// isByHand: a replay from quarantine is asked for by a person too.
func (s submission) isByHand() bool {
	return ward.IsByHand(s.event) || s.message != nil && s.message.IsReplay
}

// isRepeat reports whether the message is here already. Then it is answered
// like the first one, as soon as that is.
func (l *Loop) isRepeat(s submission) bool {
	key, ok := keyOf(s.message)
	if !ok {
		return false
	}
	first, isHere := l.arriving[key]
	switch {
	case isHere && first.isKept:
		l.tally.Acknowledged++
		l.call(s.done, ward.Outcome{Err: first.err})
	case isHere:
		first.done = append(first.done, s.done)
	case l.seen.has(key, s.event):
		l.tally.Acknowledged++
		l.call(s.done, ward.Outcome{Duplicate: true})
	default:
		return false
	}
	l.tally.Repeated++
	return true
}

// admit applies an input and puts it in line for the record. It reports false
// if there is nothing to record; then everyone has been told.
func (l *Loop) admit(p *pending, in ward.Input) bool {
	changes, marks, err := l.advance(in)
	switch {
	case err != nil && in.Message == nil:
		l.tell(p, ward.Outcome{Err: errFailed})
		return false
	case err != nil:
		l.quarantine(p, in, couldNotRecord("applied"))
		l.push(p)
		return true
	}
	p.entry, p.marks = ward.Entry{Input: in, Changes: changes}, marks
	if declined := declinedIn(changes); declined != nil && in.Message == nil {
		l.tell(p, ward.Outcome{Err: declined})
	} else if declined != nil {
		p.err = declined
	} else if ward.IsCommand(in.Event) {
		p.entry.Deadline = in.At.Add(ward.CommandTTL)
		l.await(p)
	}
	if in.Message == nil && !leavesTrace(changes) {
		l.loose = withMarks(l.loose, marks)
		l.tell(p, ward.Outcome{})
		return false
	}
	l.push(p)
	return true
}

// quarantine makes the entry one that only keeps the message.
func (l *Loop) quarantine(p *pending, in ward.Input, why ward.Refused) {
	in.Event = why
	p.entry = ward.Entry{Input: in, Changes: []ward.Change{{What: ward.Quarantined{Refused: why}}}}
	p.err = errQuarantined
}

// input gives an event its id and its time.
func (l *Loop) input(e ward.Event, m *ward.Message, at time.Time) ward.Input {
	l.inputs++
	return ward.Input{ID: l.epoch + "-" + strconv.FormatUint(l.inputs, 10), At: at, Event: e, Message: m}
}

// advance applies an input, numbers what changed and tells who watches. When
// a rule panics the ward stays as it was before the input.
func (l *Loop) advance(in ward.Input) ([]ward.Change, []mark, error) {
	next, changes, err := l.try(in)
	if err != nil {
		return nil, nil, err
	}
	l.ward = next
	t := touchedBy(changes, next)
	_, t.tick = in.Event.(ward.Tick)
	if t.tick {
		l.tickedAt = in.At
	}
	marks := l.units.raise(t, next)
	l.publish(t)
	if l.onChange != nil {
		l.onChange(next, changes)
	}
	return changes, marks, nil
}

func (l *Loop) try(in ward.Input) (next ward.Ward, changes []ward.Change, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("a rule panicked: %s", describe(r))
			l.log.Error("a rule panicked; its input is dropped", "input", in.ID, "event", fmt.Sprintf("%T", in.Event),
				"panic", describe(r), "stack", string(debug.Stack()))
		}
	}()
	next, changes = l.apply(l.ward, in)
	return next, changes, nil
}

// describe names a panic without repeating what it may quote of a patient.
func describe(r any) string {
	var known runtime.Error
	if err, ok := r.(error); ok && errors.As(err, &known) {
		return known.Error()
	}
	return fmt.Sprintf("%T", r)
}

// publish makes the present state the one that everybody sees.
func (l *Loop) publish(t touched) {
	v := &View{
		Epoch: l.epoch, At: l.tickedAt, Ward: l.ward, RecordedAt: l.recordedAt, Unrecorded: l.unrecorded,
		Spooled: l.spooled.state, Tally: l.tally, units: slices.Clone(l.units),
	}
	l.view.Store(v)
	l.hub.publish(v, t)
}

// tick lets time pass. Every tick is recorded, so that an idle ward notices
// that its record is away; while it is, one tick that changed nothing stands
// for all of them.
func (l *Loop) tick() {
	at := l.now()
	ground := l.ground()
	ground.Spool.Trouble = l.spooled.state.Trouble
	in := l.input(ward.Tick{RecordedAt: l.recordedAt, Waiting: l.waiting(at), Ground: ground}, nil, at)
	changes, marks, err := l.advance(in)
	if err != nil {
		return // screens that miss their tick say so; health checks see an old View.At
	}
	p := &pending{entry: ward.Entry{Input: in, Changes: changes}, marks: marks, isHeartbeat: !leavesTrace(changes)}
	if earlier, ok := l.line.heartbeat(); ok && p.isHeartbeat {
		l.line.remove(earlier)
		p.marks = withMarks(earlier.marks, p.marks)
	}
	l.push(p)
}

// waiting names the senders of messages that have waited too long for an
// answer.
func (l *Loop) waiting(at time.Time) []string {
	patience := ward.NotRecordingAfter
	if l.spooled.spool != nil && l.spooled.state.Trouble == "" {
		patience += spoolGrace
	}
	var names []string
	for p := range l.line.all() {
		in := p.entry.Input
		if at.Sub(in.At) <= patience {
			break // they wait in the order in which they came
		}
		if in.Message == nil || p.isKept {
			continue
		}
		name := cmp.Or(in.Message.Source, in.Message.Peer)
		if i, found := slices.BinarySearch(names, name); !found {
			names = slices.Insert(names, i, name)
		}
	}
	return names
}

// push puts an entry in line. Numbers of entries that will never be recorded
// go with it: once it is durable, nothing before it is missing.
func (l *Loop) push(p *pending) {
	p.marks = withMarks(l.loose, p.marks)
	l.loose = nil
	l.line.push(p)
	if m := p.entry.Input.Message; m != nil && !m.IsReplay && !p.isKept && l.spooled.spool != nil {
		l.spooled.waiting = append(l.spooled.waiting, p)
	}
}

func declinedIn(changes []ward.Change) error {
	for _, c := range changes {
		if d, ok := c.What.(ward.Declined); ok {
			return d.Err
		}
	}
	return nil
}

// leavesTrace reports whether any of the changes is written down.
func leavesTrace(changes []ward.Change) bool {
	return slices.ContainsFunc(changes, func(c ward.Change) bool {
		switch c.What.(type) {
		case ward.Aged, ward.Declined:
			return false
		}
		return true
	})
}

// tell gives everyone who waits for p its outcome, once.
func (l *Loop) tell(p *pending, o ward.Outcome) {
	waiting := p.done
	p.done = nil
	for _, done := range waiting {
		l.call(done, o)
	}
}

// call keeps a caller's fault from ending the ward.
func (l *Loop) call(done func(ward.Outcome), o ward.Outcome) {
	defer func() {
		if r := recover(); r != nil {
			l.log.Error("a receiver of an outcome panicked", "panic", describe(r), "stack", string(debug.Stack()))
		}
	}()
	if done != nil {
		done(o)
	}
}
