package ward

import (
	"slices"
	"strings"

	"wardlight/ward/alarm"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// Codes of the technical alarms that this system raises itself.
const (
	CodeDeviceLost       = "WARDLIGHT_DEVICE_LOST"
	CodeNoData           = "WARDLIGHT_NO_DATA"
	CodeBedConflict      = "WARDLIGHT_BED_CONFLICT"
	CodeTwoBeds          = "WARDLIGHT_TWO_BEDS"
	CodeNotRecording     = "WARDLIGHT_NOT_RECORDING"
	CodeGatewayBlocked   = "WARDLIGHT_GATEWAY_BLOCKED"
	CodeClockSkew        = "WARDLIGHT_CLOCK_SKEW"
	CodeGatewayLost      = "WARDLIGHT_GATEWAY_LOST"
	CodeIdentityConflict = "WARDLIGHT_IDENTITY_CONFLICT"
	CodeDiskLow          = "WARDLIGHT_DISK_LOW"
	CodeSpoolFull        = "WARDLIGHT_SPOOL_FULL"
)

// technicalAlarm finds the device's open alarm with the code, about a metric
// if it is about one.
func (d *draft) technicalAlarm(dev *Device, code string, metric vitals.Code) (alarm.Episode, bool) {
	bed, ok := d.Bed(dev.Bed)
	if !ok {
		return alarm.Episode{}, false
	}
	i := slices.IndexFunc(bed.Episodes, func(e alarm.Episode) bool {
		return e.Device == dev.ID && e.Origin == alarm.FromSystem && e.Code == code && e.Metric == metric
	})
	if i < 0 {
		return alarm.Episode{}, false
	}
	return bed.Episodes[i], true
}

// endAlarms ends the device's alarms with the code, those about a metric for
// which isOver says so.
func (d *draft) endAlarms(dev *Device, code string, isOver func(vitals.Code) bool) {
	bed, ok := d.Bed(dev.Bed)
	if !ok {
		return
	}
	for i := range bed.Episodes {
		if e := &bed.Episodes[i]; e.Device == dev.ID && e.Origin == alarm.FromSystem && e.Code == code && isOver(e.Metric) {
			d.step(*e, alarm.EventClear)
		}
	}
}

func everyMetric(vitals.Code) bool { return true }

// deviceLost marks a device as silent: what it said of alarms is no longer
// known, and a technical alarm says so.
func (d *draft) deviceLost(dev *Device) {
	next := *dev
	next.IsLost, next.lostAt = true, d.in.At
	next.watches = slices.Clone(dev.watches)
	for i, w := range next.watches {
		next.watches[i], _ = w.SourceLost()
	}
	d.putDevice(&next)
	bed, _ := d.Bed(next.Bed)
	for _, e := range bed.Episodes {
		if e.Device == dev.ID && (e.Category == alarm.Physiological || e.Origin == alarm.FromDevice) {
			d.step(e, alarm.EventSourceLost)
		}
	}
	d.missDevice(&next)
}

// missDevice sees to it that an alarm stands for a silent device, unless its
// patient is away or the alarm about its gateway says it.
func (d *draft) missDevice(dev *Device) {
	_, known := d.technicalAlarm(dev, CodeDeviceLost, "")
	if known || d.isBundled(dev) || d.isAway(dev.Bed) {
		return
	}
	d.open(alarm.Episode{
		Bed: dev.Bed, Encounter: dev.Encounter, Device: dev.ID,
		Code: CodeDeviceLost, Label: "No data from " + dev.Label,
		Category: alarm.Technical, Origin: alarm.FromSystem,
		Priority: d.lostPriority(dev), OnsetAt: dev.HeardAt,
	})
}

// allOffline marks the report's device as lost, or all of its sender.
func (d *draft) allOffline(r Report) {
	if r.Device.ID != "" {
		d.offline(r.Device.ID)
		return
	}
	if d.in.Message == nil {
		return
	}
	var theirs []device.ID
	for dev := range d.devices.values() {
		if dev.Gateway == d.in.Message.Source {
			theirs = append(theirs, dev.ID)
		}
	}
	slices.Sort(theirs)
	for _, id := range theirs {
		d.offline(id)
	}
}

// offline marks a device as lost at once, because it said so itself or its
// last will did. It is back with its next word.
func (d *draft) offline(id device.ID) {
	dev, known := d.devices.get(id)
	switch {
	case !known || dev.IsLost:
	case dev.Bed.IsZero():
		next := *dev
		next.IsLost = true
		d.putDevice(&next)
		d.note(Change{Unit: dev.Location.UnitCode(), What: Aged{}})
	default:
		d.deviceLost(dev)
	}
}

// lostPriority: a high alarm that nobody watches any more is itself high.
// Losing the monitor of an intensive care bed matters more than losing a
// wearable at home or a pump's report.
func (d *draft) lostPriority(dev *Device) alarm.Priority {
	unit, _ := d.Unit(dev.Bed.Unit)
	bed, _ := unit.Bed(dev.Bed.Bed)
	isHigh := func(e alarm.Episode) bool {
		return e.Device == dev.ID && e.Category == alarm.Physiological && e.Priority == alarm.High && e.State != alarm.LatchedUnacknowledged
	}
	switch {
	case slices.ContainsFunc(bed.Episodes, isHigh):
		return alarm.High
	case dev.Kind == device.Monitor && (unit.CareArea == "" || strings.HasSuffix(unit.CareArea, "icu")):
		return alarm.Medium
	}
	return alarm.Low
}

// systemAlarm opens, keeps or ends the one alarm with this code about the
// system itself. An empty label means that all is well.
func (d *draft) systemAlarm(code, label string, priority alarm.Priority) {
	d.alarmAbout("", code, label, priority)
}

// aboutSystem finds the open alarm with the code about the system itself, or
// about one sender or disk of it.
func (d *draft) aboutSystem(about device.ID, code string) (alarm.Episode, bool) {
	i := slices.IndexFunc(d.system, func(e alarm.Episode) bool { return e.Code == code && e.Device == about })
	if i < 0 {
		return alarm.Episode{}, false
	}
	return d.system[i], true
}

// alarmAbout is a systemAlarm about one sender or disk. It never becomes less
// urgent while it stands.
func (d *draft) alarmAbout(about device.ID, code, label string, priority alarm.Priority) {
	e, stands := d.aboutSystem(about, code)
	switch {
	case !stands && label != "":
		d.open(alarm.Episode{
			Device: about, Code: code, Label: label,
			Category: alarm.Technical, Origin: alarm.FromSystem, Priority: priority,
		})
	case stands && label == "":
		d.step(e, alarm.EventClear)
	case stands && alarm.Higher(e.Priority, priority) != e.Priority:
		e.Label, e.Priority, e.Highest = label, priority, alarm.Higher(e.Highest, priority)
		d.step(e, alarm.EventPriorityUp)
	case stands && e.Label != label:
		e.Label = label
		d.putEpisode(e)
		d.at(e.Bed, EpisodeChanged{Episode: e})
	}
}
