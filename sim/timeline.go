package sim

import "time"

// Timeline puts a script's times on the clock on the wall. What lies before
// the script begins is at its true distance; what comes after runs Speed times
// as fast as the clock.
type Timeline struct {
	Start time.Time
	Speed float64 // script seconds per second; more than 0
}

// At is the wall time of a script time.
func (l Timeline) At(t time.Duration) time.Time {
	if t < 0 {
		return l.Start.Add(t)
	}
	return l.Start.Add(l.wall(t))
}

// Elapsed is the script time of a wall time.
func (l Timeline) Elapsed(now time.Time) time.Duration {
	since := now.Sub(l.Start)
	if since < 0 || l.Speed == 1 { // exact, where no factor has to be applied
		return since
	}
	return time.Duration(float64(since) * l.Speed)
}

// wall is how long a piece of the script takes on the clock.
func (l Timeline) wall(t time.Duration) time.Duration {
	if l.Speed == 1 {
		return t
	}
	return time.Duration(float64(t) / l.Speed)
}
