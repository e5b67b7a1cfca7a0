package device

import (
	"time"

	"wardlight/ward/census"
)

// Hand is a person's word on whom a device speaks for. It outranks what its
// gateway says. The zero value: nobody has said anything.
type Hand struct {
	Bed  census.BedID // zero: released, it speaks for nobody
	By   string       // the person's id; never empty, but in the zero value
	Name string       // as colleagues read it
	At   time.Time
	// Place is what its gateway said of its place when it was released.
	Place census.Location
}

// Assigns reports whether somebody put the device to a bed.
func (h Hand) Assigns() bool { return h.By != "" && !h.Bed.IsZero() }

// Releases reports whether somebody took the device from whom it spoke for.
func (h Hand) Releases() bool { return h.By != "" && h.Bed.IsZero() }
