package views

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/vitals"
)

// Chart is what the browser draws: aligned columns, one entry per bucket.
type Chart struct {
	From  int64  `json:"from"` // Unix seconds
	To    int64  `json:"to"`
	Until int64  `json:"until"` // no value can be newer
	Step  int64  `json:"step"`  // of a bucket, seconds
	Zone  string `json:"zone"`  // IANA name
	Lanes []Lane `json:"lanes"`
}

// Lane is one row of the review: quantities that share an axis.
type Lane struct {
	Key    string    `json:"key"`
	Label  string    `json:"label"`
	Unit   string    `json:"unit"`
	Usual  [2]sample `json:"usual"` // ends of the axis, unless values lie beyond
	Low    *sample   `json:"low,omitempty"`
	High   *sample   `json:"high,omitempty"`
	Series []Series  `json:"series"`

	class    string      // of its ink
	judged   vitals.Code // whose limits the lane shows
	decimals int
}

// Series is one quantity in buckets. A bucket without a value is null in all
// three columns: a gap stays a gap.
type Series struct {
	Code         vitals.Code `json:"code"`
	Label        string      `json:"label"`
	Ink          string      `json:"ink"` // custom property of its colour
	Intermittent bool        `json:"intermittent"`
	Min          []sample    `json:"min"`
	Mean         []sample    `json:"mean"`
	Max          []sample    `json:"max"`
	counts       []int
}

// sample is a chart's value; NaN is none.
type sample float64

var none = sample(math.NaN())

func (n sample) isNone() bool { return math.IsNaN(float64(n)) }

// MarshalJSON writes two decimals at most, and null for no value.
func (n sample) MarshalJSON() ([]byte, error) {
	if n.isNone() {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, math.Round(float64(n)*100)/100, 'f', -1, 64), nil
}

// laneKind says which quantities make a lane. first names alternatives: the
// first that has values is drawn.
type laneKind struct {
	key, label, unit, class, ink string
	usual                        [2]sample
	decimals                     int
	codes                        []vitals.Code
	judged                       vitals.Code
}

var laneKinds = []laneKind{
	{"hr", "HR", "/min", "p-hr", "--p-hr", [2]sample{40, 140}, 0, []vitals.Code{vitals.HeartRate}, vitals.HeartRate},
	{"pulse", "Pulse", "/min", "p-hr", "--p-hr", [2]sample{40, 140}, 0, []vitals.Code{vitals.PulseRate}, vitals.PulseRate},
	{"spo2", "SpO2", "%", "p-spo2", "--p-spo2", [2]sample{80, 100}, 0, []vitals.Code{vitals.SpO2}, vitals.SpO2},
	{"rr", "RR", "/min", "p-rr", "--p-rr", [2]sample{0, 40}, 0, []vitals.Code{vitals.RespRate}, vitals.RespRate},
	{"abp", "ABP", "mmHg", "p-abp", "--p-abp", [2]sample{40, 160}, 0, []vitals.Code{vitals.ABPSystolic, vitals.ABPMean, vitals.ABPDiastolic}, vitals.ABPMean},
	{"nibp", "NIBP", "mmHg", "p-nibp", "--p-nibp", [2]sample{40, 160}, 0, []vitals.Code{vitals.NIBPSystolic, vitals.NIBPMean, vitals.NIBPDiastolic}, vitals.NIBPMean},
	{"temp", "Temp", "°C", "p-temp", "--p-temp", [2]sample{35, 40}, 1, []vitals.Code{vitals.Temperature}, vitals.Temperature},
}

// optional lanes are left out when nothing was measured: a pulse is shown
// where no ECG counts, and each patient has one or two ways to measure
// pressure.
func (k laneKind) optional() bool { return k.key == "pulse" || k.key == "abp" }

// NewChart aligns what the record has. rules are the limits in force now, of
// the patient's unit; none for a patient who has left.
func NewChart(span Span, until time.Time, zone *time.Location, trends []ward.Trend, rules []alarm.Rule) Chart {
	c := Chart{
		From: span.From.Unix(), To: span.To.Unix(), Until: min(until.Unix(), span.To.Unix()),
		Step: int64(span.Step.Seconds()), Zone: zone.String(),
	}
	for _, k := range laneKinds {
		l := k.lane(span, trends)
		if l.isEmpty() && k.optional() || k.key == "pulse" && !c.Lanes[0].isEmpty() {
			continue
		}
		l.Low, l.High = limitsOf(rules, k.judged)
		c.Lanes = append(c.Lanes, l)
	}
	return c
}

