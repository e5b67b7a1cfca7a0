package views

import (
	"fmt"
	"time"
)

// Span is the time that a review covers, cut into buckets of equal length.
type Span struct {
	From, To time.Time
	Step     time.Duration
}

// steps are the lengths of bucket that people can name.
var steps = []time.Duration{
	10 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute,
	10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour,
}

// NewSpan cuts the time from from to to into at most most buckets. Both ends
// move outwards to whole buckets, so that charts of one step always agree on
// where a bucket begins.
func NewSpan(from, to time.Time, most int) Span {
	s := Span{Step: steps[len(steps)-1]}
	for _, step := range steps {
		if to.Sub(from) <= step*time.Duration(most) {
			s.Step = step
			break
		}
	}
	s.From, s.To = from.Truncate(s.Step), to.Truncate(s.Step)
	if s.To.Before(to) {
		s.To = s.To.Add(s.Step)
	}
	return s
}

// Buckets is how many there are.
func (s Span) Buckets() int { return int(s.To.Sub(s.From) / s.Step) }

// start is when bucket i begins.
func (s Span) start(i int) time.Time { return s.From.Add(time.Duration(i) * s.Step) }

// index finds the bucket that begins at t, or into which t falls.
func (s Span) index(t time.Time) (int, bool) {
	if t.Before(s.From) || !t.Before(s.To) {
		return 0, false
	}
	return int(t.Sub(s.From) / s.Step), true
}

// grain says the bucket's length: "1-min", "15-s", "2-h".
func (s Span) grain() string {
	switch {
	case s.Step < time.Minute:
		return fmt.Sprintf("%d-s", int(s.Step.Seconds()))
	case s.Step < time.Hour:
		return fmt.Sprintf("%d-min", int(s.Step.Minutes()))
	}
	return fmt.Sprintf("%d-h", int(s.Step.Hours()))
}

// spell says a duration as people do: "14 min", "2 h 10 min", "3 d 4 h".
func spell(d time.Duration) string {
	d = d.Round(time.Second)
	h, m := int(d.Hours()), int(d.Minutes())%60
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case h == 0:
		return fmt.Sprintf("%d min", m)
	case h < 48 && m == 0:
		return fmt.Sprintf("%d h", h)
	case h < 48:
		return fmt.Sprintf("%d h %d min", h, m)
	case h%24 == 0:
		return fmt.Sprintf("%d d", h/24)
	}
	return fmt.Sprintf("%d d %d h", h/24, h%24)
}
