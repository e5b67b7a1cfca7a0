package ward

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/fault"
	"wardlight/ward/infusion"
	"wardlight/ward/staff"
)

// MaxCorrection is how far back an assignment can reach.
const MaxCorrection = 12 * time.Hour

// The fields of a word by hand that what declines it may be about; see
// fault.FieldOf.
const (
	FieldNumber   = "number" // the first identifier
	FieldSecond   = "second" // the second one
	FieldReason   = "reason"
	FieldSince    = "since"
	FieldReadBack = "readback"
)

// ErrUnconfirmed is why a device is not taken from a bed at once: alarms of
// it stand there, or the pump is running. Say why, and confirm.
var ErrUnconfirmed = errors.New("give a reason and confirm")

// AtStake is what is lost at a bed when the device speaks for it no more: its
// open alarms, but those about its own silence, and the infusions that run.
func (w Ward) AtStake(d *Device) (alarms []alarm.Episode, running []infusion.Channel) {
	if bed, ok := w.Bed(d.Bed); ok {
		for _, e := range bed.Episodes {
			if e.Device == d.ID && e.Origin != alarm.FromSystem {
				alarms = append(alarms, e)
			}
		}
	}
	for _, c := range d.Channels {
		if c.IsRunning() || c.Status == infusion.KVO {
			running = append(running, c)
		}
	}
	return alarms, running
}

// assign makes a device report for a bed because a person says so.
func (d *draft) assign(a Assign) {
	dev, bed, err := d.pair(a)
	if err == nil {
		err = d.checkReadBack(a)
	}
	if err != nil {
		d.note(Change{Unit: a.Bed.Unit, Bed: a.Bed.Bed, What: Declined{err}})
		return
	}
	next := *dev
	from := d.in.At
	if !a.From.IsZero() && next.Bed != bed.ID {
		from = a.From
	}
	isTakenOver := next.Bed == bed.ID
	if !next.Bed.IsZero() {
		d.endAssociation(&next, from, isTakenOver)
	} else if next.Hand.Assigns() { // to a bed whose patient it does not name
		d.closeFor(next.Hand.Bed, next.ID)
	}
	next.Hand = device.Hand{Bed: bed.ID, By: string(a.By.ID), Name: a.By.Name, At: d.in.At}
	if isTakenOver {
		next.Since, next.By = from, next.Hand.By
		d.putDevice(&next)
		d.at(bed.ID, Associated{next.association()})
	} else {
		bed, _ = d.Bed(bed.ID)
		d.speakFor(&next, bed, from)
	}
	d.noteDevice(&next)
	d.notePairing(a)
	d.audit(a.By.ID, "assign-device", string(a.Device), a.detail(next.Encounter, from))
}

// endAssociation ends the one that holds. If the device goes on for the same
// bed by a person's word instead of its gateway's, nothing else changes.
func (d *draft) endAssociation(dev *Device, until time.Time, goesOn bool) {
	if !goesOn {
		d.release(dev, until)
		return
	}
	ended := dev.association()
	ended.To = until
	d.at(dev.Bed, Released{ended})
}

// detail is the assignment for the audit trail: ids and the reason.
func (a Assign) detail(enc census.EncounterID, from time.Time) string {
	detail := "to " + a.Bed.String()
	if enc != "" {
		detail += ", encounter " + string(enc)
	}
	if !a.From.IsZero() {
		detail += ", from " + from.UTC().Format(time.RFC3339)
	}
	if a.Reason != "" {
		detail += ": " + a.Reason
	}
	return detail
}

