package alarm

import (
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
	Channel  string // containment of the source below the MDS: "1.2.1.1"
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
	DeviceAt time.Time
}
