package sim

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"wardlight/sim/recording"
)

func unit(t *testing.T, s Script, code string) Unit {
	t.Helper()
	for _, u := range s.Units {
		if u.Code == code {
			return u
		}
	}
	t.Fatalf("no unit %s", code)
	return Unit{}
}

func occupied(u Unit) (n int) {
	for _, b := range u.Beds {
		if b.Patient != nil {
			n++
		}
	}
	return n
}

func TestDemoIsFilledAsPromised(t *testing.T) {
	for seed := range uint64(100) {
		s := Demo(seed)
		for code, want := range map[string][2]int{"ICU": {16, 15}, "WARD": {24, 20}, "HOME": {8, 8}} {
			u := unit(t, s, code)
			if len(u.Beds) != want[0] || occupied(u) != want[1] || u.Beds[0].Code != "1" {
				t.Errorf("seed %d: %s has %d beds, %d occupied", seed, code, len(u.Beds), occupied(u))
			}
		}
		unknown, atBeds := 0, map[string]bool{}
		for _, p := range s.Pumps {
			if n := len(p.Channels); n < 1 || n > 3 {
				t.Errorf("seed %d: %s has %d channels", seed, p.Label, n)
			}
			if p.Patient == nil {
				unknown++
				continue
			}
			atBeds[p.Bed] = true
		}
		if unknown != 1 || len(atBeds) != 10 {
			t.Errorf("seed %d: %d pumps at no bed, pumps at %d beds", seed, unknown, len(atBeds))
		}
	}
}

func TestNobodyIsTwoPeople(t *testing.T) {
	for seed := range uint64(100) {
		seen := map[string]bool{}
		once := func(what string) {
			if seen[what] {
				t.Errorf("seed %d: %s twice", seed, what)
			}
			seen[what] = true
		}
		s := Demo(seed)
		for _, u := range s.Units {
			for _, b := range u.Beds {
				if p := b.Patient; p != nil {
					once(p.MRN)
					once(p.Visit)
					once(p.Family)
					if _, err := time.Parse(time.DateOnly, p.BirthDate); err != nil || !strings.Contains("FM", p.Sex) || p.Given == "" {
						t.Errorf("seed %d: %+v", seed, p)
					}
				}
				for _, d := range b.Devices {
					once(d.ID)
					once(d.Label)
				}
			}
		}
		for _, p := range s.Pumps {
			once(p.ID)
			once(p.Label)
		}
	}
}

func TestCalmMinutesAreCalm(t *testing.T) {
	n, err := recording.OpenNumerics(recording.ICUDay)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range calmMinutes {
		for m := w[0]; m < w[0]+20; m++ {
			for name, limits := range map[string][2]float64{"HR": {50, 120}, "PULSE": {50, 120}, "RESP": {8, 30}, "SpO2": {90, 100}} {
				got := n.At(name, m)
				if got.State != recording.Present || got.Float() < limits[0] || got.Float() > limits[1] {
					t.Errorf("minute %d: %s %s", m, name, got)
				}
			}
		}
		for m := w[0]; m < w[1]; m++ {
			if n.At("HR", m).State != recording.Present || n.At("SpO2", m).State != recording.Present {
				t.Errorf("minute %d of a window has no HR or SpO2", m)
			}
		}
	}
}

// outside reports whether a reading breaks the limits it carries.
func outside(t *testing.T, r Reading) bool {
	t.Helper()
	low, high, ok := strings.Cut(r.Metric.Limits, "-")
	if !ok || r.Value == "" {
		return false
	}
	l, err1 := strconv.ParseFloat(low, 64)
	h, err2 := strconv.ParseFloat(high, 64)
	if err1 != nil || err2 != nil {
		t.Fatalf("limits %q", r.Metric.Limits)
	}
	v := number(t, r)
	return v < l || v > h
}

