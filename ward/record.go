package ward

import (
	"time"

	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// CommandTTL is how long a command may wait for the record before it is
// withdrawn.
const CommandTTL = 5 * time.Second

// Entry is an applied input on its way into the record.
type Entry struct {
	Input    Input
	Changes  []Change
	Deadline time.Time // for a command: recorded by then, or not at all
}

// Outcome is what became of an input, told once that is certain: recorded,
// refused, withdrawn.
type Outcome struct {
	Err       error // nil: it is in the record
	Duplicate bool  // it was there already
}

// Quarantine is a message that could not be decoded, as it is listed.
type Quarantine struct {
	ID         int64
	ReceivedAt time.Time
	Source     string
	Peer       string
	ControlID  string
	Code       string // HL7 table 0357
	Reason     string
	Size       int    // of the message, in bytes
	Raw        []byte // empty in lists, and for a message too large to keep
	ReplayedAt time.Time
}

// Trend is one quantity of one patient over time, in buckets of equal
// length. A bucket without values is absent: a gap stays a gap.
type Trend struct {
	Metric vitals.Metric
	Points []TrendPoint
}

// TrendPoint is one bucket: the smallest, largest and mean value in it, in
// the metric's unit.
type TrendPoint struct {
	At             time.Time // start of the bucket
	Min, Max, Mean float64
	Count          int
}

// Stay is a patient and the encounter that a review page is about.
type Stay struct {
	Patient   census.Patient
	Encounter census.Encounter
}

// Attribution is an association as the record tells it. From and To are the
// interval that counts now, empty where all of it turned out to be otherwise.
// People are named as colleagues read it.
type Attribution struct {
	device.Association
	Patient       census.Patient // without numbers; zero: nobody in the bed
	RecordedAt    time.Time      // when its begin was written down; zero: not known
	EndedBy       string         // "gateway", "census", or who did it; empty while open, and where not known
	EndRecordedAt time.Time
	OverruledBy   string // who said afterwards that the device had been elsewhere
	OverruledAt   time.Time
}
