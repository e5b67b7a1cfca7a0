package ward

import (
	"slices"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/vitals"
)

// relimit holds what the unit's devices last measured against limits that
// were changed: an alarm that the new limits do not justify ends as any other
// does, and one whose limit was taken away closes at once. No alarm begins
// before a new value comes.
func (d *draft) relimit(before, now *Unit) {
	if slices.EqualFunc(before.rules, now.rules, equalRules) {
		return
	}
	for _, b := range now.Beds {
		for _, dev := range b.Devices {
			d.relimitDevice(now, dev)
		}
		bed, _ := d.Bed(b.ID)
		for _, e := range bed.Episodes {
			if _, ok := now.Rule(alarm.RuleKey{Metric: e.Metric, Side: e.Side}); !ok && e.Origin == alarm.FromLimit {
				d.step(e, alarm.EventLimitOff)
			}
		}
	}
}

func (d *draft) relimitDevice(u *Unit, dev *Device) {
	next := *dev
	next.watches = nil
	for _, w := range dev.watches {
		rule, ok := u.Rule(w.Rule)
		if !ok {
			continue
		}
		w, findings := w.Reconsider(rule, dev.lastJudgeable(rule.Metric, d.in.At), d.in.At)
		next.keep(w)
		for _, f := range findings {
			d.follow(&next, w.Rule, f)
		}
	}
	d.putDevice(&next)
}

// lastJudgeable is the value that the device's limits for the quantity are
// held against; nil when it has none that is fresh.
func (dev *Device) lastJudgeable(code vitals.Code, at time.Time) *vitals.Decimal {
	for i := range dev.Readings {
		r := &dev.Readings[i]
		if r.Now.Metric.Code == code && dev.isJudgeable(r, at) && !dev.isOutranked(&r.Now, at) {
			return &r.Now.Value
		}
	}
	return nil
}

func equalRules(a, b alarm.Rule) bool {
	return a.Key() == b.Key() && equalLimits(a.Limit, b.Limit) && equalLimits(a.Extreme, b.Extreme)
}

func equalLimits(a, b *alarm.Limit) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
