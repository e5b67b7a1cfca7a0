package device_test

import (
	"testing"
	"time"

	"wardlight/ward/device"
)

func TestRhythm(t *testing.T) {
	const assumed = time.Second
	s := func(n ...float64) (gaps []time.Duration) {
		for _, v := range n {
			gaps = append(gaps, time.Duration(v*float64(time.Second)))
		}
		return gaps
	}
	for _, test := range []struct {
		name string
		gaps []time.Duration
		want time.Duration
	}{
		{"knows nothing yet", nil, assumed},
		{"four gaps are not enough", s(30, 30, 30, 30), assumed},
		{"five are", s(30, 30, 30, 30, 30), 30 * time.Second},
		{"unmoved by two late messages", s(5, 60, 5, 60, 5), 5 * time.Second},
		{"unmoved by two in a burst", s(5, 0.01, 5, 0.01, 5), 5 * time.Second},
		{"the last five count", s(1, 1, 1, 1, 1, 10, 10, 10), 10 * time.Second},
		{"no time between, or less, teaches nothing", s(0, -1, 0, -5, 0), assumed},
		{"silence is never taken for normal", s(7200, 7200, 7200, 7200, 7200), 10 * time.Minute},
	} {
		t.Run(test.name, func(t *testing.T) {
			var r device.Rhythm
			for _, g := range test.gaps {
				r = r.Heard(g)
			}
			if got := r.Period(assumed); got != test.want {
				t.Errorf("Period = %v, want %v", got, test.want)
			}
		})
	}
}

func TestRhythmIsAValue(t *testing.T) {
	before := device.Rhythm{}.Heard(time.Second)
	kept := before
	before.Heard(time.Minute)
	if before != kept {
		t.Error("Heard changed the rhythm it was called on")
	}
}

func TestAssumedPeriod(t *testing.T) {
	for kind, want := range map[device.Kind]time.Duration{
		device.Monitor: time.Second, device.Wearable: time.Second, device.Pump: 30 * time.Second,
	} {
		if got := kind.AssumedPeriod(); got != want {
			t.Errorf("%s: %v, want %v", kind, got, want)
		}
	}
}

func TestAssociationHolds(t *testing.T) {
	from := time.Date(2026, 1, 13, 8, 0, 0, 0, time.UTC)
	to := from.Add(time.Hour)
	ended := device.Association{From: from, To: to}
	open := device.Association{From: from}
	for _, test := range []struct {
		name string
		a    device.Association
		at   time.Time
		want bool
	}{
		{"before it began", ended, from.Add(-1), false},
		{"as it begins", ended, from, true},
		{"just before its end", ended, to.Add(-1), true},
		{"at its end", ended, to, false},
		{"open, later", open, to, true},
		{"open, before", open, from.Add(-1), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.a.Holds(test.at); got != test.want {
				t.Errorf("Holds = %v, want %v", got, test.want)
			}
		})
	}
	if ended.IsOpen() || !open.IsOpen() {
		t.Error("IsOpen tells the wrong one")
	}
}
