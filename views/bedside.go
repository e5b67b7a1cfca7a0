package views

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

// Bedside is everything that is known of one bed now.
type Bedside struct {
	ID, Bed  string // "ICU-12", "12"
	Patient  string // changes with whoever lies here and with what is known of them: a page that names them is then loaded anew
	Who      Who
	Flags    []Flag // open alarms, the most urgent first
	Readings []Reading
	Channels []Channel
	Devices  []Instrument
	Away     *Away
	Conflict bool
	Updated  string // when this was drawn
}

// Reading is one quantity, or a pressure of three, with all that is needed to
// judge it.
type Reading struct {
	Label, Class, Unit string
	Numbers            []Number
	Limits             []Limit
	Device             string // its label
	Large              bool
	Breach             bool
}

// Limit is what a reading is held against and where that comes from.
type Limit struct{ Range, From string }

// Channel is a pump channel in full. Quantities carry their units; empty: the
// pump did not say.
type Channel struct {
	Pump
	Device, Number                                        string
	Status                                                string // in words
	Rate, Concentration, Weight, VTBI, Infused, Remaining string
}

// Instrument is a device that speaks for the bed.
type Instrument struct {
	Label, Kind string
	Lost        bool
	Heard       int64  // server time of its last message, ms; for one that is lost
	Silent      string // since then
}

// Bedside draws up a bed.
func (s Scene) Bedside(b *ward.Bed) Bedside {
	v := Bedside{ID: b.ID.String(), Bed: string(b.ID.Bed), Who: s.who(b), Away: s.away(b), Conflict: len(b.Displaced) > 0, Updated: clock(s.At, s.Zone)}
	v.Patient = mark(b)
	open := slices.Clone(b.Episodes)
	slices.SortStableFunc(open, func(a, c alarm.Episode) int {
		if a.Before(c) {
			return -1
		}
		return 1
	})
	for _, e := range open {
		v.Flags = append(v.Flags, s.Flag(e))
	}
	v.Readings = s.chart(b).readings()
	for _, d := range b.Devices {
		i := Instrument{Label: d.Label, Kind: string(d.Kind), Lost: d.IsLost}
		if d.IsLost {
			i.Heard, i.Silent = milliseconds(d.HeardAt), elapsed(s.At.Sub(d.HeardAt))
		}
		v.Devices = append(v.Devices, i)
	}
	v.Channels = s.channels(b)
	return v
}

