// Package ward is the ward as a value: units, beds, patients, devices, vital
// signs, infusions and alarms. Everything that happens to it is an Input, and
// Apply says what changed. It is pure: no clock, no I/O, no logger; time comes
// with the input, and a ward that Apply was given stays as it was.
package ward

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

// Ward is everything that is known now. The zero value is an empty ward.
// Values reached through it are shared and must not be changed.
type Ward struct {
	units      []*Unit // by code
	devices    table[device.ID, *Device]
	patients   table[census.PatientID, *census.Patient]
	byNumber   table[string, []census.PatientID]            // Identifier.Value →
	stays      table[census.PatientID, []*census.Encounter] // open ones, and those that ended lately
	system     []alarm.Episode                              // open alarms about the system itself
	unassigned []device.ID                                  // sorted
	sources    table[string, *Source]                       // senders since this process started, by name
	settings   Settings
	pairings   []pairing // of the last minute
	// spoolTroubleAt is when the outage spool last took no more.
	spoolTroubleAt time.Time
}

// Unit is a unit with its beds in drawing order.
type Unit struct {
	UnitConfig
	Beds  []*Bed
	place map[census.BedCode]int // of each bed among Beds
	rules []alarm.Rule           // in catalogue order
	judge map[vitals.Code][]alarm.Rule
}

// Bed is a bed, who is in it, what reports for it and what alarms there.
type Bed struct {
	ID        census.BedID
	Encounter *census.Encounter // nil: nobody admitted
	Patient   *census.Patient   // with Encounter
	Displaced []census.EncounterID
	Devices   []*Device // by kind, then id
	Episodes  []alarm.Episode
	closed    []closing // of the last ChainWithin
}

// closing remembers an alarm that just ended, to tie a repeat to it.
type closing struct {
	of    alarmKind
	at    time.Time
	chain alarm.ID
}

// alarmKind is what two alarms have in common of which one repeats the other.
type alarmKind struct {
	device  device.ID
	channel string
	origin  alarm.Origin
	code    string
	metric  vitals.Code
	side    alarm.Side
}

func kindOf(e alarm.Episode) alarmKind {
	return alarmKind{e.Device, e.Channel, e.Origin, e.Code, e.Metric, e.Side}
}

// Device is a device and the last it said.
type Device struct {
	device.Identity
	Gateway   string
	Location  census.Location
	Bed       census.BedID // zero: unassigned
	Encounter census.EncounterID
	Since     time.Time // of the association; unassigned: end of the one before
	By        string    // who made it: "gateway" or a person's id; empty: unassigned
	Hand      device.Hand
	Note      string    // where its gateway's words and a person's differ
	Held      string    // why it is unassigned, for people
	KnownAt   time.Time // server time of its first message since the start
	HeardAt   time.Time // server time of its last message
	Rhythm    device.Rhythm
	IsLost    bool
	Readings  []Reading // in catalogue order
	Channels  []infusion.Channel
	watches   []alarm.Watch // those that are not idle
	missed    []alarm.Watch // of values that came too late; see judgeMissed
	alerts    []heardAlert  // its own alarms, standing and lately ended
	steadyAt  time.Time     // when its newest message left that was more than an alarm or an event; zero: none
	isUnheard bool          // since this process started
	lostAt    time.Time     // with IsLost
	former    former
	elseUntil time.Time            // until then it spoke for another, or for nobody; zero: it was never heard to
	settings  []vitals.Observation // the newest of each metric
}

// former is the last encounter that a device spoke for, and when.
type former struct {
	encounter   census.EncounterID
	from, until time.Time
}

// Reading is the last word on one quantity, and the last value before it if
// the last word is that there is none.
type Reading struct {
	Now       vitals.Observation
	Was       vitals.Observation // last one with a value
	NoneSince time.Time          // server time of the first word without a value; zero: there is one
	Looked    vitals.Freshness   // as screens were last told

	correctedAt time.Time // by the device's clock: of the value that was corrected last
}

// Period is how often the device speaks.
func (d *Device) Period() time.Duration { return d.Rhythm.Period(d.Kind.AssumedPeriod()) }

// Freshness judges a reading of this device at time at, by the age of its
// last value.
func (d *Device) Freshness(r Reading, at time.Time) vitals.Freshness {
	return d.Bounds(r).Freshness(at.Sub(r.Was.At))
}

// Bounds are the ages at which a reading of this device looks old.
func (d *Device) Bounds(r Reading) vitals.Bounds {
	return vitals.BoundsFor(r.Now.Metric, d.Period())
}

// Units lists the units by code.
func (w Ward) Units() []*Unit { return w.units }

// Unit finds a unit.
func (w Ward) Unit(code census.UnitCode) (*Unit, bool) {
	i, ok := slices.BinarySearchFunc(w.units, code, func(u *Unit, c census.UnitCode) int { return cmp.Compare(u.Code, c) })
	if !ok {
		return nil, false
	}
	return w.units[i], true
}

// Bed finds a bed.
func (w Ward) Bed(id census.BedID) (*Bed, bool) {
	u, ok := w.Unit(id.Unit)
	if !ok {
		return nil, false
	}
	return u.Bed(id.Bed)
}

