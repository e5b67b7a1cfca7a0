package ward

import (
	"strings"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/vitals"
)

// lateAfter is how long after it happened a device's alarm may arrive and
// still be one that somebody must answer. What a gateway kept while it was cut
// off and sends later is history: it is recorded, and never sounds as new.
const lateAfter = time.Minute

// takeAlerts takes in what a device says of its own alarms (IHE PCD-04).
func (d *draft) takeAlerts(dev *Device, alerts []alarm.Alert) {
	if dev.Bed.IsZero() && len(alerts) > 0 {
		d.note(Change{Unit: dev.Location.UnitCode(), What: Aged{}}) // the pool tells of them
	}
	d.openWaiting(dev)
	for _, a := range alerts {
		if a.IsHeartbeat() {
			continue // that it was heard is all it says
		}
		if a.Key == "" { // it has no name: what it is about must do
			a.Key = strings.Join([]string{a.Event, string(a.Metric.Code), a.Channel}, "/")
		}
		if h := d.hearAlert(dev, a); h != nil {
			d.takeAlert(dev, h, a)
		}
	}
}

// takeAlert is the state machine of one alarm of a device. Words count by the
// time of what they tell, in whatever order they come and however often.
func (d *draft) takeAlert(dev *Device, h *heardAlert, a alarm.Alert) {
	a.Key = h.Key
	if a.Priority == "" { // no signal any more is no end
		a.Priority = h.Priority
	}
	h.heardAt = d.in.At
	switch {
	case a.Ends():
		d.alertEnds(dev, h, a, h.endsAt(a))
	case h.isBeforeEnd(a):
		d.alertHadEnded(dev, h, a, a.Moment())
	default:
		d.alertStands(dev, h, a, a.Moment())
	}
}

// alertEnds: the condition is over. The end of an earlier run of the same
// alarm changes nothing.
func (d *draft) alertEnds(dev *Device, h *heardAlert, a alarm.Alert, moment time.Time) {
	if moment.Before(h.changedAt) || a.SaidAt.Before(h.saidAt) {
		return
	}
	h.Alert, h.at, h.changedAt, h.isWaiting = a, later(h.at, moment), moment, false
	h.endedAt, h.endSaidAt = later(h.endedAt, moment), later(h.endSaidAt, a.SaidAt)
	e, ok := d.alertEpisode(dev, h)
	if !ok || !e.EndedAt.IsZero() {
		return
	}
	e.Device, e.AtDevice, e.EndedAt = dev.ID, a.AtDevice, later(e.OnsetAt, moment)
	d.step(e, alarm.EventClear)
}

// alertHadEnded: a word from before the end, which came first. What nobody
// was told of begins and ends at once, as it would have in the right order.
func (d *draft) alertHadEnded(dev *Device, h *heardAlert, a alarm.Alert, moment time.Time) {
	if e, ok := d.alertEpisode(dev, h); ok {
		d.noteAlert(e, a)
		return
	}
	if !a.Priority.Above(h.told) {
		return
	}
	h.told = a.Priority
	h.beganAt(a)
	if why := d.isHistory(dev, moment); why != "" {
		d.recordAlert(dev, a, moment, h.endedAt, why)
		return
	}
	e := d.alertEpisodeOf(dev, a)
	e.OnsetAt = h.since
	e = d.open(e)
	e.EndedAt = later(e.OnsetAt, h.endedAt)
	d.step(e, alarm.EventClear)
}

// alertStands: the alarm is there.
func (d *draft) alertStands(dev *Device, h *heardAlert, a alarm.Alert, moment time.Time) {
	if h.isOver() { // it begins anew
		*h = heardAlert{Alert: h.Alert, first: h.first, heardAt: h.heardAt, isWaiting: h.isWaiting}
	}
	isNewest := !moment.Before(h.at)
	h.beganAt(a)
	if a.Repeats() {
		h.saidAt = later(h.saidAt, a.SaidAt)
	} else {
		h.changedAt = later(h.changedAt, a.At)
	}
	if isNewest {
		h.Alert, h.at = a, moment
	}
	e, open := d.alertEpisode(dev, h)
	why := d.isHistory(dev, moment)
	switch {
	case open && isNewest:
		d.followAlert(dev, e, a, moment)
	case open:
		d.noteAlert(e, a)
	case why == "":
		d.beginAlert(dev, h, a, moment)
	default:
		if h.told == "" {
			d.recordAlert(dev, a, moment, time.Time{}, why)
		}
		h.isWaiting = why == alarm.Unassigned
	}
	h.told = alarm.Higher(a.Priority, h.told)
	if a.Phase == alarm.PhaseTimePoint {
		h.endedAt = moment
	}
}

// beginAlert opens an alarm. One without duration has ended as it begins, and
// stays until somebody has seen it: no end will ever come.
func (d *draft) beginAlert(dev *Device, h *heardAlert, a alarm.Alert, moment time.Time) {
	h.isWaiting = false
	e := d.open(d.alertEpisodeOf(dev, a))
	if a.Phase != alarm.PhaseTimePoint {
		return
	}
	ended := e.Latched(moment)
	ended.Version++
	d.putEpisode(ended)
	d.at(ended.Bed, EpisodeChanged{ended, d.event(e, ended, alarm.EventClear)})
}

