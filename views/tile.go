package views

import (
	"cmp"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/vitals"
)

// Tile is a bed on the central station.
type Tile struct {
	ID, Bed   string // "ICU-12", "12"
	Href      string
	Who       Who
	Empty     bool // nobody in it and nothing reports for it
	Strangers bool // devices report, but nobody is admitted
	Conflict  bool // somebody else was shown here when this patient came
	Away      *Away
	Flag      *Flag
	Figures   []Figure
	Minor     []Minor
	Pumps     []Pump
	Updated   string // when this was drawn
}

// Who is a patient as a tile names them.
type Who struct{ Name, Initials, AgeSex string }

// Figure is one of the two large numbers.
type Figure struct {
	Number
	Label, Class string
	Limits       []string // high, low
	Breach       bool     // it is beyond its limit
}

// Minor is a smaller number, or a pressure of three.
type Minor struct {
	Label, Class string
	Numbers      []Number
	Intermittent bool // its age is always told
	Breach       bool
}

// Away is a patient who is out of bed for a while, as every screen says it.
type Away struct{ Where, Since, Until, By string }

func (s Scene) away(b *ward.Bed) *Away {
	a := b.Away()
	if a == nil {
		return nil
	}
	return &Away{a.Where, hourMinute(a.Since, s.Zone), hourMinute(a.Until, s.Zone), a.By}
}

// IsVoid reports whether the tile says only that its patient is away: old
// numbers would tell of a bed that nobody lies in. An alarm brings them back.
func (t Tile) IsVoid() bool { return t.Away != nil && t.Flag == nil }

// Tile draws up a bed.
func (s Scene) Tile(b *ward.Bed) Tile {
	t := Tile{
		ID: b.ID.String(), Bed: string(b.ID.Bed), Href: BedURL(b.ID),
		Who:       s.who(b),
		Empty:     b.Encounter == nil && len(b.Devices) == 0 && len(b.Episodes) == 0,
		Strangers: b.Encounter == nil && len(b.Devices) > 0,
		Conflict:  len(b.Displaced) > 0,
		Away:      s.away(b),
		Flag:      s.flag(b),
		Updated:   clock(s.At, s.Zone),
	}
	if t.Empty || t.IsVoid() {
		return t
	}
	chart := s.chart(b)
	t.Figures = []Figure{chart.heart(), chart.figure(vitals.SpO2, "spo2")}
	t.Minor = chart.minor()
	t.Pumps = s.pumps(b)
	return t
}

// Structure is the tile without numbers, ages and volumes: while it stays the
// same, the values lane alone keeps a drawn tile right.
func (t Tile) Structure() Tile {
	t.Updated = ""
	if t.Flag != nil {
		flag := *t.Flag
		flag.Elapsed = ""
		t.Flag = &flag
	}
	figures := make([]Figure, len(t.Figures))
	for i, f := range t.Figures {
		f.Number = f.structure()
		figures[i] = f
	}
	minor := make([]Minor, len(t.Minor))
	for i, m := range t.Minor {
		numbers := make([]Number, len(m.Numbers))
		for j, n := range m.Numbers {
			numbers[j] = n.structure()
		}
		m.Numbers = numbers
		minor[i] = m
	}
	pumps := make([]Pump, len(t.Pumps))
	for i, p := range t.Pumps {
		pumps[i] = p.structure()
	}
	t.Figures, t.Minor, t.Pumps = figures, minor, pumps
	return t
}

// Numbers are all the tile's numbers.
func (t Tile) Numbers() []Number {
	var out []Number
	for _, f := range t.Figures {
		out = append(out, f.Number)
	}
	for _, m := range t.Minor {
		out = append(out, m.Numbers...)
	}
	return out
}

func (s Scene) who(b *ward.Bed) Who {
	if b.Patient == nil {
		return Who{}
	}
	return Who{nameOf(*b.Patient), cmp.Or(b.Patient.Initials(), "no name"), ageAndSex(*b.Patient, s.At)}
}

// nameOf tells somebody without a name from nobody.
func nameOf(p census.Patient) string { return cmp.Or(p.Name(), "Name not known") }

// chart is a bed's numbers by code.
type chart struct {
	Scene
	bed   *ward.Bed
	shown map[vitals.Code]ward.Shown
	codes []vitals.Code // in catalogue order
}

func (s Scene) chart(b *ward.Bed) chart {
	c := chart{Scene: s, bed: b, shown: map[vitals.Code]ward.Shown{}}
	for _, v := range b.Vitals(s.At) {
		c.shown[v.Now.Metric.Code] = v
		c.codes = append(c.codes, v.Now.Metric.Code)
	}
	return c
}

func (c chart) number(code vitals.Code) Number {
	if v, ok := c.shown[code]; ok {
		return c.Scene.number(v)
	}
	return nothing(code)
}

func (c chart) has(code vitals.Code) bool { _, ok := c.shown[code]; return ok }

// heart is the heart rate, or the pulse where nothing reports one.
func (c chart) heart() Figure {
	if !c.has(vitals.HeartRate) && c.has(vitals.PulseRate) {
		return c.figure(vitals.PulseRate, "hr")
	}
	return c.figure(vitals.HeartRate, "hr")
}