// pair finds what is to be put together, and why it may not be.
func (d *draft) pair(a Assign) (*Device, *Bed, error) {
	dev, ok := d.devices.get(a.Device)
	if !ok {
		return nil, nil, fault.New(fault.NotFound, "no device %s has been heard: switch it on, and assign it when it has spoken", a.Device)
	}
	bed, ok := d.Bed(a.Bed)
	if !ok {
		return nil, nil, fault.New(fault.NotFound, "bed %s is not in the ward", a.Bed)
	}
	if !a.By.May(staff.AssignDevice, a.Bed.Unit) {
		return nil, nil, fault.New(fault.Forbidden, "the role %s may not assign devices to bed %s", a.By.Role, a.Bed)
	}
	if err := d.seenAs(dev, a.Seen); err != nil {
		return nil, nil, err
	}
	if dev.Bed == bed.ID && dev.Hand.Assigns() {
		return nil, nil, fault.New(fault.Conflict, "%s already reports for %s, assigned by %s", dev.Label, bed.ID, dev.Hand.Name)
	}
	if err := bed.isNamedBy(a.Identifiers); err != nil {
		d.audit(a.By.ID, "assign-device-declined", string(a.Device), "to "+bed.ID.String()+": "+err.Error())
		return nil, nil, err
	}
	if dev.Bed != bed.ID {
		if err := d.mayLeave(dev, a.By, a.Reason, a.Confirmed); err != nil {
			return nil, nil, err
		}
	}
	if err := d.checkFrom(a, dev, bed); err != nil {
		return nil, nil, fault.About(FieldSince, err)
	}
	return dev, bed, nil
}

// seenAs declines a change to a device that has changed since it was seen.
func (d *draft) seenAs(dev *Device, seen time.Time) error {
	if dev.Since.Truncate(time.Microsecond).Equal(seen.Truncate(time.Microsecond)) {
		return nil
	}
	return fault.New(fault.Conflict, "somebody else changed this at %s: look again", d.clockTime(dev, dev.Since))
}

// clockTime is a time as the clock of the device's unit shows it.
func (d *draft) clockTime(dev *Device, at time.Time) string {
	unit := dev.Bed.Unit
	if unit == "" {
		unit = dev.Location.UnitCode()
	}
	if u, ok := d.Unit(unit); ok {
		if zone, err := time.LoadLocation(u.Zone); err == nil {
			return at.In(zone).Format("15:04")
		}
	}
	return at.UTC().Format("15:04 MST")
}

// isNamedBy holds two identifiers against the patient in the bed: a number of
// theirs and the birth date, or while that is unknown the code of the bed. It
// says which does not match, never what would.
func (b *Bed) isNamedBy(identifiers [2]string) error {
	number, second := strings.TrimSpace(identifiers[0]), strings.TrimSpace(identifiers[1])
	if b.Patient == nil {
		if number != "" || second != "" {
			return fault.New(fault.Invalid, "nobody is in bed %s: admit or transfer the patient first, or assign the device to the bed alone", b.ID)
		}
		return nil
	}
	isNumber := number != "" && (number == b.Encounter.Visit.Value ||
		slices.ContainsFunc(b.Patient.Identifiers, func(i census.Identifier) bool { return i.Value == number }))
	isSecond, what := second == b.Patient.BirthDate, "date of birth"
	if b.Patient.BirthDate == "" {
		isSecond, what = strings.EqualFold(second, string(b.ID.Bed)) || strings.EqualFold(second, b.ID.String()), "bed code, given in place of a date of birth that is not known,"
	}
	switch {
	case isNumber && isSecond:
		return nil
	case isSecond:
		return fault.About(FieldNumber, fault.New(fault.Invalid, "the number is not one of the patient in bed %s", b.ID))
	case isNumber:
		return fault.About(FieldSecond, fault.New(fault.Invalid, "the %s is not that of the patient in bed %s", what, b.ID))
	}
	return fault.About(FieldNumber, fault.New(fault.Invalid, "neither the number nor the %s is that of the patient in bed %s", what, b.ID))
}

// mayLeave declines to take a device from the bed it reports for without a
// reason, and where something is at stake there, without confirmation by
// somebody who may do that.
func (d *draft) mayLeave(dev *Device, by staff.Person, reason string, isConfirmed bool) error {
	if dev.Bed.IsZero() {
		return nil
	}
	alarms, running := d.AtStake(dev)
	isAtStake := len(alarms) > 0 || len(running) > 0
	switch {
	case isAtStake && !by.May(staff.ReassignDevice, dev.Bed.Unit):
		return fault.New(fault.Forbidden, "%s has %s at %s: the role %s may not take it from there, a charge nurse may", dev.Label, stakes(alarms, running), dev.Bed, by.Role)
	case isAtStake && reason == "":
		return fault.About(FieldReason, fault.New(fault.Invalid, "%s has %s at %s: %w", dev.Label, stakes(alarms, running), dev.Bed, ErrUnconfirmed))
	case isAtStake && !isConfirmed:
		return fault.New(fault.Conflict, "%s has %s at %s: %w", dev.Label, stakes(alarms, running), dev.Bed, ErrUnconfirmed)
	case reason == "":
		return fault.About(FieldReason, fault.New(fault.Invalid, "%s reports for %s: give a reason to take it from there", dev.Label, dev.Bed))
	}
	return nil
}

