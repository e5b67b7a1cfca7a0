package sim

import (
	"encoding/binary"
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wardlight/sim/recording"
)

func play(t *testing.T, script Script) *Simulation {
	t.Helper()
	s, err := New(script)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// oneBed is a script with a single monitor.
func oneBed(w Window, overlays ...Overlay) Script {
	return Script{Seed: 7, Units: []Unit{{Code: "ICU", Beds: []Bed{{
		Code: "1", Patient: &Patient{MRN: "MRN1"},
		Devices: []Device{{
			ID: "01", Label: "MON1", Kind: Monitor, Window: w, Overlays: overlays,
			Schedule: Schedule{0, time.Second}, Checks: 15 * time.Minute,
		}},
	}}}}}
}

func value(t *testing.T, r Report, m Metric) Reading {
	t.Helper()
	got, ok := r.Reading(m)
	if !ok {
		t.Fatalf("no %s at %v", m.Label, r.At)
	}
	return got
}

func number(t *testing.T, r Reading) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(r.Value, 64)
	if err != nil {
		t.Fatalf("%s is %q", r.Metric.Label, r.Value)
	}
	return v
}

func TestSameSeedSameValues(t *testing.T) {
	one, other := play(t, Demo(42)), play(t, Demo(42))
	later := one.At(3 * time.Hour)
	for _, at := range []time.Duration{0, 33 * time.Second, 7 * time.Minute, 3 * time.Hour} {
		if diff := cmp.Diff(one.At(at), other.At(at)); diff != "" {
			t.Fatalf("at %v:\n%s", at, diff)
		}
	}
	if !cmp.Equal(later, one.At(3*time.Hour)) {
		t.Error("what was asked before changes the answer")
	}
	if cmp.Equal(play(t, Demo(43)).At(0), one.At(0)) {
		t.Error("another seed gives the same ward")
	}
}

// Reads the recording's file as bytes, not through the reader under test: ten
// channels of 16 bits a minute.
func TestBedShowsTheRecordingAtThePositionItNames(t *testing.T) {
	raw, err := os.ReadFile("recording/data/3975656n.dat")
	if err != nil {
		t.Fatal(err)
	}
	channel := map[string]int{"HR": 0, "PULSE": 4, "RESP": 5, "SpO2": 6, "NBPSys": 7, "NBPDias": 8, "NBPMean": 9}
	s := play(t, Demo(42))
	seen := 0
	for _, at := range []time.Duration{5 * time.Second, 61 * time.Minute, 9 * time.Hour} {
		for _, r := range s.At(at).Reports {
			for _, x := range r.Readings {
				if x.Source != Recorded {
					continue
				}
				digit := int16(binary.LittleEndian.Uint16(raw[20*x.Origin.Index+2*channel[x.Origin.Signal]:]))
				gain := 10.0
				if x.Metric.Unit == mmHg {
					gain = 1
				}
				if want := strconv.Itoa(int(math.Round(float64(digit) / gain))); x.Flag == "" && x.Value != want {
					t.Errorf("%s-%s %s at %v shows %s, minute %d holds %d", r.Unit, r.Bed, x.Metric.Label, at, x.Value, x.Origin.Index, digit)
				}
				if x.Flag != "" && digit > 0 {
					t.Errorf("%s-%s %s at %v shows nothing, minute %d holds %d", r.Unit, r.Bed, x.Metric.Label, at, x.Origin.Index, digit)
				}
				seen++
			}
		}
	}
	if seen < 400 {
		t.Errorf("only %d recorded values", seen)
	}
}

func TestNumericIsHeldForItsMinute(t *testing.T) {
	s := play(t, oneBed(Window{recording.ICUDay, 500 * time.Minute, 60 * time.Minute}))
	for _, c := range []struct {
		at     time.Duration
		minute int
		hr     string
	}{
		{0, 500, "55"},
		{59 * time.Second, 500, "55"},
		{time.Minute, 501, "54"},
		{13 * time.Minute, 513, "66"},
		{60 * time.Minute, 500, "55"},
		{121 * time.Minute, 501, "54"},
	} {
		hr := value(t, s.At(c.at).Reports[0], HeartRate)
		if hr.Value != c.hr || hr.Origin.Index != c.minute || hr.At != c.at {
			t.Errorf("at %v: %s of minute %d measured at %v, want %s of %d", c.at, hr.Value, hr.Origin.Index, hr.At, c.hr, c.minute)
		}
	}
}

func TestZeroInTheRecordingIsNoReading(t *testing.T) {
	s := play(t, oneBed(Window{recording.ICUDay, 15 * time.Minute, 10 * time.Minute}))
	spo2 := value(t, s.At(0).Reports[0], SpO2)
	if spo2.Flag != NotAvailable || spo2.Value != "" {
		t.Errorf("SpO2 is %q %q", spo2.Value, spo2.Flag)
	}
}

