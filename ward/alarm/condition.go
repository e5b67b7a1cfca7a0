package alarm

import (
	"time"

	"wardlight/ward/vitals"
)

// ConditionState is what the data say about one limit.
type ConditionState string

// The condition states.
const (
	Normal   ConditionState = "normal"
	Pending  ConditionState = "pending" // violating, onset delay running
	Present  ConditionState = "present"
	Clearing ConditionState = "clearing" // back within, clear delay running
	Lost     ConditionState = "unknown"  // was present, the source fell silent
)

// Condition is one limit's state for one source. The zero value is normal.
type Condition struct {
	State    ConditionState
	Since    time.Time // of the state's delay
	LastSeen time.Time // of the last measurement judged
	count    int       // successive violating measurements while pending
}

// Signal is what a condition tells the episode.
type Signal string

// The signals.
const (
	None       Signal = ""
	Onset      Signal = "onset"
	Clear      Signal = "clear"
	SourceLost Signal = "source-lost"
	Restored   Signal = "restored"          // the source is back, the condition still there
	Recovering Signal = "restored-clearing" // the source is back, the value too
)

// Observe judges a fresh, in-order value measured at time at. maxGap is the
// largest gap between measurements across which an onset delay may run. Only
// values make a condition present; a tick never does.
func (c Condition) Observe(l Limit, side Side, v vitals.Decimal, at time.Time, maxGap time.Duration) (Condition, []Signal) {
	gap := at.Sub(c.LastSeen)
	c.LastSeen = at
	violates, recovered := side.Violates(v, l.At), side.recovered(v, l)
	var out []Signal
	emit := func(s Signal) { out = append(out, s) }

	switch c.State {
	case Lost:
		if recovered {
			c.State, c.Since = Clearing, at
			emit(Recovering)
		} else {
			c.State = Present
			emit(Restored)
		}
	case Pending:
		switch {
		case !violates:
			c.State, c.count = Normal, 0
		case gap > maxGap && l.OnsetDelay > 0:
			c.Since, c.count = at, 1
		default:
			c.count++
		}
	case Normal, "":
		c.State = Normal
		if violates {
			c.State, c.Since, c.count = Pending, at, 1
		}
	}

	if c.State == Pending && at.Sub(c.Since) >= l.OnsetDelay && c.count >= l.Repeats {
		c.State, c.count = Present, 0
		emit(Onset)
	}
	if c.State == Present && recovered {
		c.State, c.Since = Clearing, at
	} else if c.State == Clearing && !recovered {
		c.State = Present
	}
	if c.State == Clearing && at.Sub(c.Since) >= l.ClearDelay {
		c.State = Normal
		emit(Clear)
	}
	return c, out
}

// SourceLost tells the condition that its source fell silent: what was
// present becomes unknown, what was pending is forgotten.
func (c Condition) SourceLost() (Condition, Signal) {
	switch c.State {
	case Present, Clearing:
		c.State = Lost
		return c, SourceLost
	case Pending:
		c.State, c.count = Normal, 0
	}
	return c, None
}

// Watch holds the two conditions of one rule, and so decides the priority of
// its one alarm: high while the extreme is there, medium while the limit is.
type Watch struct {
	Rule    RuleKey
	Limit   Condition
	Extreme Condition
}

// Priority is what the conditions ask for, "" when there is no alarm.
func (w Watch) Priority() Priority {
	switch {
	case standing(w.Extreme):
		return High
	case standing(w.Limit):
		return Medium
	}
	return ""
}

func standing(c Condition) bool {
	return c.State == Present || c.State == Clearing || c.State == Lost
}

// Finding is what a rule makes of one value, or of silence, for its episode.
type Finding struct {
	Signal   Signal
	Priority Priority // as it is now; kept on Clear
	Limit    vitals.Decimal
}

// Observe judges a value by both limits of the rule and says what the alarm
// does: one alarm per rule, whose priority rises and falls.
func (w Watch) Observe(r Rule, v vitals.Decimal, at time.Time, maxGap time.Duration) (Watch, []Finding) {
	before := w.Priority()
	lost := w.Limit.State == Lost || w.Extreme.State == Lost
	if r.Limit != nil {
		w.Limit, _ = w.Limit.Observe(*r.Limit, r.Side, v, at, maxGap)
	}
	if r.Extreme != nil {
		w.Extreme, _ = w.Extreme.Observe(*r.Extreme, r.Side, v, at, maxGap)
	}
	now := w.Priority()
	var out []Finding
	if lost {
		signal := Restored
		if !r.violatesAny(v) {
			signal = Recovering
		}
		out = append(out, Finding{signal, higher(now, before), r.limitOf(higher(now, before))})
	}
	switch {
	case before == "" && now != "":
		out = append(out, Finding{Onset, now, r.limitOf(now)})
	case before != "" && now == "":
		out = append(out, Finding{Clear, before, r.limitOf(before)})
	case now.Above(before):
		out = append(out, Finding{PriorityUp, now, r.limitOf(now)})
	case before.Above(now):
		out = append(out, Finding{PriorityDown, now, r.limitOf(now)})
	}
	return w, out
}

// The two signals that only a pair of limits can give.
const (
	PriorityUp   Signal = "priority-up"
	PriorityDown Signal = "priority-down"
)

// SourceLost tells both conditions that the source fell silent.
func (w Watch) SourceLost() (Watch, bool) {
	var a, b Signal
	w.Limit, a = w.Limit.SourceLost()
	w.Extreme, b = w.Extreme.SourceLost()
	return w, a == SourceLost || b == SourceLost
}

// Resume is the watch of an alarm that stood at the given priority when its
// source was lost.
func Resume(k RuleKey, p Priority) Watch {
	w := Watch{Rule: k, Limit: Condition{State: Lost}}
	if p == High {
		w.Extreme.State = Lost
	}
	return w
}

func (r Rule) limitOf(p Priority) vitals.Decimal {
	if p == High && r.Extreme != nil {
		return r.Extreme.At
	}
	if r.Limit != nil {
		return r.Limit.At
	}
	return r.Extreme.At
}

func (r Rule) violatesAny(v vitals.Decimal) bool {
	return r.Limit != nil && !r.Side.recovered(v, *r.Limit) ||
		r.Extreme != nil && !r.Side.recovered(v, *r.Extreme)
}

func higher(a, b Priority) Priority {
	if b.Above(a) {
		return b
	}
	return a
}
