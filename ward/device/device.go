// Package device knows the things that report: monitors, wearables and
// infusion pumps, and for which bed and encounter each one spoke, when.
package device

import (
	"time"

	"wardlight/ward/census"
)

// ID is a device's own identity as it reports it: its EUI-64 where it has
// one, else the name its gateway knows it by.
type ID string

// Kind is what a device is to a nurse.
type Kind string

// The kinds.
const (
	Monitor  Kind = "monitor"
	Wearable Kind = "wearable"
	Pump     Kind = "pump"
)

// Identity is what a message says of the device that it is about.
type Identity struct {
	ID    ID
	Label string // short name for people, for example "MON77"
	Kind  Kind
}

// Association ties a device to a bed, and to the encounter in it, over
// [From, To). Observations are stored by device and time and find their
// patient through it.
type Association struct {
	Device    ID
	Bed       census.BedID
	Encounter census.EncounterID // empty: monitored, no patient in the bed
	From      time.Time
	To        time.Time // zero: still so
	By        string    // "gateway", or who did it
}

// IsOpen reports whether the association still holds.
func (a Association) IsOpen() bool { return a.To.IsZero() }

// Holds reports whether the association covers time at.
func (a Association) Holds(at time.Time) bool {
	return !at.Before(a.From) && (a.To.IsZero() || at.Before(a.To))
}

// Rhythm learns how often a device speaks, from the gaps between its last
// messages. The zero value knows nothing yet.
type Rhythm struct {
	gaps [rhythmLength]time.Duration
	n    int
}

const (
	rhythmLength = 5
	// maxPeriod bounds what is learnt, so that a device which fades away
	// cannot teach us that silence is normal.
	maxPeriod = 10 * time.Minute
)

// Heard adds the gap since the message before.
func (r Rhythm) Heard(gap time.Duration) Rhythm {
	if gap <= 0 {
		return r
	}
	r.gaps[r.n%rhythmLength] = min(gap, maxPeriod)
	r.n++
	return r
}

// Period is the median gap, or assumed until enough was heard. One late
// message must not count: the median of five is unmoved by two.
func (r Rhythm) Period(assumed time.Duration) time.Duration {
	if r.n < rhythmLength {
		return assumed
	}
	g := r.gaps
	for i := 1; i < len(g); i++ { // insertion sort of five
		for j := i; j > 0 && g[j] < g[j-1]; j-- {
			g[j], g[j-1] = g[j-1], g[j]
		}
	}
	return g[len(g)/2]
}

// AssumedPeriod is how often a device of this kind speaks before it has
// shown its own rhythm.
func (k Kind) AssumedPeriod() time.Duration {
	if k == Pump {
		return 30 * time.Second // clinical convention: pump status every 30 s
	}
	return time.Second
}
