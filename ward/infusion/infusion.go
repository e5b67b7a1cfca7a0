// Package infusion holds what smart pumps report of their channels: drug,
// rate, dose, volumes and status, and when a channel will run dry. It
// commands no pump.
package infusion

import (
	"time"

	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// Status is the delivery state of a channel (IEEE 11073 pump status as IHE
// PCD reports it).
type Status string

// The statuses, as the snapshot spells them. Unknown is neither running nor
// stopped.
const (
	Off        Status = "off"
	Programmed Status = "programmed"
	Infusing   Status = "infusing"
	Bolus      Status = "bolus"
	KVO        Status = "kvo" // keep vein open
	Paused     Status = "paused"
	Standby    Status = "standby"
	Complete   Status = "complete"
	Stopped    Status = "stopped" // by an alarm
	Unknown    Status = "unknown"
)

// Quantity is a number with its UCUM unit. A nil *Quantity was not reported.
type Quantity struct {
	Value vitals.Decimal
	Unit  string
}

// Channel is the last known state of one delivery path of a pump.
type Channel struct {
	Device        device.ID
	Channel       string // "1", or the pump's own label
	Status        Status
	Drug          string
	Rate          *Quantity // what flows now; mL/h
	Dose          *Quantity // for example ug/kg/min
	Concentration *Quantity
	Weight        *Quantity     // the patient weight that the pump calculates with; kg
	VTBI          *Quantity     // volume to be infused; mL
	Infused       *Quantity     // mL
	Remaining     *Quantity     // of the VTBI; mL
	TimeLeft      time.Duration // as the pump says; zero: it did not
	At            time.Time     // of the report, corrected for the source's clock
	DeviceAt      time.Time
	ReceivedAt    time.Time
}

// longestForecast is where a forecast stops to mean anything: a rate near
// nothing, or figures that do not belong together.
const longestForecast = 30 * 24 * time.Hour

// IsRunning reports whether drug flows at its programmed rate.
func (c Channel) IsRunning() bool { return c.Status == Infusing || c.Status == Bolus }

// EmptyAt forecasts when the VTBI is used up, anchored on the report and not
// on now: from the pump's own time left, else remaining volume over rate. ok
// is false while nothing flows, at KVO, or without the figures.
func (c Channel) EmptyAt() (at time.Time, ok bool) {
	if !c.IsRunning() {
		return time.Time{}, false
	}
	if c.TimeLeft > 0 {
		return c.At.Add(c.TimeLeft), true
	}
	if c.Remaining == nil || c.Rate == nil || c.Rate.Value.Sign() <= 0 || c.Remaining.Value.Sign() < 0 {
		return time.Time{}, false
	}
	hours := c.Remaining.Value.Float() / c.Rate.Value.Float()
	if hours > longestForecast.Hours() {
		return time.Time{}, false
	}
	return c.At.Add(time.Duration(hours * float64(time.Hour)).Round(time.Second)), true
}

// Progress is the infused share of the VTBI, 0 to 1; ok is false without the
// figures.
func (c Channel) Progress() (share float64, ok bool) {
	if c.VTBI == nil || c.VTBI.Value.Sign() <= 0 {
		return 0, false
	}
	switch {
	case c.Infused != nil:
		share = c.Infused.Value.Float() / c.VTBI.Value.Float()
	case c.Remaining != nil:
		share = 1 - c.Remaining.Value.Float()/c.VTBI.Value.Float()
	default:
		return 0, false
	}
	return min(max(share, 0), 1), true
}
