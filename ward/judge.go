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
func (d *draft) judge(dev *Device, values []vitals.Observation) {
	unit, ok := d.Unit(dev.Bed.Unit)
	if !ok || len(values) == 0 {
		return
	}
	dev.watches = slices.Clone(dev.watches)
	maxGap := max(5*time.Second, 2*dev.Period())
	for i := range values {
		o := &values[i]
		if dev.isOutranked(o, d.in.At) {
			continue
		}
		isMoot := d.isMoot(dev, o)
		for _, rule := range unit.rulesOf(o.Metric.Code) {
			w := dev.watch(rule.Key())
			*w = d.adopt(dev, rule, *w)
			if isMoot && w.Priority() == "" {
				continue // nothing begins, but what stands is followed to its end
			}
			var findings []alarm.Finding
			*w, findings = w.Observe(rule, o.Value, o.At, maxGap)
			d.act(dev, rule, o, findings)
		}
	}
}

// isOutranked reports whether a better sensor of the device measures the same
// quantity: the two share a limit, and one must not undo the other's delay.
func (dev *Device) isOutranked(o *vitals.Observation, at time.Time) bool {
	for i := range dev.Readings {
		r := &dev.Readings[i]
		if r.Now.Metric.Outranks(o.Metric) && !(o.Metric.Intermittent && r.Now.At.Before(o.At)) && dev.isJudgeable(*r, at) {
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
	return slices.ContainsFunc(dev.Readings, func(r Reading) bool {
		return r.Now.Metric.Code == vitals.HeartRate && dev.isJudgeable(r, at)
	})
}

// adopt hands an alarm that lost its equipment, in a transfer or a restart,
// to the device that measures the quantity now: the watch goes on from there.
func (d *draft) adopt(dev *Device, rule alarm.Rule, w alarm.Watch) alarm.Watch {
	bed, _ := d.Bed(dev.Bed)
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
	return alarm.Resume(rule, e.Priority)
}

// watch finds the device's watch for a rule, or starts one.
func (dev *Device) watch(k alarm.RuleKey) *alarm.Watch {
	for i := range dev.watches {
		if dev.watches[i].Rule == k {
			return &dev.watches[i]
		}
	}
	dev.watches = append(dev.watches, alarm.Watch{Rule: k})
	return &dev.watches[len(dev.watches)-1]
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
