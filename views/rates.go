package views

import (
	"time"

	"wardlight/ward/infusion"
)

// RateLane is one drug of one channel over time, as steps.
type RateLane struct {
	Key   string // "PUMP5/1"
	Drug  string
	Unit  string
	Steps []RateStep
	Top   float64 // largest value
}

// RateStep is a rate from a time on. Value is nil where nobody knows it.
type RateStep struct {
	At      int64 // Unix seconds
	Clock   string
	Value   *float64
	Written string // "5.00", or the state in a word
}

// NewRateLanes orders what pumps reported, by pump, channel and drug. A dose
// is drawn where the pump told one, else the rate.
func NewRateLanes(reports []infusion.Channel, zone *time.Location) []RateLane {
	var lanes []RateLane
	for _, c := range reports {
		key := ChannelKey(c.Device, c.Channel)
		q := c.Dose
		if q == nil {
			q = c.Rate
		}
		unit := "mL/h"
		if q != nil {
			unit = readable(q.Unit)
		}
		last := len(lanes) - 1
		if last < 0 || lanes[last].Key != key || lanes[last].Drug != c.Drug || q != nil && lanes[last].Unit != unit {
			lanes = append(lanes, RateLane{Key: key, Drug: c.Drug, Unit: unit})
			last++
		}
		step := RateStep{At: c.At.Unix(), Clock: hourMinute(c.At, zone), Written: stateWord(c.Status)}
		zero := 0.0
		switch {
		case c.Status == infusion.Unknown:
		case !c.IsRunning() && c.Status != infusion.KVO:
			step.Value = &zero
		case q != nil:
			v := q.Value.Float()
			step.Value, step.Written = &v, q.Value.String()
			lanes[last].Top = max(lanes[last].Top, v)
		}
		lanes[last].Steps = append(lanes[last].Steps, step)
	}
	return lanes
}

func (r RateLane) name() string {
	if r.Drug == "" {
		return "No drug named"
	}
	return r.Drug
}

// says tells the changes in words.
func (r RateLane) says() string {
	if len(r.Steps) == 0 {
		return "nothing reported"
	}
	last := r.Steps[len(r.Steps)-1]
	if len(r.Steps) == 1 {
		return last.Written + " since " + last.Clock
	}
	before := r.Steps[len(r.Steps)-2]
	return last.Clock + "  " + before.Written + " → " + last.Written
}
