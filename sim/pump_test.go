package sim

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var dopamine = Program{
	Drug: "Dopamine", Dose: "5.00", DoseUnit: ugPerKgMin, Concentration: "1.6", ConcUnit: mgPerML, Weight: "80.0", VTBI: "250.0",
}

// Worked by hand: rate = dose × weight × 60 / concentration.
func TestRate(t *testing.T) {
	for _, c := range []struct {
		program Program
		want    string
	}{
		{dopamine, "15.0"},
		{Program{Dose: "0.1", DoseUnit: ugPerKgMin, Concentration: "0.016", Weight: "80"}, "30.0"},
		{Program{Dose: "0.05", DoseUnit: ugPerKgMin, Concentration: "0.032", Weight: "70"}, "6.56"}, // 6.5625
		{Program{Dose: "0.03", DoseUnit: unitsPerMin, Concentration: "0.2"}, "9.00"},
		{Program{Dose: "0.375", DoseUnit: ugPerKgMin, Concentration: "0.2", Weight: "64"}, "7.20"},
		{Program{Dose: "1", DoseUnit: mgPerMin, Concentration: "1.8"}, "33.3"},
		{Program{Dose: "25", DoseUnit: ugPerKgMin, Concentration: "10", Weight: "70"}, "10.5"},
		{Program{Dose: "0.7", DoseUnit: ugPerKgHour, Concentration: "0.004", Weight: "85"}, "14.9"}, // 14.875
		{Program{Dose: "18", DoseUnit: unitsPerKgH, Concentration: "100", Weight: "80"}, "14.4"},
		{Program{Dose: "0.05", DoseUnit: ugPerKgMin, Concentration: "0.010", Weight: "3.2"}, "0.960"},
		{Program{Dose: "50", DoseUnit: ugPerHour, Concentration: "0.01"}, "5.00"},
		{Program{Dose: "10", DoseUnit: meqPerHour, Concentration: "0.1"}, "100.0"},
		{Program{SetRate: "125"}, "125.0"},
	} {
		if got, err := c.program.Rate(); err != nil || got != c.want {
			t.Errorf("%s %s: %s, %v; want %s", c.program.Dose, c.program.DoseUnit.Unit.UCUM, got, err, c.want)
		}
	}
	for _, p := range []Program{
		{},
		{SetRate: "-1"},
		{SetRate: "0"},
		{Dose: "5", DoseUnit: ugPerKgMin, Concentration: "0", Weight: "80"},
		{Dose: "5", DoseUnit: ugPerKgMin, Concentration: "1.6"},
		{Dose: "five", DoseUnit: mgPerHour, Concentration: "1"},
	} {
		if got, err := p.Rate(); err == nil {
			t.Errorf("%+v runs at %s", p, got)
		}
	}
}