// mark stands for who lies in a bed and what is known of them, without telling
// anything: whoever may watch the bed may not always see a patient's number.
func mark(b *ward.Bed) string {
	if b.Encounter == nil || b.Patient == nil {
		return ""
	}
	h := fnv.New64a()
	p := b.Patient
	for _, part := range []string{string(b.Encounter.ID), string(p.ID), p.Name(), p.Sex, p.BirthDate, p.MRN()} {
		h.Write([]byte(part + "\x00"))
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

// Structure is the bed without what ages by itself and what the values lane
// carries.
func (b Bedside) Structure() Bedside {
	b.Updated = ""
	b.Flags = slices.Clone(b.Flags)
	for i := range b.Flags {
		b.Flags[i].Elapsed = ""
	}
	b.Readings = slices.Clone(b.Readings)
	for i, r := range b.Readings {
		numbers := make([]Number, len(r.Numbers))
		for j, n := range r.Numbers {
			numbers[j] = n.structure()
		}
		b.Readings[i].Numbers = numbers
	}
	b.Channels = slices.Clone(b.Channels)
	for i, c := range b.Channels {
		b.Channels[i].Pump = c.structure()
	}
	b.Devices = slices.Clone(b.Devices)
	for i := range b.Devices {
		b.Devices[i].Silent = ""
	}
	return b
}

// AllNumbers are the bed's numbers.
func (b Bedside) AllNumbers() []Number {
	var out []Number
	for _, r := range b.Readings {
		out = append(out, r.Numbers...)
	}
	return out
}

// Pumps are the bed's channels as the feed tells them.
func (b Bedside) Pumps() []Pump {
	out := make([]Pump, len(b.Channels))
	for i, c := range b.Channels {
		out[i] = c.Pump
	}
	return out
}

// readings lists every quantity that is measured, and those that are looked
// for first even where they are not.
func (c chart) readings() []Reading {
	heart := c.heart().vital()
	out := []Reading{c.reading("p-hr", true, heart), c.reading("p-spo2", true, vitals.SpO2)}
	abp := []vitals.Code{vitals.ABPSystolic, vitals.ABPDiastolic, vitals.ABPMean}
	nibp := []vitals.Code{vitals.NIBPSystolic, vitals.NIBPDiastolic, vitals.NIBPMean}
	if c.hasAny(abp) {
		out = append(out, c.reading("p-abp", true, abp...))
	}
	if c.hasAny(nibp) || !c.hasAny(abp) {
		out = append(out, c.reading("p-nibp", true, nibp...))
	}
	out = append(out, c.reading("p-rr", false, vitals.RespRate), c.reading("p-temp", false, vitals.Temperature))
	if pap := []vitals.Code{vitals.PAPSystolic, vitals.PAPDiastolic, vitals.PAPMean}; c.hasAny(pap) {
		out = append(out, c.reading(inks[vitals.PAPSystolic], false, pap...))
	}
	drawn := map[vitals.Code]bool{}
	for _, r := range out {
		for _, n := range r.Numbers {
			drawn[vitals.Code(n.Code)] = true
		}
	}
	for _, code := range c.codes {
		if !drawn[code] {
			out = append(out, c.reading(cmp.Or(inks[code], "p-co2"), false, code))
		}
	}
	return out
}

func (c chart) hasAny(codes []vitals.Code) bool { return slices.ContainsFunc(codes, c.has) }

// pressureNames are what three numbers are called together.
var pressureNames = map[vitals.Code]string{vitals.ABPSystolic: "ABP", vitals.NIBPSystolic: "NIBP", vitals.PAPSystolic: "PAP"}

func (c chart) reading(class string, large bool, codes ...vitals.Code) Reading {
	metric, _ := vitals.ByCode(codes[0])
	r := Reading{
		Label: cmp.Or(pressureNames[codes[0]], metric.Label), Class: class, Unit: readable(metric.Unit),
		Large: large, Breach: c.breach(codes...),
	}
	if r.Unit == "1" {
		r.Unit = ""
	}
	for _, code := range codes {
		r.Numbers = append(r.Numbers, c.number(code))
		if v, ok := c.shown[code]; ok && r.Device == "" {
			r.Device, r.Label = v.Device.Label, cmp.Or(pressureNames[codes[0]], v.Now.Metric.Label)
		}
		if l := c.limit(code); l.Range != "" {
			if len(codes) > 1 {
				m, _ := vitals.ByCode(code)
				l.Range = m.Label[len(r.Label)+1:] + " " + l.Range
			}
			r.Limits = append(r.Limits, l)
		}
	}
	return r
}

// limit is the limit in force for one quantity and who set it.
func (c chart) limit(code vitals.Code) Limit {
	at := func(side alarm.Side) string {
		if r, ok := c.Unit.Rule(alarm.RuleKey{Metric: code, Side: side}); ok && r.Limit != nil {
			return r.Limit.At.String()
		}
		return ""
	}
	low, high := at(alarm.Below), at(alarm.Above)
	var l Limit
	switch {
	case low != "" && high != "":
		l.Range = low + "–" + high
	case low != "":
		l.Range = "≥ " + low
	case high != "":
		l.Range = "≤ " + high
	default:
		return Limit{}
	}
	l.From = "default " + cmp.Or(c.Unit.CareArea, "adult")
	if _, own := c.Unit.Limits[code]; own {
		l.From = "unit " + string(c.Unit.Code)
	}
	return l
}

// Words is what stands beside the reading: how old it is.
func (r Reading) Words() string {
	n := r.Numbers[0]
	switch {
	case n.Value == "":
		return "not measured"
	case n.Look == LooksFresh:
		return age(n.age)
	}
	return n.Words()
}

// Look is the form of the whole reading.
func (r Reading) Look() Look {
	for _, n := range r.Numbers {
		if n.Value != "" {
			return Minor{Numbers: r.Numbers}.Look()
		}
	}
	return LooksGone
}

// Origins are the places its limits come from, each once.
func (r Reading) Origins() []string {
	var out []string
	for _, l := range r.Limits {
		if !slices.Contains(out, l.From) {
			out = append(out, l.From)
		}
	}
	return out
}

// channels lists the bed's pump channels as the tile orders them.
func (s Scene) channels(b *ward.Bed) []Channel {
	full := map[string]Channel{}
	for _, d := range b.Devices {
		for _, c := range d.Channels {
			full[ChannelKey(d.ID, c.Channel)] = Channel{
				Device: d.Label, Number: c.Channel, Status: statusWords(c.Status),
				Rate: quantity(c.Rate), Concentration: quantity(c.Concentration), Weight: quantity(c.Weight),
				VTBI: quantity(c.VTBI), Infused: quantity(c.Infused), Remaining: quantity(c.Remaining),
			}
		}
	}
	pumps := s.pumps(b)
	out := make([]Channel, len(pumps))
	for i, p := range pumps {
		out[i] = full[p.Key]
		out[i].Pump = p
		if p.Dose+" "+p.DoseUnit == out[i].Rate { // the pump told no dose: its rate stands in its own column
			out[i].Dose, out[i].DoseUnit = "", ""
		}
	}
	return out
}

func quantity(q *infusion.Quantity) string {
	if q == nil {
		return ""
	}
	return fmt.Sprintf("%s %s", q.Value, readable(q.Unit))
}

// statusWords says a channel's state.
func statusWords(s infusion.Status) string {
	switch s {
	case infusion.KVO:
		return "keep vein open"
	case infusion.Stopped:
		return "stopped by an alarm"
	case infusion.Unknown, "":
		return "not known"
	}
	return string(s)
}

// PumpWeight is the patient's weight that a pump calculates doses with, empty
// where none tells one, and both where pumps differ.
func (s Scene) PumpWeight(b *ward.Bed) string {
	text := ""
	for _, c := range b.Channels() {
		switch w := quantity(c.Weight); {
		case w == "" || w == text:
		case text == "":
			text = w
		default:
			return text + " and " + w
		}
	}
	return text
}
