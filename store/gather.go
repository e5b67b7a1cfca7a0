package store

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"wardlight/ward"
	"wardlight/ward/device"
)

// batch is what entries mean for the tables: rows in the order of the
// entries.
type batch struct {
	at time.Time // of the newest entry

	units       []unitRow
	settings    []settingsRow
	files       []wardFileRow
	patients    []patientRow
	identifiers []identifierRow
	encounters  []encounterRow
	merges      []ward.Merged
	devices     []deviceRow
	bonds       []bond
	messages    messageColumns
	arrived     map[[sha256.Size]byte]bool // messages of this batch
	forms       []formRow                  // that the record may not have yet
	seen        formIndex
	observed    observationColumns
	corrections []correctionRow
	reports     []infusionRow
	pumpEvents  []pumpEventRow
	episodes    []episodeRow
	events      []eventRow
	strips      []stripRow
	commands    []commandRow
	quarantine  []quarantineRow
	audit       []auditLine
}

func gather(entries []ward.Entry, c *clock, known *knownForms) (*batch, error) {
	b := &batch{seen: formIndex{}, arrived: map[[sha256.Size]byte]bool{}}
	for _, e := range entries {
		b.at = moment(e.Input.At)
		if err := b.message(e); err != nil {
			return nil, err
		}
		for n, change := range e.Changes {
			if err := b.change(e, n, change.What, c, known); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

// change adds the rows of one change.
func (b *batch) change(e ward.Entry, n int, what ward.What, c *clock, known *knownForms) error {
	switch w := what.(type) {
	case ward.Observed:
		b.observe(w, part(e, n), known)
	case ward.ChannelsReported:
		b.infusions(w, part(e, n))
	case ward.PumpEventsReported:
		return b.pumpEvent(w, part(e, n))
	case ward.Corrected:
		b.correct(w, part(e, n))
	case ward.DeviceKnown:
		b.devices = append(b.devices, deviceRowOf(w))
	case ward.Associated:
		b.bonds = append(b.bonds, bondOf(w.Association, e, n, true))
	case ward.Released:
		b.bonds = append(b.bonds, bondOf(w.Association, e, n, false))
	case ward.PatientKnown:
		b.patient(w.Patient)
	case ward.EncounterChanged:
		b.encounters = append(b.encounters, encounterRowOf(w.Encounter))
	case ward.Merged:
		b.merges = append(b.merges, w)
	case ward.UnitConfigured:
		return b.unit(w.UnitConfig)
	case ward.SettingsConfigured:
		return b.configure(w.Settings)
	case ward.ConfigApplied:
		b.files = append(b.files, wardFileRow{w.Digest, moment(e.Input.At)})
	case ward.EpisodeChanged:
		return b.alarm(w.Episode, w.Event)
	case ward.AcknowledgementRequested:
		b.commands = append(b.commands, commandRow{w.Command, c.theirs(e.Deadline)})
		return b.alarm(w.Episode, w.Event)
	case ward.StripKept:
		return b.strip(w.KeepStrip)
	case ward.Quarantined:
		return b.refused(e.Input, w.Refused, mark(e, n))
	case ward.AuditWritten:
		b.audit = append(b.audit, auditLine{mark(e, n), w.Entry})
	}
	return nil
}

// mark names one change of one input, the same whenever it is recorded again.
func mark(e ward.Entry, n int) string { return fmt.Sprintf("%s#%d", e.Input.ID, n) }

// part tells a device's messages apart that carry the same time. It derives
// from the message's bytes, so that the same message is the same row however
// often it comes.
func part(e ward.Entry, n int) int64 {
	digest := [sha256.Size]byte{}
	if e.Input.Message != nil {
		digest = e.Input.Message.Digest
	} else {
		digest = sha256.Sum256([]byte(e.Input.ID))
	}
	earlier := int64(0)
	for _, before := range e.Changes[:n] {
		if subjectOf(before.What) == subjectOf(e.Changes[n].What) {
			earlier++
		}
	}
	return int64(binary.BigEndian.Uint64(digest[:])) + earlier
}

// subject is a device and what is told of it.
type subject struct {
	table  string
	device device.ID
}

func subjectOf(w ward.What) subject {
	switch w := w.(type) {
	case ward.Observed:
		return subject{"observation", w.Device}
	case ward.Corrected:
		return subject{"correction", w.Device}
	case ward.ChannelsReported:
		if len(w.Channels) > 0 {
			return subject{"infusion_report", w.Channels[0].Device}
		}
	case ward.PumpEventsReported:
		if len(w.Events) > 0 {
			return subject{"infusion_event", w.Events[0].Device}
		}
	}
	return subject{}
}
