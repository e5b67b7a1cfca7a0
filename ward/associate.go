package ward

import (
	"fmt"
	"slices"
	"time"

	"wardlight/ward/census"
	"wardlight/ward/device"
)

// route decides for which bed and encounter a report speaks. A device never
// creates, renames or moves a patient: where its words and the census differ,
// it speaks for nobody and why says so.
func (d *draft) route(r Report) (bed *Bed, enc *census.Encounter, why string) {
	unit, known := d.Unit(r.Location.UnitCode())
	if known {
		if code, ok := unit.Locate(r.Location); ok {
			bed, _ = unit.Bed(code)
		}
	}
	var theirs *census.Encounter
	if bed != nil && bed.Patient != nil && bed.Patient.IsNamedBy(r.Patient) {
		theirs = bed.Encounter // though a merged record shows the same patient elsewhere too
	} else {
		theirs = d.encounterOf(r.Patient)
	}
	if bed == nil && r.Location.IsZero() && theirs != nil {
		bed, _ = d.Bed(theirs.Bed)
		if bed != nil {
			unit, _ = d.Unit(bed.ID.Unit)
		}
	}
	switch {
	case bed == nil && r.Location.IsZero():
		return nil, nil, "names no bed and no admitted patient"
	case bed == nil:
		return nil, nil, fmt.Sprintf("bed %s is not in the ward", r.Location.Place())
	case !d.trusts(unit, r):
		return nil, nil, fmt.Sprintf("unit %s does not trust gateways to assign devices", unit.Code)
	case theirs != nil && bed.Encounter != nil && theirs.ID != bed.Encounter.ID,
		theirs != nil && bed.Encounter == nil && !theirs.Bed.IsZero():
		return nil, nil, fmt.Sprintf("names bed %s but the patient of another bed", bed.ID)
	case bed.Patient != nil && theirs == nil && !agrees(bed.Patient, r.Patient):
		return nil, nil, fmt.Sprintf("names bed %s but not the patient in it", bed.ID)
	}
	return bed, bed.Encounter, ""
}

// trusts reports whether what the report says of patient and place associates
// its device without a person: as the sender's settings say, else the unit's.
func (d *draft) trusts(u *Unit, r Report) bool {
	if r.TrustIdentity != nil {
		return *r.TrustIdentity
	}
	if m := d.in.Message; m != nil {
		if c, ok := d.settings.Connection(m.Source, m.Peer); ok && c.TrustIdentity != nil {
			return *c.TrustIdentity
		}
	}
	return u.TrustGateway
}

// agrees reports whether the numbers a device knows do not contradict the
// patient: there is none, or they are the patient's.
func agrees(p *census.Patient, numbers []census.Identifier) bool {
	return len(numbers) == 0 || p.IsNamedBy(numbers)
}

// associate makes the device speak for bed and encounter, or for nobody.
// oldest is the time of the oldest value in the message, heardBefore that of
// the message before.
func (d *draft) associate(dev *Device, bed *Bed, enc *census.Encounter, why string, oldest, heardBefore time.Time) {
	var to device.Association
	from := oldest
	if bed != nil {
		to.Bed = bed.ID
		if enc != nil {
			to.Encounter = enc.ID
			from = later(from, enc.LocatedAt)
		}
	}
	dev.Held = why
	if dev.Bed == to.Bed && dev.Encounter == to.Encounter {
		return
	}
	from = later(from, dev.Since)
	if !heardBefore.IsZero() {
		from = later(from, heardBefore.Add(time.Microsecond)) // until then it spoke for another, or for nobody
	}
	if from.After(d.in.At) {
		from = d.in.At
	}
	if !heardBefore.IsZero() {
		dev.elseUntil = from
	}
	if !dev.Bed.IsZero() {
		d.release(dev, from)
	}
	if bed == nil {
		d.note(Change{Unit: dev.Location.UnitCode(), What: Aged{}})
		return
	}
	dev.Readings, dev.Channels = nil, nil // of the time without a bed
	dev.Bed, dev.Encounter, dev.Since, dev.By = to.Bed, to.Encounter, from, byGateway
	if dev.Hand.Assigns() {
		dev.By = dev.Hand.By
	}
	d.at(to.Bed, Associated{dev.association()})
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// release ends the device's association: its alarms close, and what it knew
// of one patient's values starts anew for the next.
func (d *draft) release(dev *Device, until time.Time) {
	ended := dev.association()
	ended.To = until
	d.at(dev.Bed, Released{ended})
	d.closeFor(dev.Bed, dev.ID)
	d.editBed(dev.Bed, func(b *Bed) {
		b.Devices = slices.DeleteFunc(slices.Clone(b.Devices), func(o *Device) bool { return o.ID == dev.ID })
	})
	if dev.Encounter != "" {
		dev.former = former{dev.Encounter, dev.Since, until}
	}
	dev.Bed, dev.Encounter, dev.Since, dev.By, dev.elseUntil = census.BedID{}, "", until, "", until
	dev.Readings, dev.Channels, dev.watches, dev.missed, dev.IsLost = nil, nil, nil, nil, false
	dev.alerts = parted(dev.alerts, until)
	d.putDevice(dev)
}

// isOfAnother reports whether a value measured at time at is none of the
// patient whom the device speaks for: a cuff reading that every message
// carries until the next one is taken, and that belongs to somebody before, or
// to nobody. One of the same patient's, before the device was held for a
// while, is theirs.
func (dev *Device) isOfAnother(at time.Time) bool {
	return at.Before(dev.elseUntil) && !(dev.former.encounter == dev.Encounter && dev.former.holds(at))
}

// wasOfAnother reports whether the device spoke for another patient at time
// at. What it alarms about from a time when it spoke for nobody stands all the
// same, for whom it speaks now.
func (dev *Device) wasOfAnother(at time.Time) bool {
	return dev.former.encounter != "" && dev.former.encounter != dev.Encounter && at.Before(dev.former.until)
}

func (f former) holds(at time.Time) bool {
	return f.encounter != "" && f.encounter != unrecalled && !at.Before(f.from) && at.Before(f.until)
}
