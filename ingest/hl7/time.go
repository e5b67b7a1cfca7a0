package hl7

import (
	"errors"
	"fmt"
	"time"
)

// Precision is how much of a time the sender wrote.
type Precision int

// From the coarsest to the finest.
const (
	Year Precision = iota + 1
	Month
	Day
	Hour
	Minute
	Second
	Fraction // of a second
)

// ErrTime is wrapped by every error of ParseTime.
var ErrTime = errors.New("hl7: not a time")

// ParseTime reads a DTM, YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ], and
// says how precise it is; what was not written is at its start. A time
// without a zone is taken in zone, nil meaning UTC. The zone -0000 means UTC.
// Up to nine fractional digits, a zone written +01:00 and Z are accepted.
func ParseTime(s string, zone *time.Location) (time.Time, Precision, error) {
	at, precision, ok := parseTime(s, zone)
	if !ok {
		return time.Time{}, 0, fmt.Errorf("%w: %.40q", ErrTime, s)
	}
	return at, precision, nil
}

// FormatTime writes t to the second with its zone, as MSH-7 needs it.
func FormatTime(t time.Time) string { return t.Format("20060102150405-0700") }

// FormatTimeMillis writes t to the millisecond with its zone.
func FormatTimeMillis(t time.Time) string { return t.Format("20060102150405.000-0700") }

func parseTime(s string, zone *time.Location) (at time.Time, precision Precision, ok bool) {
	digits, rest := splitDigits(s)
	if len(digits) < 4 || len(digits) > 14 || len(digits)%2 != 0 {
		return at, 0, false
	}
	precision = Precision(len(digits)/2 - 1)
	part := func(from int, missing int) int {
		if from >= len(digits) {
			return missing
		}
		return number(digits[from : from+2])
	}
	year, month, day := number(digits[:4]), part(4, 1), part(6, 1)
	hour, minute, second := part(8, 0), part(10, 0), part(12, 0)
	if year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		hour > 23 || minute > 59 || second > 59 {
		return at, 0, false
	}
	nanos := 0
	if precision == Second && rest != "" && rest[0] == '.' {
		var fraction string
		if fraction, rest = splitDigits(rest[1:]); fraction == "" || len(fraction) > 9 {
			return at, 0, false
		}
		nanos = nanoseconds(fraction)
		precision = Fraction
	}
	if zone, ok = parseZone(rest, zone); !ok {
		return at, 0, false
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, nanos, zone), precision, true
}

// parseZone reads +HHMM, -HHMM, +HH:MM, Z, or nothing.
func parseZone(s string, missing *time.Location) (*time.Location, bool) {
	switch {
	case s == "" && missing != nil:
		return missing, true
	case s == "" || s == "Z":
		return time.UTC, true
	case s[0] != '+' && s[0] != '-':
		return nil, false
	}
	hours, minutes := "", ""
	switch {
	case len(s) == 5:
		hours, minutes = s[1:3], s[3:5]
	case len(s) == 6 && s[3] == ':':
		hours, minutes = s[1:3], s[4:6]
	default:
		return nil, false
	}
	if !allDigits(hours + minutes) {
		return nil, false
	}
	h, m := number(hours), number(minutes)
	if h > 14 || m > 59 { // no place on earth is further from UTC
		return nil, false
	}
	offset := h*3600 + m*60
	if offset == 0 {
		return time.UTC, true
	}
	if s[0] == '-' {
		offset = -offset
	}
	return time.FixedZone("", offset), true
}

func splitDigits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}

func allDigits(s string) bool {
	digits, rest := splitDigits(s)
	return digits != "" && rest == ""
}

func number(digits string) int {
	n := 0
	for _, d := range []byte(digits) {
		n = n*10 + int(d-'0')
	}
	return n
}

func nanoseconds(fraction string) int {
	n := number(fraction)
	for range 9 - len(fraction) {
		n *= 10
	}
	return n
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
