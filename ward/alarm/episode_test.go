package alarm_test

import (
	"testing"
	"time"

	"wardlight/ward/alarm"
)

const (
	activeUnack = alarm.ActiveUnacknowledged
	activeAck   = alarm.ActiveAcknowledged
	latched     = alarm.LatchedUnacknowledged
	indetUnack  = alarm.IndeterminateUnacknowledged
	indetAck    = alarm.IndeterminateAcknowledged
	same        = alarm.State("") // the event means nothing here
)

var states = []alarm.State{activeUnack, activeAck, latched, indetUnack, indetAck}

// episode stands in a state, acknowledged if the state says so.
func episode(s alarm.State, p alarm.Priority) alarm.Episode {
	e := alarm.Episode{
		ID: "e1", Version: 5, AcceptFrom: 3, State: s, Priority: p, Highest: p,
		Category: alarm.Physiological, Origin: alarm.FromLimit, Onset: start,
	}
	if s.IsAcknowledged() {
		e.Acknowledged = &alarm.Acknowledgement{By: "kim", Name: "Kim R.", At: start}
	}
	return e
}

// Each cell of the episode table of the alarm rules, but for the timers. A
// high alarm latches, a medium one does not.
func TestEpisodeTable(t *testing.T) {
	type row struct {
		name     string
		what     alarm.EventKind
		priority alarm.Priority
		to       [5]alarm.State // in the order of states
		closed   [5]alarm.Reason
	}
	const gone = alarm.Closed
	for _, r := range []row{
		{"onset", alarm.EventOnset, alarm.High, [5]alarm.State{same, same, activeUnack, same, same}, [5]alarm.Reason{}},
		{
			"clear, not latching", alarm.EventClear, alarm.Medium,
			[5]alarm.State{gone, gone, same, gone, gone},
			[5]alarm.Reason{alarm.ResolvedUnacknowledged, alarm.Resolved, "", alarm.ResolvedUnacknowledged, alarm.Resolved},
		},
		{
			"clear, latching", alarm.EventClear, alarm.High,
			[5]alarm.State{latched, gone, same, latched, gone},
			[5]alarm.Reason{"", alarm.Resolved, "", "", alarm.Resolved},
		},
		{
			"acknowledge", alarm.EventAcknowledge, alarm.High,
			[5]alarm.State{activeAck, same, gone, indetAck, same},
			[5]alarm.Reason{"", "", alarm.AcknowledgedAfterLatch, "", ""},
		},
		{"priority up", alarm.EventPriorityUp, alarm.High, [5]alarm.State{activeUnack, activeUnack, latched, indetUnack, indetUnack}, [5]alarm.Reason{}},
		{"priority down", alarm.EventPriorityDown, alarm.Medium, [5]alarm.State{activeUnack, activeAck, latched, indetUnack, indetAck}, [5]alarm.Reason{}},
		{"source lost", alarm.EventSourceLost, alarm.High, [5]alarm.State{indetUnack, indetAck, same, same, same}, [5]alarm.Reason{}},
		{"restored, present", alarm.EventRestored, alarm.High, [5]alarm.State{same, same, same, activeUnack, activeUnack}, [5]alarm.Reason{}},
		{"restored, clearing", alarm.EventRecovering, alarm.High, [5]alarm.State{same, same, same, activeUnack, activeAck}, [5]alarm.Reason{}},
		{
			"limit off", alarm.EventLimitOff, alarm.High,
			[5]alarm.State{gone, gone, gone, gone, gone},
			[5]alarm.Reason{alarm.Suppressed, alarm.Suppressed, alarm.Suppressed, alarm.Suppressed, alarm.Suppressed},
		},
		{
			"discharge", alarm.EventDischarge, alarm.High,
			[5]alarm.State{gone, gone, gone, gone, gone},
			[5]alarm.Reason{alarm.Discharged, alarm.Discharged, alarm.Discharged, alarm.Discharged, alarm.Discharged},
		},
		{"transfer", alarm.EventTransfer, alarm.High, [5]alarm.State{activeUnack, activeUnack, latched, indetUnack, indetUnack}, [5]alarm.Reason{}},
		{
			"device given to another", alarm.EventReassign, alarm.High,
			[5]alarm.State{gone, gone, gone, gone, gone},
			[5]alarm.Reason{alarm.Reassigned, alarm.Reassigned, alarm.Reassigned, alarm.Reassigned, alarm.Reassigned},
		},
	} {
		for i, from := range states {
			t.Run(r.name+"/"+string(from), func(t *testing.T) {
				before := episode(from, r.priority)
				at := start.Add(time.Minute)
				after, changed := before.Step(r.what, at)
				if r.to[i] == same {
					if changed || after != before {
						t.Fatalf("changed to %+v, want nothing", after)
					}
					return
				}
				switch {
				case !changed || after.State != r.to[i] || after.Closed != r.closed[i]:
					t.Errorf("to %s (%s), want %s (%s)", after.State, after.Closed, r.to[i], r.closed[i])
				case after.Version != before.Version+1:
					t.Errorf("version %d after %d", after.Version, before.Version)
				case after.State.IsAcknowledged() && after.Acknowledged == nil && r.what != alarm.EventAcknowledge:
					t.Error("acknowledged by nobody")
				case after.IsOpen() && !after.State.IsAcknowledged() && after.Acknowledged != nil:
					t.Error("an acknowledgement survived in an unacknowledged alarm")
				case !after.IsOpen() && (after.ClosedAt != at || after.EndedAt.IsZero()):
					t.Errorf("closed at %v, ended at %v", after.ClosedAt, after.EndedAt)
				}
			})
		}
	}
}

