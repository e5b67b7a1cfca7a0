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
	at          time.Time      // Moment of the newest word
	endedAt     time.Time      // zero: it stands
	heardAt     time.Time      // by the server's clock
	told        alarm.Priority // the highest of which there is an episode; empty: there is none
	isWaiting   bool           // for the device to speak for a bed
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

func (h *heardAlert) isOver() bool { return !h.endedAt.IsZero() }

// isBefore reports whether the moment belongs to a time before the last end.
func (h *heardAlert) isBefore(moment time.Time) bool { return h.isOver() && !moment.After(h.endedAt) }

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
		if h := &dev.alerts[i]; h.Key == a.Key || h.first == a.Key {
			return h
		}
	}
	if a.Priority == "" && !a.Ends() {
		return nil
	}
	if len(dev.alerts) >= maxAlerts {
		dev.alerts = slices.Delete(dev.alerts, 0, 1)
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
			if _, open := d.alertEpisode(dev, h.Key); !open {
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
			h.endedAt, h.told = later(h.at, until), alarm.High
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
	next := *dev
	next.alerts = append(slices.Clone(dev.alerts), recalled(e, d.in.At))
	d.putDevice(&next)
	return true
}

// recallEnded reminds a device of an alarm of its own that is over.
func (d *draft) recallEnded(e alarm.Episode) {
	if dev, ok := d.devices.get(e.Device); ok && e.DeviceKey != "" {
		next := *dev
		h := recalled(e, e.ClosedAt)
		h.endedAt = later(h.at, e.EndedAt)
		next.alerts = append(slices.Clone(dev.alerts), h)
		d.putDevice(&next)
	}
}

// recalled is what the record knows of a device's alarm.
func recalled(e alarm.Episode, at time.Time) heardAlert {
	a := alarm.Alert{
		Key: e.DeviceKey, Channel: e.Channel, Event: e.Code, Text: e.Label, Value: e.Value,
		Category: e.Category, Priority: e.Priority, AtDevice: e.AtDevice, At: e.OnsetAt,
	}
	a.Metric, _ = vitals.ByCode(e.Metric)
	return heardAlert{Alert: a, since: e.OnsetAt, at: later(e.OnsetAt, e.EndedAt), endedAt: e.EndedAt, heardAt: at, told: e.Highest}
}
