package pcd

import (
	"slices"
	"strings"

	"wardlight/ingest/hl7"
	"wardlight/ward/vitals"
)

// What devices write where there is no value, in words and as numbers that no
// patient has: FLOAT and 16-bit "not a number" among them.
var (
	noValueWords   = []string{"", "---", "--", "-", "?", "***"}
	noValueNumbers = []vitals.Decimal{
		vitals.MustDecimal("-999"), vitals.MustDecimal("-99.9"), vitals.MustDecimal("-100"),
		vitals.MustDecimal("8388607"), vitals.MustDecimal("32767"), vitals.MustDecimal("-32768"),
	}
	minusOne = vitals.MustDecimal("-1")
)

// isNoValue reports whether a text stands for no value of the metric: also −1
// where nothing can be below zero, and 0 where something was only not entered.
func (d *decoder) isNoValue(text string, m vitals.Metric) bool {
	if slices.Contains(noValueWords, text) || slices.Contains(d.noValue, text) {
		return true
	}
	v, err := vitals.ParseDecimal(text)
	if err != nil {
		return false
	}
	same := func(o vitals.Decimal) bool { return v.Compare(o) == 0 }
	switch {
	case slices.ContainsFunc(noValueNumbers, same):
		return true
	case same(minusOne) && !m.MayBeNegative():
		return true
	case v.Sign() == 0 && isEntered(vitals.Observation{Metric: m}):
		return true
	}
	return slices.ContainsFunc(d.noValue, func(s string) bool {
		o, err := vitals.ParseDecimal(s)
		return err == nil && same(o)
	})
}

// observation reads a metric row that is charted as a vital sign, or that is
// a setting of one. ok is false for every other row, and for one that cannot
// be charted; why not is flagged.
func (d *decoder) observation(m *mds, r located) (o vitals.Observation, ok bool) {
	kind, ok := m.metric(r)
	if !ok {
		return o, false
	}
	s := statuses(r.obx)
	o = vitals.Observation{
		Metric: kind, DeviceAt: r.measured, Limits: r.obx.Field(7).String(),
		Status: strings.Join(s.words, "~"), Method: methodOf(r.obx),
	}
	if o.Value, o.Quality, ok = d.value(m, r, kind, s); !ok {
		return o, false
	}
	return o, o.HasValue() || !isEntered(o)
}

// isEntered reports whether a person entered the quantity, so that there is no
// news in its not being there.
func isEntered(o vitals.Observation) bool {
	return o.Method == vitals.Set || o.Metric.Code == vitals.BodyWeight || o.Metric.Code == vitals.BodyHeight
}

// metric finds what a row measures, if that is charted.
func (m *mds) metric(r located) (kind vitals.Metric, ok bool) {
	kind, known, disagrees := metric(r.code)
	if disagrees {
		m.flag(r.row, "code and name disagree")
	}
	return kind, known && !disagrees
}

// value reads a row's number in the unit of its metric, or the news that there
// is none (Invalid). ok is false where nothing certain can be said; why not is
// flagged.
func (d *decoder) value(m *mds, r located, kind vitals.Metric, s status) (v vitals.Decimal, q vitals.Quality, ok bool) {
	refuse := func(why string) (vitals.Decimal, vitals.Quality, bool) {
		m.flag(r.row, why)
		return vitals.Decimal{}, vitals.Invalid, false
	}
	text, why := numericText(r.obx)
	switch {
	case s.isRecall:
		return refuse("made final without its value")
	case s.none, why == "" && d.isNoValue(text, kind):
		return vitals.Decimal{}, vitals.Invalid, true
	case why != "":
		return refuse(why)
	}
	written, err := vitals.ParseDecimal(text)
	if err != nil {
		return refuse("not a numeric value")
	}
	unit, why := unitOf(r.obx.Field(6))
	if why != "" {
		return refuse(why)
	}
	if v, ok = convert(written, unit, kind); !ok {
		return refuse("unit " + unit + " does not fit it")
	}
	if r.noTime {
		m.flag(r.row, "OBX-14 is not a time")
	}
	return v, d.quality(r, s), true
}

// numericText gives the number of OBX-5 as written. why says what arrays,
// waveforms and bounds such as >^300 are instead.
func numericText(obx hl7.Segment) (text, why string) {
	switch obx.Text(2, 1) {
	case "NM", "ST", "TX", "":
		return strings.TrimSpace(obx.Field(5).String()), ""
	case "SN":
		switch comparator := obx.Text(5, 1); {
		case obx.Text(5, 3) != "":
			return "", "a range or ratio, not a number"
		case comparator != "" && comparator != "=":
			return "", "a bound (" + comparator + "), not a number"
		}
		return obx.Text(5, 2), ""
	case "NA", "NR", "ED":
		return "", "an array, not a numeric value"
	}
	return "", "not a numeric value"
}