func state(t *testing.T, c Channel, at time.Duration) ChannelState {
	t.Helper()
	s, err := c.at(at)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func reading(c ChannelState, m Metric) string {
	r, _ := c.Reading(m)
	return r.Value
}

// 60 of 250 mL are given at 15 mL/h: 190 mL and 760 min are left.
func TestChannelReportsWhatThePumpShows(t *testing.T) {
	s := state(t, Channel{Label: "1", Program: dopamine, Infused: "60.0", Ending: KeepOpen, NewBagWait: time.Minute}, 0)
	for m, want := range map[Metric]string{
		FlowCurrent: "15.0", FlowSet: "15.0", in(DoseRate, ugPerKgMin.Unit): "5.00", VTBI: "250.0", Infused: "60.0",
		Remaining: "190.0", TimeLeft: "760", in(Concentration, mgPerML): "1.6", PatientWeight: "80.0",
	} {
		got, ok := s.Reading(m)
		if !ok || got.Value != want || got.Metric != m {
			t.Errorf("%s: %+v, want %s", m.Label, got, want)
		}
	}
	if s.Phase != Infusing || s.InfusingStatus != "pump-status-infusing" || s.DeliveryStatus != "pump-delivery-status-delivering" {
		t.Errorf("status %+v", s)
	}
}

func TestChannelsDay(t *testing.T) {
	c := Channel{
		Program: Program{Drug: "Vancomycin", SetRate: "100.0", VTBI: "100.0"}, Infused: "50.0",
		PauseAt: 45 * time.Minute, PauseFor: 5 * time.Minute, Ending: KeepOpen, NewBagWait: 10 * time.Minute,
	}
	for _, want := range []struct {
		at                       time.Duration
		phase                    Phase
		bag                      int
		infused, flow, remaining string
	}{
		{0, Infusing, 0, "50.0", "100.0", "50.0"},
		{6 * time.Minute, Infusing, 0, "60.0", "100.0", "40.0"},
		{15 * time.Minute, Paused, 0, "75.0", "0.0", "25.0"},
		{19*time.Minute + 59*time.Second, Paused, 0, "75.0", "0.0", "25.0"},
		{20 * time.Minute, Infusing, 0, "75.0", "100.0", "25.0"},
		{35 * time.Minute, KVO, 0, "100.0", "1.0", "0.0"},
		{45 * time.Minute, Infusing, 1, "0.0", "100.0", "100.0"},
		{45*time.Minute + 46*time.Minute, Paused, 1, "75.0", "0.0", "25.0"},
		{45*time.Minute + 75*time.Minute, Infusing, 2, "0.0", "100.0", "100.0"},
	} {
		s := state(t, c, want.at)
		if s.Phase != want.phase || s.Bag != want.bag || reading(s, Infused) != want.infused ||
			reading(s, FlowCurrent) != want.flow || reading(s, Remaining) != want.remaining {
			t.Errorf("at %v: %s, bag %d, %s given, %s left, flow %s; want %+v", want.at, s.Phase, s.Bag,
				reading(s, Infused), reading(s, Remaining), reading(s, FlowCurrent), want)
		}
	}
	c.Ending = Finish
	s := state(t, c, 36*time.Minute)
	if s.Phase != Complete || reading(s, FlowCurrent) != "0.0" || s.DeliveryStatus != "pump-delivery-status-not-delivering" {
		t.Errorf("at its end: %+v", s)
	}
	if _, ok := s.Reading(TimeLeft); ok {
		t.Error("a complete infusion has time left")
	}
}

func TestKVOIsNeverFasterThanTheProgram(t *testing.T) {
	c := Channel{Program: Program{SetRate: "0.5", VTBI: "1.0"}, Infused: "0.9", Ending: KeepOpen, NewBagWait: time.Hour}
	if s := state(t, c, 30*time.Minute); s.Phase != KVO || reading(s, FlowCurrent) != "0.500" {
		t.Errorf("%s at %s mL/h", s.Phase, reading(s, FlowCurrent))
	}
}

// Whatever a channel is programmed to: its volumes add up, what is given only
// grows within a bag and no faster than it flows, and bags follow each other.
func TestVolumesAddUp(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		vtbi := rapid.Int64Range(1, 5000).Draw(rt, "vtbi")
		rate := rapid.Int64Range(1, 999_000).Draw(rt, "rate")
		c := Channel{
			Program:    Program{SetRate: big.NewRat(rate, 1000).FloatString(3), VTBI: tenths(vtbi * 100)},
			Infused:    tenths(rapid.Int64Range(0, vtbi-1).Draw(rt, "infused") * 100),
			PauseAt:    time.Duration(rapid.Int64Range(0, 36000).Draw(rt, "pause at")) * time.Second,
			PauseFor:   time.Duration(rapid.Int64Range(0, 600).Draw(rt, "pause")) * time.Second,
			NewBagWait: time.Duration(rapid.Int64Range(1, 600).Draw(rt, "wait")) * time.Second,
			Ending:     rapid.SampledFrom([]Ending{KeepOpen, Finish}).Draw(rt, "ending"),
		}
		p, err := c.plan()
		if err != nil {
			rt.Skip(err)
		}
		at := time.Duration(rapid.Int64Range(0, 200_000).Draw(rt, "at")) * time.Second
		step := time.Duration(rapid.Int64Range(0, 5000).Draw(rt, "step")) * time.Second
		now, err1 := c.at(at)
		later, err2 := c.at(at + step)
		if err1 != nil || err2 != nil {
			rt.Fatal(err1, err2)
		}
		exact := func(s ChannelState, m Metric) int64 {
			r, err := decimal(reading(s, m))
			if err != nil {
				rt.Fatal(err)
			}
			return thousandths(r)
		}
		given, left := exact(now, Infused), exact(now, Remaining)
		if given+left != vtbi*100 || given < 0 || left < 0 {
			rt.Fatalf("%d given, %d left of %d µL", given, left, vtbi*100)
		}
		if later.Bag < now.Bag {
			rt.Fatalf("bag %d after bag %d", later.Bag, now.Bag)
		}
		if more := exact(later, Infused) - given; later.Bag == now.Bag && (more < 0 || more > p.volume(step)+100) {
			rt.Fatalf("%d µL more after %v at %d µL/h", more, step, p.flow)
		}
	})
}
