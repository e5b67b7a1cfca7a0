package live

import (
	"slices"

	"wardlight/ward"
	"wardlight/ward/fault"
)

var (
	errNotSaved  = fault.New(fault.NotSaved, "not saved: it could not be recorded in time and has no effect; try again")
	errUnsettled = fault.New(fault.Unsettled, "it may or may not have been recorded: this is being checked, look at the alarm")
)

// await watches a command's deadline.
func (l *Loop) await(p *pending) {
	l.commands = append(l.commands, p)
	if len(l.commands) == 1 {
		l.deadline.Reset(p.entry.Deadline.Sub(l.now()))
	}
}

// expire deals with the commands whose deadline has come. One that was never
// handed to the recorder is withdrawn. One that was may be durable: its
// caller learns that this is being checked, and the recorder's answer, which
// carries the deadline into the record, decides.
func (l *Loop) expire() {
	now := l.now()
	for len(l.commands) > 0 {
		p := l.commands[0]
		if !p.isOver && now.Before(p.entry.Deadline) {
			l.deadline.Reset(p.entry.Deadline.Sub(now))
			return
		}
		l.commands = slices.Delete(l.commands, 0, 1)
		switch {
		case p.isOver:
		case p.inDoubt:
			l.tell(p, ward.Outcome{Err: errUnsettled})
		default:
			l.line.remove(p)
			l.withdraw(p, errNotSaved)
		}
	}
}

// isExpired reports whether p is a command that must not be handed over any
// more: too late, and certainly not durable.
func (l *Loop) isExpired(p *pending) bool {
	return p.isCommand() && !p.inDoubt && !l.now().Before(p.entry.Deadline)
}

// confirm makes a recorded command effective. The rules may still decline it,
// if the alarm rose meanwhile.
func (l *Loop) confirm(p *pending) {
	changes, err := l.follow(ward.Confirm{Command: p.entry.Input.ID})
	if err == nil {
		err = declinedIn(changes)
	}
	l.tell(p, ward.Outcome{Err: err})
}

// withdraw forgets a command that left the line unrecorded. Nothing of what
// its entry would have written is written.
func (l *Loop) withdraw(p *pending, why error) {
	l.leave(p)
	if _, err := l.follow(ward.Withdraw{Command: p.entry.Input.ID}); err != nil {
		why = err
	}
	l.tell(p, ward.Outcome{Err: why})
}

// follow applies what the loop itself has to say of a command.
func (l *Loop) follow(e ward.Event) ([]ward.Change, error) {
	in := l.input(e, nil, l.now())
	changes, marks, err := l.advance(in)
	if err != nil {
		return nil, errFailed
	}
	if leavesTrace(changes) {
		l.push(&pending{entry: ward.Entry{Input: in, Changes: changes}, marks: marks})
	} else {
		l.loose = withMarks(l.loose, marks)
	}
	return changes, nil
}

// leave notes that an entry is out of the line without being recorded.
func (l *Loop) leave(p *pending) {
	p.isOver = true
	l.loose = withMarks(l.loose, p.marks)
	l.free(p)
	l.unhold(p)
	l.forgetArrival(p)
}

// forgetArrival: a repeat of p's message does not share its outcome any more.
func (l *Loop) forgetArrival(p *pending) {
	if key, ok := keyOf(p.entry.Input.Message); ok && l.arriving[key] == p {
		delete(l.arriving, key)
	}
}
