package ward

import (
	"cmp"
	"slices"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

// report takes in what one device said: who it speaks for, its values, its
// channels, and what they mean for alarms.
func (d *draft) report(r Report) {
	if m := d.in.Message; m != nil && m.IsReplay {
		d.addToHistory(r, m)
		return
	}
	if r.IsOffline {
		d.allOffline(r)
		return
	}
	if r.Device.ID == "" {
		r.Device.ID = d.unnamed()
	}
	known, ok := d.devices.get(r.Device.ID)
	dev := &Device{KnownAt: d.in.At}
	if ok {
		*dev = *known
	}
	dev.Identity = identityOr(r.Device, dev.Identity)
	dev.Location = r.Location
	if d.in.Message != nil {
		dev.Gateway = d.in.Message.Source
	}
	heardBefore := dev.HeardAt
	if r.isSteady() {
		dev.heardSteadily(d.leftAt(r))
	}
	wasLost, isBack := dev.IsLost, dev.IsLost || dev.isUnheard
	dev.HeardAt, dev.isUnheard = d.in.At, false

	r = correctTimes(r, d.clock(), d.in.At)
	observations, channels := r.Observations, r.Channels
	bed, encounter, why := d.destination(dev, r)
	d.associate(dev, bed, encounter, why, earliest(observations, channels, d.earliestNews(r)), heardBefore)
	if !ok || known.Identity != dev.Identity || known.Gateway != dev.Gateway || known.Location != dev.Location || known.Hand != dev.Hand {
		d.noteDevice(dev)
	}
	fresh, missed := d.takeValues(dev, observations, isBack)
	d.correct(dev, r.Corrections)
	d.takeChannels(dev, channels)
	d.takePumpEvents(dev, r.PumpEvents)
	d.noticeReturn(dev, fresh)
	dev.IsLost = false
	if wasLost {
		d.endAlarms(dev, CodeDeviceLost, everyMetric)
	}
	d.endAlarms(dev, CodeNoData, dev.hasValue)
	d.judge(dev, fresh)
	d.judgeMissed(dev, missed)
	if len(fresh) > 0 {
		dev.missed = nil // the buffer is empty
	}
	d.takeAlerts(dev, r.Alerts)
	d.putDevice(dev)
	d.watchIdentity(dev)
}

// unnamed is what the one device of a sender is known by that names none: what
// has no device at all is an alarm whose equipment is gone.
func (d *draft) unnamed() device.ID {
	if m := d.in.Message; m != nil {
		return device.ID("unnamed@" + m.name())
	}
	return "unnamed"
}

// isSteady reports whether the message is one that the device sends again and
// again, so that the next one may be waited for. Alarms and events come when
// something happens.
func (r Report) isSteady() bool {
	return len(r.Observations)+len(r.Channels) > 0 || len(r.Alerts)+len(r.PumpEvents) == 0 ||
		slices.ContainsFunc(r.Alerts, alarm.Alert.IsHeartbeat)
}

// leftAt is when a message left its sender, by our clock. One that was late,
// out of a buffer that is being emptied, left long before it came.
func (d *draft) leftAt(r Report) time.Time {
	if r.SentAt.IsZero() {
		return d.in.At
	}
	return d.in.At.Add(-d.clock().Late())
}

// heardSteadily learns how often the device speaks from when its messages
// left: those that were late, or came all at once, teach nothing false.
func (d *Device) heardSteadily(leftAt time.Time) {
	if !d.steadyAt.IsZero() {
		d.Rhythm = d.Rhythm.Heard(leftAt.Sub(d.steadyAt))
	}
	d.steadyAt = later(d.steadyAt, leftAt)
}

// earliestNews is since when the device speaks as it does now, by what it
// alarms about or what has just happened to it.
func (d *draft) earliestNews(r Report) time.Time {
	first := d.in.At
	isNews := func(at time.Time) bool { return at.Before(first) && d.in.At.Sub(at) <= lateAfter }
	for i := range r.Alerts {
		if at := r.Alerts[i].At; isNews(at) {
			first = at
		}
	}
	for i := range r.PumpEvents {
		if at := r.PumpEvents[i].At; isNews(at) {
			first = at
		}
	}
	return first
}

// addToHistory records what a message out of quarantine says, as of the time
// at which it came. The bedside has gone on since: no value, bed or alarm of
// the present follows from it.
func (d *draft) addToHistory(r Report, m *Message) {
	dev, ok := d.devices.get(r.Device.ID)
	if !ok {
		dev = &Device{Identity: identityOr(r.Device, device.Identity{}), Gateway: m.Source, Location: r.Location}
	}
	d.noteDevice(dev) // what was refused may have been the first word of it
	clock := d.clock()
	if _, known := clock.Offset(); !known {
		clock = clock.Heard(r.SentAt, m.ReceivedAt)
	}
	r = correctTimes(r, clock, m.ReceivedAt)
	observations, channels := r.Observations, r.Channels
	if len(observations) > 0 {
		d.at(dev.Bed, Observed{r.Device.ID, newest(observations), m.ReceivedAt, observations})
	}
	if len(r.Corrections) > 0 {
		d.at(dev.Bed, Corrected{r.Device.ID, r.Corrections})
	}
	if len(channels) > 0 {
		d.at(dev.Bed, ChannelsReported{channels})
	}
	if len(r.PumpEvents) > 0 {
		d.at(dev.Bed, PumpEventsReported{r.PumpEvents})
	}
	for _, a := range r.Alerts {
		if a.Priority != "" && !a.Ends() {
			d.recordAlert(dev, a, a.Moment(), time.Time{}, alarm.Late)
		}
	}
}

// correctTimes puts everything that a report tells on the server's clock. A
// value that was already old when it was sent, and a message that was long on
// its way, stay as old as they are.
func correctTimes(r Report, clock device.Clock, received time.Time) Report {
	correct := func(told time.Time) time.Time {
		switch {
		case !told.IsZero():
			return clock.Correct(told, r.SentAt, received)
		case !r.SentAt.IsZero():
			return clock.Correct(r.SentAt, r.SentAt, received)
		}
		return received
	}
	r.Observations, r.Channels = slices.Clone(r.Observations), slices.Clone(r.Channels)
	r.Corrections, r.PumpEvents, r.Alerts = slices.Clone(r.Corrections), slices.Clone(r.PumpEvents), slices.Clone(r.Alerts)
	for i := range r.Observations {
		o := &r.Observations[i]
		o.At, o.ReceivedAt = correct(o.DeviceAt), received
	}
	for i := range r.Corrections {
		c := &r.Corrections[i]
		c.At, c.ReceivedAt = correct(c.DeviceAt), received
	}
	for i := range r.Channels {
		c := &r.Channels[i]
		c.Device, c.At, c.ReceivedAt = r.Device.ID, correct(c.DeviceAt), received
	}
	for i := range r.PumpEvents {
		e := &r.PumpEvents[i]
		e.Device, e.At, e.ReceivedAt = r.Device.ID, correct(e.DeviceAt), received
		e.State.Device, e.State.At, e.State.ReceivedAt = r.Device.ID, correct(e.State.DeviceAt), received
	}
	for i := range r.Alerts {
		r.Alerts[i].At, r.Alerts[i].SaidAt = correct(r.Alerts[i].DeviceAt), correct(time.Time{})
	}
	return r
}

func earliest(obs []vitals.Observation, chans []infusion.Channel, otherwise time.Time) time.Time {
	first := otherwise
	for i := range obs {
		if obs[i].At.Before(first) {
			first = obs[i].At
		}
	}
	for i := range chans {
		if chans[i].At.Before(first) {
			first = chans[i].At
		}
	}
	return first
}

// takeValues makes the new values current and gives those that a rule may
// judge: in order, new, and not already old when they came. When the device
// is back after a silence, a value that it merely repeats may be judged too:
// it says that what was known still holds. Everything that is not a mere
// repetition is recorded; a setting is no more than that.
func (d *draft) takeValues(dev *Device, obs []vitals.Observation, isBack bool) (judgeable, missed []*vitals.Observation) {
	if len(obs) == 0 {
		return nil, nil
	}
	dev.Readings = slices.Clone(dev.Readings)
	record := obs[:0] // obs is ours
	period := dev.Period()
	for n := range obs {
		o := &obs[n]
		if o.Method == vitals.Set {
			if dev.isNewSetting(o) {
				record = append(record, *o)
			}
			continue
		}
		i, found := dev.reading(&o.Metric)
		if found && dev.Readings[i].repeats(o) {
			if r := dev.Readings[i]; isBack && dev.isJudgeable(&r, d.in.At) {
				judgeable = append(judgeable, &r.Now)
			}
			continue
		}
		record = append(record, *o)
		o = &record[len(record)-1]
		if d.isMissed(dev, o) {
			missed = append(missed, o)
		}
		switch {
		case o.IsUndated, dev.isOfAnother(o.At):
			continue
		case !found:
			dev.Readings = slices.Insert(dev.Readings, i, Reading{})
		case !dev.Readings[i].precedes(o):
			continue
		}
		r := &dev.Readings[i]
		r.take(o)
		r.Looked = vitals.BoundsFor(r.Now.Metric, period).Freshness(d.in.At.Sub(r.Was.At))
		if r.isJudgeable(r.Looked) {
			judgeable = append(judgeable, o)
		}
	}
	if len(record) > 0 {
		d.at(dev.Bed, Observed{dev.ID, newest(record), d.in.At, record})
	}
	return judgeable, missed
}

func newest(obs []vitals.Observation) time.Time {
	last := obs[0].At
	for i := range obs {
		last = later(last, obs[i].At)
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
		case dev.isOfAnother(c.At):
		case !found:
			dev.Channels = slices.Insert(dev.Channels, i, c)
		case !c.At.Before(dev.Channels[i].At):
			dev.Channels[i] = c
		}
	}
	d.at(dev.Bed, ChannelsReported{chans})
}
