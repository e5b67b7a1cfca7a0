package alarm

import (
	"cmp"
	"time"

	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/staff"
	"wardlight/ward/vitals"
)

// ID names one episode for good.
type ID string

// Category is what an alarm is about: the patient, or the equipment.
type Category string

// The categories of IEC 60601-1-8.
const (
	Physiological Category = "physiological"
	Technical     Category = "technical"
)

// Origin is who decided that there is an alarm.
type Origin string

// The origins, as the snapshot spells them.
const (
	FromDevice Origin = "device"
	FromLimit  Origin = "limit"
	FromRule   Origin = "rule"
	FromSystem Origin = "system"
)

// State is where an episode stands between the data and the people.
type State string

// The episode states.
const (
	ActiveUnacknowledged        State = "active-unacknowledged"
	ActiveAcknowledged          State = "active-acknowledged"
	LatchedUnacknowledged       State = "latched-unacknowledged"
	IndeterminateUnacknowledged State = "indeterminate-unacknowledged" // its source is silent
	IndeterminateAcknowledged   State = "indeterminate-acknowledged"
	Closed                      State = "closed"
)

// Shown is the state as the snapshot and the screens say it: active, latched,
// indeterminate or closed; whether it is acknowledged is told apart.
func (s State) Shown() string {
	switch s {
	case ActiveUnacknowledged, ActiveAcknowledged:
		return "active"
	case LatchedUnacknowledged:
		return "latched"
	case IndeterminateUnacknowledged, IndeterminateAcknowledged:
		return "indeterminate"
	}
	return "closed"
}

// IsAcknowledged reports whether somebody has taken the alarm.
func (s State) IsAcknowledged() bool {
	return s == ActiveAcknowledged || s == IndeterminateAcknowledged
}

// Reason why an episode closed.
type Reason string

// The reasons.
const (
	ResolvedUnacknowledged Reason = "resolved-unacknowledged"
	Resolved               Reason = "resolved"
	AcknowledgedAfterLatch Reason = "acknowledged-after-latch"
	Discharged             Reason = "discharged"
	Reassigned             Reason = "reassigned"
	Suppressed             Reason = "suppressed" // its limit was taken away
	Late                   Reason = "late"       // told, or measured, when it was history already: it never stood here
	Unassigned             Reason = "unassigned" // its device spoke for no bed
)

// Acknowledgement is somebody's word that they own an alarm.
type Acknowledgement struct {
	By     staff.ID
	Name   string
	At     time.Time
	Reason string
	Note   string
}

// Request is an acknowledgement on its way into the record. Until it is
// there, the alarm stands as before.
type Request struct {
	Command string
	IsVoid  bool // the alarm rose, came back or moved meanwhile: somebody must look again
	Acknowledgement
}

// Episode is one alarm from onset to close: what people see and act on.
type Episode struct {
	ID        ID
	Version   int // rises with every change; acknowledging compares it
	Bed       census.BedID
	Encounter census.EncounterID
	Device    device.ID
	Channel   string
	Code      string      // 11073 event, or our own name for a technical condition
	Metric    vitals.Code // empty for technical alarms
	Side      Side
	Label     string // as people read it: "SpO2 low"
	Category  Category
	Origin    Origin
	Priority  Priority
	Highest   Priority // it ever had; a high one latches
	State     State

	Onset      time.Time // when we decided, by the server's clock
	OnsetAt    time.Time // when the value was measured
	EndedAt    time.Time // when the condition ended; zero while it stands
	ClosedAt   time.Time
	Closed     Reason
	Value      *vitals.Decimal // at onset
	Worst      *vitals.Decimal
	Limit      *vitals.Decimal // in force at onset, or at the last rise
	LimitFrom  string          // where the limit came from
	Recurrence int             // onsets after the first while still open
	ChainID    ID              // first episode of a run of close repeats

	DeviceKey    string   // Alert.Key of a device's own alarm
	AtDevice     AtDevice // what was done about it at the device
	Acknowledged *Acknowledgement
	Request      *Request // an acknowledgement that is not recorded yet
	// AcceptFrom is the oldest version that an acknowledgement may carry:
	// since then the alarm has at most ended and recurred.
	AcceptFrom int
}

// IsOpen reports whether people still see it.
func (e Episode) IsOpen() bool { return e.State != Closed }

