package views

import (
	"cmp"

	"wardlight/ward"
	"wardlight/ward/alarm"
)

// Panel is one alarm, looked at in order to answer it.
type Panel struct {
	Flag
	Where    string // "ICU-12", or "System"
	Who      Who
	Onset    string // time of day
	Limit    string // in force, and where it comes from
	Facts    []Fact // the bed's numbers
	AsOf     string // when they were read, time of day
	Also     []Flag // further open alarms of the bed
	Reasons  []Reason
	Back     string // where Cancel leads
	CSRF     string
	MayAct   bool
	Answered string // who has acknowledged, "Kim R. 14:01", and why
}

// Fact is one number as it is now.
type Fact struct {
	Label, Class, Text string
	Limits             string // or, of a number that is not fresh, its age in words
}

// Reason is a choice of what the person knows or does about the alarm.
type Reason struct{ Code, Label string }

// Reasons are the choices, in the order in which they are offered.
func Reasons() []Reason {
	return []Reason{
		{"on-my-way", "On my way"},
		{"at-bedside", "Seen at bedside"},
		{"artefact", "Artefact"},
		{"expected", "Expected"},
		{"other", "Other, see note"},
	}
}

// Panel draws up an alarm.
func (s Scene) Panel(e alarm.Episode) Panel {
	p := Panel{
		Flag: s.Flag(e), Where: "System", Onset: when(e.Onset, s.At, s.Zone), AsOf: s.Clock(),
		Reasons: Reasons(), Back: "/central/" + string(s.Unit.Code),
	}
	if e.Limit != nil {
		p.Limit = e.Limit.String() + ", " + e.LimitFrom
	}
	if e.Acknowledged != nil {
		p.Answered = p.By
	}
	bed, ok := s.Ward.Bed(e.Bed)
	if !ok {
		return p
	}
	p.Where, p.Who = e.Bed.String(), s.who(bed)
	p.Facts = s.facts(bed)
	for _, o := range bed.Episodes {
		if o.ID != e.ID {
			p.Also = append(p.Also, s.Flag(o))
		}
	}
	return p
}

func (s Scene) facts(b *ward.Bed) []Fact {
	t := s.Tile(b)
	var out []Fact
	for _, f := range t.Figures {
		out = append(out, Fact{f.Label, "p-" + f.Class, f.Text(), cmp.Or(f.Words(), joinLimits(f.Limits))})
	}
	for _, m := range t.Minor[:min(3, len(t.Minor))] {
		fact := Fact{Label: m.Label, Class: m.Class, Text: m.Numbers[0].Text(), Limits: m.Words()}
		if len(m.Numbers) == 3 && m.Numbers[0].Value != "" {
			fact.Text += "/" + m.Numbers[1].Text()
		}
		out = append(out, fact)
	}
	return out
}

// joinLimits writes "50–120" from the upper and the lower limit.
func joinLimits(limits []string) string {
	switch len(limits) {
	case 2:
		return limits[1] + "–" + limits[0]
	case 1:
		return "limit " + limits[0]
	}
	return ""
}

func (p Panel) fill() string {
	if p.State == FlagActive {
		return "title " + p.Fill
	}
	return "title"
}

func (p Panel) effect() string {
	s := "Acknowledge " + p.Text + " for " + p.Where
	if p.Who.Name != "" {
		s += ", " + p.Who.Name
	}
	return s
}

func (p Panel) reasonNeeded() string {
	if p.High {
		return "Reason, required for a high alarm"
	}
	return "Reason"
}

// Notice is what a Message page says.
type Notice struct {
	Title, Text string
	Reference   string // under which the log knows of it
	Href, Link  string // where to go from here
}
