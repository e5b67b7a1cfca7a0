package ward

import (
	"slices"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/vitals"
)

// How many of a device's own alarms are remembered, and how long those that
// ended, so that a message that comes out of order does not begin them anew.
const (
	maxAlerts = 64
	// AlertKept is for how long an ended alarm of a device is remembered.
	AlertKept = 24 * time.Hour
)

// heardAlert is what a device has said of one of its own alarms.
type heardAlert struct {
	alarm.Alert                // the newest word
	first       string         // Update of the first message: some senders name the alarm by it from then on
	since       time.Time      // when it began, as far as it is known
	began       time.Time      // the same, by the device's own clock
	at          time.Time      // Moment of the newest word
	changedAt   time.Time      // At of the newest word that does not only repeat
	saidAt      time.Time      // SaidAt of the newest that does
	endedAt     time.Time      // zero: it stands
	endSaidAt   time.Time      // when that was said; zero: not known
	heardAt     time.Time      // by the server's clock
	told        alarm.Priority // the highest of which there is an episode; empty: there is none
	isWaiting   bool           // for the device to speak for a bed
}

func (h *heardAlert) isOver() bool { return !h.endedAt.IsZero() }

// isBeforeEnd reports whether the word belongs to a time before the last end.
// What was said is held against what was said, what happened against what
// happened: the two may go by different clocks.
func (h *heardAlert) isBeforeEnd(a alarm.Alert) bool {
	if a.Repeats() && !h.endSaidAt.IsZero() {
		return h.isOver() && !a.SaidAt.After(h.endSaidAt) && !a.At.After(h.endedAt)
	}
	return h.isOver() && !a.Moment().After(h.endedAt)
}

// beganAt notes when the alarm began, if nobody knew or it was earlier.
func (h *heardAlert) beganAt(a alarm.Alert) {
	if h.since.IsZero() || a.At.Before(h.since) {
		h.since, h.began = a.At, a.DeviceAt
	}
}

// endsAt is the moment that an end counts for, as of which it is over: when it
// was said, where the time it gives is that of the alarm.
func (h *heardAlert) endsAt(a alarm.Alert) time.Time {
	if a.At.Equal(h.since) || !a.DeviceAt.IsZero() && a.DeviceAt.Equal(h.began) {
		return a.SaidAt
	}
	return a.Moment()
}

// Alerting lists the alarms that stand at the device, as it last said.
func (d *Device) Alerting() (standing []alarm.Alert) {
	for i := range d.alerts {
		if h := &d.alerts[i]; !h.isOver() {
			standing = append(standing, h.Alert)
		}
	}
	return standing
}

// hearAlert finds what is known of the alarm, or begins to know of it; nil for
// one that nobody has heard of and that asks for no signal.
func (d *draft) hearAlert(dev *Device, a alarm.Alert) *heardAlert {
	dev.alerts = slices.DeleteFunc(slices.Clone(dev.alerts), func(h heardAlert) bool {
		return h.isOver() && d.in.At.Sub(h.heardAt) > AlertKept
	})
	for i := range dev.alerts {
		if h := &dev.alerts[i]; h.Key == a.Key || h.first != "" && h.first == a.Key {
			return h
		}
	}
	if a.Priority == "" && !a.Ends() {
		return nil
	}
	if len(dev.alerts) >= maxAlerts {
		over := slices.IndexFunc(dev.alerts, func(h heardAlert) bool { return h.isOver() })
		dev.alerts = slices.Delete(dev.alerts, max(over, 0), max(over, 0)+1)
	}
	dev.alerts = append(dev.alerts, heardAlert{Alert: a, first: a.Update})
	return &dev.alerts[len(dev.alerts)-1]
}

// openWaiting opens what the device alarms about since before it spoke for its
// bed: alarms of a device without a bed, and those about the equipment that
// went along with it.
func (d *draft) openWaiting(dev *Device) {
	if dev.Bed.IsZero() || !slices.ContainsFunc(dev.alerts, func(h heardAlert) bool { return h.isWaiting }) {
		return
	}
	dev.alerts = slices.Clone(dev.alerts)
	for i := range dev.alerts {
		if h := &dev.alerts[i]; h.isWaiting && !h.isOver() {
			if _, open := d.alertEpisode(dev, h); !open {
				d.open(d.alertEpisodeOf(dev, h.Alert))
			}
		}
		dev.alerts[i].isWaiting = false
	}
}

// parted is what a device that no longer speaks for a bed still knows of its
// alarms: those about the patient are over for the next one, those about the
// equipment go along with it.
func parted(alerts []heardAlert, until time.Time) []heardAlert {
	out := slices.Clone(alerts)
	for i := range out {
		switch h := &out[i]; {
		case h.isOver():
		case h.Category == alarm.Technical:
			h.isWaiting = true
		default:
			h.endedAt, h.endSaidAt, h.told = later(h.at, until), time.Time{}, alarm.High
		}
	}
	return out
}

// resumeAlert lets the device go on with an alarm of its own; false when it
// no longer speaks for the bed.
func (d *draft) resumeAlert(e alarm.Episode) bool {
	dev, ok := d.devices.get(e.Device)
	if !ok || dev.Bed != e.Bed {
		return false
	}
	d.recall(dev, recalled(e, d.in.At))
	return true
}

// recallEnded reminds a device of an alarm of its own that is over.
func (d *draft) recallEnded(e alarm.Episode) {
	if dev, ok := d.devices.get(e.Device); ok && e.DeviceKey != "" {
		h := recalled(e, e.ClosedAt)
		h.endedAt = later(h.at, e.EndedAt)
		d.recall(dev, h)
	}
}

// recall reminds a device of an alarm of its own: of its last run, if it had
// several.
func (d *draft) recall(dev *Device, h heardAlert) {
	next := *dev
	next.alerts = slices.Clone(dev.alerts)
	switch i := slices.IndexFunc(next.alerts, func(o heardAlert) bool { return o.Key == h.Key }); {
	case i < 0:
		next.alerts = append(next.alerts, h)
	case !h.isOver() || next.alerts[i].isOver() && !h.at.Before(next.alerts[i].at):
		next.alerts[i] = h
	}
	d.putDevice(&next)
}

// recalled is what the record knows of a device's alarm.
func recalled(e alarm.Episode, at time.Time) heardAlert {
	a := alarm.Alert{
		Key: e.DeviceKey, Channel: e.Channel, Event: e.Code, Text: e.Label, Value: e.Value,
		Category: e.Category, Priority: e.Priority, AtDevice: e.AtDevice, At: e.OnsetAt,
	}
	a.Metric, _ = vitals.ByCode(e.Metric)
	return heardAlert{
		Alert: a, since: e.OnsetAt, at: later(e.OnsetAt, e.EndedAt), changedAt: later(e.OnsetAt, e.EndedAt),
		endedAt: e.EndedAt, heardAt: at, told: e.Highest,
	}
}
