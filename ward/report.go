package ward

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

// skewTolerated is how far a gateway's clock may be off before the times of
// what it sends are corrected.
const skewTolerated = 2 * time.Second

// report takes in what one device said: who it speaks for, its values, its
// channels, and what they mean for alarms.
func (d *draft) report(r Report) {
	known, ok := d.devices.get(r.Device.ID)
	dev := &Device{}
	if ok {
		*dev = *known
	}
	dev.Identity = identityOr(r.Device, dev.Identity)
	dev.Location = r.Location
	if d.in.Message != nil {
		dev.Gateway = d.in.Message.Source
	}
	if !dev.HeardAt.IsZero() {
		dev.Rhythm = dev.Rhythm.Heard(d.in.At.Sub(dev.HeardAt))
	}
	dev.HeardAt = d.in.At

	observations, channels := d.correctTimes(r)
	bed, encounter, why := d.route(r)
	d.associate(dev, bed, encounter, why, earliest(observations, channels, d.in.At))
	if !ok || known.Identity != dev.Identity || known.Gateway != dev.Gateway || known.Location != dev.Location {
		d.at(dev.Bed, DeviceKnown{dev.Identity, dev.Gateway, dev.Location})
	}
	fresh := d.takeValues(dev, observations)
	d.takeChannels(dev, channels)
	wasLost := dev.IsLost
	dev.IsLost = false
	d.putDevice(dev)
	if wasLost {
		d.deviceFound(dev)
	}
	d.judge(dev.ID, fresh)
}

// correctTimes puts the device's times on the server's clock. The skew of a
// gateway is receipt minus send time; a value that was already old when sent
// is late, and stays as old as it was.
func (d *draft) correctTimes(r Report) ([]vitals.Observation, []infusion.Channel) {
	received := d.in.At
	skew := received.Sub(r.SentAt)
	correct := func(t time.Time) time.Time {
		age := received.Sub(t)
		if skew.Abs() > skewTolerated && !r.SentAt.IsZero() {
			age -= skew
		}
		return received.Add(-max(age, 0)) // keeps received's monotonic clock
	}
	obs := slices.Clone(r.Observations)
	for i := range obs {
		obs[i].At, obs[i].ReceivedAt = correct(obs[i].DeviceAt), received
	}
	chans := slices.Clone(r.Channels)
	for i := range chans {
		chans[i].Device = r.Device.ID
		chans[i].At, chans[i].ReceivedAt = correct(chans[i].DeviceAt), received
	}
	return obs, chans
}

func earliest(obs []vitals.Observation, chans []infusion.Channel, otherwise time.Time) time.Time {
	first := otherwise
	for _, o := range obs {
		if o.At.Before(first) {
			first = o.At
		}
	}
	for _, c := range chans {
		if c.At.Before(first) {
			first = c.At
		}
	}
	return first
}

// route decides for which bed and encounter a report speaks. A device never
// creates, renames or moves a patient: where its words and the census differ,
// it speaks for nobody and why says so.
func (d *draft) route(r Report) (bed *Bed, enc *census.Encounter, why string) {
	unit, known := d.Unit(census.UnitCode(r.Location.Unit))
	if known {
		if code, ok := unit.Locate(r.Location); ok {
			bed, _ = unit.Bed(code)
		}
	}
	theirs := d.encounterOf(r.Patient)
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
		return nil, nil, fmt.Sprintf("bed %s is not in the ward", r.Location)
	case !unit.TrustGateway:
		return nil, nil, fmt.Sprintf("unit %s does not trust gateways to assign devices", unit.Code)
	case theirs != nil && bed.Encounter != nil && theirs.ID != bed.Encounter.ID,
		theirs != nil && bed.Encounter == nil && !theirs.Bed.IsZero():
		return nil, nil, fmt.Sprintf("names bed %s but the patient of another bed", bed.ID)
	case bed.Patient != nil && theirs == nil && !agrees(bed.Patient, r.Patient):
		return nil, nil, fmt.Sprintf("names bed %s but not the patient in it", bed.ID)
	}
	return bed, bed.Encounter, ""
}

// agrees reports whether none of the numbers a device knows contradicts the
// patient: no number at all, or at least one that matches.
func agrees(p *census.Patient, numbers []census.Identifier) bool {
	for _, n := range numbers {
		for _, own := range p.Identifiers {
			if own.Matches(n) {
				return true
			}
		}
	}
	return len(numbers) == 0
}

