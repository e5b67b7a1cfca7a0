package ward

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// More than massLoss devices of one gateway that fall silent within
// massLossWithin are one alarm about the gateway, not one for each bed.
const (
	massLoss       = 3
	massLossWithin = 10 * time.Second
)

// IsSilent reports whether a device that should speak has not for too long.
// One that measures now and then should not.
func (d *Device) IsSilent(at time.Time) bool {
	return d.IsLost || d.speaksSteadily() && at.Sub(d.HeardAt) > vitals.LostAfter(d.Period())
}

// IsUnheard reports whether the device has not spoken since this process
// started: what is known of it is from before, and when it spoke is not known.
func (d *Device) IsUnheard() bool { return d.isUnheard }

// isLostLately reports whether the device fell silent so recently that others
// which do belong to the same loss.
func (d *draft) isLostLately(dev *Device) bool {
	if dev.IsLost {
		return d.in.At.Sub(dev.lostAt) <= massLossWithin
	}
	return dev.IsSilent(d.in.At)
}

// findLostGateways notes the gateways whose alarm stands, or is to begin.
func (d *draft) findLostGateways() {
	silent := map[string]int{}
	for _, u := range d.units {
		for _, b := range u.Beds {
			for _, dev := range b.Devices {
				if dev.Gateway != "" && d.isLostLately(dev) && !d.isAway(dev.Bed) {
					silent[dev.Gateway]++
				}
			}
		}
	}
	d.lostGateways = map[string][]*Device{}
	for gateway, n := range silent {
		if n > massLoss {
			d.lostGateways[gateway] = nil
		}
	}
	for _, e := range d.system {
		if e.Code == CodeGatewayLost {
			d.lostGateways[string(e.Device)] = nil
		}
	}
}

// watchGateways keeps one alarm for each lost gateway, about all its devices
// that are silent and have no alarm of their own any more.
func (d *draft) watchGateways() {
	if len(d.lostGateways) == 0 {
		return
	}
	for _, u := range d.units {
		for _, b := range u.Beds {
			for _, dev := range b.Devices {
				if dev.IsLost && d.isBundled(dev) && !d.isAway(dev.Bed) {
					d.bundle(dev)
				}
			}
		}
	}
	for _, gateway := range slices.Sorted(maps.Keys(d.lostGateways)) {
		silent := d.lostGateways[gateway]
		label, priority := "", alarm.Medium
		if len(silent) > 0 {
			label = "No data from gateway " + gateway + ": " + bedsOf(silent)
		}
		for _, dev := range silent {
			priority = alarm.Higher(priority, d.lostPriority(dev))
		}
		d.alarmAbout(device.ID(gateway), CodeGatewayLost, label, priority)
	}
}

// isBundled reports whether the alarm about its gateway tells of a device that
// fell silent. To one that somebody has acknowledged nothing is added: what
// falls silent later has an alarm of its own.
func (d *draft) isBundled(dev *Device) bool {
	if _, isLost := d.lostGateways[dev.Gateway]; !isLost {
		return false
	}
	return !slices.ContainsFunc(d.system, func(e alarm.Episode) bool {
		return e.Code == CodeGatewayLost && e.Device == device.ID(dev.Gateway) && e.Acknowledged != nil && dev.lostAt.After(e.Acknowledged.At)
	})
}

// bundle makes a silent device part of its gateway's alarm. One that was lost
// long before the others keeps its own.
func (d *draft) bundle(dev *Device) {
	if e, isOwn := d.technicalAlarm(dev, CodeDeviceLost, ""); isOwn {
		if !d.isLostLately(dev) {
			return
		}
		d.step(e, alarm.EventClear)
	}
	d.lostGateways[dev.Gateway] = append(d.lostGateways[dev.Gateway], dev)
}

// bedsOf lists the beds of devices, in the order of the ward.
func bedsOf(devices []*Device) string {
	const most = 12
	var names []string
	for _, dev := range devices {
		if name := dev.Bed.String(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if more := len(names) - most; more > 0 {
		names = append(names[:most], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
