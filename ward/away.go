package ward

import (
	"fmt"
	"strings"
	"time"

	"wardlight/ward/census"
	"wardlight/ward/fault"
	"wardlight/ward/vitals"
)

// maxAway is how far ahead somebody may say that a patient is away: no
// suppression of alarms lasts longer without a new word.
const maxAway = 12 * time.Hour

// leaveWithin is how long a patient who was said to be away may still be
// measured while they are unplugged. Whoever is measured later than that has
// not left, or is back: that counts for more than what was said, for if their
// monitor fell silent then, nobody would be told.
const leaveWithin = 5 * time.Minute

// maxWhere is how long a place may be, in characters.
const maxWhere = 40

// goAway notes that a patient is out of bed for a while, or back. While they
// are away the silence of their devices is no alarm; what is still measured
// is judged as ever.
func (d *draft) goAway(g GoAway) {
	stay, err := d.mayGo(g)
	if err != nil {
		d.note(Change{Unit: g.By.Unit, What: Declined{err}})
		return
	}
	if g.Until.IsZero() {
		d.back(stay)
		d.audit(g.By.ID, "mark-back", string(stay.ID), "")
		return
	}
	away := census.Away{Where: strings.Join(strings.Fields(g.Where), " "), Since: d.in.At.Round(0), Until: g.Until.Round(0), By: g.By.Name}
	if stay.Away != nil {
		away.Since = stay.Away.Since
	}
	out := *stay
	out.Away = &away
	d.putEncounter(&out)
	d.quieten(stay.Bed)
	d.audit(g.By.ID, "mark-away", string(stay.ID), fmt.Sprintf("%s until %s", away.Where, away.Until.UTC().Format(time.RFC3339)))
}

func (d *draft) mayGo(g GoAway) (*census.Encounter, error) {
	stay, ok := d.Encounter(g.Encounter)
	where := strings.Join(strings.Fields(g.Where), " ")
	ahead := g.Until.Sub(d.in.At)
	switch {
	case !ok || !stay.IsOpen():
		return nil, fault.New(fault.Conflict, "this stay is over already")
	case g.Until.IsZero() && stay.Away == nil:
		return nil, fault.New(fault.Conflict, "the patient is back already")
	case g.Until.IsZero():
		return stay, nil
	case stay.Bed.IsZero():
		return nil, fault.New(fault.Conflict, "the patient has no bed in this ward: transfer them to one first")
	case where == "" || len([]rune(where)) > maxWhere:
		return nil, fault.New(fault.Invalid, "say where the patient is in 1 to %d characters, for example imaging", maxWhere)
	case ahead <= 0 || ahead > maxAway:
		return nil, fault.New(fault.Invalid, "say until when: a time within the next %d hours", int(maxAway.Hours()))
	}
	return stay, nil
}

// back ends a patient's being away. What is silent now alarms with the next
// tick.
func (d *draft) back(stay *census.Encounter) {
	in := *stay
	in.Away = nil
	d.putEncounter(&in)
}

// quieten ends the alarms about silence at a bed.
func (d *draft) quieten(id census.BedID) {
	bed, ok := d.Bed(id)
	if !ok {
		return
	}
	for _, dev := range bed.Devices {
		d.endAlarms(dev, CodeDeviceLost, everyMetric)
		d.endAlarms(dev, CodeNoData, everyMetric)
	}
}

// Away is how long and where the bed's patient is away; nil: they are not.
func (b *Bed) Away() *census.Away {
	if b.Encounter == nil {
		return nil
	}
	return b.Encounter.Away
}

func (d *draft) isAway(id census.BedID) bool {
	bed, ok := d.Bed(id)
	return ok && bed.Away() != nil
}

// endAway ends a patient's being away when the time that was said has come.
func (d *draft) endAway(b *Bed) {
	if away := b.Away(); away != nil && !d.in.At.Before(away.Until) {
		d.back(b.Encounter)
		d.audit("system", "mark-back", string(b.Encounter.ID), "time is up")
	}
}

// noticeReturn ends a patient's being away when they are measured.
func (d *draft) noticeReturn(dev *Device, fresh []*vitals.Observation) {
	bed, ok := d.Bed(dev.Bed)
	if !ok || bed.Away() == nil {
		return
	}
	for _, o := range fresh {
		if o.At.Sub(bed.Away().Since) > leaveWithin {
			d.back(bed.Encounter)
			d.audit("system", "mark-back", string(bed.Encounter.ID), "measured by "+string(dev.ID))
			return
		}
	}
}