func TestRecordedCuffKeepsItsOwnTime(t *testing.T) {
	s := play(t, oneBed(Window{recording.ICUDay, 499 * time.Minute, 92 * time.Minute}))
	for _, c := range []struct {
		at, measured time.Duration
		systolic     string
	}{
		{0, -27 * time.Minute, "122"},                           // minute 472
		{32 * time.Minute, -27 * time.Minute, "122"},            // minute 531
		{33*time.Minute + time.Second, 33 * time.Minute, "118"}, // minute 532
		{93 * time.Minute, 33 * time.Minute, "118"},             // the next lap has none yet
	} {
		got := value(t, s.At(c.at).Reports[0], NIBPSystolic)
		if got.At != c.measured || got.Value != c.systolic || got.Source != Recorded {
			t.Errorf("at %v: %s measured %v (%s), want %s at %v", c.at, got.Value, got.At, got.Source, c.systolic, c.measured)
		}
	}
}

// Nothing is ever measured in the future, or older than what was sent before.
func TestMeasurementTimesOnlyMoveForward(t *testing.T) {
	s := play(t, Demo(42))
	rapid.Check(t, func(rt *rapid.T) {
		at := time.Duration(rapid.Int64Range(int64(-40*time.Hour), int64(40*time.Hour)).Draw(rt, "at"))
		step := time.Duration(rapid.Int64Range(0, int64(2*time.Hour)).Draw(rt, "step"))
		now, later := s.At(at), s.At(at+step)
		for i, r := range now.Reports {
			for _, x := range r.Readings {
				if x.At > at {
					rt.Fatalf("%s of %s at %v is measured at %v", x.Metric.Label, r.Device.Label, at, x.At)
				}
				if y, ok := later.Reports[i].Reading(x.Metric); ok && y.At < x.At {
					rt.Fatalf("%s of %s went back from %v to %v", x.Metric.Label, r.Device.Label, x.At, y.At)
				}
				if (x.Value == "") == (x.Flag == "") {
					rt.Fatalf("%s of %s has value %q and flag %q", x.Metric.Label, r.Device.Label, x.Value, x.Flag)
				}
			}
		}
	})
}

func TestWaveformBedDerives(t *testing.T) {
	s := play(t, oneBed(Window{recording.BIDMC, 27 * time.Second, 453 * time.Second}))
	r := s.At(100 * time.Second).Reports[0]
	for _, c := range []struct {
		metric    Metric
		low, high float64
		source    Source
		signal    string
	}{
		{HeartRate, 86, 98, Derived, "II"},
		{PulseRate, 86, 98, Derived, "PLETH"},
		{RespRate, 19, 25, Derived, "RESP"},
		{SpO2, 92, 100, Simulated, ""},
		{NIBPMean, 60, 110, Simulated, ""},
		{Temperature, 36, 38.5, Simulated, ""},
	} {
		x := value(t, r, c.metric)
		if v := number(t, x); v < c.low || v > c.high || x.Source != c.source || x.Origin.Signal != c.signal {
			t.Errorf("%s: %s from %s %q", c.metric.Label, x.Value, x.Source, x.Origin.Signal)
		}
	}
	if hr := value(t, r, HeartRate); hr.Origin.Index != 127*125 {
		t.Errorf("100 s into a window from 27 s is sample %d, want %d", hr.Origin.Index, 127*125)
	}
}

func TestOverlays(t *testing.T) {
	window := Window{recording.ICUDay, 653 * time.Minute, 511 * time.Minute}
	s := play(t, oneBed(window,
		Overlay{Desaturation, time.Minute, time.Hour, 90 * time.Second, 84},
		Overlay{Tachycardia, 5 * time.Minute, time.Hour, 90 * time.Second, 138},
		Overlay{ProbeOff, 10 * time.Minute, time.Hour, time.Minute, 0},
		Overlay{DeviceLost, 15 * time.Minute, time.Hour, time.Minute, 0},
	))
	plain := play(t, oneBed(window))
	for _, lap := range []time.Duration{0, time.Hour, 5 * time.Hour} {
		at := func(d time.Duration) Report { return s.At(lap + d).Reports[0] }
		if x := value(t, at(105*time.Second), SpO2); x.Value != "84" || x.Overlay != Desaturation || x.Source != Simulated || x.Origin.Record == "" {
			t.Errorf("desaturation after %v: %+v", lap, x)
		}
		if x := value(t, at(345*time.Second), HeartRate); x.Value != "138" || x.Overlay != Tachycardia {
			t.Errorf("tachycardia after %v: %+v", lap, x)
		}
		if x := value(t, at(630*time.Second), SpO2); x.Flag != NotAvailable || x.Value != "" || x.Overlay != ProbeOff {
			t.Errorf("probe off after %v: %+v", lap, x)
		}
		if r := at(930 * time.Second); !r.IsSilent || len(r.Readings) != 0 {
			t.Errorf("device lost after %v: %+v", lap, r)
		}
		for _, calm := range []time.Duration{0, 59 * time.Second, 150 * time.Second, 1000 * time.Second} {
			if diff := cmp.Diff(plain.At(lap + calm).Reports[0].Readings, at(calm).Readings); diff != "" {
				t.Errorf("%v after %v, without an overlay:\n%s", calm, lap, diff)
			}
		}
	}
}

