package ward

import (
	"slices"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/vitals"
)

// isMissed reports whether a value came so late that no alarm may follow from
// it, though it is of the patient whom the device speaks for: it is held
// against the limits for the record alone.
func (d *draft) isMissed(dev *Device, o *vitals.Observation) bool {
	return d.in.At.Sub(o.At) > lateAfter && !dev.Bed.IsZero() && !o.At.Before(dev.Since) &&
		o.HasValue() && o.Quality != vitals.Questionable && !o.IsUndated && o.Method != vitals.Set
}

// judgeMissed looks in values that came too late, of a buffer that is emptied
// after an outage, for what would have been an alarm. Each is written down as
// an alarm that was missed, for review: nobody is shown or called to it.
func (d *draft) judgeMissed(dev *Device, values []*vitals.Observation) {
	unit, ok := d.Unit(dev.Bed.Unit)
	if !ok || len(values) == 0 {
		return
	}
	maxGap := max(5*time.Second, 2*dev.Period())
	for _, o := range values {
		if o.Metric.Code == vitals.PulseRate && dev.hasSource(vitals.HeartRate) {
			continue // its limits are moot beside an ECG
		}
		for _, rule := range unit.judge[o.Metric.Code] {
			w := dev.missedWatch(rule.Key())
			if !o.At.After(w.LastSeen()) {
				continue
			}
			w, findings := w.Observe(rule, o.Value, o.At, maxGap)
			dev.keepMissed(w)
			for _, f := range findings {
				if f.Signal == alarm.Onset && !d.wasSeen(dev, rule.Key(), o.At) {
					d.recordMissed(d.limitEpisode(dev, rule, o, f))
				}
			}
		}
	}
}

// wasSeen reports whether an alarm of the rule has stood since before a time:
// then it was not missed.
func (d *draft) wasSeen(dev *Device, k alarm.RuleKey, at time.Time) bool {
	bed, _ := d.Bed(dev.Bed)
	i := bed.episodeOf(dev.ID, k)
	return i >= 0 && !bed.Episodes[i].OnsetAt.After(at)
}

func (d *draft) recordMissed(e alarm.Episode) {
	e = d.begun(e)
	e.State, e.ClosedAt, e.Closed = alarm.Closed, d.in.At, alarm.Late
	d.at(e.Bed, EpisodeChanged{e, d.event(alarm.Episode{}, e, alarm.EventOnset)})
}

func (dev *Device) missedWatch(k alarm.RuleKey) alarm.Watch {
	for _, w := range dev.missed {
		if w.Rule == k {
			return w
		}
	}
	return alarm.Watch{Rule: k}
}

func (dev *Device) keepMissed(w alarm.Watch) {
	dev.missed = slices.DeleteFunc(slices.Clone(dev.missed), func(o alarm.Watch) bool { return o.Rule == w.Rule })
	dev.missed = append(dev.missed, w)
}

// hasSource reports whether the device measures the quantity at all.
func (dev *Device) hasSource(code vitals.Code) bool {
	return slices.ContainsFunc(dev.Readings, func(r Reading) bool { return r.Now.Metric.Code == code })
}
