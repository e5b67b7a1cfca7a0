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

// reconsider judges the last fresh value again because the limit was changed:
// what was pending or present holds only if it does under the new limit. A
// limit that was taken away, nil, has no condition.
func (c Condition) reconsider(l *Limit, side Side, v *vitals.Decimal, at time.Time) Condition {
	switch {
	case l == nil:
		return Condition{}
	case v == nil:
	case c.State == Pending && !side.Violates(*v, l.At):
		c.State, c.count = Normal, 0
	case c.State == Present && side.recovered(*v, *l):
		c.State, c.Since = Clearing, at
	case c.State == Clearing && !side.recovered(*v, *l):
		c.State = Present
	}
	if c.State == Clearing && at.Sub(c.Since) >= l.ClearDelay {
		c.State = Normal
	}
	return c
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
		out = append(out, Finding{signal, before, r.limitOf(before)})
	}
	return w, append(out, r.findings(before, now)...)
}

// Reconsider judges the last fresh value, nil if there is none, by changed
// limits. It begins no alarm: only a new value does.
func (w Watch) Reconsider(r Rule, v *vitals.Decimal, at time.Time) (Watch, []Finding) {
	before := w.Priority()
	w.Limit = w.Limit.reconsider(r.Limit, r.Side, v, at)
	w.Extreme = w.Extreme.reconsider(r.Extreme, r.Side, v, at)
	return w, r.findings(before, w.Priority())
}

// findings compares what the conditions asked for with what they ask for now.
func (r Rule) findings(before, now Priority) []Finding {
	switch {
	case before == now:
		return nil
	case before == "":
		return []Finding{{Onset, now, r.limitOf(now)}}
	case now == "":
		return []Finding{{Clear, before, r.limitOf(before)}}
	case now.Above(before):
		return []Finding{{PriorityUp, now, r.limitOf(now)}}
	}
	return []Finding{{PriorityDown, now, r.limitOf(now)}}
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

// LastSeen is when a value was last judged.
func (w Watch) LastSeen() time.Time {
	if w.Extreme.LastSeen.After(w.Limit.LastSeen) {
		return w.Extreme.LastSeen
	}
	return w.Limit.LastSeen
}

// IsIdle reports whether both conditions are normal: such a watch knows no
// more than a new one.
func (w Watch) IsIdle() bool { return w.Limit.isNormal() && w.Extreme.isNormal() }

// IsQuiet reports whether there is nothing that silence could change: no
// condition stands or is about to.
func (w Watch) IsQuiet() bool {
	return (w.Limit.isNormal() || w.Limit.State == Lost) && (w.Extreme.isNormal() || w.Extreme.State == Lost)
}

func (c Condition) isNormal() bool { return c.State == Normal || c.State == "" }

// Resume is the watch of an alarm that stood at the given priority when its
// source was lost.
func Resume(r Rule, p Priority) Watch {
	w := Watch{Rule: r.Key()}
	if r.Limit != nil {
		w.Limit.State = Lost
	}
	if r.Extreme != nil && (p == High || r.Limit == nil) {
		w.Extreme.State = Lost
	}
	return w
}

func (r Rule) limitOf(p Priority) vitals.Decimal {
	if r.Extreme != nil && (p == High || r.Limit == nil) {
		return r.Extreme.At
	}
	if r.Limit != nil {
		return r.Limit.At
	}
	return vitals.Decimal{} // a rule without limits finds nothing
}

func (r Rule) violatesAny(v vitals.Decimal) bool {
	return r.Limit != nil && !r.Side.recovered(v, *r.Limit) ||
		r.Extreme != nil && !r.Side.recovered(v, *r.Extreme)
}
