package views

import (
	"strings"

	"wardlight/ward"
	"wardlight/ward/alarm"
)

// Flag is an alarm as a tile, a row or a panel shows it.
type Flag struct {
	Alarm   string // id
	Version int
	Href    string
	Fill    string // classes of the fill
	Glyph   string
	Mark    string // "!!!"
	Text    string // "SpO2 86<90, no signal now"
	Brief   string // how it begins, where room is short: "SpO2 86<90"
	State   FlagState
	Since   int64  // of the onset, server time, ms
	Elapsed string // since then
	By      string // who acknowledged and when, "Kim R. 14:01"
	Saving  string // who is acknowledging just now
	More    int    // further open alarms of the bed
	High    bool   // needs a reason, and so the panel
	// Found is who alarms where it is not this system: "alarm of MON77", and
	// Beside what was done about it there: "audio paused at the bedside".
	Found, Beside string
}

// FlagState is the form of a flag.
type FlagState string

// The forms: a fill; a stripe with tick and name; a broken rule.
const (
	FlagActive       FlagState = "active"
	FlagAcknowledged FlagState = "ack"
	FlagLatched      FlagState = "latched"
)

// flag is the bed's most urgent alarm.
func (s Scene) flag(b *ward.Bed) *Flag {
	worst, ok := b.Worst()
	if !ok {
		return nil
	}
	f := s.Flag(worst)
	f.More = len(b.Episodes) - 1
	return &f
}

// Flag shows an alarm.
func (s Scene) Flag(e alarm.Episode) Flag {
	f := Flag{
		Alarm: string(e.ID), Version: e.Version, Href: AlarmURL(e.ID),
		Fill: fill(e), Glyph: shape(e), Mark: e.Priority.Mark(), Text: Says(e), State: FlagActive,
		Since: milliseconds(e.Onset), Elapsed: elapsed(s.At.Sub(e.Onset)),
		High: e.Priority == alarm.High,
	}
	f.Found, f.Beside = s.found(e), beside(e.AtDevice)
	f.Brief = f.Text
	switch {
	case e.State == alarm.LatchedUnacknowledged:
		f.State, f.Text = FlagLatched, "ended: "+f.Text
		f.Brief = f.Text
	case e.State.Shown() == "indeterminate":
		f.Text, f.Fill = f.Text+", no signal now", fill(e)+" hatched"
	}
	if e.State.IsAcknowledged() && e.Acknowledged != nil {
		f.State, f.By = FlagAcknowledged, e.Acknowledged.Name+" "+hourMinute(e.Acknowledged.At, s.Zone)
	}
	if e.Request != nil {
		f.Saving = e.Request.Name
	}
	return f
}

// found says of a device's own alarm whose it is.
func (s Scene) found(e alarm.Episode) string {
	if e.Origin != alarm.FromDevice {
		return ""
	}
	if d, ok := s.Ward.Device(e.Device); ok {
		return "alarm of " + d.Label
	}
	return "alarm of a device"
}

// beside says what was done about an alarm at the device. Nobody of this
// system has answered by it.
func beside(done alarm.AtDevice) string {
	var did []string
	if done.IsAcknowledged {
		did = append(did, "acknowledged")
	}
	if done.IsAudioPaused {
		did = append(did, "audio paused")
	}
	if done.IsAlarmPaused {
		did = append(did, "alarm paused")
	}
	if len(did) == 0 {
		return ""
	}
	return strings.Join(did, " and ") + " at the bedside"
}

// apart is what a row adds to the text of a device's own alarm.
func (f Flag) apart() string {
	out := ""
	for _, more := range []string{f.Found, f.Beside} {
		if more != "" {
			out += ", " + more
		}
	}
	return out
}

// tail is what Brief leaves out.
func (f Flag) tail() string { return strings.TrimPrefix(f.Text, f.Brief) }

// fill is the block of colour: by priority, hatched for what is technical.
func fill(e alarm.Episode) string {
	switch {
	case e.Category == alarm.Technical && e.Priority == alarm.Low:
		return "f-tech hatched"
	case e.Category == alarm.Technical:
		return "f-" + string(e.Priority) + " hatched"
	}
	return "f-" + string(e.Priority)
}

func shape(e alarm.Episode) string {
	if e.Category == alarm.Technical {
		return "tech"
	}
	return string(e.Priority)
}

// rank orders tiles on a phone, the worst first.
func (t Tile) rank() string {
	switch {
	case t.Empty:
		return "rank-last"
	case t.Flag == nil:
		return ""
	case t.Flag.State == FlagAcknowledged:
		return "rank-4"
	}
	return map[string]string{"!!!": "rank-1", "!!": "rank-2", "!": "rank-3"}[t.Flag.Mark]
}

// bedFill fills the bed number together with an active flag, so that both are
// one shape.
func (t Tile) bedFill() string {
	if t.Flag != nil && t.Flag.State == FlagActive {
		return t.Flag.Fill
	}
	return ""
}
