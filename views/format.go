package views

import (
	"fmt"
	"strings"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/vitals"
)

// clock writes a time of day to the second.
func clock(t time.Time, zone *time.Location) string { return t.In(zone).Format("15:04:05") }

// hourMinute writes a time of day to the minute.
func hourMinute(t time.Time, zone *time.Location) string { return t.In(zone).Format("15:04") }

// when writes a time of day, with the date when it is another day than now.
func when(t, now time.Time, zone *time.Location) string {
	if t.In(zone).Format(time.DateOnly) == now.In(zone).Format(time.DateOnly) {
		return clock(t, zone)
	}
	return t.In(zone).Format("2 Jan 15:04")
}

// elapsed counts up as a stopwatch does: "02:14", from an hour on "3:02:14".
func elapsed(d time.Duration) string {
	s := int(max(d, 0).Seconds())
	if s < 3600 {
		return fmt.Sprintf("%02d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// age says how old something is in its largest unit: "6 s", "22 m", "3 h".
func age(d time.Duration) string {
	s := int(max(d, 0).Seconds())
	switch {
	case s < 90:
		return fmt.Sprintf("%d s", s)
	case s < 90*60:
		return fmt.Sprintf("%d m", s/60)
	case s < 48*3600:
		return fmt.Sprintf("%d h", s/3600)
	}
	return fmt.Sprintf("%d d", s/86400)
}

// timeLeft counts down in hours and minutes: "0:41".
func timeLeft(d time.Duration) string {
	m := int(max(d, 0).Minutes())
	return fmt.Sprintf("%d:%02d", m/60, m%60)
}

// lag says how far the record is behind: "0.1 s".
func lag(d time.Duration) string { return fmt.Sprintf("%.1f s", max(d, 0).Seconds()) }

// milliseconds is a point in time as the browser reckons it; 0 for none.
func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// readable writes a UCUM unit as people write it. Only the spelling changes,
// never the number.
func readable(ucum string) string {
	return spelling.Replace(ucum)
}

var spelling = strings.NewReplacer("mm[Hg]", "mmHg", "cm[H2O]", "cmH₂O", "/m2", "/m²", "[IU]", "units", "[iU]", "units", "[USP'U]", "units", "ug/", "µg/", "Cel", "°C")

// Says is what an alarm is about, in one line: "SpO2 86<90", or in a device's
// own words, with its value: "Low SpO2 84".
func Says(e alarm.Episode) string {
	if e.Origin == alarm.FromDevice && e.Worst != nil && !strings.Contains(e.Label, e.Worst.String()) {
		return e.Label + " " + e.Worst.String()
	}
	if e.Origin != alarm.FromLimit || e.Worst == nil || e.Limit == nil {
		return e.Label
	}
	sign := "<"
	if e.Side == alarm.Above {
		sign = ">"
	}
	return metricLabel(e) + " " + e.Worst.String() + sign + e.Limit.String()
}

func metricLabel(e alarm.Episode) string {
	if m, ok := vitals.ByCode(e.Metric); ok {
		return m.Label
	}
	return e.Label
}

// about marks an age that somebody guessed.
func about(p census.Patient) string {
	if p.IsAgeEstimated() {
		return "~"
	}
	return ""
}

// ageAndSex is "71 F".
func ageAndSex(p census.Patient, at time.Time) string {
	sex := p.Sex
	if sex == "U" || sex == "N" {
		sex = ""
	}
	years, ok := p.Age(at)
	if !ok {
		return sex
	}
	return strings.TrimSpace(fmt.Sprintf("%s%d %s", about(p), years, sex))
}
