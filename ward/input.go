package ward

import (
	"crypto/sha256"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/staff"
	"wardlight/ward/vitals"
)

// Input is one thing that happened to the ward.
type Input struct {
	// ID is unique for good; the ids of everything that this input creates
	// derive from it. The loop gives it.
	ID string
	// At is when this system learnt of it. The loop gives it; it carries the
	// monotonic clock, so that timers do not follow wall-clock jumps.
	At      time.Time
	Event   Event
	Message *Message // the message it came in; nil for a command or a tick
}

// Event is what happened. The types of this file are all there are.
type Event interface{ event() }

// Message is a message as it arrived: what identifies a duplicate, and the
// bytes that the record keeps.
type Message struct {
	Source     string // who sent it: MSH-3 of HL7 v2
	ControlID  string // MSH-10
	Type       string // "ORU^R01"
	Digest     [sha256.Size]byte
	Raw        []byte
	Peer       string // network address it came from
	ReceivedAt time.Time
	IsReplay   bool // it comes out of quarantine: history, not news
}

// NewMessage digests raw. Two messages with the same digest are the same
// message sent twice: control ids alone repeat in practice, the whole body
// with its times does not.
func NewMessage(source, controlID, kind, peer string, raw []byte, receivedAt time.Time) *Message {
	return &Message{
		Source: source, ControlID: controlID, Type: kind, Digest: sha256.Sum256(raw), Raw: raw, Peer: peer, ReceivedAt: receivedAt,
	}
}

// Reports is a message from a gateway about one or more devices.
type Reports []Report

// Report is what one device said in one message.
type Report struct {
	Device       device.Identity
	Patient      []census.Identifier // PID-3; may be empty
	Location     census.Location     // PV1-3; may be empty
	SentAt       time.Time           // MSH-7, by the gateway's clock
	Observations []vitals.Observation
	Corrections  []vitals.Correction // of values sent before
	Channels     []infusion.Channel
	PumpEvents   []infusion.Event // what happened to a channel, possibly long ago
	Alerts       []alarm.Alert    // what the device itself alarms about
	Flags        []string         // what was decoded but is not charted, and why
	// TrustIdentity is whether Patient and Location of this sender associate
	// the device without a person; nil: as the unit says.
	TrustIdentity *bool
	// IsOffline: the device is gone, as it or its last will says; without a
	// Device, all that its sender speaks for are. The report has no values.
	IsOffline bool
}

// Moved is an ADT event, or a person's word that takes its place.
type Moved struct {
	census.Movement
	By staff.Person // zero: the hospital's own system said so
	// What follows is for a person's word. Encounter is the stay that it is
	// about, but for an admission or a merge.
	Encounter census.EncounterID
	Confirmed bool   // though alarms stand
	Reason    string // required to discharge while alarms stand
}

// Assign makes a device report for a bed because a person says so. What a
// gateway says of the device's bed no longer moves it, until it is released.
type Assign struct {
	Device device.ID
	Bed    census.BedID
	By     staff.Person
	// Identifiers are the two by which the person knows the patient in the
	// bed, as scanned or typed: a number and the date of birth (YYYY-MM-DD).
	// Both empty for a bed without a patient.
	Identifiers [2]string
	// From is since when the device has in truth been there; zero: now. An
	// earlier time takes what was measured since from whom it was given to.
	From     time.Time
	ReadBack string // what the person read back when asked, see ErrReadBack
	Reason   string // required where the device already reports for another bed
	// Confirmed with a Reason moves a device of which alarms stand, or a pump
	// that is running, away from the bed it reports for.
	Confirmed bool
	// Seen is Device.Since as the person saw it, to the microsecond: somebody
	// else's change in between declines this one.
	Seen time.Time
}

// Release makes a device report for nobody because a person says so.
type Release struct {
	Device    device.ID
	By        staff.Person
	Reason    string    // required with Confirmed
	Confirmed bool      // as in Assign
	Seen      time.Time // as in Assign
}

// GoAway says that a patient is out of bed for a while (imaging, theatre), so
// that silence of the bed's devices is no alarm. It ends by hand, at Until,
// when they leave the bed for good, and when they are measured more than five
// minutes later. Come back with a zero Until.
type GoAway struct {
	Encounter census.EncounterID
	Where     string
	Until     time.Time // at most 12 h ahead; zero: the patient is back
	By        staff.Person
}

// KeepStrip stores waveforms around an alarm for good.
type KeepStrip struct {
	Alarm alarm.ID // may be closed by now
	Bed   census.BedID
	Waves []StripWave
}

// StripWave is one waveform of a strip and the device that measured it.
type StripWave struct {
	Device device.ID
	vitals.Wave
}

// Refused is a message that could not be decoded. It is kept in quarantine.
type Refused struct {
	Reason string // for the person who must mend it
	Code   string // HL7 table 0357
}

// Configure replaces the definition of the named units, and adds them where
// they are new. Beds that are in use cannot be taken away.
type Configure struct {
	Units    []UnitConfig
	Settings *Settings // nil: as before
	Digest   string    // of the ward file
	By       staff.ID
}

// UnitConfig is one unit of a ward file.
type UnitConfig struct {
	census.Unit
	Limits map[vitals.Code]alarm.Band // over the defaults of the care area
}

// Acknowledge is somebody taking responsibility for an alarm as they saw it.
type Acknowledge struct {
	Alarm   alarm.ID
	Version int
	By      staff.Person
	Reason  string
	Note    string
}

// Confirm makes a recorded command effective; Withdraw drops one that could
// not be recorded in time. Only the loop sends them.
type Confirm struct{ Command string }

// Withdraw drops a command that was not recorded.
type Withdraw struct{ Command string }

// Tick is a second passing.
type Tick struct {
	// RecordedAt is the server time of the newest durable commit.
	RecordedAt time.Time
	// Waiting names the gateways with a message that has not become durable
	// for longer than NotRecordingAfter.
	Waiting []string
	Ground  Ground
}

// Audited is an action outside the ward that the audit trail must show:
// signing in, adding a user, and the like.
type Audited struct {
	Actor   staff.ID
	Action  string
	Subject string
	Detail  string
}

func (Reports) event()     {}
func (Moved) event()       {}
func (Refused) event()     {}
func (Configure) event()   {}
func (Acknowledge) event() {}
func (Assign) event()      {}
func (Release) event()     {}
func (GoAway) event()      {}
func (KeepStrip) event()   {}
func (Confirm) event()     {}
func (Withdraw) event()    {}
func (Tick) event()        {}
func (Audited) event()     {}

// IsCommand reports whether the event takes effect only once recorded.
func IsCommand(e Event) bool { _, ok := e.(Acknowledge); return ok }

// IsByHand reports whether somebody of this system did it, at a screen or a
// command line. Such an input is taken in only while the record is there.
func IsByHand(e Event) bool {
	switch e := e.(type) {
	case Assign, Release, GoAway, Configure:
		return true
	case Moved:
		return e.By.ID != ""
	}
	return false
}