// followAlert applies the newest word to an alarm that people see.
func (d *draft) followAlert(dev *Device, e alarm.Episode, a alarm.Alert, moment time.Time) {
	before := e
	wasAcknowledged := e.AtDevice.IsAcknowledged && e.State.Shown() == "active" && !a.Priority.Above(e.Priority)
	e.Device, e.AtDevice = dev.ID, a.AtDevice
	e.AtDevice.IsAcknowledged = a.AtDevice.IsAcknowledged || wasAcknowledged // it is told once
	e = worsened(e, a)
	what := alarm.EventKind("")
	switch {
	case e.State == alarm.LatchedUnacknowledged && moment.After(e.EndedAt):
		what = alarm.EventOnset
	case e.State == alarm.LatchedUnacknowledged:
	case e.State.Shown() == "indeterminate":
		what = alarm.EventRestored
	case a.Priority.Above(e.Priority):
		what = alarm.EventPriorityUp
	case e.Priority.Above(a.Priority):
		what = alarm.EventPriorityDown
	}
	e.Highest = alarm.Higher(a.Priority, e.Highest)
	if e.State != alarm.LatchedUnacknowledged || what != "" {
		e.Priority = a.Priority
	}
	if what == "" {
		d.amend(before, e)
		return
	}
	d.step(e, what)
}

// noteAlert takes from a word that a newer one has overtaken what it adds to
// an alarm's history: that it began earlier, or was worse.
func (d *draft) noteAlert(e alarm.Episode, a alarm.Alert) {
	before := e
	if a.At.Before(e.OnsetAt) {
		e.OnsetAt, e.Value = a.At, a.Value
	}
	e.AtDevice.IsAcknowledged = e.AtDevice.IsAcknowledged || a.AtDevice.IsAcknowledged
	e = worsened(e, a)
	e.Highest = alarm.Higher(a.Priority, e.Highest)
	d.amend(before, e)
}

// worsened keeps the worst value that a device has told of its alarm.
func worsened(e alarm.Episode, a alarm.Alert) alarm.Episode {
	switch {
	case a.Value == nil || e.Side == "":
	case e.Worst == nil || e.Side.Violates(*a.Value, *e.Worst):
		e.Worst = a.Value
	}
	return e
}

// amend keeps an alarm of which something changed that is no event.
func (d *draft) amend(before, e alarm.Episode) {
	sameValue := func(a, b *vitals.Decimal) bool { return a == b || a != nil && b != nil && *a == *b }
	if before.Device == e.Device && before.AtDevice == e.AtDevice && before.OnsetAt.Equal(e.OnsetAt) &&
		before.Highest == e.Highest && sameValue(before.Value, e.Value) && sameValue(before.Worst, e.Worst) {
		return
	}
	d.putEpisode(e)
	d.at(e.Bed, EpisodeChanged{Episode: e})
}

// alertEpisode finds the open episode of a device's alarm. One whose patient
// was moved while its device stayed behind belongs to no device; it is the
// device's again when it speaks here. Another device's may have the same name,
// so that it must be about the same thing too.
func (d *draft) alertEpisode(dev *Device, h *heardAlert) (found alarm.Episode, ok bool) {
	bed, ok := d.Bed(dev.Bed)
	if !ok {
		return found, false
	}
	ok = false
	for _, e := range bed.Episodes {
		switch {
		case e.Origin != alarm.FromDevice || e.DeviceKey != h.Key:
		case e.Device == dev.ID:
			return e, true
		case e.Device == "" && !ok && e.Code == h.Event && e.Metric == h.Metric.Code && e.Channel == h.Channel:
			found, ok = e, true
		}
	}
	return found, ok
}

// isHistory says why an alarm as of a moment is none that somebody at the
// device's bed must answer; empty: it is one.
func (d *draft) isHistory(dev *Device, moment time.Time) alarm.Reason {
	switch {
	case d.in.At.Sub(moment) > lateAfter, dev.wasOfAnother(moment):
		return alarm.Late
	case dev.Bed.IsZero():
		return alarm.Unassigned
	}
	return ""
}

// recordAlert writes down an alarm that nobody is shown, under whom the device
// spoke for at that moment.
func (d *draft) recordAlert(dev *Device, a alarm.Alert, moment, endedAt time.Time, why alarm.Reason) {
	e := d.alertEpisodeOf(dev, a)
	if moment.Before(dev.Since) {
		e.Bed, e.Encounter = census.BedID{}, ""
		if dev.former.holds(moment) {
			e.Encounter = dev.former.encounter
		}
	}
	e = d.begun(e)
	e.State, e.ClosedAt, e.EndedAt, e.Closed = alarm.Closed, d.in.At, endedAt, why
	d.at(e.Bed, EpisodeChanged{e, d.event(alarm.Episode{}, e, alarm.EventOnset)})
}

func (d *draft) alertEpisodeOf(dev *Device, a alarm.Alert) alarm.Episode {
	e := alarm.Episode{
		Bed: dev.Bed, Encounter: dev.Encounter, Device: dev.ID, Channel: a.Channel,
		Code: a.Event, Metric: a.Metric.Code, Side: a.Side(), Label: a.Label(),
		Category: a.Category, Origin: alarm.FromDevice, Priority: a.Priority,
		OnsetAt: a.At, Value: a.Value, Worst: a.Value, Limit: a.Limit(),
		DeviceKey: a.Key, AtDevice: a.AtDevice,
	}
	if e.Limit != nil {
		e.LimitFrom = "device " + dev.Label
	}
	return e
}
