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

// After completes the state that an event tells with what was programmed
// before and the event leaves out: what runs, not how it runs.
func (c Channel) After(before Channel) Channel {
	c.Weight = orQuantity(c.Weight, before.Weight)
	if c.Drug != "" && c.Drug != before.Drug {
		return c
	}
	c.Drug = before.Drug
	c.Concentration = orQuantity(c.Concentration, before.Concentration)
	c.VTBI = orQuantity(c.VTBI, before.VTBI)
	return c
}

func orQuantity(q, otherwise *Quantity) *Quantity {
	if q == nil {
		return otherwise
	}
	return q
}
