package ward

import (
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/audit"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

// Change is one consequence of an input: where it shows, and what it is.
type Change struct {
	Unit census.UnitCode // empty: concerns the whole system, or no screen
	Bed  census.BedCode  // empty: no single bed
	What What
}

// What is the consequence itself. The types of this file are all there are.
// Those marked (recorded) are written down; the others only redraw a bed.
type What interface{ what() }

type (
	// Observed is the values of one device message (recorded). Values that
	// the device merely repeated are left out.
	Observed struct {
		Device     device.ID
		At         time.Time // of the newest value, corrected
		ReceivedAt time.Time
		Values     []vitals.Observation
	}
	// ChannelsReported is the state of a pump's channels (recorded).
	ChannelsReported struct{ Channels []infusion.Channel }
	// DeviceKnown is a device that is new, or of which something new is known
	// (recorded).
	DeviceKnown struct {
		device.Identity
		Gateway  string
		Location census.Location
		Hand     device.Hand
	}
	// Associated opens an association, Released ends one (recorded).
	Associated struct{ device.Association }
	Released   struct{ device.Association }
	// PatientKnown is a patient as they are now (recorded).
	PatientKnown struct{ census.Patient }
	// EncounterChanged is an encounter as it is now (recorded).
	EncounterChanged struct{ census.Encounter }
	// UnitConfigured is a unit's new definition (recorded); ConfigApplied is
	// the ward file that brought it (recorded).
	UnitConfigured struct{ UnitConfig }
	ConfigApplied  struct{ Digest string }
	// EpisodeChanged is an alarm as it is now and what happened to it
	// (recorded). An event without a kind is a worse value, or a confirmed
	// acknowledgement.
	EpisodeChanged struct {
		Episode alarm.Episode
		Event   alarm.Event
	}
	// AcknowledgementRequested is an alarm as it will be once the command is
	// recorded (recorded).
	AcknowledgementRequested struct {
		Command string
		Episode alarm.Episode
		Event   alarm.Event
	}
	// SettingsConfigured is how senders are to be understood from now on
	// (recorded).
	SettingsConfigured struct{ Settings }
	// Corrected is values that a device took back (recorded).
	Corrected struct {
		Device      device.ID
		Corrections []vitals.Correction
	}
	// PumpEventsReported is what happened to a pump's channels (recorded).
	PumpEventsReported struct{ Events []infusion.Event }
	// StripKept is waveforms around an alarm (recorded).
	StripKept struct{ KeepStrip }
	// Merged is a patient's record that is now another's (recorded).
	Merged struct{ From, Into census.PatientID }
	// Quarantined is a message that could not be decoded (recorded).
	Quarantined struct{ Refused }
	// AuditWritten is a line of the audit trail (recorded).
	AuditWritten struct{ audit.Entry }
	// Aged is a bed on which a value looks older than before.
	Aged struct{}
	// Declined is a command that has no effect, and why.
	Declined struct{ Err error }
)

func (Observed) what()                 {}
func (ChannelsReported) what()         {}
func (DeviceKnown) what()              {}
func (Associated) what()               {}
func (Released) what()                 {}
func (PatientKnown) what()             {}
func (EncounterChanged) what()         {}
func (UnitConfigured) what()           {}
func (ConfigApplied) what()            {}
func (EpisodeChanged) what()           {}
func (AcknowledgementRequested) what() {}
func (SettingsConfigured) what()       {}
func (Corrected) what()                {}
func (PumpEventsReported) what()       {}
func (StripKept) what()                {}
func (Merged) what()                   {}
func (Quarantined) what()              {}
func (AuditWritten) what()             {}
func (Aged) what()                     {}
func (Declined) what()                 {}
