package alarm_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wardlight/ward/alarm"
	"wardlight/ward/vitals"
)

var start = time.Date(2026, 1, 13, 12, 0, 0, 0, time.UTC)

func decimal(s string) vitals.Decimal { return vitals.MustDecimal(s) }

// spo2 is the adult limit of medium priority: below 90 for 10 s, back at 92
// for 5 s.
var spo2 = alarm.Limit{At: decimal("90"), OnsetDelay: 10 * time.Second, ClearDelay: 5 * time.Second, Hysteresis: decimal("2")}

// at is one value, seconds after the start; without a value the source falls
// silent.
type at struct {
	second float64
	value  string
}

// trace is the state and the signals after every step.
type trace []string

func run(l alarm.Limit, side alarm.Side, steps ...at) trace {
	var c alarm.Condition
	var out trace
	for _, s := range steps {
		var signals []alarm.Signal
		if s.value == "" {
			var signal alarm.Signal
			if c, signal = c.SourceLost(); signal != alarm.None {
				signals = append(signals, signal)
			}
		} else {
			when := start.Add(time.Duration(s.second * float64(time.Second)))
			c, signals = c.Observe(l, side, decimal(s.value), when, 5*time.Second)
		}
		line := string(c.State)
		for _, signal := range signals {
			line += " " + string(signal)
		}
		out = append(out, line)
	}
	return out
}

