package ward

import (
	"cmp"
	"slices"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// chainWithin is how soon after its end a repeat of the same alarm belongs to
// the one before.
const chainWithin = time.Minute

// judge holds a device's new values against the limits of its unit. This is
// the one place where a value, such as SpO2, meets its limit; the comparison
// itself is alarm.Side.Violates.
func (d *draft) judge(id device.ID, values []vitals.Observation) {
	dev, ok := d.devices.get(id)
	if !ok || dev.Bed.IsZero() || len(values) == 0 {
		return
	}
	unit, _ := d.Unit(dev.Bed.Unit)
	next := *dev
	next.watches = slices.Clone(dev.watches)
	for _, o := range values {
		if d.isSuppressed(dev, o) {
			continue
		}
		for _, side := range []alarm.Side{alarm.Below, alarm.Above} {
			rule, ok := unit.Rule(alarm.RuleKey{Metric: o.Metric.Code, Side: side})
			if !ok {
				continue
			}
			i := next.watch(rule.Key())
			next.watches[i] = d.adopt(&next, next.watches[i])
			var findings []alarm.Finding
			maxGap := max(5*time.Second, 2*next.Period())
			next.watches[i], findings = next.watches[i].Observe(rule, o.Value, o.At, maxGap)
			d.act(&next, rule, o, findings)
		}
	}
	d.putDevice(&next)
}

// isSuppressed reports whether a better source of the same quantity makes
// this one's limits moot: pulse rate while the ECG's heart rate is fresh.
func (d *draft) isSuppressed(dev *Device, o vitals.Observation) bool {
	if o.Metric.Code != vitals.PulseRate {
		return false
	}
	bed, _ := d.Bed(dev.Bed)
	for _, s := range bed.Vitals(d.in.At) {
		if s.Now.Metric.Code == vitals.HeartRate {
			return s.Now.HasValue() && s.Freshness.Rank() <= vitals.Ageing.Rank()
		}
	}
	return false
}

// adopt hands an alarm that lost its equipment, in a transfer or a restart,
// to the device that measures the quantity now: the watch goes on from there.
func (d *draft) adopt(dev *Device, w alarm.Watch) alarm.Watch {
	bed, _ := d.Bed(dev.Bed)
	for _, e := range bed.Episodes {
		if e.Device == "" && e.Origin == alarm.FromLimit && e.Metric == w.Rule.Metric && e.Side == w.Rule.Side && e.State != alarm.LatchedUnacknowledged {
			e.Device = dev.ID
			d.putEpisode(e)
			return alarm.Resume(w.Rule, e.Priority)
		}
	}
	return w
}

// watch finds the device's watch for a rule, or starts one.
func (dev *Device) watch(k alarm.RuleKey) int {
	i := slices.IndexFunc(dev.watches, func(w alarm.Watch) bool { return w.Rule == k })
	if i < 0 {
		i = len(dev.watches)
		dev.watches = append(dev.watches, alarm.Watch{Rule: k})
	}
	return i
}

// act turns findings into episodes.
func (d *draft) act(dev *Device, rule alarm.Rule, o vitals.Observation, findings []alarm.Finding) {
	bed, _ := d.Bed(dev.Bed)
	i := bed.episodeOf(dev.ID, rule.Key())
	if i >= 0 && (bed.Episodes[i].Worst == nil || rule.Side.Worse(o.Value, *bed.Episodes[i].Worst)) && bed.Episodes[i].EndedAt.IsZero() {
		worse := bed.Episodes[i]
		worse.Worst = &o.Value
		d.putEpisode(worse)
		d.at(worse.Bed, EpisodeChanged{Episode: worse})
	}
	for _, f := range findings {
		bed, _ = d.Bed(dev.Bed)
		i = bed.episodeOf(dev.ID, rule.Key())
		switch {
		case f.Signal == alarm.Onset && i < 0:
			d.open(d.limitEpisode(dev, rule, o, f))
		case i >= 0:
			e := bed.Episodes[i]
			if f.Signal == alarm.Onset || f.Signal == alarm.PriorityUp || f.Signal == alarm.PriorityDown {
				e = e.WithPriority(f.Priority, f.Limit)
			}
			d.step(e, alarm.EventKind(f.Signal))
		}
	}
}

// episodeOf finds the one open alarm of a device for a rule. A latched alarm
// that has no equipment any more counts too, so that its repeat joins it.
func (b *Bed) episodeOf(dev device.ID, k alarm.RuleKey) int {
	return slices.IndexFunc(b.Episodes, func(e alarm.Episode) bool {
		return (e.Device == dev || e.Device == "") && e.Origin == alarm.FromLimit && e.Metric == k.Metric && e.Side == k.Side
	})
}

func (d *draft) limitEpisode(dev *Device, rule alarm.Rule, o vitals.Observation, f alarm.Finding) alarm.Episode {
	side := "low"
	if rule.Side == alarm.Above {
		side = "high"
	}
	value, limit := o.Value, f.Limit
	return alarm.Episode{
		Bed: dev.Bed, Encounter: dev.Encounter, Device: dev.ID,
		Code: rule.Key().Code(), Metric: rule.Metric, Side: rule.Side,
		Label:    o.Metric.Label + " " + side,
		Category: alarm.Physiological, Origin: alarm.FromLimit,
		Priority: f.Priority,
		OnsetAt:  o.At, Value: &value, Worst: &value, Limit: &limit, LimitFrom: d.limitFrom(dev.Bed, rule.Metric),
	}
}

// limitFrom says where a bed's limit comes from, for the alarm's record.
func (d *draft) limitFrom(bed census.BedID, metric vitals.Code) string {
	u, _ := d.Unit(bed.Unit)
	if _, own := u.Limits[metric]; own {
		return "unit " + string(u.Code)
	}
	return "default " + cmp.Or(u.CareArea, "adult")
}

// open begins an episode.
func (d *draft) open(e alarm.Episode) {
	e.ID, e.Version, e.AcceptFrom = alarm.ID(d.newID()), 1, 1
	e.Onset, e.Highest, e.State = d.in.At, e.Priority, alarm.ActiveUnacknowledged
	if e.OnsetAt.IsZero() {
		e.OnsetAt = d.in.At
	}
	e.ChainID = e.ID
	if bed, ok := d.Bed(e.Bed); ok {
		for _, c := range bed.closed {
			if c.device == e.Device && c.rule == (alarm.RuleKey{Metric: e.Metric, Side: e.Side}) && d.in.At.Sub(c.at) < chainWithin {
				e.ChainID = c.chain
			}
		}
	}
	d.putEpisode(e)
	d.at(e.Bed, EpisodeChanged{e, d.event(alarm.Episode{}, e, alarm.EventOnset)})
}

// step applies an event to an open episode and keeps the result.
func (d *draft) step(e alarm.Episode, what alarm.EventKind) alarm.Episode {
	next, changed := e.Step(what, d.in.At)
	if !changed {
		return e
	}
	d.putEpisode(next)
	d.at(next.Bed, EpisodeChanged{next, d.event(e, next, what)})
	return next
}

func (d *draft) event(before, after alarm.Episode, what alarm.EventKind) alarm.Event {
	return alarm.Event{Episode: after.ID, Version: after.Version, At: d.in.At, What: what, From: before.State, To: after.State}
}

// putEpisode keeps an episode in its bed, or among the system's own; a closed
// one leaves.
func (d *draft) putEpisode(e alarm.Episode) {
	if e.Bed.IsZero() {
		d.system = replaceEpisode(d.system, e)
		return
	}
	d.editBed(e.Bed, func(b *Bed) {
		b.Episodes = replaceEpisode(b.Episodes, e)
		if !e.IsOpen() {
			kept := slices.DeleteFunc(slices.Clone(b.closed), func(c closing) bool { return d.in.At.Sub(c.at) >= chainWithin })
			b.closed = append(kept, closing{e.Device, alarm.RuleKey{Metric: e.Metric, Side: e.Side}, d.in.At, e.ChainID})
		}
	})
}

func replaceEpisode(list []alarm.Episode, e alarm.Episode) []alarm.Episode {
	out := slices.DeleteFunc(slices.Clone(list), func(o alarm.Episode) bool { return o.ID == e.ID })
	if e.IsOpen() {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b alarm.Episode) int {
		if a.Before(b) {
			return -1
		}
		return 1
	})
	return out
}

// closeFor closes the alarms of a device that no longer speaks for the bed.
func (d *draft) closeFor(id census.BedID, dev device.ID) {
	bed, ok := d.Bed(id)
	if !ok {
		return
	}
	for _, e := range bed.Episodes {
		if e.Device == dev {
			d.step(e, alarm.EventReassign)
		}
	}
}

// closeAll closes alarms that have already left their bed.
func (d *draft) closeAll(list []alarm.Episode, why alarm.EventKind) {
	for _, e := range list {
		next, _ := e.Step(why, d.in.At)
		d.at(e.Bed, EpisodeChanged{next, d.event(e, next, why)})
	}
}
