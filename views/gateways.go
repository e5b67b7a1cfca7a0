package views

import (
	"fmt"
	"time"

	"wardlight/ward"
)

// Gateways is who sends to this station, for the engineer who looks after the
// interfaces.
type Gateways struct {
	Sources  []SourceRow
	Links    []LinkRow
	Warnings []string // of the database, as it was found at the start
	Clock    string   // when this was drawn, with its zone
}

// SourceRow is one sender as its messages name it.
type SourceRow struct {
	Name     string
	Setting  string // the ward file's connection that it falls under
	Peer     string
	Heard    string // since its last message
	IsSilent bool
	Messages string
	ClockOff string // how far its clock is from ours
	IsOff    bool   // so far that its times are not believed
	Refused  string
	LastBad  string
}

// LinkRow is one open connection.
type LinkRow struct {
	Protocol, Peer, Name  string
	Since, Last           string
	Messages, Rate, Wrong string
}

// NewLinkRow describes a connection at now.
func NewLinkRow(l ward.Link, now time.Time, zone *time.Location) LinkRow {
	r := LinkRow{
		Protocol: map[string]string{"hl7": "HL7 v2", "mqtt": "MQTT"}[l.Protocol], Peer: l.Peer, Name: orDash(l.Name),
		Since: when(l.Since, now, zone), Last: "–",
		Messages: grouped(l.Messages), Rate: "–", Wrong: grouped(l.Refused),
	}
	if l.IsTLS {
		r.Protocol += ", TLS"
	}
	if !l.LastAt.IsZero() {
		r.Last = age(now.Sub(l.LastAt))
		if open := now.Sub(l.Since).Minutes(); open > 0 {
			r.Rate = perMinute(float64(l.Messages) / max(open, 1.0/60))
		}
	}
	return r
}

// perMinute writes a rate: a slow sender's with a decimal place.
func perMinute(rate float64) string {
	if rate < 10 {
		return fmt.Sprintf("%.1f", rate)
	}
	return grouped(int(rate + 0.5))
}

// silentAfter is how long a sender may say nothing before the page points at
// it: gateways of monitored beds speak several times a minute.
const silentAfter = time.Minute

// NewSourceRow describes a sender at now, under the ward file's settings.
// Only one that devices report through is ever silent: the hospital's own
// system speaks when somebody comes or goes.
func NewSourceRow(s *ward.Source, hasDevices bool, settings ward.Settings, now time.Time, zone *time.Location) SourceRow {
	r := SourceRow{
		Name: s.Name, Peer: s.Peer, Setting: "–", Heard: age(now.Sub(s.HeardAt)), IsSilent: hasDevices && now.Sub(s.HeardAt) > silentAfter,
		Messages: grouped(s.Messages), Refused: grouped(s.Refused), LastBad: "–", ClockOff: "not known yet", IsOff: s.Clock.IsSuspect(),
	}
	if c, ok := settings.Connection(s.Name, s.Peer); ok {
		r.Setting = c.Name
	}
	if offset, ok := s.Clock.Offset(); ok {
		r.ClockOff = clockOff(offset)
	}
	if !s.BadAt.IsZero() {
		r.LastBad = when(s.BadAt, now, zone) + " " + s.LastBad
	}
	return r
}

// clockOff says how a sender's clock goes, by ours.
func clockOff(offset time.Duration) string {
	switch {
	case offset.Abs() < 100*time.Millisecond:
		return "right"
	case offset.Abs() < 90*time.Second:
		return fmt.Sprintf("%.1f s ", offset.Abs().Seconds()) + slowOrFast(offset)
	}
	return age(offset.Abs()) + " " + slowOrFast(offset)
}

func slowOrFast(offset time.Duration) string {
	if offset > 0 {
		return "slow"
	}
	return "fast"
}
