// Package alarm turns values into alarm conditions and conditions into
// episodes that people act on (IEC 60601-1-8). A condition is what the data
// say; an episode is what a nurse sees, acknowledges and can look up later.
// Everything here is a pure function of its arguments.
package alarm

import (
	"strings"
	"time"

	"wardlight/ward/fault"
	"wardlight/ward/vitals"
)

// Priority is how soon somebody must respond.
type Priority string

// The priorities of IEC 60601-1-8.
const (
	High   Priority = "high"
	Medium Priority = "medium"
	Low    Priority = "low"
)

// Above reports whether p asks for a sooner response than o.
func (p Priority) Above(o Priority) bool { return p.rank() > o.rank() }

func (p Priority) rank() int {
	switch p {
	case High:
		return 3
	case Medium:
		return 2
	case Low:
		return 1
	}
	return 0
}

// Higher is the one that asks for the sooner response.
func Higher(a, b Priority) Priority {
	if b.Above(a) {
		return b
	}
	return a
}

// Mark is the priority as every screen writes it beside colour and shape.
func (p Priority) Mark() string { return "!!!"[:p.rank()] }

// Side is the side of a limit on which a value is wrong.
type Side string

// The sides.
const (
	Below Side = "below"
	Above Side = "above"
)

// Limit is one limit of one metric and how it is judged. A value equal to
// the limit does not violate it.
type Limit struct {
	At         vitals.Decimal // in the metric's unit
	OnsetDelay time.Duration  // how long a violation must last
	ClearDelay time.Duration  // how long the value must be back
	Hysteresis vitals.Decimal // how far back it must be
	Repeats    int            // violating measurements needed; 0 and 1: one
}

// Rule judges one side of one metric: a limit of medium priority and an
// extreme of high priority. Either may be absent.
type Rule struct {
	Metric  vitals.Code
	Side    Side
	Limit   *Limit
	Extreme *Limit
}

// Key names the rule among a source's rules.
func (r Rule) Key() RuleKey { return RuleKey{r.Metric, r.Side} }

// RuleKey identifies a rule.
type RuleKey struct {
	Metric vitals.Code
	Side   Side
}

// Code is the event in the words of ISO/IEEE 11073-10101.
func (k RuleKey) Code() string {
	if k.Side == Below {
		return "MDC_EVT_LO"
	}
	return "MDC_EVT_HI"
}

// Violates reports whether v is strictly on the wrong side of l.
func (s Side) Violates(v, l vitals.Decimal) bool {
	if s == Below {
		return v.Compare(l) < 0
	}
	return v.Compare(l) > 0
}

// recovered reports whether v is back by at least the hysteresis.
func (s Side) recovered(v vitals.Decimal, l Limit) bool {
	if s == Below {
		return v.Compare(l.At.Add(l.Hysteresis)) >= 0
	}
	return v.Compare(l.At.Sub(l.Hysteresis)) <= 0
}

// Worse reports whether a is further on the wrong side than b.
func (s Side) Worse(a, b vitals.Decimal) bool { return s.Violates(a, b) }

// Band is one age group's limits for a metric as people write them; an empty
// string is no limit.
type Band struct {
	Low         string `json:"low,omitempty" yaml:"low,omitempty"`
	High        string `json:"high,omitempty" yaml:"high,omitempty"`
	ExtremeLow  string `json:"extreme_low,omitempty" yaml:"extreme_low,omitempty"`
	ExtremeHigh string `json:"extreme_high,omitempty" yaml:"extreme_high,omitempty"`
}

// timing is how a metric's limits are judged, the same for all ages.
type timing struct {
	onset, extremeOnset, clear time.Duration
	hysteresis                 string
	repeats                    int
}

// timings: onset and clear delays, hysteresis and repeats per metric. They
// apply only to limits judged here: a device's own alarm is never delayed
// again.
var timings = map[vitals.Code]timing{
	vitals.HeartRate:    {clear: 5 * time.Second, hysteresis: "3"},
	vitals.PulseRate:    {onset: 10 * time.Second, extremeOnset: 10 * time.Second, clear: 5 * time.Second, hysteresis: "3"},
	vitals.SpO2:         {onset: 10 * time.Second, clear: 5 * time.Second, hysteresis: "2"},
	vitals.RespRate:     {onset: 10 * time.Second, extremeOnset: 10 * time.Second, clear: 10 * time.Second, hysteresis: "1"},
	vitals.NIBPSystolic: {hysteresis: "0", repeats: 2},
	vitals.NIBPMean:     {hysteresis: "0", repeats: 2},
	vitals.ABPSystolic:  {onset: 10 * time.Second, extremeOnset: 10 * time.Second, clear: 5 * time.Second, hysteresis: "3"},
	vitals.ABPMean:      {onset: 10 * time.Second, extremeOnset: 10 * time.Second, clear: 5 * time.Second, hysteresis: "3"},
	vitals.Temperature:  {onset: time.Minute, extremeOnset: time.Minute, clear: time.Minute, hysteresis: "0.2"},
}

// The age groups that have limits of their own.
const (
	Adult   = "adult"
	Child   = "paediatric"
	Neonate = "neonatal"
)

