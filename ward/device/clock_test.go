package device_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"wardlight/ward/device"
)

var noon = time.Date(2026, 1, 13, 12, 0, 0, 0, time.UTC)

// source is a sender whose clock is behind ours by slow (ahead if below 0).
type source struct {
	clock device.Clock
	slow  time.Duration
}

// sends a message at (our time), which comes late, and tells how old the
// value in it, measured when it was sent, then looks.
func (s *source) sends(at time.Time, late time.Duration) (age time.Duration) {
	sent, received := at.Add(-s.slow), at.Add(late)
	s.clock = s.clock.Heard(sent, received)
	return received.Sub(s.clock.Correct(sent, sent, received))
}

func after(d time.Duration) time.Time { return noon.Add(d) }

// live sends a message each second of (from, to], each a little late.
func (s *source) live(from, to time.Duration) (age time.Duration) {
	for at := from + time.Second; at <= to; at += time.Second {
		age = s.sends(after(at), 30*time.Millisecond)
	}
	return age
}

func TestClock(t *testing.T) {
	const (
		none  = time.Duration(0)
		slack = 100 * time.Millisecond
	)
	for _, test := range []struct {
		name      string
		slow      time.Duration
		seconds   int // of a message each
		age       time.Duration
		corrected bool
		suspect   bool
	}{
		{"right, its first message", 0, 1, 30 * time.Millisecond, false, false},
		{"1.9 s slow is let be", 1900 * time.Millisecond, 60, 1930 * time.Millisecond, false, false},
		{"1.9 s fast is let be", -1900 * time.Millisecond, 60, none, false, false},
		{"90 s slow, its first messages: it might be late", 90 * time.Second, 20, 90*time.Second + 30*time.Millisecond, false, false},
		{"90 s slow, known after half a minute", 90 * time.Second, 31, none, true, false},
		{"90 s fast is known at once", -90 * time.Second, 3, none, true, false},
		{"10 min slow, not known yet", 10 * time.Minute, 10, 10*time.Minute + 30*time.Millisecond, false, true},
		{"10 min slow, known", 10 * time.Minute, 31, none, true, true},
		{"10 min fast", -10 * time.Minute, 3, none, true, true},
		{"10 months slow is known at once", 300 * 24 * time.Hour, 1, none, true, true},
		{"never set", 56 * 365 * 24 * time.Hour, 1, none, true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := source{slow: test.slow}
			age := s.live(0, time.Duration(test.seconds)*time.Second)
			if diff := (age - test.age).Abs(); diff > slack {
				t.Errorf("a value of now looks %v old, want %v", age, test.age)
			}
			if got := s.clock.IsCorrected(); got != test.corrected {
				t.Errorf("corrected: %v", got)
			}
			if got := s.clock.IsSuspect(); got != test.suspect {
				t.Errorf("suspect: %v", got)
			}
		})
	}
}

func TestOneWrongTimeMovesNothing(t *testing.T) {
	s := source{}
	s.live(0, time.Minute)
	sent, received := after(24*365*time.Hour), after(time.Minute)
	s.clock = s.clock.Heard(sent, received)
	if at := s.clock.Correct(sent, sent, received); !at.Equal(received) {
		t.Errorf("a time next year counts as %v", at)
	}
	if age := s.live(time.Minute, 61*time.Second); age > time.Second {
		t.Errorf("the next value looks %v old", age)
	}
}

// Whatever the delays on the way, if a prompt message comes now and then the
// offset is found.
func TestConstantSkewIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := source{slow: time.Duration(rapid.Int64Range(-int64(10*time.Hour), int64(10*time.Hour)).Draw(t, "slow"))}
		jitter := rapid.Int64Range(0, int64(8*time.Second)).Draw(t, "jitter")
		for i := range 120 {
			late := time.Duration(rapid.Int64Range(0, jitter).Draw(t, "late"))
			if i%10 == 0 {
				late = min(late, 500*time.Millisecond)
			}
			s.sends(after(time.Duration(i)*time.Second), late)
		}
		got, known := s.clock.Offset()
		if diff := got - s.slow; !known || diff < 0 && s.slow >= 0 || diff.Abs() > device.SkewTolerated {
			t.Fatalf("%v (%v), want %v", got, known, s.slow)
		}
	})
}

// A gateway that was cut off and then empties its buffer, faster than life,
// tells of the past: none of that looks current, whatever its clock, and
// whether the station knew the gateway or has just started.
func TestADrainedBufferNeverLooksCurrent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := source{slow: time.Duration(rapid.SampledFrom([]int{0, 0, 1, 30, 3600, -30, -3600}).Draw(t, "slow")) * time.Second}
		isKnown := rapid.Bool().Draw(t, "known")
		if !isKnown {
			s.slow = 0
		} else {
			s.live(-time.Minute, 0)
		}
		outage := rapid.IntRange(10, 7200).Draw(t, "outage")
		rate := rapid.Float64Range(1.1, 500).Draw(t, "rate")
		every := rapid.SampledFrom([]int{1, 2, 5, 30}).Draw(t, "every")
		from := time.Duration(outage) * time.Second
		for n := 0; ; n++ {
			at := time.Duration(n*every) * time.Second
			came := from + time.Duration(float64(at)/rate)
			late := came - at
			if late <= 0 {
				break
			}
			if age := s.sends(after(at), late); age < late-device.SkewTolerated-time.Second {
				t.Fatalf("%v after the outage, a value of %v looks %v old, and is %v", came-from, at, age, late)
			}
		}
	})
}

// However a clock is set, what follows is right again within half a minute of
// messages; forward, within three of them.
func TestAStepOfTheClockIsFollowed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := source{slow: time.Duration(rapid.IntRange(-7200, 7200).Draw(t, "slow")) * time.Second}
		s.live(0, time.Minute)
		step := time.Duration(rapid.IntRange(-7200, 7200).Draw(t, "step")) * time.Second
		s.slow += step
		n := time.Minute + 40*time.Second
		if step < 0 {
			n = time.Minute + 3*time.Second
		}
		if age := s.live(time.Minute, n); age > device.SkewTolerated+time.Second {
			t.Fatalf("set by %v, a value of now looks %v old", -step, age)
		}
	})
}

// Nothing counts as measured after it was received, and the past keeps its
// order.
func TestCorrectedTimesAreNeverAhead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c device.Clock
		received := noon
		for range rapid.IntRange(1, 80).Draw(t, "messages") {
			received = received.Add(time.Duration(rapid.IntRange(0, 40_000).Draw(t, "gap")) * time.Millisecond)
			sent := received.Add(-time.Duration(rapid.IntRange(-100_000, 100_000).Draw(t, "delay")) * time.Millisecond)
			c = c.Heard(sent, received)
			told := sent.Add(time.Duration(rapid.IntRange(-60_000, 5_000).Draw(t, "told")) * time.Millisecond)
			at, older := c.Correct(told, sent, received), c.Correct(told.Add(-time.Second), sent, received)
			if at.After(received) || older.After(at) {
				t.Fatalf("received %v: %v, and a second before that %v", received, at, older)
			}
		}
	})
}
