package views

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
)

// Scene is one unit at one moment: what all its view-models are made from.
type Scene struct {
	Ward ward.Ward
	Unit *ward.Unit
	At   time.Time
	Zone *time.Location
}

// NewScene looks at a unit at time at; ok is false when there is none.
func NewScene(w ward.Ward, unit census.UnitCode, at time.Time) (s Scene, ok bool) {
	u, ok := w.Unit(unit)
	if !ok {
		return Scene{}, false
	}
	zone, err := time.LoadLocation(u.Zone)
	if err != nil {
		zone = time.UTC // the definition was checked; a machine without zones shows UTC and says so
	}
	return Scene{w, u, at, zone}, true
}

// Name is the unit as a page's header shows it.
func (s Scene) Name() UnitName {
	return UnitName{Code: string(s.Unit.Code), Name: s.Unit.Name, Zone: s.Zone.String()}
}

// Clock is the time of day in the unit's zone.
func (s Scene) Clock() string { return clock(s.At, s.Zone) }

// ZoneName is the zone's short name now, "CEST".
func (s Scene) ZoneName() string { return s.At.In(s.Zone).Format("MST") }

// Lag says how far the record is behind.
func (s Scene) Lag(recordedAt time.Time) string { return lag(s.At.Sub(recordedAt)) }

// Alarms are the unit's open alarms and the system's own.
func (s Scene) Alarms() []alarm.Episode {
	open := append([]alarm.Episode(nil), s.Ward.SystemAlarms()...)
	for _, b := range s.Unit.Beds {
		open = append(open, b.Episodes...)
	}
	return open
}

// Counts counts the unit's open alarms.
func (s Scene) Counts() Counts { return NewCounts(s.Unit.Name, s.Alarms()) }

// Kept says what the outage spool holds while nothing is recorded.
type Kept struct {
	Messages int
	Since    time.Time // zero: nothing was kept
	Trouble  string    // why it takes no more
}

// Bars are what is wrong with the system itself.
func (s Scene) Bars(kept Kept) []Bar {
	var bars []Bar
	for _, e := range s.Ward.SystemAlarms() {
		bar := Bar{Alarm: string(e.ID), Word: e.Label}
		switch e.Code {
		case ward.CodeNotRecording:
			bar.Word = "NOT RECORDING"
			bar.Text = "since " + when(e.Onset, s.At, s.Zone) + ". Values and alarms are shown but not saved. Acknowledgements are not taken."
			bar.Kept = s.kept(kept)
		case ward.CodeDiskLow:
			bar.Text = "Once it is full nothing is recorded. Call the engineer to make room."
		case ward.CodeSpoolFull:
			bar.Text = "What it does not take is not acknowledged to the devices. Call the engineer."
		}
		bars = append(bars, bar)
	}
	return bars
}

// kept says how many messages wait in the outage spool, and why it takes no
// more.
func (s Scene) kept(k Kept) string {
	var out []string
	if !k.Since.IsZero() {
		out = append(out, fmt.Sprintf("Kept in the outage spool: %s messages since %s.", thousands(k.Messages), hourMinute(k.Since, s.Zone)))
	}
	if k.Trouble != "" {
		out = append(out, "Devices are not answered: "+k.Trouble+".")
	}
	return strings.Join(out, " ")
}

// thousands writes a count with commas: 1,240.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// Strays are the devices that report for no bed and may belong to this unit:
// they name it, or name none that exists.
func (s Scene) Strays() []*ward.Device {
	var out []*ward.Device
	for _, d := range s.Ward.Unassigned() {
		unit := d.Location.UnitCode()
		if _, known := s.Ward.Unit(unit); !known || unit == s.Unit.Code {
			out = append(out, d)
		}
	}
	return out
}

// Pool shows the strays.
func (s Scene) Pool() []Stray {
	var out []Stray
	for _, d := range s.Strays() {
		out = append(out, Stray{
			Label: d.Label, Kind: kindWord(d.Kind), Location: d.Location.String(), Why: d.Held,
			Heard: hourMinute(d.HeardAt, s.Zone), Alarms: alerting(d),
		})
	}
	return out
}

// Stray is a device of the unassigned pool.
type Stray struct {
	Label, Kind, Location, Why string
	Heard                      string // time of day of its last message
	Alarms                     string // that stand at the device, as it says; there is no bed to show them at
}

// poolAlarms says that devices alarm which no tile shows.
func poolAlarms(pool []Stray) string {
	n := 0
	for _, d := range pool {
		if d.Alarms != "" {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return ", " + strconv.Itoa(n) + " alarming"
}

// alerting lists what a device alarms about.
func alerting(d *ward.Device) string {
	var labels []string
	for _, a := range d.Alerting() {
		labels = append(labels, strings.TrimSpace(a.Priority.Mark()+" "+a.Label()))
	}
	return strings.Join(labels, ", ")
}

// kindWord says what a device is to a nurse.
func kindWord(k device.Kind) string { return cmp.Or(string(k), "device") }

// BedURL is where a bed's own page is.
func BedURL(b census.BedID) string {
	return "/bed/" + url.PathEscape(string(b.Unit)) + "/" + url.PathEscape(string(b.Bed))
}

// AlarmURL is where an alarm is looked at and acknowledged.
func AlarmURL(id alarm.ID) string { return "/alarms/" + url.PathEscape(string(id)) }
