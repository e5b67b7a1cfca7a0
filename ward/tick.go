package ward

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/vitals"
)

// NotRecordingAfter is how far the record may lag before every screen says
// NOT RECORDING.
const NotRecordingAfter = 3 * time.Second

// tick lets time pass: values look older, devices and sensors fall silent,
// the record lags. It may begin a technical alarm, never a physiological one.
func (d *draft) tick(t Tick) {
	d.findLostGateways()
	for _, u := range d.units {
		for _, b := range u.Beds {
			d.endAway(b)
			for _, dev := range b.Devices {
				d.age(dev)
			}
		}
	}
	d.systemAlarm(CodeNotRecording, t.notRecording(d.in.At), alarm.Medium)
	d.systemAlarm(CodeGatewayBlocked, t.gatewayBlocked(), alarm.Medium)
	d.watchGround(t.Ground)
	d.watchClocks()
	d.watchGateways()
}

// age lets time pass for one device.
func (d *draft) age(dev *Device) {
	dev = d.look(dev)
	switch {
	case dev.IsLost:
		d.missDevice(dev)
	case dev.IsSilent(d.in.At):
		d.deviceLost(dev)
	default:
		if dev = d.loseSamples(dev); !d.isAway(dev.Bed) {
			d.findNoData(dev)
		}
	}
}

// speaksSteadily reports whether silence means that something is wrong. One
// that was only ever heard of by an alarm speaks when it alarms. A device that
// only takes a blood pressure or a temperature now and then is silent in
// between, and its values look old by themselves.
func (dev *Device) speaksSteadily() bool {
	if dev.steadyAt.IsZero() {
		return false
	}
	intermittent := 0
	for i := range dev.Readings {
		if dev.Readings[i].Now.Metric.Intermittent {
			intermittent++
		}
	}
	return intermittent == 0 || intermittent < len(dev.Readings)
}

// look notes that a bed looks older than screens were told.
func (d *draft) look(dev *Device) *Device {
	period := dev.Period()
	var next *Device
	for i := range dev.Readings {
		r := &dev.Readings[i]
		f := vitals.BoundsFor(r.Now.Metric, period).Freshness(d.in.At.Sub(r.Was.At))
		if f == r.Looked {
			continue
		}
		if next == nil {
			copied := *dev
			next = &copied
			next.Readings = slices.Clone(dev.Readings)
		}
		next.Readings[i].Looked = f
	}
	if next == nil {
		return dev
	}
	d.putDevice(next)
	d.at(dev.Bed, Aged{})
	return next
}

func (t Tick) notRecording(at time.Time) string {
	if at.Sub(t.RecordedAt) <= NotRecordingAfter {
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