// AgeGroup is whose limits a care area starts with: "neonatal-icu" and every
// other name that begins so is for neonates, "paediatric…" for children, all
// else for adults.
func AgeGroup(careArea string) string {
	for _, group := range []string{Neonate, Child} {
		if strings.HasPrefix(careArea, group) {
			return group
		}
	}
	return Adult
}

// DefaultBands are the system's limits for a care area, seeds that a
// hospital must own: typical factory defaults of bedside monitors, with the
// extremes at which priority becomes high.
func DefaultBands(careArea string) map[vitals.Code]Band {
	switch AgeGroup(careArea) {
	case Neonate:
		return map[vitals.Code]Band{
			vitals.HeartRate:    {"100", "200", "80", "220"},
			vitals.PulseRate:    {"100", "200", "80", "220"},
			vitals.SpO2:         {"85", "95", "80", ""},
			vitals.RespRate:     {"30", "100", "", ""},
			vitals.NIBPSystolic: {"40", "90", "", ""},
			vitals.NIBPMean:     {"24", "70", "", ""},
			vitals.ABPSystolic:  {"40", "90", "", ""},
			vitals.ABPMean:      {"24", "70", "", ""},
			vitals.Temperature:  {"36.0", "38.0", "34", "40.5"},
		}
	case Child:
		return map[vitals.Code]Band{
			vitals.HeartRate:    {"75", "160", "55", "180"},
			vitals.PulseRate:    {"75", "160", "55", "180"},
			vitals.SpO2:         {"90", "", "80", ""},
			vitals.RespRate:     {"8", "30", "", ""},
			vitals.NIBPSystolic: {"70", "120", "", ""},
			vitals.NIBPMean:     {"50", "90", "", ""},
			vitals.ABPSystolic:  {"70", "120", "", ""},
			vitals.ABPMean:      {"50", "90", "", ""},
			vitals.Temperature:  {"36.0", "39.0", "34", "40.5"},
		}
	}
	return map[vitals.Code]Band{
		// Extremes of heart rate: limit ∓ 20, with a floor of 40 and a cap of 200.
		vitals.HeartRate:    {"50", "120", "40", "140"},
		vitals.PulseRate:    {"50", "120", "40", "140"},
		vitals.SpO2:         {"90", "", "80", ""},
		vitals.RespRate:     {"8", "30", "5", "40"},
		vitals.NIBPSystolic: {"90", "160", "70", "200"},
		vitals.NIBPMean:     {"60", "110", "50", ""},
		vitals.ABPSystolic:  {"90", "160", "70", "200"},
		vitals.ABPMean:      {"65", "110", "50", ""},
		vitals.Temperature:  {"36.0", "39.0", "34", "40.5"},
	}
}

// IsJudged reports whether limits for the metric are judged here.
func IsJudged(code vitals.Code) bool { _, ok := timings[code]; return ok }

// Rules makes the rules of one metric from its band. It refuses limits that
// are not numbers, not in order (extreme low ≤ low < high ≤ extreme high), or
// so close together that a value could not recover from one without
// violating the other.
func Rules(code vitals.Code, b Band) ([]Rule, error) {
	t, ok := timings[code]
	if !ok {
		return nil, fault.New(fault.Invalid, "no limits can be set for %q", code)
	}
	hysteresis := vitals.MustDecimal(t.hysteresis)
	if err := b.check(hysteresis); err != nil {
		return nil, err
	}
	limit := func(at string, onset time.Duration, repeats int) *Limit {
		if at == "" {
			return nil
		}
		return &Limit{vitals.MustDecimal(at), onset, t.clear, hysteresis, repeats}
	}
	var rules []Rule
	for _, r := range []Rule{
		{code, Below, limit(b.Low, t.onset, t.repeats), limit(b.ExtremeLow, t.extremeOnset, 1)},
		{code, Above, limit(b.High, t.onset, t.repeats), limit(b.ExtremeHigh, t.extremeOnset, 1)},
	} {
		if r.Limit != nil || r.Extreme != nil {
			rules = append(rules, r)
		}
	}
	return rules, nil
}

func (b Band) check(hysteresis vitals.Decimal) error {
	type bound struct {
		name string
		at   vitals.Decimal
		side Side
	}
	var last *bound
	for _, l := range []struct {
		name, at string
		side     Side
	}{
		{"extreme_low", b.ExtremeLow, Below},
		{"low", b.Low, Below},
		{"high", b.High, Above},
		{"extreme_high", b.ExtremeHigh, Above},
	} {
		if l.at == "" {
			continue
		}
		d, err := vitals.ParseDecimal(l.at)
		if err != nil {
			return fault.New(fault.Invalid, "%s %q: %w", l.name, l.at, err)
		}
		now := &bound{l.name, d, l.side}
		switch {
		case last == nil:
		case d.Compare(last.at) < 0:
			return fault.New(fault.Invalid, "%s %s is below %s %s", l.name, d, last.name, last.at)
		case last.side == now.side:
		case d.Compare(last.at) == 0 || d.Compare(last.at.Add(hysteresis)) < 0:
			return fault.New(fault.Invalid, "%s %s is too close to %s %s: a value must be back by %s before its alarm ends",
				l.name, d, last.name, last.at, hysteresis)
		}
		last = now
	}
	return nil
}