func (c chart) figure(code vitals.Code, class string) Figure {
	metric, _ := vitals.ByCode(code)
	number := c.number(code)
	number.dashes = "– –"
	return Figure{Number: number, Label: metric.Label, Class: class, Limits: c.limits(code), Breach: c.breach(code)}
}

// limits are the unit's limits for the code as a figure shows them, the upper
// one first.
func (c chart) limits(code vitals.Code) []string {
	var out []string
	for _, side := range []alarm.Side{alarm.Above, alarm.Below} {
		if r, ok := c.Unit.Rule(alarm.RuleKey{Metric: code, Side: side}); ok && r.Limit != nil {
			out = append(out, r.Limit.At.String())
		}
	}
	return out
}

func (c chart) breach(codes ...vitals.Code) bool {
	for _, e := range c.bed.Episodes {
		for _, code := range codes {
			if e.Metric == code && (e.Origin == alarm.FromLimit || e.Origin == alarm.FromDevice) && e.State.Shown() == "active" {
				return true
			}
		}
	}
	return false
}

// minor lists the smaller numbers: breathing, one blood pressure and the
// temperature always, then what else belongs on a tile, and what alarms. The
// bedside lists the rest.
func (c chart) minor() []Minor {
	out := []Minor{c.single("RR", "p-rr", vitals.RespRate), c.pressure(), c.single("T", "p-temp opt", vitals.Temperature)}
	shown := map[vitals.Code]bool{vitals.HeartRate: true, vitals.SpO2: true}
	for _, code := range []vitals.Code{c.heart().vital()} {
		shown[code] = true
	}
	for _, m := range out {
		for _, n := range m.Numbers {
			shown[vitals.Code(n.Code)] = true
		}
	}
	for _, code := range c.codes {
		metric := c.shown[code].Now.Metric
		if !shown[code] && (onTile[code] || c.breach(code) && !isPressure(code)) {
			out = append(out, c.single(metric.Label, inks[code]+" rest", code))
		}
	}
	if c.has(vitals.ABPSystolic) && c.has(vitals.NIBPSystolic) {
		nibp := c.triple("NIBP", "p-nibp rest", vitals.NIBPSystolic, vitals.NIBPDiastolic, vitals.NIBPMean)
		nibp.Intermittent = true
		out = append(out, nibp)
	}
	return out
}

func (f Figure) vital() vitals.Code { return vitals.Code(f.Code) }

// onTile are the quantities that a tile shows beside those with a place of
// their own, where they are measured.
var onTile = map[vitals.Code]bool{
	vitals.PulseRate: true, vitals.NIBPPulse: true, vitals.SkinTemp: true,
	vitals.EndTidalCO2: true, vitals.CVPMean: true, vitals.PerfusionIndex: true,
}

// inks are the parameters' colours beyond those that have a place of their own.
var inks = map[vitals.Code]string{
	vitals.PulseRate: "p-hr", vitals.EndTidalCO2: "p-co2", vitals.CVPMean: "p-cvp", vitals.PerfusionIndex: "p-spo2",
	vitals.PAPSystolic: "p-cvp", vitals.PVCRate: "p-hr", vitals.STLeadI: "p-hr", vitals.STLeadII: "p-hr",
}

func isPressure(code vitals.Code) bool {
	switch code {
	case vitals.ABPSystolic, vitals.ABPDiastolic, vitals.ABPMean, vitals.NIBPSystolic, vitals.NIBPDiastolic, vitals.NIBPMean:
		return true
	}
	return false
}

func (c chart) single(label, class string, code vitals.Code) Minor {
	m := Minor{Label: label, Class: class, Numbers: []Number{c.number(code)}, Breach: c.breach(code)}
	if v, ok := c.shown[code]; ok {
		m.Intermittent = v.Now.Metric.Intermittent && code != vitals.Temperature
	}
	return m
}

// pressure is the arterial line's while that speaks, else the cuff's.
func (c chart) pressure() Minor {
	if v, ok := c.shown[vitals.ABPSystolic]; ok && v.Freshness != vitals.Gone {
		return c.triple("ABP", "p-abp", vitals.ABPSystolic, vitals.ABPDiastolic, vitals.ABPMean)
	}
	m := c.triple("NIBP", "p-nibp", vitals.NIBPSystolic, vitals.NIBPDiastolic, vitals.NIBPMean)
	m.Intermittent = true
	return m
}

func (c chart) triple(label, class string, codes ...vitals.Code) Minor {
	m := Minor{Label: label, Class: class, Breach: c.breach(codes...)}
	for _, code := range codes {
		m.Numbers = append(m.Numbers, c.number(code))
	}
	return m
}

// Look is the oldest look of its numbers that were ever measured.
func (m Minor) Look() Look {
	worst := LooksFresh
	for _, n := range m.Numbers {
		if vitals.Freshness(n.Look).Rank() > vitals.Freshness(worst).Rank() && (n.Value != "" || len(m.Numbers) == 1) {
			worst = n.Look
		}
	}
	return worst
}

// Words is the age that stands beside the number.
func (m Minor) Words() string {
	n := m.Numbers[0]
	switch look := m.Look(); {
	case n.Value == "" || look == LooksGone:
		return ""
	case look == LooksStale:
		return age(n.age) + " old"
	case m.Intermittent || look == LooksAgeing:
		return age(n.age)
	}
	return ""
}
