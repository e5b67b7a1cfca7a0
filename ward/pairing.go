package ward

import (
	"errors"
	"slices"
	"strings"
	"time"

	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/fault"
	"wardlight/ward/staff"
)

// ErrReadBack is why an assignment must be read back: another one was made
// within a minute, and two scans done in a hurry are how two patients get each
// other's device. Assign again with ReadBack, the last four characters of the
// patient's number read from the wristband; of a bed without a patient, those
// of its code.
var ErrReadBack = errors.New("read back the last four characters of the patient's number, or of the bed's code if nobody is in it")

// pairingsRecent is how long a pairing asks for the next one to be read back.
const pairingsRecent = time.Minute

// pairing is an assignment made lately.
type pairing struct {
	at     time.Time
	by     staff.ID
	device device.ID
	bed    census.BedID
}

// checkReadBack declines an assignment that comes soon after another one of
// the same person, device or bed and was not read back.
func (d *draft) checkReadBack(a Assign) error {
	isNear := slices.ContainsFunc(d.pairings, func(p pairing) bool {
		return d.isRecent(p) && (p.by == a.By.ID || p.device == a.Device || p.bed == a.Bed)
	})
	want := a.Identifiers[0]
	if want == "" {
		want = string(a.Bed.Bed)
	}
	switch {
	case !isNear || lastFour(a.ReadBack) == lastFour(want):
		return nil
	case a.ReadBack != "":
		return fault.About(FieldReadBack, fault.New(fault.Conflict, "what was read back does not match: look at the wristband again, and %w", ErrReadBack))
	}
	return fault.About(FieldReadBack, fault.New(fault.Conflict, "another assignment was made within a minute: %w", ErrReadBack))
}

func lastFour(s string) string {
	r := []rune(strings.ToUpper(strings.TrimSpace(s)))
	return string(r[max(len(r)-4, 0):])
}

func (d *draft) isRecent(p pairing) bool { return d.in.At.Sub(p.at) < pairingsRecent }

func (d *draft) notePairing(a Assign) {
	kept := slices.DeleteFunc(slices.Clone(d.pairings), func(p pairing) bool { return !d.isRecent(p) })
	d.pairings = append(kept, pairing{d.in.At, a.By.ID, a.Device, a.Bed})
}
