package ward

import (
	"cmp"
	"fmt"
	"slices"

	"wardlight/ward/census"
	"wardlight/ward/device"
)

// Apply gives the ward after an input and what changed. The ward it was given
// stays as it was, so that an input that cannot be recorded, or panics, is
// dropped by keeping the old one.
func Apply(w Ward, in Input) (Ward, []Change) {
	d := &draft{Ward: w, in: in}
	d.hear()
	switch e := in.Event.(type) {
	case Reports:
		for _, r := range e {
			d.report(r)
		}
	case Moved:
		d.move(e)
	case Assign:
		d.assign(e)
	case Release:
		d.releaseByHand(e)
	case GoAway:
		d.goAway(e)
	case Acknowledge:
		d.acknowledge(e)
	case Confirm:
		d.confirm(e)
	case Withdraw:
		d.withdraw(e)
	case Tick:
		d.tick(e)
	case Configure:
		d.configure(e)
	case KeepStrip:
		d.keepStrip(e)
	case Refused:
		d.note(Change{What: Quarantined{e}})
	case Audited:
		d.audit(e.Actor, e.Action, e.Subject, e.Detail)
	}
	return d.Ward, d.changes
}

// draft is a ward on its way from one value to the next: every write makes a
// copy of what it touches and leaves the original.
type draft struct {
	Ward
	in      Input
	changes []Change
	ids     int
	// of a tick: the gateways that are lost, and their silent devices
	lostGateways map[string][]*Device
}

func (d *draft) note(c Change) { d.changes = append(d.changes, c) }

// at notes a change that shows at a bed.
func (d *draft) at(bed census.BedID, what What) {
	d.note(Change{Unit: bed.Unit, Bed: bed.Bed, What: what})
}

// newID makes an id that derives from the input and nothing else.
func (d *draft) newID() string {
	d.ids++
	return fmt.Sprintf("%s.%d", d.in.ID, d.ids)
}

// putBed replaces a bed.
func (d *draft) putBed(b *Bed) {
	ui, ok := slices.BinarySearchFunc(d.units, b.ID.Unit, func(u *Unit, c census.UnitCode) int { return cmp.Compare(u.Code, c) })
	if !ok {
		return
	}
	u := *d.units[ui]
	i, ok := u.place[b.ID.Bed]
	if !ok {
		return
	}
	u.Beds = slices.Clone(u.Beds)
	u.Beds[i] = b
	d.units = slices.Clone(d.units)
	d.units[ui] = &u
}

// editBed changes a copy of a bed; nothing happens when there is none.
func (d *draft) editBed(id census.BedID, edit func(*Bed)) {
	old, ok := d.Bed(id)
	if !ok {
		return
	}
	b := *old
	edit(&b)
	d.putBed(&b)
}

// putDevice replaces a device, in its bed and in the unassigned pool too.
func (d *draft) putDevice(dev *Device) {
	if old, ok := d.devices.get(dev.ID); ok && !old.Bed.IsZero() && old.Bed != dev.Bed {
		d.editBed(old.Bed, func(b *Bed) {
			b.Devices = slices.DeleteFunc(slices.Clone(b.Devices), func(o *Device) bool { return o.ID == dev.ID })
		})
	}
	d.devices = d.devices.set(dev.ID, dev)
	i, inPool := slices.BinarySearch(d.unassigned, dev.ID)
	switch {
	case dev.Bed.IsZero() && !inPool:
		d.unassigned = slices.Insert(slices.Clone(d.unassigned), i, dev.ID)
	case !dev.Bed.IsZero() && inPool:
		d.unassigned = slices.Delete(slices.Clone(d.unassigned), i, i+1)
	}
	if dev.Bed.IsZero() {
		return
	}
	d.editBed(dev.Bed, func(b *Bed) {
		b.Devices = slices.Clone(b.Devices)
		i, found := slices.BinarySearchFunc(b.Devices, dev, byKindAndID)
		if found {
			b.Devices[i] = dev
		} else {
			b.Devices = slices.Insert(b.Devices, i, dev)
		}
	})
}

func byKindAndID(a, b *Device) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
}

func identityOr(a, b device.Identity) device.Identity {
	a.Label = cmp.Or(a.Label, b.Label, string(a.ID))
	a.Kind = cmp.Or(a.Kind, b.Kind, device.Monitor)
	return a
}