// IsBy reports whether the rule's limits made the alarm.
func (e Episode) IsBy(k RuleKey) bool {
	return e.Origin == FromLimit && e.Metric == k.Metric && e.Side == k.Side
}

// IsLatching reports whether it stays until somebody has seen it: what is
// high and about the patient, and all that a device itself calls high, such as
// an occlusion.
func (e Episode) IsLatching() bool {
	return e.Highest == High && (e.Category == Physiological || e.Origin == FromDevice)
}

// isOrphan reports whether the device that alarmed is at another bed by now:
// nobody will say that the alarm ends.
func (e Episode) isOrphan() bool {
	return e.Origin == FromDevice && e.Device == "" && e.State.Shown() == "indeterminate"
}

// IsOneWith reports whether o, which has no device any more, and the alarm
// without its device are one: about the same limit, or of the same name about
// the same thing.
func (e Episode) IsOneWith(o Episode) bool {
	if o.Device != "" || o.Origin != e.Origin || o.Metric != e.Metric || o.Side != e.Side {
		return false
	}
	switch e.Origin {
	case FromLimit:
		return true
	case FromDevice:
		return o.DeviceKey == e.DeviceKey && o.Code == e.Code && o.Channel == e.Channel
	}
	return false
}

// Lasted is how long the condition stood; ok is false while it does, and
// where nobody knows. Of a device's own alarm it is the device's time.
func (e Episode) Lasted() (d time.Duration, ok bool) {
	switch {
	case e.EndedAt.IsZero():
		return 0, false
	case e.Origin == FromDevice:
		return max(e.EndedAt.Sub(e.OnsetAt), 0), true
	}
	return max(e.EndedAt.Sub(e.Onset), 0), true
}

// Event is one line of an episode's history.
type Event struct {
	Episode ID
	Version int // of the episode after it
	At      time.Time
	What    EventKind
	From    State
	To      State
	By      staff.ID // empty: the data did it
	Detail  string   // reason of an acknowledgement, and the like
}

// EventKind is what happened to an episode.
type EventKind string

// The events. The first six come from conditions (Signal), the rest from
// people, the census and devices.
const (
	EventOnset        EventKind = EventKind(Onset)
	EventClear        EventKind = EventKind(Clear)
	EventSourceLost   EventKind = EventKind(SourceLost)
	EventRestored     EventKind = EventKind(Restored)
	EventRecovering   EventKind = EventKind(Recovering)
	EventPriorityUp   EventKind = EventKind(PriorityUp)
	EventPriorityDown EventKind = EventKind(PriorityDown)
	EventAcknowledge  EventKind = "acknowledge"
	EventDischarge    EventKind = "discharge"
	EventTransfer     EventKind = "transfer"
	EventReassign     EventKind = "reassign"
	EventLimitOff     EventKind = "limit-off"
)

// voids reports whether an acknowledgement given before the event does not
// cover what is there after it.
func (k EventKind) voids() bool {
	return k == EventPriorityUp || k == EventRestored || k == EventTransfer
}

// keepsVersions reports whether whoever saw the alarm before the event may
// still acknowledge it: it ended or recurred, and is no worse than it was.
func (k EventKind) keepsVersions() bool {
	return k == EventOnset || k == EventClear || k == EventRecovering
}

// Step applies an event to an open episode. changed is false where the event
// means nothing in the episode's state. The whole event × state table of the
// alarm rules, but for the timers, is here.
func (e Episode) Step(what EventKind, at time.Time) (next Episode, changed bool) {
	to, closed := e.transition(what)
	if to == "" || !e.IsOpen() {
		return e, false
	}
	e.Version++
	if !what.keepsVersions() {
		e.AcceptFrom = e.Version
	}
	if what == EventOnset {
		e.Recurrence++
		e.EndedAt = time.Time{}
	}
	if what == EventClear && e.EndedAt.IsZero() {
		e.EndedAt = at
	}
	e.State = to
	if what.voids() {
		e.Acknowledged = nil
		e.Request = e.Request.voided()
	}
	if to == LatchedUnacknowledged {
		e.Priority = e.Highest // what nobody has seen is as grave as it ever was
	}
	if to == Closed {
		e.ClosedAt, e.Closed = at, closed
		if e.EndedAt.IsZero() {
			e.EndedAt = at
		}
	}
	return e, true
}