// firstAlarms are what a station that waits ten seconds, and half a minute for
// a silent device, would alarm of a unit until a time; the pulse is left to
// the heart rate.
func firstAlarms(t *testing.T, s *Simulation, code string, until time.Duration) map[string]time.Duration {
	t.Helper()
	since, alarms := map[string]time.Duration{}, map[string]time.Duration{}
	watch := func(what string, holds bool, at, delay time.Duration) {
		began, known := since[what]
		switch {
		case !holds:
			delete(since, what)
		case !known:
			since[what] = at
		case at-began >= delay:
			if _, told := alarms[what]; !told {
				alarms[what] = at
			}
		}
	}
	for at := time.Duration(0); at <= until; at += time.Second {
		for _, r := range s.At(at).Reports {
			if r.Unit != code {
				continue
			}
			watch(r.Bed+" silent", r.IsSilent && at >= r.Patient.Admitted, at, 30*time.Second)
			for _, x := range r.Readings {
				if x.Metric.MDC != PulseRate.MDC {
					watch(r.Bed+" "+x.Metric.Label, outside(t, x), at, 10*time.Second)
				}
			}
		}
	}
	return alarms
}

func TestFirstTwoMinutes(t *testing.T) {
	for _, seed := range []uint64{1, 2, 42} {
		s := play(t, Demo(seed))
		early := firstAlarms(t, s, "ICU", 20*time.Second)
		alarms := firstAlarms(t, s, "ICU", 2*time.Minute)
		kinds := map[string]bool{}
		for what := range alarms {
			_, kind, _ := strings.Cut(what, " ")
			kinds[kind] = true
		}
		if len(early) > 0 || len(alarms) < 2 || len(alarms) > 4 || len(kinds) < 2 {
			t.Errorf("seed %d: within 20 s %v, within 2 min %v", seed, early, alarms)
		}
	}
}

func TestEveryOccupiedBedHasHeartRateAndSpO2(t *testing.T) {
	s := play(t, Demo(42))
	for at := time.Duration(0); at <= 20*time.Second; at += time.Second {
		for _, r := range s.At(at).Reports {
			if r.Device.Kind == SpotCheck || at < r.Patient.Admitted {
				continue
			}
			if value(t, r, HeartRate).Value == "" || value(t, r, SpO2).Value == "" {
				t.Errorf("%s-%s at %v has no heart rate or SpO2", r.Unit, r.Bed, at)
			}
		}
	}
}

// Overlays of all kinds and pumps in all phases, in every part of the day.
func TestDemoGoesOnAllDay(t *testing.T) {
	s := play(t, Demo(42))
	for quarter := range 4 {
		overlays, phases := map[OverlayKind]bool{}, map[Phase]bool{}
		for m := range 360 {
			snapshot := s.At(time.Duration(quarter*360+m) * time.Minute)
			for _, r := range snapshot.Reports {
				overlays[DeviceLost] = overlays[DeviceLost] || r.IsSilent
				for _, x := range r.Readings {
					overlays[x.Overlay] = true
				}
			}
			for _, p := range snapshot.Pumps {
				for _, c := range p.Channels {
					phases[c.Phase] = true
				}
			}
		}
		for _, o := range []OverlayKind{Desaturation, Tachycardia, ProbeOff, DeviceLost} {
			if !overlays[o] {
				t.Errorf("no %s in quarter %d of the day", o, quarter+1)
			}
		}
		for _, p := range []Phase{Infusing, Paused, KVO, Complete} {
			if !phases[p] {
				t.Errorf("no channel is %s in quarter %d of the day", p, quarter+1)
			}
		}
	}
}

// The first minutes show a bag that ends and a pause.
func TestPumpsDoSomethingSoon(t *testing.T) {
	s := play(t, Demo(42))
	ended, paused := time.Duration(0), time.Duration(0)
	for at := 5 * time.Minute; at >= 0; at -= 15 * time.Second {
		for _, p := range s.At(at).Pumps {
			for _, c := range p.Channels {
				switch c.Phase {
				case Complete:
					ended = at
				case Paused:
					paused = at
				}
			}
		}
	}
	if ended < 2*time.Minute || ended > 4*time.Minute || paused < time.Minute || paused > 2*time.Minute {
		t.Errorf("a bag ends at %v, a pause begins at %v", ended, paused)
	}
}

func TestFormularyRuns(t *testing.T) {
	patient := &Patient{Weight: "80.0"}
	for drug := range formulary {
		p := ordered(drug, patient)
		if _, err := p.Rate(); err != nil || p.Drug != drug || p.ConcUnit.UCUM == "" {
			t.Errorf("%s: %v", drug, err)
		}
	}
}
