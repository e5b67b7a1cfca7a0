package ward

import (
	"cmp"
	"slices"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

// State is what the record knows of a ward when a process starts.
type State struct {
	Units        []UnitConfig
	Settings     Settings           // as last configured
	Patients     []census.Patient   // those merged into another left out
	Encounters   []census.Encounter // open, or ended within the last seven days
	Devices      []DeviceKnown
	Associations []device.Association // open ones
	Episodes     []alarm.Episode      // open ones; a request only if its command is recorded
	// EndedAlerts are alarms of devices' own (with a DeviceKey) that closed
	// within the last 24 h: a late word about one of them begins none.
	EndedAlerts []alarm.Episode
	// Observations are the newest of each device and metric, and where that
	// has no value, the newest that has one.
	Observations []DeviceObservation
	Channels     []infusion.Channel // the newest of each
}

// DeviceObservation is a value and the device that measured it.
type DeviceObservation struct {
	Device device.ID
	vitals.Observation
}

// Rebuild makes the ward that the record describes, at a process's start.
// Filters start empty and every source is unknown until it speaks: an alarm
// that stood when the process before ended stands again, indeterminate. The
// changes are to be recorded like any other's. A unit that cannot be made is
// an error: its beds must not vanish quietly.
func Rebuild(s State, at time.Time) (Ward, []Change, error) {
	d := &draft{in: Input{ID: "rebuild", At: at}}
	d.settings = s.Settings
	for _, u := range s.Units {
		unit, err := d.configured(u)
		if err != nil {
			return Ward{}, nil, err
		}
		d.putUnit(unit)
	}
	for _, p := range s.Patients {
		d.putPatient(&p)
	}
	for _, e := range s.Encounters {
		e = withTimes(e)
		d.keepStay(&e)
		if p, ok := d.patients.get(e.Patient); ok && e.IsOpen() && !e.Bed.IsZero() {
			d.editBed(e.Bed, func(b *Bed) { b.Encounter, b.Patient = &e, p })
		}
	}
	for _, k := range s.Devices {
		d.restoreDevice(k, s)
	}
	d.changes = nil // all of this is in the record already
	for _, e := range s.EndedAlerts {
		d.recallEnded(e)
	}
	for _, e := range s.Episodes {
		if e.Request != nil { // recorded, though the process before did not live to say so
			e, _ = d.settleRequest(e)
		}
		if e.IsOpen() {
			d.restoreEpisode(e, s)
		}
	}
	d.findTwoBeds()
	return d.Ward, d.changes, nil
}

// withTimes fills in what a record of an older make does not tell of a stay.
func withTimes(e census.Encounter) census.Encounter {
	if e.DecidedAt.IsZero() {
		e.DecidedAt = later(e.AdmittedAt, e.DischargedAt)
		if !e.IsOpen() {
			e.DecidedAt = later(e.DecidedAt, e.LocatedAt)
		}
	}
	if e.Assigned.IsZero() {
		e.Assigned = e.Bed
	}
	return e
}

// unrecalled stands for whomever a device spoke for before its present
// association, or before the restart if it has none. Who that was does not
// matter: what was measured then is not the next patient's.
const unrecalled census.EncounterID = "unrecalled"

func (d *draft) restoreDevice(k DeviceKnown, s State) {
	dev := &Device{
		Identity: k.Identity, Gateway: k.Gateway, Location: k.Location, Hand: k.Hand,
		HeardAt: d.in.At, steadyAt: d.in.At, Since: d.in.At, isUnheard: true, Held: "not heard since the restart",
	}
	for _, a := range s.Associations {
		if _, ok := d.Bed(a.Bed); ok && a.Device == k.ID {
			dev.Bed, dev.Encounter, dev.Since, dev.By, dev.Held = a.Bed, a.Encounter, a.From, a.By, ""
		}
	}
	if dev.Hand.Releases() {
		dev.Held = released(dev.Hand)
	}
	dev.former, dev.elseUntil = former{encounter: unrecalled, until: dev.Since}, dev.Since
	if !dev.Bed.IsZero() {
		dev.restoreValues(s, d.in.At)
	}
	d.putDevice(dev)
}

// restoreValues gives the device the last it said of its present patient.
func (dev *Device) restoreValues(s State, at time.Time) {
	for _, o := range s.Observations {
		if o.Device != dev.ID || o.At.Before(dev.Since) {
			continue
		}
		i, found := dev.reading(&o.Metric)
		if !found {
			dev.Readings = slices.Insert(dev.Readings, i, Reading{})
		}
		switch r := &dev.Readings[i]; {
		case !found || r.precedes(&o.Observation):
			r.take(&o.Observation)
		case o.HasValue() && o.At.After(r.Was.At):
			r.Was = o.Observation
		}
		dev.Readings[i].Looked = dev.Freshness(dev.Readings[i], at)
	}
	for _, c := range s.Channels {
		if c.Device == dev.ID && !c.At.Before(dev.Since) {
			dev.Channels = append(dev.Channels, c)
		}
	}
	slices.SortFunc(dev.Channels, func(a, b infusion.Channel) int { return cmp.Compare(a.Channel, b.Channel) })
}

// restoreEpisode lets an alarm stand again. Alarms about equipment and about
// the system itself are found anew if they still hold, but for a conflict
// over a bed: nothing else remembers it.
func (d *draft) restoreEpisode(e alarm.Episode, s State) {
	_, hasBed := d.Bed(e.Bed)
	switch {
	case e.Origin == alarm.FromSystem && e.Code == CodeBedConflict && hasBed && s.isWithoutBed(e.Encounter):
		d.editBed(e.Bed, func(b *Bed) { b.Displaced = append(slices.Clone(b.Displaced), e.Encounter) })
		d.putEpisode(e)
	case e.Origin == alarm.FromDevice && hasBed && d.resumeAlert(e):
		d.putEpisode(e)
		d.step(e, alarm.EventSourceLost)
	case e.Origin != alarm.FromDevice && e.Category == alarm.Technical:
		d.putEpisode(e)
		d.step(e, alarm.EventClear)
	case !hasBed, e.Category == alarm.Technical: // of equipment that is elsewhere
		d.step(e, alarm.EventReassign)
	default:
		if e.Origin == alarm.FromDevice || !d.resumeWatch(e) {
			e.Device = ""
		}
		d.putEpisode(e)
		d.step(e, alarm.EventSourceLost)
	}
}

// resumeWatch lets the alarm's device go on watching it; false when it no
// longer speaks for the bed.
func (d *draft) resumeWatch(e alarm.Episode) bool {
	dev, ok := d.devices.get(e.Device)
	if !ok || dev.Bed != e.Bed {
		return false
	}
	unit, _ := d.Unit(e.Bed.Unit)
	rule, ok := unit.Rule(alarm.RuleKey{Metric: e.Metric, Side: e.Side})
	if ok && e.State != alarm.LatchedUnacknowledged {
		next := *dev
		next.watches = append(slices.Clone(dev.watches), alarm.Resume(rule, e.Priority))
		d.putDevice(&next)
	}
	return true
}

func (s State) isWithoutBed(id census.EncounterID) bool {
	return slices.ContainsFunc(s.Encounters, func(e census.Encounter) bool { return e.ID == id && e.IsOpen() && e.Bed.IsZero() })
}