func (r *Request) voided() *Request {
	if r == nil {
		return nil
	}
	void := *r
	void.IsVoid = true
	return &void
}

// transition names the next state; "" where the event means nothing.
func (e Episode) transition(what EventKind) (State, Reason) {
	switch what {
	case EventOnset:
		return e.pick(map[State]State{LatchedUnacknowledged: ActiveUnacknowledged}), ""
	case EventClear:
		return e.cleared()
	case EventAcknowledge:
		if e.State == LatchedUnacknowledged || e.isOrphan() {
			return Closed, AcknowledgedAfterLatch
		}
		return e.pick(map[State]State{
			ActiveUnacknowledged:        ActiveAcknowledged,
			IndeterminateUnacknowledged: IndeterminateAcknowledged,
		}), ""
	case EventPriorityUp:
		return e.pick(map[State]State{
			ActiveUnacknowledged:        ActiveUnacknowledged,
			ActiveAcknowledged:          ActiveUnacknowledged,
			LatchedUnacknowledged:       LatchedUnacknowledged,
			IndeterminateUnacknowledged: IndeterminateUnacknowledged,
			IndeterminateAcknowledged:   IndeterminateUnacknowledged,
		}), ""
	case EventPriorityDown:
		return e.State, ""
	case EventSourceLost:
		return e.pick(map[State]State{
			ActiveUnacknowledged: IndeterminateUnacknowledged,
			ActiveAcknowledged:   IndeterminateAcknowledged,
		}), ""
	case EventRestored:
		return e.pick(map[State]State{
			IndeterminateUnacknowledged: ActiveUnacknowledged,
			IndeterminateAcknowledged:   ActiveUnacknowledged,
		}), ""
	case EventRecovering:
		return e.pick(map[State]State{
			IndeterminateUnacknowledged: ActiveUnacknowledged,
			IndeterminateAcknowledged:   ActiveAcknowledged,
		}), ""
	case EventTransfer:
		return e.pick(map[State]State{
			ActiveUnacknowledged:        ActiveUnacknowledged,
			ActiveAcknowledged:          ActiveUnacknowledged,
			LatchedUnacknowledged:       LatchedUnacknowledged,
			IndeterminateUnacknowledged: IndeterminateUnacknowledged,
			IndeterminateAcknowledged:   IndeterminateUnacknowledged,
		}), ""
	case EventDischarge:
		return Closed, Discharged
	case EventReassign:
		return Closed, Reassigned
	case EventLimitOff:
		return Closed, Suppressed
	}
	return "", ""
}

func (e Episode) pick(to map[State]State) State { return to[e.State] }

func (e Episode) cleared() (State, Reason) {
	switch e.State {
	case ActiveUnacknowledged, IndeterminateUnacknowledged:
		if e.IsLatching() {
			return LatchedUnacknowledged, ""
		}
		return Closed, ResolvedUnacknowledged
	case ActiveAcknowledged, IndeterminateAcknowledged:
		return Closed, Resolved
	}
	return "", ""
}

// Compare orders open alarms as a worklist: unacknowledged first, then by
// priority, then the longest standing.
func (e Episode) Compare(o Episode) int {
	if a, b := e.State.IsAcknowledged(), o.State.IsAcknowledged(); a != b {
		if a {
			return +1
		}
		return -1
	}
	return cmp.Or(cmp.Compare(o.Priority.rank(), e.Priority.rank()), e.Onset.Compare(o.Onset), cmp.Compare(e.ID, o.ID))
}

// Before reports whether e comes before o in the worklist.
func (e Episode) Before(o Episode) bool { return e.Compare(o) < 0 }

// Latched is the alarm with a condition that ended at time at and that
// somebody must still see, whatever its priority.
func (e Episode) Latched(at time.Time) Episode {
	e.State, e.EndedAt = LatchedUnacknowledged, at
	return e
}

// WithPriority sets the priority that the conditions now ask for and the
// limit that decided it. The highest priority is kept.
func (e Episode) WithPriority(p Priority, limit vitals.Decimal) Episode {
	e.Priority, e.Limit = p, &limit
	e.Highest = Higher(p, e.Highest)
	return e
}