func TestClosedStaysClosed(t *testing.T) {
	closed, _ := episode(activeUnack, alarm.Medium).Step(alarm.EventClear, start)
	for _, what := range []alarm.EventKind{
		alarm.EventOnset, alarm.EventClear, alarm.EventAcknowledge, alarm.EventPriorityUp, alarm.EventPriorityDown,
		alarm.EventSourceLost, alarm.EventRestored, alarm.EventRecovering, alarm.EventTransfer, alarm.EventDischarge,
		alarm.EventReassign, alarm.EventLimitOff, "no such event",
	} {
		if after, changed := closed.Step(what, start.Add(time.Second)); changed || after != closed {
			t.Errorf("%s changed a closed alarm to %+v", what, after)
		}
	}
}

func TestRecurrence(t *testing.T) {
	e := episode(activeUnack, alarm.High)
	e, _ = e.Step(alarm.EventClear, start.Add(time.Second))
	if e.State != latched || !e.EndedAt.Equal(start.Add(time.Second)) {
		t.Fatalf("after its end: %s, ended %v", e.State, e.EndedAt)
	}
	e, _ = e.Step(alarm.EventOnset, start.Add(time.Minute))
	if e.State != activeUnack || e.Recurrence != 1 || !e.EndedAt.IsZero() || !e.Onset.Equal(start) {
		t.Errorf("after its return: %+v", e)
	}
}

// Which versions a nurse may have seen and still acknowledge.
func TestAcceptFrom(t *testing.T) {
	for what, accepts := range map[alarm.EventKind]bool{
		alarm.EventClear: true, alarm.EventPriorityUp: false, alarm.EventPriorityDown: false, alarm.EventSourceLost: false, alarm.EventTransfer: false,
	} {
		before := episode(activeUnack, alarm.High)
		after, _ := before.Step(what, start)
		if got := before.Version >= after.AcceptFrom; got != accepts {
			t.Errorf("%s: the version before is accepted: %v, want %v", what, got, accepts)
		}
	}
	e := episode(latched, alarm.High)
	if after, _ := e.Step(alarm.EventOnset, start); e.Version < after.AcceptFrom {
		t.Error("a recurrence outdates what was seen before it")
	}
}

// What voids an acknowledgement voids one that is still on its way.
func TestRequestIsVoided(t *testing.T) {
	for what, void := range map[alarm.EventKind]bool{
		alarm.EventPriorityUp: true, alarm.EventTransfer: true, alarm.EventRestored: true,
		alarm.EventPriorityDown: false, alarm.EventRecovering: false,
	} {
		before := episode(indetUnack, alarm.High)
		request := &alarm.Request{Command: "c1"}
		before.Request = request
		after, changed := before.Step(what, start)
		if !changed || after.Request == nil || after.Request.IsVoid != void {
			t.Errorf("%s: changed %v, request %+v, want void %v", what, changed, after.Request, void)
		}
		if request.IsVoid {
			t.Errorf("%s changed the request of the alarm before", what)
		}
	}
}

func TestLatching(t *testing.T) {
	for _, test := range []struct {
		name     string
		highest  alarm.Priority
		category alarm.Category
		want     bool
	}{
		{"high, of the patient", alarm.High, alarm.Physiological, true},
		{"was high once", alarm.High, alarm.Physiological, true},
		{"medium", alarm.Medium, alarm.Physiological, false},
		{"technical", alarm.High, alarm.Technical, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := alarm.Episode{Priority: alarm.Medium, Highest: test.highest, Category: test.category, State: activeUnack}
			if e.IsLatching() != test.want {
				t.Errorf("IsLatching = %v", e.IsLatching())
			}
		})
	}
}

func TestWithPriorityKeepsTheHighest(t *testing.T) {
	e := episode(activeUnack, alarm.Medium).WithPriority(alarm.High, decimal("140")).WithPriority(alarm.Medium, decimal("120"))
	if e.Priority != alarm.Medium || e.Highest != alarm.High || e.Limit.String() != "120" {
		t.Errorf("priority %s, highest %s, limit %s", e.Priority, e.Highest, e.Limit)
	}
}

func TestWorklist(t *testing.T) {
	of := func(id alarm.ID, s alarm.State, p alarm.Priority, onset time.Time) alarm.Episode {
		return alarm.Episode{ID: id, State: s, Priority: p, Onset: onset}
	}
	order := []alarm.Episode{
		of("a", activeUnack, alarm.High, start.Add(time.Hour)),
		of("b", latched, alarm.Medium, start),
		of("c", activeUnack, alarm.Medium, start.Add(time.Second)),
		of("d", indetUnack, alarm.Medium, start.Add(time.Second)),
		of("e", activeUnack, alarm.Low, start),
		of("f", activeAck, alarm.High, start),
	}
	for i, a := range order {
		for j, b := range order {
			if got := a.Before(b); got != (i < j) {
				t.Errorf("%s before %s: %v", a.ID, b.ID, got)
			}
		}
	}
}

func TestShown(t *testing.T) {
	for s, want := range map[alarm.State]string{
		activeUnack: "active", activeAck: "active", latched: "latched", indetUnack: "indeterminate", indetAck: "indeterminate", alarm.Closed: "closed",
	} {
		if got := s.Shown(); got != want {
			t.Errorf("%s is shown as %q, want %q", s, got, want)
		}
	}
}
