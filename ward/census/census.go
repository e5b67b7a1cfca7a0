// Package census knows where patients are: units and their beds, patients,
// their encounters, and the admit, transfer, discharge and update events
// (HL7 ADT) that move them. It decides nothing about devices or alarms.
package census

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"wardlight/ward/fault"
)

type (
	// UnitCode names a unit as PV1-3.1 does, for example "ICU".
	UnitCode string
	// BedCode names a bed within its unit, for example "12".
	BedCode string
	// PatientID is ours; a hospital's number is an Identifier.
	PatientID string
	// EncounterID is ours; a hospital's visit number is an Identifier.
	EncounterID string
)

// BedID is a bed of a unit. The zero value is no bed.
type BedID struct {
	Unit UnitCode
	Bed  BedCode
}

// String gives the bed as people say it: "ICU-12".
func (b BedID) String() string { return string(b.Unit) + "-" + string(b.Bed) }

// IsZero reports whether b is no bed.
func (b BedID) IsZero() bool { return b == BedID{} }

// Unit is a nursing unit: its beds in the order they are drawn.
type Unit struct {
	Code         UnitCode
	Name         string
	Zone         string // IANA name; the unit's times are shown in it
	CareArea     string // chooses default limits, for example "adult-icu"
	TrustGateway bool   // a gateway's PID-3/PV1-3 associates a device without a person
	Beds         []BedCode
}

var codeForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$`)

// MaxBeds is how many beds one unit, and so one central station, may have.
const MaxBeds = 64

// Validate says in one line what is wrong with a unit, if anything is.
func (u Unit) Validate() error {
	if !codeForm.MatchString(string(u.Code)) {
		return fault.New(fault.Invalid, "unit code %q: use 1 to 32 letters, digits, '_', '.', '-', beginning with a letter or digit", u.Code)
	}
	if len(u.Beds) == 0 || len(u.Beds) > MaxBeds {
		return fault.New(fault.Invalid, "unit %s has %d beds: give 1 to %d", u.Code, len(u.Beds), MaxBeds)
	}
	if _, err := time.LoadLocation(u.Zone); err != nil || u.Zone == "" {
		return fault.New(fault.Invalid, "unit %s: zone %q is not an IANA time zone, for example Europe/London", u.Code, u.Zone)
	}
	seen := make(map[BedCode]bool, len(u.Beds))
	for _, b := range u.Beds {
		if !codeForm.MatchString(string(b)) {
			return fault.New(fault.Invalid, "unit %s: bed %q: use 1 to 32 letters, digits, '_', '.', '-'", u.Code, b)
		}
		if seen[b] {
			return fault.New(fault.Invalid, "unit %s: bed %q is listed twice", u.Code, b)
		}
		seen[b] = true
	}
	return nil
}

// Location is an assigned patient location as a sender writes it (HL7 PL:
// unit, room, bed, facility).
type Location struct{ Unit, Room, Bed, Facility string }

// IsZero reports whether the sender gave no location.
func (l Location) IsZero() bool { return l.Unit == "" && l.Room == "" && l.Bed == "" }

// String writes the location as HL7 does, for people who must find it.
func (l Location) String() string {
	return strings.TrimRight(fmt.Sprintf("%s^%s^%s", l.Unit, l.Room, l.Bed), "^")
}

// Place writes the location as people write beds: "ICU-12-A"; empty for none.
func (l Location) Place() string {
	parts := slices.DeleteFunc([]string{l.Unit, l.Room, l.Bed}, func(s string) bool { return s == "" })
	return strings.Join(parts, "-")
}

// UnitCode is the code of the unit that the sender means. Codes have no
// blanks; a ward file writes "_" for each that a sender writes.
func (l Location) UnitCode() UnitCode { return UnitCode(codeOf(l.Unit)) }

func codeOf(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), " ", "_") }

// Locate finds the bed that a sender's location means: room and bed together
// ("12-A", "12A"), else the bed alone, else the room alone. When bed and room
// would each name a different bed, neither is believed; nor are two numbers
// read as one: bed 2 of room 1 is not bed 12.
func (u Unit) Locate(l Location) (BedCode, bool) {
	if l.UnitCode() != u.Code {
		return "", false
	}
	room, bed := codeOf(l.Room), codeOf(l.Bed)
	has := func(code string) bool { return code != "" && slices.Contains(u.Beds, BedCode(code)) }
	if room != "" && bed != "" {
		if together := room + "-" + bed; has(together) {
			return BedCode(together), true
		}
		if together := room + bed; isDigit(room[len(room)-1]) != isDigit(bed[0]) && has(together) {
			return BedCode(together), true
		}
	}
	switch isBed, isRoom := has(bed), has(room); {
	case isBed && isRoom && bed != room:
		return "", false
	case isBed:
		return BedCode(bed), true
	case isRoom:
		return BedCode(room), true
	}
	return "", false
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