func stakes(alarms []alarm.Episode, running []infusion.Channel) string {
	var words []string
	if n := len(alarms); n > 0 {
		words = append(words, fmt.Sprintf("%d open alarm%s", n, plural(n)))
	}
	if n := len(running); n > 0 {
		words = append(words, fmt.Sprintf("%d running infusion%s", n, plural(n)))
	}
	return strings.Join(words, " and ")
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// checkFrom declines to give a bed a past that was not its patient's or not
// the device's.
func (d *draft) checkFrom(a Assign, dev *Device, bed *Bed) error {
	switch {
	case a.From.IsZero(), dev.Bed == bed.ID:
		return nil
	case a.From.After(d.in.At):
		return fault.New(fault.Invalid, "the time given is yet to come")
	case d.in.At.Sub(a.From) > MaxCorrection:
		return fault.New(fault.Invalid, "an assignment can reach back 12 hours at most")
	case bed.Encounter == nil:
		return fault.New(fault.Invalid, "nobody is in bed %s: it can be given a device from now on only", bed.ID)
	case a.From.Before(dev.Since) && dev.Bed.IsZero():
		return fault.New(fault.Invalid, "%s is unassigned only since %s: nothing before that can be given", dev.Label, d.clockTime(dev, dev.Since))
	case a.From.Before(dev.Since):
		return fault.New(fault.Invalid, "%s reports for %s only since %s: nothing before that can be given", dev.Label, dev.Bed, d.clockTime(dev, dev.Since))
	case a.From.Before(bed.Encounter.LocatedAt):
		return fault.New(fault.Invalid, "the patient in bed %s came only at %s: nothing before that can be given", bed.ID, d.clockTime(dev, bed.Encounter.LocatedAt))
	}
	return nil
}

// releaseByHand makes a device speak for nobody because a person says so.
func (d *draft) releaseByHand(r Release) {
	dev, err := d.mayRelease(r)
	if err != nil {
		d.note(Change{What: Declined{err}})
		return
	}
	next := *dev
	from := next.Bed
	if next.Bed.IsZero() {
		from = next.Hand.Bed
		d.closeFor(from, next.ID)
	} else {
		d.release(&next, d.in.At)
	}
	next.Hand = device.Hand{By: string(r.By.ID), Name: r.By.Name, At: d.in.At, Place: next.Location}
	next.Held, next.Note = released(next.Hand), ""
	d.putDevice(&next)
	d.noteDevice(&next)
	d.audit(r.By.ID, "release-device", string(r.Device), strings.TrimSuffix("from "+from.String()+": "+r.Reason, ": "))
}

func (d *draft) mayRelease(r Release) (*Device, error) {
	dev, ok := d.devices.get(r.Device)
	if !ok {
		return nil, fault.New(fault.NotFound, "no device %s is known", r.Device)
	}
	unit := dev.Bed.Unit
	if dev.Bed.IsZero() {
		unit = dev.Hand.Bed.Unit
	}
	if err := d.seenAs(dev, r.Seen); err != nil {
		return nil, err
	}
	switch {
	case dev.Bed.IsZero() && !dev.Hand.Assigns():
		return nil, fault.New(fault.Conflict, "%s reports for nobody", dev.Label)
	case !r.By.May(staff.AssignDevice, unit):
		return nil, fault.New(fault.Forbidden, "the role %s may not release devices of unit %s", r.By.Role, unit)
	}
	if alarms, running := d.AtStake(dev); len(alarms) > 0 || len(running) > 0 {
		return dev, d.mayLeave(dev, r.By, r.Reason, r.Confirmed)
	}
	return dev, nil
}