// associate makes the device speak for bed and encounter from now on, or for
// nobody. from is the time of the oldest value in the message.
func (d *draft) associate(dev *Device, bed *Bed, enc *census.Encounter, why string, from time.Time) {
	var to device.Association
	if bed != nil {
		to.Bed = bed.ID
		if enc != nil {
			to.Encounter = enc.ID
			if enc.LocatedAt.After(from) {
				from = enc.LocatedAt
			}
		}
	}
	dev.Held = why
	if dev.Bed == to.Bed && dev.Encounter == to.Encounter {
		return
	}
	now := d.in.At
	if from.After(now) {
		from = now
	}
	if !dev.Bed.IsZero() {
		if from.Before(dev.Since) {
			from = dev.Since
		}
		d.release(dev, from)
	}
	dev.Bed, dev.Encounter, dev.Since = to.Bed, to.Encounter, from
	if bed == nil {
		d.note(Change{Unit: census.UnitCode(dev.Location.Unit), What: Aged{}})
		return
	}
	d.at(to.Bed, Associated{device.Association{
		Device: dev.ID, Bed: to.Bed, Encounter: to.Encounter, From: from, By: "gateway",
	}})
}

// release ends the device's association: its alarms close, and what it knew
// of one patient's values starts anew for the next.
func (d *draft) release(dev *Device, until time.Time) {
	d.at(dev.Bed, Released{device.Association{
		Device: dev.ID, Bed: dev.Bed, Encounter: dev.Encounter, From: dev.Since, To: until, By: "gateway",
	}})
	d.closeFor(dev.Bed, dev.ID)
	d.editBed(dev.Bed, func(b *Bed) {
		b.Devices = slices.DeleteFunc(slices.Clone(b.Devices), func(o *Device) bool { return o.ID == dev.ID })
	})
	dev.Bed, dev.Encounter, dev.Since = census.BedID{}, "", time.Time{}
	dev.Readings, dev.Channels, dev.watches, dev.IsLost = nil, nil, nil, false
	d.devices = d.devices.set(dev.ID, dev)
}

// takeValues makes the new values current and gives those that a rule may
// judge: in order, new, and not already old when they came. Everything that
// is not a mere repetition is recorded.
func (d *draft) takeValues(dev *Device, obs []vitals.Observation) (judgeable []vitals.Observation) {
	if len(obs) == 0 {
		return nil
	}
	dev.Readings = slices.Clone(dev.Readings)
	var record []vitals.Observation
	for _, o := range obs {
		i, found := slices.BinarySearchFunc(dev.Readings, o, func(r Reading, o vitals.Observation) int {
			return cmp.Or(cmp.Compare(vitals.Order(r.Now.Metric.Code), vitals.Order(o.Metric.Code)), cmp.Compare(r.Now.Metric.MDC, o.Metric.MDC))
		})
		if !found {
			dev.Readings = slices.Insert(dev.Readings, i, Reading{Now: vitals.Observation{Metric: o.Metric}})
		}
		r := dev.Readings[i]
		if found && r.repeats(o) {
			continue
		}
		isNew := !found || o.At.After(r.Now.At)
		record = append(record, o)
		if !isNew {
			continue
		}
		r.Now = o
		if o.HasValue() {
			r.Was = o
		}
		r.Looked = dev.Freshness(r, d.in.At)
		dev.Readings[i] = r
		if o.HasValue() && r.Looked.Rank() <= vitals.Ageing.Rank() && o.Quality != vitals.Questionable {
			judgeable = append(judgeable, o)
		}
	}
	if len(record) > 0 {
		d.at(dev.Bed, Observed{dev.ID, newest(record), d.in.At, record})
	}
	return judgeable
}

// repeats reports whether o says again what is known: a cuff reading that
// every message carries until the next one is taken.
func (r Reading) repeats(o vitals.Observation) bool {
	for _, known := range []vitals.Observation{r.Now, r.Was} {
		if known.DeviceAt.Equal(o.DeviceAt) && known.Value == o.Value && known.HasValue() == o.HasValue() {
			return true
		}
	}
	return false
}

func newest(obs []vitals.Observation) time.Time {
	last := obs[0].At
	for _, o := range obs[1:] {
		if o.At.After(last) {
			last = o.At
		}
	}
	return last
}

// takeChannels makes a pump's channel states current, unless older than what
// is known, and records them.
func (d *draft) takeChannels(dev *Device, chans []infusion.Channel) {
	if len(chans) == 0 {
		return
	}
	dev.Channels = slices.Clone(dev.Channels)
	for _, c := range chans {
		i, found := slices.BinarySearchFunc(dev.Channels, c.Channel, func(k infusion.Channel, name string) int { return cmp.Compare(k.Channel, name) })
		switch {
		case !found:
			dev.Channels = slices.Insert(dev.Channels, i, c)
		case !c.At.Before(dev.Channels[i].At):
			dev.Channels[i] = c
		}
	}
	d.at(dev.Bed, ChannelsReported{chans})
}
