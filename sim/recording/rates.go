package recording

import (
	"math"
	"slices"
	"time"
)

// Track is a rate that a monitor shows, once for each second of a recording.
type Track struct{ perSecond []float64 } // NaN: no reading

// At is the rate per minute shown at a time into the recording; ok is false
// while there is no reading.
func (t Track) At(into time.Duration) (rate float64, ok bool) {
	s := int(into / time.Second)
	if s < 0 || s >= len(t.perSecond) || math.IsNaN(t.perSecond[s]) {
		return 0, false
	}
	return t.perSecond[s], true
}

// Or is t, with another source's rate where t has none: a monitor that loses
// one lead looks at the next.
func (t Track) Or(other Track) Track {
	out := slices.Clone(t.perSecond)
	for i, v := range out {
		if math.IsNaN(v) && i < len(other.perSecond) {
			out[i] = other.perSecond[i]
		}
	}
	return Track{out}
}

// Averaging times of a bedside monitor.
const (
	heartSpan  = 10 * time.Second
	breathSpan = 30 * time.Second
)

// HeartRate is the rate of an ECG's beats, averaged over the last 10 s.
func HeartRate(ecg Signal) Track { return track(Beats(ecg), ecg, heartSpan, 0.15, 3) }

// PulseRate is the rate of a pleth's or pressure's beats over the last 10 s.
func PulseRate(wave Signal) Track { return track(Pulses(wave), wave, heartSpan, 0.15, 3) }

// RespRate is the rate of breaths over the last 30 s.
func RespRate(resp Signal) Track { return track(Breaths(resp), resp, breathSpan, 0.35, 2) }

// track averages the intervals between events over the span before each
// second. In the first span of a recording it is the first span's average.
// tolerance is how far an interval may lie from the median and still count;
// least is how many must count.
func track(events []int, s Signal, span time.Duration, tolerance float64, least int) Track {
	n := int(float64(len(s.Digits)) / s.Rate)
	window := int(span.Seconds())
	out := make([]float64, n)
	for sec := range out {
		end := min(max(sec, window), n)
		from, to := float64(end-window)*s.Rate, float64(end)*s.Rate
		out[sec] = average(within(events, from, to), s.Rate, tolerance, least)
	}
	return Track{out}
}

func within(events []int, from, to float64) []int {
	lo, _ := slices.BinarySearch(events, int(math.Ceil(from)))
	hi, _ := slices.BinarySearch(events, int(math.Ceil(to)))
	return events[lo:max(hi, lo)]
}

// average is the rate per minute of the intervals that agree with their
// median, and no reading (NaN) where fewer than half of them do: an artefact
// is never shown as a heart rate.
func average(events []int, rate, tolerance float64, least int) float64 {
	var gaps []float64
	for i := 1; i < len(events); i++ {
		gaps = append(gaps, float64(events[i]-events[i-1])/rate)
	}
	if len(gaps) < least {
		return math.NaN()
	}
	ordered := slices.Sorted(slices.Values(gaps))
	median := ordered[len(ordered)/2]
	sum, agree := 0.0, 0
	for _, g := range gaps {
		if math.Abs(g-median) <= tolerance*median {
			sum += g
			agree++
		}
	}
	if agree < least || 2*agree < len(gaps) {
		return math.NaN()
	}
	return 60 * float64(agree) / sum
}

// Breaths finds the inspirations of a respiration signal, as sample indices:
// each upward swing through the middle that followed a swing below it.
func Breaths(resp Signal) []int {
	width := func(s float64) int { return int(math.Round(s * resp.Rate)) }
	x := resp.Values()
	band := minus(smooth(x, width(0.6)), smooth(x, width(10)))
	power := smooth(apply(band, func(v float64) float64 { return v * v }), width(20))
	var out []int
	below := false
	for i, v := range band {
		switch swing := 0.4 * math.Sqrt(power[i]); {
		case v < -swing:
			below = true
		case v > swing && below:
			below = false
			out = append(out, i)
		}
	}
	return out
}