// An overlay invents no value where the sensor gives none.
func TestOverlayLeavesNoReadingAlone(t *testing.T) {
	window := Window{recording.ICUDay, 15 * time.Minute, 10 * time.Minute}
	s := play(t, oneBed(window, Overlay{Desaturation, 0, time.Hour, 90 * time.Second, 84}))
	spo2 := value(t, s.At(45 * time.Second).Reports[0], SpO2)
	if spo2.Flag != NotAvailable || spo2.Value != "" || spo2.Overlay != "" || spo2.Source != Recorded {
		t.Errorf("a desaturation made %+v", spo2)
	}
}

func TestNothingSpeaksBeforeItsPatientIsAdmitted(t *testing.T) {
	script := oneBed(Window{recording.ICUDay, 653 * time.Minute, time.Hour})
	patient := script.Units[0].Beds[0].Patient
	patient.Admitted = time.Minute
	script.Pumps = []Pump{{Patient: patient, Schedule: Schedule{0, time.Second}, Channels: []Channel{
		{Program: dopamine, Infused: "60.0", Ending: KeepOpen, NewBagWait: time.Minute},
	}}}
	s := play(t, script)
	before, after := s.At(time.Minute-1), s.At(time.Minute)
	if !before.Reports[0].IsSilent || !before.Pumps[0].IsSilent || len(before.Pumps[0].Channels) != 0 {
		t.Errorf("before: %+v", before)
	}
	if after.Reports[0].IsSilent || after.Pumps[0].IsSilent || len(after.Pumps[0].Channels) != 1 {
		t.Errorf("after: %+v", after)
	}
}

func TestDesaturationIsARamp(t *testing.T) {
	s := play(t, oneBed(Window{recording.ICUDay, 653 * time.Minute, 30 * time.Minute}, Overlay{Desaturation, 0, time.Hour, 90 * time.Second, 84}))
	before := 100.0
	for sec := range 30 {
		v := number(t, value(t, s.At(time.Duration(sec) * time.Second).Reports[0], SpO2))
		if v > before || before-v > 2 && sec > 0 {
			t.Errorf("second %d: from %v to %v", sec, before, v)
		}
		before = v
	}
}

func TestNewRefusesWhatCannotBePlayed(t *testing.T) {
	window := Window{recording.ICUDay, 0, time.Hour}
	for name, change := range map[string]func(*Script){
		"unknown recording": func(s *Script) { s.Units[0].Beds[0].Devices[0].Window.Record = "none" },
		"window past end":   func(s *Script) { s.Units[0].Beds[0].Devices[0].Window.Length = 40 * time.Hour },
		"empty window":      func(s *Script) { s.Units[0].Beds[0].Devices[0].Window.Length = 0 },
		"no period":         func(s *Script) { s.Units[0].Beds[0].Devices[0].Schedule.Period = 0 },
		"no patient":        func(s *Script) { s.Units[0].Beds[0].Patient = nil },
		"endless overlay": func(s *Script) {
			s.Units[0].Beds[0].Devices[0].Overlays = []Overlay{{ProbeOff, 0, time.Minute, time.Hour, 0}}
		},
		"pump without drug": func(s *Script) {
			s.Pumps = []Pump{{Schedule: Schedule{0, time.Second}, Channels: []Channel{{Program: Program{}}}}}
		},
	} {
		script := oneBed(window)
		change(&script)
		if _, err := New(script); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestScheduleNext(t *testing.T) {
	s := Schedule{Phase: 3 * time.Second, Period: 10 * time.Second}
	for at, want := range map[time.Duration]time.Duration{
		-time.Second: 3 * time.Second, 0: 3 * time.Second, 3 * time.Second: 13 * time.Second,
		12 * time.Second: 13 * time.Second, 13 * time.Second: 23 * time.Second,
	} {
		if got := s.Next(at); got != want {
			t.Errorf("after %v: %v, want %v", at, got, want)
		}
	}
}