// BedCalled finds a bed by its name as people write it, "ICU-12", in capitals
// or not.
func (w Ward) BedCalled(name string) (*Bed, bool) {
	for _, u := range w.units {
		for _, b := range u.Beds {
			if strings.EqualFold(b.ID.String(), name) {
				return b, true
			}
		}
	}
	return nil, false
}

// Bed finds a bed of the unit.
func (u *Unit) Bed(code census.BedCode) (*Bed, bool) {
	i, ok := u.place[code]
	if !ok {
		return nil, false
	}
	return u.Beds[i], true
}

// Rules are the unit's limits, in catalogue order.
func (u *Unit) Rules() []alarm.Rule { return u.rules }

// Rule finds the unit's rule for one side of a metric.
func (u *Unit) Rule(k alarm.RuleKey) (alarm.Rule, bool) {
	for _, r := range u.judge[k.Metric] {
		if r.Side == k.Side {
			return r, true
		}
	}
	return alarm.Rule{}, false
}

// Device finds a device.
func (w Ward) Device(id device.ID) (*Device, bool) { return w.devices.get(id) }

// Devices lists every device by id.
func (w Ward) Devices() []*Device {
	var out []*Device
	for dev := range w.devices.values() {
		out = append(out, dev)
	}
	slices.SortFunc(out, func(a, b *Device) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// Unassigned lists the devices that report for no bed, by id.
func (w Ward) Unassigned() []*Device {
	out := make([]*Device, 0, len(w.unassigned))
	for _, id := range w.unassigned {
		if d, ok := w.devices.get(id); ok {
			out = append(out, d)
		}
	}
	return out
}

// Patient finds a patient.
func (w Ward) Patient(id census.PatientID) (*census.Patient, bool) {
	p, _ := w.patients.get(id)
	return p, p != nil
}

// BedOf finds the bed in which a patient lies now.
func (w Ward) BedOf(p census.PatientID) (*Bed, bool) {
	if beds := w.bedsOf(p); len(beds) > 0 {
		return beds[0], true
	}
	return nil, false
}

// SystemAlarms lists the open alarms about the system itself.
func (w Ward) SystemAlarms() []alarm.Episode { return w.system }

// Alarm finds an open alarm, wherever it is.
func (w Ward) Alarm(id alarm.ID) (alarm.Episode, bool) {
	for _, e := range w.system {
		if e.ID == id {
			return e, true
		}
	}
	for _, u := range w.units {
		for _, b := range u.Beds {
			for _, e := range b.Episodes {
				if e.ID == id {
					return e, true
				}
			}
		}
	}
	return alarm.Episode{}, false
}

// Shown is one quantity as a bed shows it.
type Shown struct {
	Reading
	Device    *Device
	Freshness vitals.Freshness
}

// Vitals lists the bed's quantities at time at, one reading per code: the
// source with a value before one without, the fresher, of spot measurements
// the latest, then the better rank. Of equals the first device's is shown
// throughout, so that a number does not jump between two sources.
func (b *Bed) Vitals(at time.Time) []Shown {
	var out []Shown
	for _, d := range b.Devices {
		for _, r := range d.Readings {
			s := Shown{r, d, d.Freshness(r, at)}
			i := slices.IndexFunc(out, func(o Shown) bool { return o.Now.Metric.Code == r.Now.Metric.Code })
			switch {
			case i < 0:
				out = append(out, s)
			case s.before(out[i]):
				out[i] = s
			}
		}
	}
	slices.SortStableFunc(out, func(a, c Shown) int {
		return cmp.Compare(vitals.Order(a.Now.Metric.Code), vitals.Order(c.Now.Metric.Code))
	})
	return out
}

func (s Shown) before(o Shown) bool {
	if s.Now.HasValue() != o.Now.HasValue() {
		return s.Now.HasValue()
	}
	if a, b := s.Freshness.Rank(), o.Freshness.Rank(); a != b {
		return a < b
	}
	if s.Now.Metric.Intermittent && o.Now.Metric.Intermittent && !s.Was.At.Equal(o.Was.At) {
		return s.Was.At.After(o.Was.At)
	}
	return s.Now.Metric.Outranks(o.Now.Metric)
}

// Channels lists the bed's pump channels by pump and channel.
func (b *Bed) Channels() []infusion.Channel {
	var out []infusion.Channel
	for _, d := range b.Devices {
		out = append(out, d.Channels...)
	}
	return out
}

// Worst is the bed's most urgent alarm: unacknowledged before acknowledged,
// by priority, then the oldest. Where a device alarms about a quantity of which
// our own limit is violated just as urgently, the device's alarm stands for
// both: it is the one that sounds at the bedside. ok is false with none.
func (b *Bed) Worst() (worst alarm.Episode, ok bool) {
	for i, e := range b.Episodes {
		if i == 0 || e.Before(worst) {
			worst, ok = e, true
		}
	}
	if worst.Origin != alarm.FromLimit {
		return worst, ok
	}
	for _, e := range b.Episodes {
		if e.Origin == alarm.FromDevice && e.Metric == worst.Metric && e.Priority == worst.Priority && e.State.IsAcknowledged() == worst.State.IsAcknowledged() {
			return e, ok
		}
	}
	return worst, ok
}
