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
	files       []wardFileRow
	patients    []patientRow
	identifiers []identifierRow
	encounters  []encounterRow
	devices     []deviceRow
	bonds       []bond
	messages    messageColumns
	arrived     map[[sha256.Size]byte]bool // messages of this batch
	forms       []formRow                  // that the record may not have yet
	seen        formIndex
	observed    observationColumns
	reports     []infusionRow
	episodes    []episodeRow
	events      []eventRow
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
	case ward.DeviceKnown:
		b.devices = append(b.devices, deviceRowOf(w))
	case ward.Associated:
		b.bonds = append(b.bonds, bond{w.Association, mark(e, n), true})
	case ward.Released:
		b.bonds = append(b.bonds, bond{w.Association, mark(e, n), false})
	case ward.PatientKnown:
		b.patient(w.Patient)
	case ward.EncounterChanged:
		b.encounters = append(b.encounters, encounterRowOf(w.Encounter))
	case ward.UnitConfigured:
		return b.unit(w.UnitConfig)
	case ward.ConfigApplied:
		b.files = append(b.files, wardFileRow{w.Digest, moment(e.Input.At)})
	case ward.EpisodeChanged:
		return b.alarm(w.Episode, w.Event)
	case ward.AcknowledgementRequested:
		b.commands = append(b.commands, commandRow{w.Command, c.theirs(e.Deadline)})
		return b.alarm(w.Episode, w.Event)
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
		if sameSubject(before.What, e.Changes[n].What) {
			earlier++
		}
	}
	return int64(binary.BigEndian.Uint64(digest[:])) + earlier
}

// sameSubject reports whether both are values of the same device.
func sameSubject(a, b ward.What) bool {
	id, ok := observedDevice(a)
	other, alike := observedDevice(b)
	return ok && alike && id == other
}

func observedDevice(w ward.What) (device.ID, bool) {
	switch w := w.(type) {
	case ward.Observed:
		return w.Device, true
	case ward.ChannelsReported:
		if len(w.Channels) > 0 {
			return w.Channels[0].Device, true
		}
	}
	return "", false
}
