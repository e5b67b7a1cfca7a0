package ward

import (
	"slices"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// judge holds a device's new values against the limits of its unit. This is
// the one place where a value, such as SpO2, meets its limit; the comparison
// itself is alarm.Side.Violates.
func (d *draft) judge(dev *Device, values []*vitals.Observation) {
	unit, ok := d.Unit(dev.Bed.Unit)
	if !ok || len(values) == 0 {
		return
	}
	maxGap := max(5*time.Second, 2*dev.Period())
	bed, _ := d.Bed(dev.Bed)
	for _, o := range values {
		if dev.isOutranked(o, d.in.At) {
			continue
		}
		isMoot := d.isMoot(dev, o)
		for i := range unit.judge[o.Metric.Code] {
			rule := &unit.judge[o.Metric.Code][i]
			before := dev.watch(rule.Key())
			w := d.adopt(dev, bed, rule, before)
			if isMoot && w.Priority() == "" {
				continue // nothing begins, but what stands is followed to its end
			}
			var findings []alarm.Finding
			w, findings = w.Observe(*rule, o.Value, o.At, maxGap)
			if !before.IsIdle() || !w.IsIdle() {
				dev.keep(w)
			}
			if len(findings) > 0 || len(bed.Episodes) > 0 {
				d.act(dev, *rule, o, findings)
				bed, _ = d.Bed(dev.Bed)
			}
		}
	}
}

// isOutranked reports whether a better sensor of the device measures the same
// quantity: the two share a limit, and one must not undo the other's delay.
func (dev *Device) isOutranked(o *vitals.Observation, at time.Time) bool {
	for i := range dev.Readings {
		r := &dev.Readings[i]
		if r.Now.Metric.Code == o.Metric.Code && r.Now.Metric.Outranks(o.Metric) && !(o.Metric.Intermittent && r.Now.At.Before(o.At)) && dev.isJudgeable(r, at) {
			return true
		}
	}
	return false
}

// isMoot reports whether the limits of a pulse rate are moot, because an ECG
// at the bed counts the heart rate.
func (d *draft) isMoot(dev *Device, o *vitals.Observation) bool {
	if o.Metric.Code != vitals.PulseRate {
		return false
	}
	bed, _ := d.Bed(dev.Bed)
	return dev.hasHeartRate(d.in.At) || slices.ContainsFunc(bed.Devices, func(other *Device) bool {
		return other.ID != dev.ID && other.hasHeartRate(d.in.At)
	})
}

func (dev *Device) hasHeartRate(at time.Time) bool {
	for i := range dev.Readings {
		if r := &dev.Readings[i]; r.Now.Metric.Code == vitals.HeartRate && dev.isJudgeable(r, at) {
			return true
		}
	}
	return false
}

// adopt hands an alarm that lost its equipment, in a transfer or a restart,
// to the device that measures the quantity now: the watch goes on from there.
func (d *draft) adopt(dev *Device, bed *Bed, rule *alarm.Rule, w alarm.Watch) alarm.Watch {
	orphan := -1
	for i := range bed.Episodes {
		switch e := &bed.Episodes[i]; {
		case !e.IsBy(rule.Key()):
		case e.Device == dev.ID:
			return w
		case e.Device == "" && e.State != alarm.LatchedUnacknowledged && orphan < 0:
			orphan = i
		}
	}
	if orphan < 0 {
		return w
	}
	e := bed.Episodes[orphan]
	e.Device = dev.ID
	d.putEpisode(e)
	return alarm.Resume(*rule, e.Priority)
}

// watch finds the device's watch for a rule, or starts one.
func (dev *Device) watch(k alarm.RuleKey) alarm.Watch {
	for i := range dev.watches {
		if dev.watches[i].Rule == k {
			return dev.watches[i]
		}
	}
	return alarm.Watch{Rule: k}
}

// keep replaces a watch. One that is idle need not be kept.
func (dev *Device) keep(w alarm.Watch) {
	dev.watches = slices.DeleteFunc(slices.Clone(dev.watches), func(o alarm.Watch) bool { return o.Rule == w.Rule })
	if !w.IsIdle() {
		dev.watches = append(dev.watches, w)
	}
}

// act turns findings into episodes.
func (d *draft) act(dev *Device, rule alarm.Rule, o *vitals.Observation, findings []alarm.Finding) {
	d.noteWorse(dev, rule, o)
	for _, f := range findings {
		if known := d.follow(dev, rule.Key(), f); !known && f.Signal == alarm.Onset {
			d.open(d.limitEpisode(dev, rule, o, f))
		}
	}
}

// follow applies a finding to the open alarm that it is about, if there is one.
func (d *draft) follow(dev *Device, rule alarm.RuleKey, f alarm.Finding) (known bool) {
	bed, _ := d.Bed(dev.Bed)
	i := bed.episodeOf(dev.ID, rule)
	if i < 0 {
		return false
	}
	e := bed.Episodes[i]
	e.Device = dev.ID
	switch f.Signal {
	case alarm.Onset: // of one that nobody has seen yet: it asks for no less than before
		e = e.WithPriority(alarm.Higher(e.Priority, f.Priority), f.Limit)
	case alarm.PriorityUp, alarm.PriorityDown:
		e = e.WithPriority(f.Priority, f.Limit)
	}
	d.step(e, alarm.EventKind(f.Signal))
	return true
}

// noteWorse keeps the worst value of a standing alarm.
func (d *draft) noteWorse(dev *Device, rule alarm.Rule, o *vitals.Observation) {
	bed, _ := d.Bed(dev.Bed)
	i := bed.episodeOf(dev.ID, rule.Key())
	if i < 0 {
		return
	}
	e := bed.Episodes[i]
	if !e.EndedAt.IsZero() || e.Worst != nil && !rule.Side.Worse(o.Value, *e.Worst) {
		return
	}
	worst := o.Value
	e.Worst = &worst
	d.putEpisode(e)
	d.at(e.Bed, EpisodeChanged{Episode: e})
}

// episodeOf finds the one open alarm of a device for a rule. A latched alarm
// that has no equipment any more counts too, so that its repeat joins it.
func (b *Bed) episodeOf(dev device.ID, k alarm.RuleKey) int {
	return slices.IndexFunc(b.Episodes, func(e alarm.Episode) bool {
		return (e.Device == dev || e.Device == "") && e.IsBy(k)
	})
}

func (d *draft) limitEpisode(dev *Device, rule alarm.Rule, o *vitals.Observation, f alarm.Finding) alarm.Episode {
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
	return "default " + alarm.AgeGroup(u.CareArea)
}
