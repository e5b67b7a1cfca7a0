// Package sim is a ward of patients, monitors and pumps that lives outside the
// product and speaks to it as a hospital's gateways do. Its vital signs are
// those of real patients' recordings; what no recording holds is seeded and
// says so. Everything is a pure function of the script and the time since it
// began: the same script gives the same values, whenever it is asked.
package sim

import "time"

// Script says who lies where, what each device replays, and what happens to
// it. Every time in it counts from the beginning of the script.
type Script struct {
	Seed  uint64
	Units []Unit
	Pumps []Pump
}

// Unit is one nursing unit.
type Unit struct {
	Code string
	Name string
	Beds []Bed
}

// Bed may be empty: no patient and no devices.
type Bed struct {
	Code    string
	Patient *Patient
	Devices []Device
}

// Patient is an invented person.
type Patient struct {
	MRN       string
	Visit     string
	Family    string
	Given     string
	BirthDate string // YYYY-MM-DD
	Sex       string // HL7 table 0001: F or M
	Weight    string // kg, one decimal
	Admitted  time.Duration
}

// DeviceKind is what a device is to a nurse.
type DeviceKind string

// The kinds.
const (
	Monitor   DeviceKind = "monitor"    // HR, RR, SpO2, pulse; cuff and temperature now and then
	Wearable  DeviceKind = "wearable"   // HR, RR, SpO2, pulse
	SpotCheck DeviceKind = "spot-check" // cuff and temperature now and then
)

// Device measures one patient.
type Device struct {
	ID       string // EUI-64
	Label    string // "MON12"
	Kind     DeviceKind
	Schedule Schedule
	Checks   time.Duration // between two simulated cuff or temperature readings; zero: none
	Window   Window
	Overlays []Overlay
}

// Schedule is when a device speaks: at Phase, and every Period from there.
type Schedule struct{ Phase, Period time.Duration }

// Next is the first time after t at which the device speaks.
func (s Schedule) Next(t time.Duration) time.Duration {
	if t < s.Phase {
		return s.Phase
	}
	return s.Phase + ((t-s.Phase)/s.Period+1)*s.Period
}

// Window is the part of a recording that a device replays, over and over.
type Window struct {
	Record        string
	Start, Length time.Duration
}

// lap says how often the window has been replayed at t, and how far into the
// recording it is. What came before the script is what the recording holds
// before its window, and before that the recording up to the window's end,
// over and over; lap is then negative.
func (w Window) lap(t time.Duration) (lap int, into time.Duration) {
	if t >= 0 {
		return int(t / w.Length), w.Start + t%w.Length
	}
	round, into := floored(w.Start+t, w.Start+w.Length)
	return round - 1, into
}

// floored divides rounding down, so that the rest is never negative.
func floored(t, by time.Duration) (times int, rest time.Duration) {
	rest = (t%by + by) % by
	return int((t - rest) / by), rest
}
