package ward

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// NotRecordingAfter is how far the record may lag before every screen says
// NOT RECORDING.
const NotRecordingAfter = 3 * time.Second

// Codes of the technical alarms that this system raises itself.
const (
	CodeDeviceLost     = "WARDLIGHT_DEVICE_LOST"
	CodeNotRecording   = "WARDLIGHT_NOT_RECORDING"
	CodeGatewayBlocked = "WARDLIGHT_GATEWAY_BLOCKED"
)

// tick lets time pass: values look older, devices fall silent, the record
// lags. It may begin a technical alarm, never a physiological one.
func (d *draft) tick(t Tick) {
	for _, u := range d.units {
		for _, b := range u.Beds {
			for _, dev := range b.Devices {
				d.age(dev)
				if silence := d.in.At.Sub(dev.HeardAt); !dev.IsLost && silence > vitals.LostAfter(dev.Period()) {
					d.deviceLost(dev.ID)
				}
			}
		}
	}
	d.systemAlarm(CodeNotRecording, t.notRecording(d.in.At))
	d.systemAlarm(CodeGatewayBlocked, t.gatewayBlocked())
}

// age notes that a bed looks older than screens were told.
func (d *draft) age(dev *Device) {
	var next *Device
	for i, r := range dev.Readings {
		if f := dev.Freshness(r, d.in.At); f != r.Looked {
			if next == nil {
				copied := *dev
				next = &copied
				next.Readings = slices.Clone(dev.Readings)
			}
			next.Readings[i].Looked = f
		}
	}
	if next != nil {
		d.putDevice(next)
		d.at(dev.Bed, Aged{})
	}
}

// deviceLost marks a device as silent: what it said of alarms is no longer
// known, and a technical alarm says so.
func (d *draft) deviceLost(id device.ID) {
	dev, _ := d.devices.get(id)
	next := *dev
	next.IsLost = true
	next.watches = slices.Clone(dev.watches)
	for i, w := range next.watches {
		next.watches[i], _ = w.SourceLost()
	}
	d.putDevice(&next)
	bed, _ := d.Bed(next.Bed)
	for _, e := range bed.Episodes {
		if e.Device == id && e.Category == alarm.Physiological {
			d.step(e, alarm.EventSourceLost)
		}
	}
	d.open(alarm.Episode{
		Bed: next.Bed, Encounter: next.Encounter, Device: id,
		Code: CodeDeviceLost, Label: "No data from " + next.Label,
		Category: alarm.Technical, Origin: alarm.FromSystem,
		Priority: d.lostPriority(&next), OnsetAt: dev.HeardAt,
	})
}

// lostPriority: losing the monitor of an intensive care bed matters more than
// losing a wearable at home or a pump's report.
func (d *draft) lostPriority(dev *Device) alarm.Priority {
	unit, _ := d.Unit(dev.Bed.Unit)
	if dev.Kind == device.Monitor && (unit.CareArea == "" || strings.HasSuffix(unit.CareArea, "icu")) {
		return alarm.Medium
	}
	return alarm.Low
}

// deviceFound ends the alarm of a device that speaks again.
func (d *draft) deviceFound(dev *Device) {
	bed, ok := d.Bed(dev.Bed)
	if !ok {
		return
	}
	for _, e := range bed.Episodes {
		if e.Device == dev.ID && e.Code == CodeDeviceLost {
			d.step(e, alarm.EventClear)
		}
	}
}

func (t Tick) notRecording(at time.Time) string {
	lag := at.Sub(t.RecordedAt)
	if lag <= NotRecordingAfter {
		return ""
	}
	return "NOT RECORDING"
}

func (t Tick) gatewayBlocked() string {
	if len(t.Waiting) == 0 {
		return ""
	}
	return fmt.Sprintf("Gateway blocked until recording: %s", strings.Join(t.Waiting, ", "))
}

// systemAlarm opens, keeps or ends the one alarm with this code about the
// system itself. An empty label means that all is well.
func (d *draft) systemAlarm(code, label string) {
	i := slices.IndexFunc(d.system, func(e alarm.Episode) bool { return e.Code == code })
	switch {
	case i < 0 && label != "":
		d.open(alarm.Episode{
			Code: code, Label: label,
			Category: alarm.Technical, Origin: alarm.FromSystem, Priority: alarm.Medium,
		})
	case i >= 0 && label == "":
		d.step(d.system[i], alarm.EventClear)
	case i >= 0 && d.system[i].Label != label:
		e := d.system[i]
		e.Label = label
		d.putEpisode(e)
		d.at(e.Bed, EpisodeChanged{Episode: e})
	}
}
