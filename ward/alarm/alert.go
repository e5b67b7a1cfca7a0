package alarm

import (
	"strings"
	"time"

	"wardlight/ward/vitals"
)

// Phase is what a message says that happened to a device's alarm (IHE PCD-04,
// MDC_ATTR_EVENT_PHASE).
type Phase string

// The phases.
const (
	PhaseTimePoint    Phase = "tpoint"
	PhaseStart        Phase = "start"
	PhaseContinue     Phase = "continue"
	PhasePresent      Phase = "present"
	PhaseUpdate       Phase = "update"
	PhaseEscalate     Phase = "escalate"
	PhaseDeescalate   Phase = "deescalate"
	PhaseInactivate   Phase = "inactivate"
	PhaseAcknowledged Phase = "acknowledged"
	PhaseReset        Phase = "reset"
	PhaseEnd          Phase = "end"
)

// DeviceState is the state of a device's alarm at the device
// (MDC_ATTR_ALARM_STATE).
type DeviceState string

// The states.
const (
	DeviceInactive DeviceState = "inactive"
	DeviceActive   DeviceState = "active"
	DeviceLatched  DeviceState = "latched"
)

// AtDevice is what was done about an alarm at the device itself. It is shown
// apart: nobody of this system has answered by it.
type AtDevice struct {
	IsAcknowledged bool
	IsAudioPaused  bool // audio-paused, or audio-off
	IsAlarmPaused  bool // alarm-paused, or alarm-off
}

// Alert is one message of a device about one of its own alarms (IHE PCD-04).
type Alert struct {
	Key      string // names the alarm for its life: OBR-29, else OBR-3 of the first message
	Update   string // names this message: OBR-3
	Channel  string // place of the source in the device, as OBX-4 has it: "1.2.1.1"; empty: all of it
	Event    string // 11073 reference id: "MDC_EVT_LO"; never empty
	EventMDC int    // its number, 0 if not given
	Text     string // as the device words it
	Metric   vitals.Metric
	Value    *vitals.Decimal // in the metric's unit
	Limits   string          // OBX-7 as written: "90-100"
	Category Category
	Priority Priority // empty: no alarm signal, only information (PN)
	Phase    Phase
	State    DeviceState
	AtDevice AtDevice
	At       time.Time // corrected for the source's clock
	SaidAt   time.Time // when it was sent, corrected
	DeviceAt time.Time
}

// Heartbeat is the event by which an alarm source says, without a priority,
// that it is alive.
const Heartbeat = "MDC_EVT_ACTIVE"

// IsHeartbeat reports whether it is no alarm but a sign of life.
func (a Alert) IsHeartbeat() bool { return a.Event == Heartbeat && a.Priority == "" }

// Ends reports whether the condition is over, as the device says. What only
// begins, or has no duration, is not.
func (a Alert) Ends() bool {
	switch a.Phase {
	case PhaseEnd, PhaseReset:
		return true
	case PhaseStart, PhaseTimePoint:
		return false
	}
	return a.State == DeviceInactive
}

// Moment is the time that the message counts for. Present and continue say
// that the alarm stands as they are sent: the time they give may be that of
// its beginning.
func (a Alert) Moment() time.Time {
	if a.Repeats() {
		return a.SaidAt
	}
	return a.At
}

// Repeats reports whether the message says that an alarm stands as before: it
// counts for when it was sent, by the clock of the gateway, which need not go
// with the device's.
func (a Alert) Repeats() bool {
	return (a.Phase == PhasePresent || a.Phase == PhaseContinue) && a.SaidAt.After(a.At)
}

// Side is the side of the device's limit on which the value is; empty where
// the event does not say.
func (a Alert) Side() Side {
	switch {
	case a.Metric.Code == "":
	case a.Event == "MDC_EVT_LO", strings.HasPrefix(a.Event, "MDC_EVT_LO_"):
		return Below
	case a.Event == "MDC_EVT_HI", strings.HasPrefix(a.Event, "MDC_EVT_HI_"):
		return Above
	}
	return ""
}

// Limit is the device's limit that the value is beyond, read from the forms
// in which OBX-7 comes: 90-160, 90^160, <500 (no more than), >98. It is nil
// where that is not certain.
func (a Alert) Limit() *vitals.Decimal {
	text := strings.TrimSpace(a.Limits)
	low, high := "", ""
	switch {
	case strings.HasPrefix(text, "<"):
		high = strings.TrimLeft(text, "<= ")
	case strings.HasPrefix(text, ">"):
		low = strings.TrimLeft(text, ">= ")
	case strings.Contains(text, "^"):
		low, high, _ = strings.Cut(text, "^")
	case len(text) > 1:
		if i := strings.Index(text[1:], "-"); i >= 0 { // the first may be a sign
			low, high = text[:i+1], text[i+2:]
		}
	}
	limit := map[Side]string{Below: low, Above: high}[a.Side()]
	d, err := vitals.ParseDecimal(strings.TrimSpace(limit))
	if err != nil {
		return nil
	}
	return &d
}

// Label is the alarm as people read it: as the device words it, else what it
// is about and the event.
func (a Alert) Label() string {
	if text := strings.Join(strings.Fields(a.Text), " "); text != "" {
		return text
	}
	words := map[Side]string{Below: "low", Above: "high"}[a.Side()]
	if event, ok := strings.CutPrefix(a.Event, "MDC_EVT_"); words == "" && ok {
		words = strings.ToLower(strings.Join(strings.FieldsFunc(event, func(r rune) bool { return r == '_' }), " "))
	}
	if words == "" {
		words = "alarm " + a.Event
	}
	return strings.TrimSpace(a.Metric.Label + " " + words)
}