// Each row of the condition table of the alarm rules.
func TestConditionTable(t *testing.T) {
	now := spo2
	now.OnsetDelay = 0
	noClearDelay := now
	noClearDelay.ClearDelay = 0
	nibp := alarm.Limit{At: decimal("90"), Repeats: 2}
	for _, test := range []struct {
		name  string
		limit alarm.Limit
		side  alarm.Side
		steps []at
		want  trace
	}{
		{
			"normal: a value equal to the limit does not violate it", spo2, alarm.Below,
			[]at{{0, "90"}, {1, "90.0"}},
			trace{"normal", "normal"},
		},
		{
			"normal: strictly below begins the delay", spo2, alarm.Below,
			[]at{{0, "89.9"}},
			trace{"pending"},
		},
		{
			"normal: strictly above begins the delay", spo2, alarm.Above,
			[]at{{0, "90"}, {1, "90.1"}},
			trace{"normal", "pending"},
		},
		{
			"normal: without a delay it is present at once", now, alarm.Below,
			[]at{{0, "89"}},
			trace{"present onset"},
		},
		{
			"pending: not violating any more", spo2, alarm.Below,
			[]at{{0, "89"}, {5, "90"}, {6, "89"}},
			trace{"pending", "normal", "pending"},
		},
		{
			"pending: at the delay's end it is present", spo2, alarm.Below,
			[]at{{0, "89"}, {5, "88"}, {9.9, "89"}, {10, "89"}},
			trace{"pending", "pending", "pending", "present onset"},
		},
		{
			"pending: a gap begins the delay anew", spo2, alarm.Below,
			[]at{{0, "89"}, {5.1, "89"}, {10, "89"}, {15, "89"}, {15.1, "89"}},
			trace{"pending", "pending", "pending", "pending", "present onset"},
		},
		{
			"pending: a gap of just the longest length does not", spo2, alarm.Below,
			[]at{{0, "89"}, {5, "89"}, {10, "89"}},
			trace{"pending", "pending", "present onset"},
		},
		{
			"pending: a lost source is forgotten", spo2, alarm.Below,
			[]at{{0, "89"}, {0, ""}, {40, "89"}},
			trace{"pending", "normal", "pending"},
		},
		{
			"present: below the hysteresis edge it stays", now, alarm.Below,
			[]at{{0, "89"}, {1, "90"}, {2, "91.9"}},
			trace{"present onset", "present", "present"},
		},
		{
			"present: at the hysteresis edge it clears", now, alarm.Below,
			[]at{{0, "89"}, {1, "92"}},
			trace{"present onset", "clearing"},
		},
		{
			"present: high side, at the edge below the limit", now, alarm.Above,
			[]at{{0, "91"}, {1, "88.1"}, {2, "88"}},
			trace{"present onset", "present", "clearing"},
		},
		{
			"present: without a clear delay it ends at once", noClearDelay, alarm.Below,
			[]at{{0, "89"}, {1, "92"}},
			trace{"present onset", "normal clear"},
		},
		{
			"clearing: back beyond the edge is no new onset", now, alarm.Below,
			[]at{{0, "89"}, {1, "92"}, {3, "91"}, {4, "92"}, {8.9, "92"}, {9, "92"}},
			trace{"present onset", "clearing", "present", "clearing", "clearing", "normal clear"},
		},
		{
			"clearing: at the delay's end it is over", now, alarm.Below,
			[]at{{0, "89"}, {1, "95"}, {6, "95"}},
			trace{"present onset", "clearing", "normal clear"},
		},
		{
			"present: a lost source makes it unknown", now, alarm.Below,
			[]at{{0, "89"}, {0, ""}, {0, ""}},
			trace{"present onset", "unknown source-lost", "unknown"},
		},
		{
			"clearing: a lost source makes it unknown", now, alarm.Below,
			[]at{{0, "89"}, {1, "95"}, {0, ""}},
			trace{"present onset", "clearing", "unknown source-lost"},
		},
		{
			"unknown: a good value clears after the full delay", now, alarm.Below,
			[]at{{0, "89"}, {1, "95"}, {0, ""}, {60, "95"}, {64.9, "95"}, {65, "95"}},
			trace{"present onset", "clearing", "unknown source-lost", "clearing restored-clearing", "clearing", "normal clear"},
		},
		{
			"unknown: otherwise it is present", now, alarm.Below,
			[]at{{0, "89"}, {0, ""}, {60, "91"}},
			trace{"present onset", "unknown source-lost", "present restored"},
		},
		{
			"a cuff: the second reading confirms the first", nibp, alarm.Below,
			[]at{{0, "88"}, {900, "89"}},
			trace{"pending", "present onset"},
		},
		{
			"a cuff: a good reading between begins anew", nibp, alarm.Below,
			[]at{{0, "88"}, {900, "90"}, {1800, "88"}, {2700, "88"}},
			trace{"pending", "normal", "pending", "present onset"},
		},
		{
			"a cuff: the next good reading ends it", nibp, alarm.Below,
			[]at{{0, "88"}, {900, "88"}, {1800, "90"}},
			trace{"pending", "present onset", "normal clear"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, run(test.limit, test.side, test.steps...)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// adult gives the default rule of one side for an adult.
func adult(t *testing.T, code vitals.Code, side alarm.Side) alarm.Rule {
	t.Helper()
	rules, err := alarm.Rules(code, alarm.DefaultBands("adult-icu")[code])
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		if r.Side == side {
			return r
		}
	}
	t.Fatalf("no rule %s for %s", side, code)
	return alarm.Rule{}
}

// The two limits of a rule make one alarm whose priority rises and falls.
func TestWatch(t *testing.T) {
	for _, test := range []struct {
		name  string
		code  vitals.Code
		side  alarm.Side
		steps []at
		want  []string // findings of each step
	}{
		{
			"SpO2: a limit waits, an extreme does not", vitals.SpO2, alarm.Below,
			[]at{{0, "89"}, {1, "79.9"}},
			[]string{"", "onset high 80"},
		},
		{
			"SpO2: equal to the extreme is not below it", vitals.SpO2, alarm.Below,
			[]at{{0, "80"}, {5, "80"}, {10, "80"}},
			[]string{"", "", "onset medium 90"},
		},
		{
			"HR rises to the extreme and falls back", vitals.HeartRate, alarm.Above,
			[]at{{0, "121"}, {1, "141"}, {2, "137"}, {7, "136"}, {8, "117"}, {13, "117"}},
			[]string{"onset medium 120", "priority-up high 140", "", "priority-down medium 120", "", "clear medium 120"},
		},
		{
			"RR: the extreme waits as long as the limit", vitals.RespRate, alarm.Below,
			[]at{{0, "4"}, {5, "4"}, {10, "4"}},
			[]string{"", "", "onset high 5"},
		},
		{
			"cuff: one extreme reading is enough", vitals.NIBPSystolic, alarm.Below,
			[]at{{0, "69"}},
			[]string{"onset high 70"},
		},
		{
			"cuff: after the extreme the second low reading keeps it, at medium", vitals.NIBPSystolic, alarm.Below,
			[]at{{0, "69"}, {900, "85"}, {1800, "95"}},
			[]string{"onset high 70", "priority-down medium 90", "clear medium 90"},
		},
		{
			"lost and found beyond the limit", vitals.HeartRate, alarm.Below,
			[]at{{0, "45"}, {0, ""}, {60, "46"}},
			[]string{"onset medium 50", "lost", "restored medium 50"},
		},
		{
			"lost and found beyond the extreme", vitals.HeartRate, alarm.Below,
			[]at{{0, "45"}, {0, ""}, {60, "38"}},
			[]string{"onset medium 50", "lost", "restored medium 50, priority-up high 40"},
		},
		{
			"lost and found well", vitals.HeartRate, alarm.Below,
			[]at{{0, "38"}, {0, ""}, {60, "60"}, {65, "60"}},
			[]string{"onset high 40", "lost", "restored-clearing high 40", "clear high 40"},
		},
		{
			"silence where nothing stood", vitals.SpO2, alarm.Below,
			[]at{{0, "89"}, {0, ""}, {60, "89"}},
			[]string{"", "", ""},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			rule := adult(t, test.code, test.side)
			var w alarm.Watch
			var got []string
			for _, s := range test.steps {
				var findings []alarm.Finding
				if s.value == "" {
					var stood bool
					if w, stood = w.SourceLost(); stood {
						got = append(got, "lost")
					} else {
						got = append(got, "")
					}
					continue
				}
				w, findings = w.Observe(rule, decimal(s.value), start.Add(time.Duration(s.second*float64(time.Second))), 5*time.Second)
				got = append(got, words(findings))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func words(findings []alarm.Finding) (s string) {
	for i, f := range findings {
		if i > 0 {
			s += ", "
		}
		s += string(f.Signal) + " " + string(f.Priority) + " " + f.Limit.String()
	}
	return s
}

// After a restart an alarm's conditions are unknown, whichever limits the
// rule has by then; a good value always ends it.
func TestResume(t *testing.T) {
	both := adult(t, vitals.HeartRate, alarm.Below)
	limitOnly, extremeOnly := both, both
	limitOnly.Extreme, extremeOnly.Limit = nil, nil
	for name, rule := range map[string]alarm.Rule{"both limits": both, "no extreme": limitOnly, "only the extreme": extremeOnly} {
		for _, p := range []alarm.Priority{alarm.High, alarm.Medium} {
			t.Run(name+", "+string(p), func(t *testing.T) {
				w := alarm.Resume(rule, p)
				w, first := w.Observe(rule, decimal("75"), start, 5*time.Second)
				w, second := w.Observe(rule, decimal("75"), start.Add(5*time.Second), 5*time.Second)
				if len(first) != 1 || first[0].Signal != alarm.Recovering || len(second) != 1 || second[0].Signal != alarm.Clear {
					t.Errorf("first %q, then %q; want restored-clearing, then clear", words(first), words(second))
				}
				if w.Priority() != "" {
					t.Errorf("still asks for %s", w.Priority())
				}
			})
		}
	}
}

// Limits changed while an alarm stands or is about to: judged again at once
// by the last fresh value, but nothing begins.
func TestReconsider(t *testing.T) {
	s := time.Second
	spo2 := func(low, extreme string) alarm.Rule {
		rules, err := alarm.Rules(vitals.SpO2, alarm.Band{Low: low, ExtremeLow: extreme})
		if err != nil {
			t.Fatal(err)
		}
		return rules[0]
	}
	rule := spo2("90", "80")
	type value struct {
		after time.Duration
		v     string
	}
	for _, test := range []struct {
		name    string
		before  []value
		changed alarm.Rule
		last    string // "": no fresh value
		want    string // findings at once
		next    value
		then    string
	}{
		{"pending, justified no more", []value{{0, "89"}, {5 * s, "89"}}, spo2("88", "80"), "89", "", value{10 * s, "89"}, ""},
		{"pending, still justified: the delay runs on", []value{{0, "87"}, {5 * s, "87"}}, spo2("88", "80"), "87", "", value{10 * s, "87"}, "onset medium 88"},
		{"present, justified no more: clears after its delay", []value{{0, "87"}, {5 * s, "87"}, {10 * s, "87"}}, spo2("85", "80"), "87", "", value{15 * s, "87"}, "clear medium 85"},
		{"present, still justified", []value{{0, "87"}, {5 * s, "87"}, {10 * s, "87"}}, spo2("88", "80"), "87", "", value{15 * s, "87"}, ""},
		{"clearing, by the new limit not at all", []value{{0, "87"}, {5 * s, "87"}, {10 * s, "87"}, {11 * s, "92"}}, spo2("95", "80"), "92", "", value{16 * s, "92"}, ""},
		{"the extreme was taken away: medium remains", []value{{0, "79"}, {5 * s, "79"}, {10 * s, "79"}}, spo2("90", ""), "79", "priority-down medium 90", value{15 * s, "79"}, ""},
		{"the limit was taken away, the extreme holds", []value{{0, "79"}, {5 * s, "79"}, {10 * s, "79"}}, spo2("", "80"), "79", "", value{15 * s, "79"}, ""},
		{"the limit was taken away, nothing else stood", []value{{0, "87"}, {5 * s, "87"}, {10 * s, "87"}}, spo2("", "80"), "87", "clear medium 80", value{15 * s, "87"}, ""},
		{"nothing begins before a new value", []value{{0, "92"}}, spo2("95", "93"), "92", "", value{s, "92"}, "onset high 93"},
		{"no fresh value: it stands", []value{{0, "87"}, {5 * s, "87"}, {10 * s, "87"}}, spo2("70", "60"), "", "", value{15 * s, "75"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var w alarm.Watch
			at := start
			for _, v := range test.before {
				at = start.Add(v.after)
				w, _ = w.Observe(rule, decimal(v.v), at, 5*s)
			}
			var last *vitals.Decimal
			if test.last != "" {
				v := decimal(test.last)
				last = &v
			}
			w, findings := w.Reconsider(test.changed, last, at)
			if got := words(findings); got != test.want {
				t.Errorf("at once: %q, want %q", got, test.want)
			}
			_, findings = w.Observe(test.changed, decimal(test.next.v), start.Add(test.next.after), 5*s)
			if got := words(findings); got != test.then {
				t.Errorf("with the next value: %q, want %q", got, test.then)
			}
		})
	}
}
