package ward

import (
	"fmt"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
)

// byGateway is who made an association that no person made.
const byGateway = "gateway"

// AssignedBy is who assigned the device, as colleagues read it; empty when
// its gateway's word counts.
func (d *Device) AssignedBy() string {
	if d.Hand.Assigns() {
		return d.Hand.Name
	}
	return ""
}

// destination decides for which bed and encounter a report speaks: where
// somebody assigned the device, else where its gateway says that it is.
//
// A device that somebody released stays released while its gateway goes on
// saying the same of its place: those are the words that the person just
// overruled, and a monitor repeats them every second. Other words of its place
// are news, and count again.
func (d *draft) destination(dev *Device, r Report) (bed *Bed, enc *census.Encounter, why string) {
	dev.Note = ""
	if dev.Hand.Assigns() {
		if bed, ok := d.Bed(dev.Hand.Bed); ok {
			return d.whereAssigned(dev, bed, r)
		}
		dev.Hand = device.Hand{} // the bed was taken out of the ward
	}
	if dev.Hand.Releases() {
		if r.Location == dev.Hand.Place {
			return nil, nil, released(dev.Hand)
		}
		dev.Hand = device.Hand{}
	}
	return d.route(r)
}

func released(h device.Hand) string {
	return fmt.Sprintf("released by %s; unassigned until somebody assigns it or it is moved", h.Name)
}

// whereAssigned is where an assigned device speaks for. If its gateway names somebody
// else than the patient in the bed, one of the two is wrong, and until it says
// otherwise the device speaks for nobody. If it only names another bed, the
// person's word holds.
func (d *draft) whereAssigned(dev *Device, bed *Bed, r Report) (*Bed, *census.Encounter, string) {
	isHeld := dev.Bed.IsZero() // for this reason: an assigned device speaks for its bed
	if d.namesAnother(bed, r.Patient) || isHeld && len(r.Patient) == 0 {
		return nil, nil, fmt.Sprintf("names another patient than the one in bed %s it was assigned to by %s", bed.ID, dev.Hand.Name)
	}
	if !r.Location.IsZero() && d.bedAt(r.Location) != bed.ID {
		dev.Note = fmt.Sprintf("its gateway says %s; assigned to %s by %s", r.Location, bed.ID, dev.Hand.Name)
	}
	return bed, bed.Encounter, ""
}

// namesAnother reports whether the numbers name somebody else than the
// patient in the bed; of an empty bed, somebody who lies in another.
func (d *draft) namesAnother(bed *Bed, numbers []census.Identifier) bool {
	if bed.Patient != nil {
		return !agrees(bed.Patient, numbers)
	}
	theirs := d.encounterOf(numbers)
	return theirs != nil && !theirs.Bed.IsZero()
}

// watchIdentity keeps an alarm at the bed to which a device was assigned while
// the device names somebody else.
func (d *draft) watchIdentity(dev *Device) {
	if !dev.Hand.Assigns() {
		return
	}
	bed, _ := d.Bed(dev.Hand.Bed)
	e, stands := bed.identityAlarm(dev.ID)
	isHeld := dev.Bed.IsZero()
	switch {
	case isHeld && !stands:
		e = alarm.Episode{
			Bed: bed.ID, Device: dev.ID,
			Code: CodeIdentityConflict, Label: dev.Label + " names another patient",
			Category: alarm.Technical, Origin: alarm.FromSystem, Priority: alarm.Medium,
		}
		if bed.Encounter != nil {
			e.Encounter = bed.Encounter.ID
		}
		d.open(e)
	case !isHeld && stands:
		d.step(e, alarm.EventClear)
	}
}

func (b *Bed) identityAlarm(dev device.ID) (alarm.Episode, bool) {
	for _, e := range b.Episodes {
		if e.Device == dev && e.Code == CodeIdentityConflict {
			return e, true
		}
	}
	return alarm.Episode{}, false
}

// letGo ends what hands did for a bed whose patient leaves: an assignment
// ends with the stay for which it was made.
func (d *draft) letGo(bed *Bed) {
	if bed.Encounter == nil {
		return
	}
	for _, dev := range d.assignedTo(bed.ID) {
		next := *dev
		next.Hand, next.Note = device.Hand{}, ""
		d.closeFor(bed.ID, dev.ID)
		d.putDevice(&next)
		d.noteDevice(&next)
	}
}

// takeUp lets devices that were assigned to a bed while it was empty speak for
// the patient who has come into it.
func (d *draft) takeUp(bed *Bed) {
	for _, dev := range d.assignedTo(bed.ID) {
		if _, isHeld := bed.identityAlarm(dev.ID); isHeld {
			continue
		}
		next := *dev
		d.speakFor(&next, bed, d.in.At)
	}
}

// assignedTo lists the devices that speak for nobody just now, and were
// assigned to the bed.
func (d *draft) assignedTo(bed census.BedID) (out []*Device) {
	for _, dev := range d.Unassigned() {
		if dev.Hand.Bed == bed {
			out = append(out, dev)
		}
	}
	return out
}

// speakFor associates a device with a bed from a time on, by hand. What it
// said before then is not this patient's, and its alarms start anew.
func (d *draft) speakFor(dev *Device, bed *Bed, from time.Time) {
	dev.Bed, dev.Encounter, dev.Since, dev.By = bed.ID, "", from, dev.Hand.By
	if bed.Encounter != nil {
		dev.Encounter = bed.Encounter.ID
	}
	dev.former, dev.elseUntil = former{encounter: unrecalled, until: from}, from
	dev.Readings, dev.Channels, dev.watches, dev.missed, dev.Held, dev.Note = nil, nil, nil, nil, "", ""
	d.putDevice(dev)
	d.at(bed.ID, Associated{dev.association()})
}

// association is the one that holds.
func (d *Device) association() device.Association {
	return device.Association{Device: d.ID, Bed: d.Bed, Encounter: d.Encounter, From: d.Since, By: d.By}
}

func (d *draft) noteDevice(dev *Device) {
	d.at(dev.Bed, DeviceKnown{dev.Identity, dev.Gateway, dev.Location, dev.Hand})
}
