package views

import (
	"fmt"
	"strconv"
	"strings"

	"wardlight/ward/alarm"
)

// Counts are the open alarms per priority, the technical ones apart, as the
// header shows them on every live page.
type Counts struct {
	High, Medium, Low, Technical int
	Title                        string // of the browser's window: no name in it
}

// NewCounts counts the open alarms of a unit.
func NewCounts(unitName string, open []alarm.Episode) Counts {
	var c Counts
	for _, e := range open {
		switch {
		case e.Category == alarm.Technical:
			c.Technical++
		case e.Priority == alarm.High:
			c.High++
		case e.Priority == alarm.Medium:
			c.Medium++
		default:
			c.Low++
		}
	}
	c.Title = c.title(unitName)
	return c
}

// title puts the most urgent first: "!!! 2 · ICU East".
func (c Counts) title(unitName string) string {
	var parts []string
	for _, p := range []struct {
		mark string
		n    int
	}{{"!!!", c.High}, {"!!", c.Medium}, {"!", c.Low}, {"technical", c.Technical}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", p.mark, p.n))
			break
		}
	}
	return strings.Join(append(parts, unitName), " · ")
}

type count struct {
	label, glyph, mark, fill string
	n                        int
}

func (c Counts) list() []count {
	return []count{
		{"high", "high", "!!!", "f-high", c.High},
		{"medium", "medium", "!!", "f-medium", c.Medium},
		{"low", "low", "!", "f-low", c.Low},
		{"technical", "tech", "", "f-tech hatched", c.Technical},
	}
}

func (c count) class() string {
	if c.n == 0 {
		return "count"
	}
	return "count " + c.fill
}

func (c count) says() string { return strconv.Itoa(c.n) + " " + c.label }

// Bar is a line across the page that says what is wrong with the system
// itself, such as NOT RECORDING.
type Bar struct {
	Alarm string // id of the alarm behind it
	Word  string // in capitals
	Text  string
	Kept  string // of the outage spool; it changes every second and is not announced
}
