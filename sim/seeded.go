package sim

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strconv"
	"time"
)

// dice are the random numbers that belong to a seed and a name: the same
// whenever and in whatever order they are asked for.
func dice(seed uint64, name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// between draws evenly from low to high.
func between(d *rand.Rand, low, high float64) float64 { return low + d.Float64()*(high-low) }

// drift wanders slowly and smoothly within ±1: two slow waves of seeded
// period and phase.
func drift(d *rand.Rand, t time.Duration) float64 {
	slow, fast := between(d, 400, 900), between(d, 45, 120)
	a, b := between(d, 0, 2*math.Pi), between(d, 0, 2*math.Pi)
	s := t.Seconds()
	return 0.6*math.Sin(2*math.Pi*s/slow+a) + 0.4*math.Sin(2*math.Pi*s/fast+b)
}

// steady is a continuous quantity of a healthy enough adult: a seeded level
// between low and high, and a drift around it.
func steady(seed uint64, name string, low, high, swing float64, t time.Duration) float64 {
	d := dice(seed, name)
	return between(d, low, high) + swing*drift(d, t)
}

// check is the last of a series of readings that a device takes every period:
// its number, and when it was. Those up to 0 lie before the script begins.
func check(seed uint64, device string, period, t time.Duration) (n int, at time.Duration) {
	phase := time.Duration(between(dice(seed, device+"/checks"), 0.05, 0.95) * float64(period)).Truncate(time.Second)
	n, _ = floored(t+period-phase, period)
	return n, time.Duration(n-1)*period + phase
}

// cuff is the n-th blood pressure of a device, in mmHg.
func cuff(seed uint64, device string, n int) (systolic, diastolic, mean float64) {
	level := dice(seed, device+"/cuff")
	now := dice(seed, device+"/cuff/"+strconv.Itoa(n))
	systolic = math.Round(between(level, 108, 140) + between(now, -7, 7))
	diastolic = math.Round(between(level, 60, 80) + between(now, -5, 5))
	return systolic, diastolic, math.Round(diastolic + (systolic-diastolic)/3)
}

// temperature is the n-th temperature of a device, in °C.
func temperature(seed uint64, device string, n int) string {
	level := dice(seed, device+"/temperature")
	now := dice(seed, device+"/temperature/"+strconv.Itoa(n))
	return strconv.FormatFloat(between(level, 36.5, 37.9)+between(now, -0.15, 0.15), 'f', 1, 64)
}
