package vitals

import "time"

// CorrectionKind is what a source takes back (HL7 v2 OBX-11).
type CorrectionKind string

// The kinds.
const (
	Replaced     CorrectionKind = "replaced"      // C: another value holds
	Deleted      CorrectionKind = "deleted"       // D: there was no such value
	WrongPatient CorrectionKind = "wrong-patient" // W: it was somebody else's
)

// Correction is a source's later word on a value that it sent before. The
// value that was recorded stays; what is drawn follows the correction.
type Correction struct {
	Kind       CorrectionKind
	Metric     Metric
	DeviceAt   time.Time // of the value that it corrects, by the device's own clock
	At         time.Time // the same, corrected for the source's clock
	ReceivedAt time.Time
	Value      *Decimal // with Replaced; in the metric's unit
	Quality    Quality  // with Replaced
}
