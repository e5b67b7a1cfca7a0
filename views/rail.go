package views

import (
	"fmt"
	"slices"

	"wardlight/ward/alarm"
)

// Rail is the worklist of a unit: alarms that nobody has answered, the most
// urgent first, and below them those that somebody has.
type Rail struct {
	Beds         int    // with an alarm to answer
	Longest      string // unanswered
	LongestSince int64  // server time, ms
	Open, Done   []Row
}

// Row is one alarm of the worklist.
type Row struct {
	Flag
	Where    string // "ICU-12", or "System"
	Bed      string // "ICU-12", empty for the system's own
	Initials string
}

// Rail draws up the worklist.
func (s Scene) Rail() Rail {
	open := s.Alarms()
	slices.SortStableFunc(open, func(a, b alarm.Episode) int {
		if a.Before(b) {
			return -1
		}
		return 1
	})
	var r Rail
	beds := map[string]bool{}
	for _, e := range open {
		row := s.row(e)
		if row.State == FlagAcknowledged {
			r.Done = append(r.Done, row)
			continue
		}
		r.Open = append(r.Open, row)
		beds[row.Where] = true
		if r.LongestSince == 0 || row.Since < r.LongestSince {
			r.LongestSince, r.Longest = row.Since, row.Elapsed
		}
	}
	r.Beds = len(beds)
	return r
}

func (s Scene) row(e alarm.Episode) Row {
	row := Row{Flag: s.Flag(e), Where: "System"}
	if bed, ok := s.Ward.Bed(e.Bed); ok {
		row.Where, row.Bed, row.Initials = e.Bed.String(), e.Bed.String(), s.who(bed).Initials
	}
	return row
}

// Structure is the worklist without the running times.
func (r Rail) Structure() Rail {
	r.Longest = ""
	still := func(rows []Row) []Row {
		rows = slices.Clone(rows)
		for i := range rows {
			rows[i].Elapsed = ""
		}
		return rows
	}
	r.Open, r.Done = still(r.Open), still(r.Done)
	return r
}

// fillsRow reports whether the whole row is filled: an active alarm of high
// priority.
func (r Row) fillsRow() bool { return r.High && r.State == FlagActive }

func (r Row) class() string {
	if r.fillsRow() {
		return "row " + r.Fill
	}
	return "row"
}

func (r Row) symbol() string {
	if r.fillsRow() {
		return "sym"
	}
	return "sym " + r.Fill
}

func (r Row) button() string {
	if r.State == FlagLatched {
		return "Seen"
	}
	return "Ack"
}

func (r Row) buttonClass() string {
	if r.fillsRow() {
		return "btn on-fill acknowledge"
	}
	return "btn acknowledge"
}

func (r Row) effect() string { return fmt.Sprintf("Acknowledge %s for %s", r.Text, r.Where) }
