package alarm_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wardlight/ward/alarm"
	"wardlight/ward/fault"
	"wardlight/ward/vitals"
)

// The defaults, area by area, as the alarm rules list them.
func TestDefaultBands(t *testing.T) {
	type bands = map[vitals.Code]alarm.Band
	want := map[string]bands{
		"adult-icu": {
			vitals.HeartRate: {"50", "120", "40", "140"}, vitals.PulseRate: {"50", "120", "40", "140"},
			vitals.SpO2: {"90", "", "80", ""}, vitals.RespRate: {"8", "30", "5", "40"},
			vitals.NIBPSystolic: {"90", "160", "70", "200"}, vitals.NIBPMean: {"60", "110", "50", ""},
			vitals.ABPSystolic: {"90", "160", "70", "200"}, vitals.ABPMean: {"65", "110", "50", ""},
			vitals.Temperature: {"36.0", "39.0", "34", "40.5"},
		},
		"paediatric-icu": {
			vitals.HeartRate: {"75", "160", "55", "180"}, vitals.PulseRate: {"75", "160", "55", "180"},
			vitals.SpO2: {"90", "", "80", ""}, vitals.RespRate: {"8", "30", "", ""},
			vitals.NIBPSystolic: {"70", "120", "", ""}, vitals.NIBPMean: {"50", "90", "", ""},
			vitals.ABPSystolic: {"70", "120", "", ""}, vitals.ABPMean: {"50", "90", "", ""},
			vitals.Temperature: {"36.0", "39.0", "34", "40.5"},
		},
		"neonatal-icu": {
			vitals.HeartRate: {"100", "200", "80", "220"}, vitals.PulseRate: {"100", "200", "80", "220"},
			vitals.SpO2: {"85", "95", "80", ""}, vitals.RespRate: {"30", "100", "", ""},
			vitals.NIBPSystolic: {"40", "90", "", ""}, vitals.NIBPMean: {"24", "70", "", ""},
			vitals.ABPSystolic: {"40", "90", "", ""}, vitals.ABPMean: {"24", "70", "", ""},
			vitals.Temperature: {"36.0", "38.0", "34", "40.5"},
		},
	}
	for area, alike := range map[string]string{
		"adult-icu": "adult-icu", "": "adult-icu", "home": "adult-icu", "paediatric-icu": "paediatric-icu",
		"paediatric-ward": "paediatric-icu", "neonatal-icu": "neonatal-icu", "neonatal": "neonatal-icu",
	} {
		if diff := cmp.Diff(want[alike], alarm.DefaultBands(area)); diff != "" {
			t.Errorf("%q, -want +got:\n%s", area, diff)
		}
		for code, band := range alarm.DefaultBands(area) {
			if _, err := alarm.Rules(code, band); err != nil {
				t.Errorf("%q, %s: %v", area, code, err)
			}
		}
	}
}

// How each quantity's limits are judged: onset and clear delays, hysteresis.
func TestTimings(t *testing.T) {
	s := time.Second
	for _, test := range []struct {
		code                  vitals.Code
		onset, extreme, clear time.Duration
		hysteresis            string
		repeats               int
	}{
		{vitals.HeartRate, 0, 0, 5 * s, "3", 0},
		{vitals.PulseRate, 10 * s, 10 * s, 5 * s, "3", 0},
		{vitals.SpO2, 10 * s, 0, 5 * s, "2", 0},
		{vitals.RespRate, 10 * s, 10 * s, 10 * s, "1", 0},
		{vitals.NIBPSystolic, 0, 0, 0, "0", 2},
		{vitals.NIBPMean, 0, 0, 0, "0", 2},
		{vitals.ABPSystolic, 10 * s, 10 * s, 5 * s, "3", 0},
		{vitals.ABPMean, 10 * s, 10 * s, 5 * s, "3", 0},
		{vitals.Temperature, 60 * s, 60 * s, 60 * s, "0.2", 0},
	} {
		r := adult(t, test.code, alarm.Below)
		want := alarm.Limit{At: r.Limit.At, OnsetDelay: test.onset, ClearDelay: test.clear, Hysteresis: decimal(test.hysteresis), Repeats: test.repeats}
		extreme := alarm.Limit{At: r.Extreme.At, OnsetDelay: test.extreme, ClearDelay: test.clear, Hysteresis: decimal(test.hysteresis), Repeats: 1}
		if *r.Limit != want || *r.Extreme != extreme {
			t.Errorf("%s: limit %+v, extreme %+v", test.code, *r.Limit, *r.Extreme)
		}
	}
	if alarm.IsJudged(vitals.NIBPDiastolic) || !alarm.IsJudged(vitals.SpO2) {
		t.Error("diastolic pressure has no limits of its own, SpO2 has")
	}
}

func TestRulesRefuse(t *testing.T) {
	for _, test := range []struct {
		name string
		code vitals.Code
		band alarm.Band
		says string // "": accepted
	}{
		{"no limits at all", vitals.SpO2, alarm.Band{}, ""},
		{"one limit", vitals.SpO2, alarm.Band{Low: "88"}, ""},
		{"extremes equal to the limits", vitals.SpO2, alarm.Band{Low: "88", ExtremeLow: "88"}, ""},
		{"as close as the hysteresis", vitals.SpO2, alarm.Band{Low: "88", High: "90"}, ""},
		{"closer than the hysteresis", vitals.SpO2, alarm.Band{Low: "88", High: "89.9"}, "too close"},
		{"low equals high", vitals.NIBPSystolic, alarm.Band{Low: "100", High: "100"}, "too close"},
		{"an extreme too close to the other side", vitals.SpO2, alarm.Band{ExtremeLow: "88", High: "89"}, "too close"},
		{"low above high", vitals.SpO2, alarm.Band{Low: "95", High: "90"}, "high 90 is below low 95"},
		{"extreme inside", vitals.HeartRate, alarm.Band{Low: "50", ExtremeLow: "55"}, "low 50 is below extreme_low 55"},
		{"extreme high inside", vitals.HeartRate, alarm.Band{High: "120", ExtremeHigh: "110"}, "extreme_high 110 is below high 120"},
		{"not a number", vitals.HeartRate, alarm.Band{High: "1e3"}, `high "1e3": not a number`},
		{"not a quantity with limits", "718-7", alarm.Band{Low: "1"}, "no limits can be set"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := alarm.Rules(test.code, test.band)
			switch {
			case test.says == "" && err != nil:
				t.Error(err)
			case test.says != "" && (fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), test.says)):
				t.Errorf("%v, want an invalid that says %q", err, test.says)
			}
		})
	}
}

func TestPriority(t *testing.T) {
	order := []alarm.Priority{"", alarm.Low, alarm.Medium, alarm.High}
	for i, p := range order {
		if got := p.Mark(); got != strings.Repeat("!", i) {
			t.Errorf("%q is marked %q", p, got)
		}
		for j, o := range order {
			if got := p.Above(o); got != (i > j) {
				t.Errorf("%q above %q: %v", p, o, got)
			}
			if got := alarm.Higher(p, o); got != order[max(i, j)] {
				t.Errorf("the higher of %q and %q: %q", p, o, got)
			}
		}
	}
}

func TestRuleKeyCode(t *testing.T) {
	if low, high := (alarm.RuleKey{Side: alarm.Below}).Code(), (alarm.RuleKey{Side: alarm.Above}).Code(); low != "MDC_EVT_LO" || high != "MDC_EVT_HI" {
		t.Errorf("%s and %s", low, high)
	}
}
