package views

import (
	"time"

	"wardlight/ward/alarm"
)

// AlarmList is what stands open in the units that somebody may see, and what
// has closed lately.
type AlarmList struct {
	Units []UnitLink
	Open  []AlarmLine
	Past  []PastAlarm
	Clock string // when this was drawn, with its zone
}

// AlarmLine is an open alarm.
type AlarmLine struct {
	Row
	Patient string // name
	Onset   string
	BedHref string
	MayAct  bool
}

// PastAlarm is an alarm that has closed.
type PastAlarm struct {
	Fill, Glyph, Mark      string
	Where, Text            string
	Onset, Lasted, End, By string
}

// AlarmLines lists the unit's open alarms, the most urgent first.
func (s Scene) AlarmLines(open []alarm.Episode) []AlarmLine {
	var out []AlarmLine
	for _, e := range open {
		l := AlarmLine{Row: s.row(e), Onset: when(e.Onset, s.At, s.Zone)}
		if bed, ok := s.Ward.Bed(e.Bed); ok {
			l.Patient, l.BedHref = s.who(bed).Name, BedURL(e.Bed)
		}
		out = append(out, l)
	}
	return out
}

// PastAlarms describes alarms that have closed. They name beds and no people:
// who lay there then may be somebody else by now.
func (s Scene) PastAlarms(closed []alarm.Episode) []PastAlarm {
	var out []PastAlarm
	for _, e := range closed {
		p := PastAlarm{
			Fill: fill(e), Glyph: shape(e), Mark: e.Priority.Mark(), Where: "System", Text: Says(e),
			Onset: when(e.Onset, s.At, s.Zone), End: endWord(e.Closed), By: "–",
		}
		if !e.Bed.IsZero() {
			p.Where = e.Bed.String()
		}
		if d, ok := e.Lasted(); ok {
			p.Lasted = spell(d.Truncate(time.Second))
		}
		if a := e.Acknowledged; a != nil {
			p.By = a.Name + " " + hourMinute(a.At, s.Zone)
			if r := reasonLabel(a.Reason); r != "" {
				p.By += ", " + r
			}
		}
		out = append(out, p)
	}
	return out
}

func reasonLabel(code string) string {
	for _, r := range Reasons() {
		if r.Code == code {
			return r.Label
		}
	}
	return ""
}

// endWord says how an alarm closed.
func endWord(r alarm.Reason) string {
	switch r {
	case alarm.ResolvedUnacknowledged:
		return "ended unanswered"
	case alarm.Resolved:
		return "ended"
	case alarm.AcknowledgedAfterLatch:
		return "ended, then seen"
	case alarm.Discharged:
		return "patient left"
	case alarm.Reassigned:
		return "device moved"
	case alarm.Late:
		return "known only later"
	case alarm.Unassigned:
		return "device without a bed"
	}
	return string(r)
}
