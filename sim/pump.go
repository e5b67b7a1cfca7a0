package sim

import (
	"errors"
	"fmt"
	"time"
)

// Pump stands at a bed, or at a place that no unit knows.
type Pump struct {
	ID       string // EUI-64
	Label    string // "PUMP5"
	Unit     string
	Bed      string
	Patient  *Patient // nil: the pump was told of none
	Schedule Schedule
	Channels []Channel
}

// Ending is what a channel does when its volume is given.
type Ending string

// The endings.
const (
	KeepOpen Ending = "kvo"      // goes on at KVORate
	Finish   Ending = "complete" // stops
)

// KVORate is the flow that keeps a vein open, in mL/h.
const KVORate = "1.0"

// Channel is one delivery path and its day: it infuses, is paused once in
// every bag, comes to its end, and gets a new bag.
type Channel struct {
	Label      string // "1"
	Program    Program
	Infused    string        // mL of the first bag given before the script begins
	PauseAt    time.Duration // of infusing a bag; zero: never
	PauseFor   time.Duration
	Ending     Ending
	NewBagWait time.Duration // from the end of a bag to the start of the next
}

// Phase is what a channel is doing.
type Phase string

// The phases.
const (
	Infusing Phase = "infusing"
	Paused   Phase = "paused"
	KVO      Phase = "kvo"
	Complete Phase = "complete"
)

// PumpReport is what a pump has to say at a moment.
type PumpReport struct {
	Pump     Pump
	At       time.Duration
	Channels []ChannelState
	IsSilent bool // its patient is not there yet
}

// ChannelState is a channel at a moment. The statuses are the terms of IHE
// PCD; NotDelivering is empty while something flows.
type ChannelState struct {
	Label          string
	Drug           string
	Bag            int // from 0
	Phase          Phase
	InfusingStatus string // MDC_PUMP_INFUSING_STATUS
	DeliveryStatus string // MDC_PUMP_CURRENT_DELIVERY_STATUS
	NotDelivering  string // MDC_PUMP_NOT_DELIVERING_REASON
	Readings       []Reading
}

// Reading finds the value of a metric.
func (c ChannelState) Reading(m Metric) (Reading, bool) {
	return Report{Readings: c.Readings}.Reading(m)
}

func (p Pump) validate() error {
	if p.Schedule.Period <= 0 || len(p.Channels) == 0 {
		return errors.New("no schedule or no channels")
	}
	for _, c := range p.Channels {
		if _, err := c.plan(); err != nil {
			return fmt.Errorf("channel %s: %w", c.Label, err)
		}
	}
	return nil
}

// At is what the pump has to say at t. The script's New has refused channels
// that cannot be worked out.
func (p Pump) At(t time.Duration) PumpReport {
	r := PumpReport{Pump: p, At: t}
	if p.Patient != nil && t < p.Patient.Admitted {
		r.IsSilent = true
		return r
	}
	for _, c := range p.Channels {
		if state, err := c.at(t); err == nil {
			r.Channels = append(r.Channels, state)
		}
	}
	return r
}
