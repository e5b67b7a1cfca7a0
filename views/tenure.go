package views

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"wardlight/ward"
)

// The drawing of a device's history, in units of its view box.
const (
	timelineLeft  = 150.0
	timelineWidth = 1080.0
	timelineRow   = 40.0
)

// Timeline draws where a device was over the last hours: a lane per bed.
type Timeline struct {
	Lanes  []TimelineLane
	Hours  []TimelineHour
	Height float64
	Now    string
}

// TimelineLane is one bed.
type TimelineLane struct {
	Name  string
	Y     float64 // of its bars' top
	Bars  []TimelineBar
	IsNow bool // the device is there now
}

// TimelineBar is one interval at a bed.
type TimelineBar struct {
	X, Width float64
	Label    string // empty where there is no room
}

// TimelineHour is a mark on the time axis.
type TimelineHour struct {
	X    float64
	Text string
}

// longestTimeline is how far back the drawing looks at most.
const longestTimeline = 12 * time.Hour

// timelineSpan is how far back a drawing of a history looks: as short as shows
// all of it, an hour at least.
func timelineSpan(history []ward.Attribution, now time.Time) time.Duration {
	first := now
	for _, a := range history {
		if a.From.Before(first) {
			first = a.From
		}
	}
	for _, span := range []time.Duration{time.Hour, 3 * time.Hour, 6 * time.Hour} {
		if now.Sub(first) < span {
			return span
		}
	}
	return longestTimeline
}

// NewTimeline draws the part of a history that lies within the last twelve
// hours. Intervals that turned out to be otherwise are empty and not drawn.
func NewTimeline(history []ward.Attribution, names map[string]string, now time.Time, zone *time.Location) Timeline {
	t := Timeline{Now: hourMinute(now, zone)}
	span := timelineSpan(history, now)
	began := now.Add(-span)
	x := func(at time.Time) float64 {
		share := float64(at.Sub(began)) / float64(span)
		return timelineLeft + timelineWidth*min(max(share, 0), 1)
	}
	step := span / 6
	for at := began.Truncate(step).Add(step); at.Before(now.Add(-step / 2)); at = at.Add(step) {
		t.Hours = append(t.Hours, TimelineHour{x(at), hourMinute(at, zone)})
	}
	for _, a := range slices.Backward(history) { // the oldest lane on top
		to := a.To
		if to.IsZero() {
			to = now
		}
		if !a.From.Before(to) || to.Before(began) {
			continue
		}
		name := strings.TrimSpace(wasWhere(a.Bed) + " " + a.Patient.Family)
		i := slices.IndexFunc(t.Lanes, func(l TimelineLane) bool { return l.Name == name })
		if i < 0 {
			i = len(t.Lanes)
			t.Lanes = append(t.Lanes, TimelineLane{Name: name, Y: 36 + timelineRow*float64(i)})
		}
		bar := TimelineBar{X: x(a.From), Width: max(x(to)-x(a.From), 3)} // however short, it was there
		if bar.Width > 200 {
			bar.Label = byWhom(a.By, names) + " " + when(a.From, now, zone)
		}
		t.Lanes[i].Bars = append(t.Lanes[i].Bars, bar)
		t.Lanes[i].IsNow = t.Lanes[i].IsNow || a.To.IsZero()
	}
	t.Height = 36 + timelineRow*float64(len(t.Lanes)) + 20
	return t
}

// px writes a length of the drawing.
func px(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
