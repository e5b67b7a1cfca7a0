package recording

import (
	"math"
	"testing"
	"time"
)

// agree compares two rates of the same patient second by second: where both
// have a reading they may differ by tolerance, and both must have one in at
// least share of the seconds.
func agree(t *testing.T, what string, a, b Track, from, to int, tolerance, share float64) {
	t.Helper()
	both, worst := 0, 0.0
	for s := from; s < to; s++ {
		x, okX := a.At(time.Duration(s) * time.Second)
		y, okY := b.At(time.Duration(s) * time.Second)
		if okX && okY {
			both++
			worst = max(worst, math.Abs(x-y))
		}
	}
	if worst > tolerance || float64(both) < share*float64(to-from) {
		t.Errorf("%s: differ by up to %.1f/min, both present in %d of %d s", what, worst, both, to-from)
	}
}

func TestTwoSourcesOfOneHeartAgree(t *testing.T) {
	mimic, line, alarmed, bidmc := open(t, MIMIC), open(t, MIMICLine), open(t, Asystole), open(t, BIDMC)
	agree(t, "ECG and arterial line", HeartRate(signal(t, mimic, "MCL1")), PulseRate(signal(t, mimic, "ABP")), 0, 600, 4, 1)
	agree(t, "III and V", HeartRate(signal(t, line, "III")), HeartRate(signal(t, line, "V")), 0, 16, 2, 1)
	agree(t, "V and pleth", HeartRate(signal(t, line, "V")), PulseRate(signal(t, line, "PLETH")), 0, 16, 2, 1)
	agree(t, "II and V before the artefact", HeartRate(signal(t, alarmed, "II")), HeartRate(signal(t, alarmed, "V")), 0, 260, 4, 1)
	agree(t, "II and pleth before the artefact", HeartRate(signal(t, alarmed, "II")), PulseRate(signal(t, alarmed, "PLETH")), 0, 260, 8, 0.95)
	agree(t, "II and AVR", HeartRate(signal(t, bidmc, "II")), HeartRate(signal(t, bidmc, "AVR")), 0, 480, 5, 1)
	agree(t, "II and pleth", HeartRate(signal(t, bidmc, "II")), PulseRate(signal(t, bidmc, "PLETH")), 0, 480, 6, 0.97)
}

// The strip of a103l, drawn, shows 32 R peaks in its last 15 s: 127/min. The
// others are bounded by their pressure or pleth wave.
func TestRatesAreThoseOfTheStrip(t *testing.T) {
	for _, c := range []struct {
		record, lead string
		at           time.Duration
		low, high    float64
	}{
		{Asystole, "II", 328 * time.Second, 122, 130},
		{MIMICLine, "V", 12 * time.Second, 92, 99},
		{MIMIC, "MCL1", 300 * time.Second, 118, 127},
		{BIDMC, "II", 100 * time.Second, 86, 98},
	} {
		got, ok := HeartRate(signal(t, open(t, c.record), c.lead)).At(c.at)
		if !ok || got < c.low || got > c.high {
			t.Errorf("%s %s at %v: %.1f %v, want %v to %v", c.record, c.lead, c.at, got, ok, c.low, c.high)
		}
	}
}

// Around 300 s the electrodes rattle and the bedside alarm cried asystole. The
// heart went on: no second may show a rate that the patient did not have.
func TestFalseAsystoleIsNotShown(t *testing.T) {
	r := open(t, Asystole)
	hr := HeartRate(signal(t, r, "II")).Or(HeartRate(signal(t, r, "V")))
	readings := 0
	for s := range 330 {
		rate, ok := hr.At(time.Duration(s) * time.Second)
		if !ok {
			continue
		}
		readings++
		if rate < 105 || rate > 145 {
			t.Errorf("second %d: %.1f/min", s, rate)
		}
	}
	if readings < 320 {
		t.Errorf("a reading in %d of 330 s", readings)
	}
}

func TestLooseLeadHasNoRate(t *testing.T) {
	loose := HeartRate(signal(t, open(t, MIMICLine), "I"))
	for s := range 16 {
		if rate, ok := loose.At(time.Duration(s) * time.Second); ok {
			t.Errorf("second %d: %.1f/min from a lead without a heart in it", s, rate)
		}
	}
	if _, ok := loose.At(time.Hour); ok {
		t.Error("a reading after the end")
	}
}

func TestFlatLineHasNoBeats(t *testing.T) {
	flat := Signal{Rate: 250, Gain: 1, Digits: make([]int16, 250*60), missing: math.MinInt16}
	if b := Beats(flat); len(b) != 0 {
		t.Errorf("%d beats in a flat line", len(b))
	}
	if b := Breaths(flat); len(b) != 0 {
		t.Errorf("%d breaths in a flat line", len(b))
	}
	if _, ok := HeartRate(flat).At(30 * time.Second); ok {
		t.Error("a flat line has a heart rate")
	}
}

// A made ECG whose complexes shrink to a thirtieth, as when an electrode dries:
// the threshold has to follow them down.
func TestThresholdFollowsAShrinkingECG(t *testing.T) {
	s := Signal{Rate: 250, Gain: 1, missing: math.MinInt16, Digits: make([]int16, 250*60)}
	for at := 100; at < len(s.Digits)-10; at += 200 { // 75/min
		height := 3000.0
		if at > 250*20 {
			height /= 30
		}
		for i := -10; i <= 10; i++ {
			s.Digits[at+i] = int16(height * math.Exp(-float64(i*i)/18))
		}
	}
	rates := HeartRate(s)
	for _, sec := range []int{15, 40, 50, 59} {
		if rate, ok := rates.At(time.Duration(sec) * time.Second); !ok || math.Abs(rate-75) > 0.5 {
			t.Errorf("second %d: %.1f %v, want 75", sec, rate, ok)
		}
	}
}

// A made breath of known period: 15 a minute with a heartbeat riding on it.
func TestRespRate(t *testing.T) {
	s := Signal{Rate: 125, Gain: 1, missing: math.MinInt16}
	for i := range 125 * 120 {
		at := float64(i) / 125
		s.Digits = append(s.Digits, int16(1000*math.Sin(2*math.Pi*at/4)+150*math.Sin(2*math.Pi*at*1.3)))
	}
	track := RespRate(s)
	for sec := range 120 {
		if rate, ok := track.At(time.Duration(sec) * time.Second); !ok || math.Abs(rate-15) > 0.5 {
			t.Fatalf("second %d: %.2f %v, want 15", sec, rate, ok)
		}
	}
	for _, name := range []string{MIMIC, MIMICLine, BIDMC} {
		r := open(t, name)
		track := RespRate(signal(t, r, "RESP"))
		for sec := range int(r.Duration.Seconds()) {
			if rate, ok := track.At(time.Duration(sec) * time.Second); !ok || rate < 10 || rate > 28 {
				t.Errorf("%s second %d: %.1f %v", name, sec, rate, ok)
			}
		}
	}
}
