package views

import (
	"fmt"
	"net/url"
	"time"

	"wardlight/ward"
	"wardlight/ward/census"
)

// Banner names the patient that a page is about.
type Banner struct {
	Bed     string // "ICU-12"; empty for a patient who has left
	BedHref string
	Name    string
	Sex     string
	Age     string // "71 years"
	MRN     string // empty for those who may not review
	Weight  string // that a pump calculates with
	Note    string // "discharged 20 Nov 14:03"
	Pages   []Link // of this patient
	Current string // Key of the one that is open
}

// NewBanner describes a patient at time at.
func NewBanner(p census.Patient, at time.Time) Banner {
	b := Banner{Name: nameOf(p), Sex: sexWord(p.Sex), MRN: p.MRN()}
	if years, ok := p.Age(at); ok {
		b.Age = fmt.Sprintf("%s%d years", about(p), years)
	}
	return b
}

// sexWord spells HL7 table 0001.
func sexWord(code string) string {
	switch code {
	case "F":
		return "female"
	case "M":
		return "male"
	case "O", "A":
		return "other"
	}
	return ""
}

// line is "female, 71 years".
func (b Banner) line() string {
	switch {
	case b.Sex == "":
		return b.Age
	case b.Age == "":
		return b.Sex
	}
	return b.Sex + ", " + b.Age
}

// TrendsURL is where a patient's trends are.
func TrendsURL(p census.PatientID) string { return PatientURL(p) + "/trends" }

// PatientURL is where a patient is found, whichever bed they lie in.
func PatientURL(p census.PatientID) string { return "/patients/" + url.PathEscape(string(p)) }

// Trends is the review of a patient over a span of time.
type Trends struct {
	Banner
	Chart
	Range          string // "20 Nov 06:00 to 14:00"
	Zone           string // short name, "CET"
	Presets        []Preset
	Earlier, Later string // addresses; no later one at the end
	Now            string
	Grain          string // "1-min"
	Readings       int    // values that the chart stands for
	Table          TrendTable
	Rates          []RateLane
}

// Preset is a length of time to look at.
type Preset struct {
	Label, Href string
	Current     bool
}

// TrendTable is the same in numbers: rows of time, columns of lanes.
type TrendTable struct {
	Every string // "1 h"
	Rows  []TrendRow
}

// TrendRow is one stretch of time.
type TrendRow struct {
	Time  string
	Cells []TrendCell
}

// TrendCell is one quantity in it.
type TrendCell struct{ Mean, Range string }

// tableSteps are the lengths of a row; the first that gives at most
// tableRows rows is taken.
var tableSteps = []time.Duration{
	5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 24 * time.Hour,
}

const tableRows = 25

// table sums the chart up. A row holds whole buckets and begins on a whole
// step of the unit's clock.
func (c Chart) table(span Span, zone *time.Location) TrendTable {
	step := tableSteps[len(tableSteps)-1]
	for _, s := range tableSteps {
		if s >= span.Step && span.To.Sub(span.From) <= s*tableRows {
			step = s
			break
		}
	}
	t := TrendTable{Every: spell(step)}
	for a := 0; a < span.Buckets(); {
		begin := span.start(a)
		_, offset := begin.In(zone).Zone()
		shift := time.Duration(offset) * time.Second
		next := begin.Add(shift).Truncate(step).Add(step - shift)
		b := a + max(1, int((next.Sub(begin)+span.Step-1)/span.Step))
		row := TrendRow{Time: begin.In(zone).Format("2 Jan 15:04")}
		for _, l := range c.Lanes {
			for _, s := range l.Series {
				row.Cells = append(row.Cells, l.cell(s, a, b))
			}
		}
		t.Rows = append(t.Rows, row)
		a = b
	}
	return t
}

func (l Lane) cell(s Series, a, b int) TrendCell {
	lo, mean, hi, ok := s.over(a, b)
	if !ok {
		return TrendCell{Mean: "–"}
	}
	return TrendCell{Mean: l.write(mean), Range: l.write(lo) + "–" + l.write(hi)}
}

// NewTrends draws up a review.
func NewTrends(b Banner, c Chart, span Span, at time.Time, zone *time.Location) Trends {
	t := Trends{
		Banner: b, Chart: c, Range: rangeWords(span.From, minTime(span.To, at), zone), Zone: span.To.In(zone).Format("MST"),
		Grain: span.grain(), Table: c.table(span, zone),
	}
	for _, l := range c.Lanes {
		for _, s := range l.Series {
			t.Readings += s.total()
		}
	}
	return t
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// rangeWords names a span: "20 Nov 06:00 to 14:00".
func rangeWords(from, to time.Time, zone *time.Location) string {
	from, to = from.In(zone), to.In(zone)
	if from.Format(time.DateOnly) == to.Format(time.DateOnly) {
		return from.Format("2 Jan 15:04") + " to " + to.Format("15:04")
	}
	return from.Format("2 Jan 15:04") + " to " + to.Format("2 Jan 15:04")
}

// resolution says what a point of the chart stands for.
func (t Trends) resolution() string {
	return fmt.Sprintf("%s min–max of %s values", t.Grain, grouped(t.Readings))
}

// grouped writes a large count with thin gaps: "28 800".
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

func (t Trends) columns() []string {
	var out []string
	for _, l := range t.Lanes {
		for _, s := range l.Series {
			out = append(out, s.Label)
		}
	}
	return out
}

// Patient is a page about somebody who lies in no bed.
type Patient struct {
	Banner
	Stays []Stay
}

// Stay is one encounter.
type Stay struct{ Bed, Admitted, Left, Trends string }

// NewPatient describes a patient who lies in no bed of this ward.
func NewPatient(s ward.Stay, at time.Time, zone *time.Location) Patient {
	p := Patient{Banner: NewBanner(s.Patient, at)}
	e := s.Encounter
	if e.ID == "" {
		return p
	}
	stay := Stay{Bed: "–", Admitted: stamp(e.AdmittedAt, zone), Left: "still admitted"}
	if !e.Bed.IsZero() {
		stay.Bed = e.Bed.String()
	}
	end := at
	if !e.IsOpen() {
		stay.Left, end = stamp(e.DischargedAt, zone), e.DischargedAt
		p.Note = "discharged " + stay.Left
	}
	stay.Trends = TrendsURL(s.Patient.ID) + "?" + url.Values{"to": {end.UTC().Format(time.RFC3339)}}.Encode()
	p.Stays = []Stay{stay}
	return p
}

func stamp(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(zone).Format("2 Jan 2006 15:04 MST")
}
