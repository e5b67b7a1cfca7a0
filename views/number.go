package views

import (
	"cmp"
	"fmt"
	"time"

	"wardlight/ward"
	"wardlight/ward/vitals"
)

// Number is one measured number on a screen. Whether it looks old is decided
// here for the first paint; afterwards the browser goes on by itself, from
// At and Bounds.
type Number struct {
	Code    string
	Value   string // as the device wrote it; the last one when there is none now
	At      int64  // when it was measured, server time, ms; 0: never
	Time    string // the same as people read it
	Bounds  string // ages in seconds: ageing, stale, gone
	Quality string
	Look    Look
	age     time.Duration
	dashes  string // in place of the number once it is gone; empty: one
}

// Look is the form in which a number is drawn.
type Look string

// The looks: a number as such, with its age, struck, or dashes.
const (
	LooksFresh  Look = "fresh"
	LooksAgeing Look = "ageing"
	LooksStale  Look = "stale"
	LooksGone   Look = "gone"
)

// number describes a reading as it is shown at time at.
func (s Scene) number(shown ward.Shown) Number {
	b := shown.Device.Bounds(shown.Reading)
	n := Number{
		Code: string(shown.Now.Metric.Code), Quality: string(shown.Now.Quality),
		Bounds: fmt.Sprintf("%g %g %g", b.Ageing.Seconds(), b.Stale.Seconds(), b.Gone.Seconds()),
		Look:   LooksGone,
	}
	if shown.Was.At.IsZero() {
		return n
	}
	n.age = s.At.Sub(shown.Was.At)
	n.Value, n.At, n.Time = shown.Was.Value.String(), s.At.Add(-n.age).UnixMilli(), when(shown.Was.At, s.At, s.Zone)
	if shown.Now.HasValue() {
		n.Look = Look(shown.Freshness)
	}
	return n
}

// nothing is a number that no device reports.
func nothing(code vitals.Code) Number { return Number{Code: string(code), Look: LooksGone} }

// Text is what stands in the number's place.
func (n Number) Text() string {
	if n.Look == LooksGone || n.Value == "" {
		return cmp.Or(n.dashes, "–")
	}
	return n.Value
}

// Words is what is said beside the number when it is not fresh.
func (n Number) Words() string {
	switch {
	case n.Value == "":
		return ""
	case n.Look == LooksGone:
		return "was " + n.Value + " " + n.Time
	case n.Look == LooksStale:
		return age(n.age) + " old"
	case n.Look == LooksAgeing:
		return age(n.age)
	case n.Quality == string(vitals.Questionable):
		return "not sure"
	}
	return ""
}

// structure is the number without what changes from message to message.
func (n Number) structure() Number { return Number{Code: n.Code} }

// class is the look as the style sheet names it.
func (l Look) class() string {
	if l == LooksFresh {
		return ""
	}
	return string(l)
}
