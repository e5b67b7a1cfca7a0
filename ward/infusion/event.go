package infusion

import (
	"time"

	"wardlight/ward/device"
)

// EventKind is what happened to a channel (IHE PCD-10).
type EventKind string

// The kinds that have a meaning here; others are recorded under their own
// 11073 reference id.
const (
	DeliveryStart    EventKind = "MDC_EVT_PUMP_DELIV_START"
	DeliveryStop     EventKind = "MDC_EVT_PUMP_DELIV_STOP"
	DeliveryComplete EventKind = "MDC_EVT_PUMP_DELIV_COMP"
)

// Event is one thing that happened to a channel, told at once or, by a pump
// that was out of reach, long after.
type Event struct {
	Device     device.ID
	Channel    string
	Kind       EventKind
	Detail     string // why it does not deliver, or its delivery status, as the pump words it
	State      Channel
	At         time.Time // when it happened, corrected for the source's clock
	DeviceAt   time.Time
	ReceivedAt time.Time
}