func (k laneKind) lane(span Span, trends []ward.Trend) Lane {
	l := Lane{Key: k.key, Label: k.label, Unit: k.unit, Usual: k.usual, class: k.class, judged: k.judged, decimals: k.decimals}
	for _, code := range k.codes {
		l.Series = append(l.Series, newSeries(code, k.ink, span, trends))
	}
	return l
}

// newSeries fills the buckets of one quantity. Where several sources measured
// it, the better-ranked one of each bucket is drawn.
func newSeries(code vitals.Code, ink string, span Span, trends []ward.Trend) Series {
	metric, _ := vitals.ByCode(code)
	n := span.Buckets()
	s := Series{
		Code: code, Label: metric.Label, Ink: ink, Intermittent: metric.Intermittent,
		Min: nothingIn(n), Mean: nothingIn(n), Max: nothingIn(n), counts: make([]int, n),
	}
	rank := make([]int, n)
	for _, t := range trends {
		if t.Metric.Code != code {
			continue
		}
		for _, p := range t.Points {
			i, ok := span.index(p.At)
			if !ok || p.Count == 0 || s.counts[i] > 0 && rank[i] <= t.Metric.Rank {
				continue
			}
			s.Min[i], s.Mean[i], s.Max[i] = sample(p.Min), sample(p.Mean), sample(p.Max)
			s.counts[i], rank[i] = p.Count, t.Metric.Rank
		}
	}
	return s
}

func nothingIn(n int) []sample {
	out := make([]sample, n)
	for i := range out {
		out[i] = none
	}
	return out
}

func limitsOf(rules []alarm.Rule, code vitals.Code) (low, high *sample) {
	for _, r := range rules {
		if r.Metric != code || r.Limit == nil {
			continue
		}
		at := sample(r.Limit.At.Float())
		if r.Side == alarm.Below {
			low = &at
		} else {
			high = &at
		}
	}
	return low, high
}

func (l Lane) isEmpty() bool {
	for _, s := range l.Series {
		if s.total() > 0 {
			return false
		}
	}
	return true
}

// judgedSeries is the one whose limits the lane shows.
func (l Lane) judgedSeries() Series {
	for _, s := range l.Series {
		if s.Code == l.judged {
			return s
		}
	}
	return l.Series[0]
}

func (s Series) total() int {
	sum := 0
	for _, n := range s.counts {
		sum += n
	}
	return sum
}

// over sums up the buckets from a to b (b not included); ok is false where
// there is no value.
func (s Series) over(a, b int) (lo, mean, hi sample, ok bool) {
	lo, hi = sample(math.Inf(1)), sample(math.Inf(-1))
	var sum, n float64
	for i := a; i < b && i < len(s.counts); i++ {
		if s.counts[i] == 0 {
			continue
		}
		lo, hi = min(lo, s.Min[i]), max(hi, s.Max[i])
		sum, n = sum+float64(s.Mean[i])*float64(s.counts[i]), n+float64(s.counts[i])
	}
	if n == 0 {
		return none, none, none, false
	}
	return lo, sample(sum / n), hi, true
}

func (l Lane) write(n sample) string { return strconv.FormatFloat(float64(n), 'f', l.decimals, 64) }

// says sums the lane up in words, for eyes and for screen readers:
// "88 to 131, mean 104, mean above 120 for 14 min, no values for 30 min".
func (l Lane) says(c Chart) string {
	s := l.judgedSeries()
	lo, mean, hi, ok := s.over(0, len(s.counts))
	if !ok {
		return "no values in this time"
	}
	text := fmt.Sprintf("%s to %s, mean %s", l.write(lo), l.write(hi), l.write(mean))
	if len(l.Series) > 1 {
		text = "mean pressure " + text
	}
	if s.Intermittent {
		return text + fmt.Sprintf(", measured %s", times(s.total()))
	}
	step := time.Duration(c.Step) * time.Second
	var above, below, gap time.Duration
	for i, m := range s.Mean {
		switch {
		case m.isNone():
			if c.From+int64(i+1)*c.Step <= c.Until {
				gap += step
			}
		case l.High != nil && m > *l.High:
			above += step
		case l.Low != nil && m < *l.Low:
			below += step
		}
	}
	if above > 0 {
		text += fmt.Sprintf(", above %s for %s", l.write(*l.High), spell(above))
	}
	if below > 0 {
		text += fmt.Sprintf(", below %s for %s", l.write(*l.Low), spell(below))
	}
	if gap > 0 {
		text += ", no values for " + spell(gap)
	}
	return text
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return strconv.Itoa(n) + " times"
}
