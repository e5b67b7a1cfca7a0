package live

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
)

// Strips keeps, for good, what a bed's waveforms show around the onset of
// every alarm of high or medium priority. What is in memory when the process
// ends, is lost: a strip is taken ten seconds after its alarm.
type Strips struct {
	loop  *Loop
	waves *Waves
	now   func() time.Time
	log   *slog.Logger
	wake  chan struct{}

	mu        sync.Mutex
	due       []strip // the earliest first: onsets come in order
	unsettled int     // handed to the loop and not recorded yet
}

// strip is one that is to be kept.
type strip struct {
	alarm   alarm.ID
	bed     census.BedID
	onset   time.Time
	devices []stripDevice
}

// stripDevice is a device that reported for the bed, and since when.
type stripDevice struct {
	id        device.ID
	encounter census.EncounterID
	since     time.Time
	until     time.Time // it has reported for somebody else, or nobody, since; zero: it has not
}

const (
	stripBefore = 20 * time.Second // of the onset
	stripAfter  = 10 * time.Second
	// stripWait is how long packets may be on their way.
	stripWait = time.Second
	// maxUnsettled bounds what waits for the record while that is away: a
	// strip is some 50 kB.
	maxUnsettled = 256
)

// NewStrips listens to a loop that does not run yet.
func NewStrips(l *Loop, w *Waves, now func() time.Time, log *slog.Logger) *Strips {
	s := &Strips{loop: l, waves: w, now: now, log: log, wake: make(chan struct{}, 1)}
	l.onChange = s.note
	return s
}

// note remembers alarms that have just begun, and when a device of theirs
// leaves, for it may be back, or with the next patient, before the strip is
// taken.
func (s *Strips) note(w ward.Ward, changes []ward.Change) {
	s.noteMoves(w)
	for _, c := range changes {
		e, ok := c.What.(ward.EpisodeChanged)
		if !ok || e.Event.What != alarm.EventOnset || e.Episode.Priority != alarm.High && e.Episode.Priority != alarm.Medium {
			continue
		}
		bed, ok := w.Bed(e.Episode.Bed)
		if !ok || !e.Episode.IsOpen() { // one of the past: its waveforms are not those of now
			continue
		}
		one := strip{alarm: e.Episode.ID, bed: bed.ID, onset: e.Episode.Onset}
		for _, d := range bed.Devices {
			if d.Encounter == e.Episode.Encounter {
				one.devices = append(one.devices, stripDevice{id: d.ID, encounter: d.Encounter, since: d.Since})
			}
		}
		s.mu.Lock()
		s.due = append(s.due, one)
		s.mu.Unlock()
		select {
		case s.wake <- struct{}{}:
		default: // it is awake, or will be
		}
	}
}

func (s *Strips) noteMoves(w ward.Ward) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.due {
		for i := range one.devices {
			if d := &one.devices[i]; d.until.IsZero() {
				d.until = leftAt(w, one.bed, *d)
			}
		}
	}
}

// leftAt is when a device ceased to report for the patient in a bed; zero if
// it has not.
func leftAt(w ward.Ward, bed census.BedID, d stripDevice) time.Time {
	now, ok := w.Device(d.id)
	if ok && (now.Bed != bed || now.Encounter != d.encounter) {
		return now.Since
	}
	return time.Time{}
}

// Run keeps strips until ctx ends.
func (s *Strips) Run(ctx context.Context) {
	timer := stoppedTimer()
	defer timer.Stop()
	for {
		if wait, any := s.keepDue(ctx); any {
			timer.Reset(wait)
		}
		select {
		case <-s.wake:
		case <-timer.C:
		case <-ctx.Done():
			return
		}
	}
}

// keepDue keeps what is due, and says when the next one is.
func (s *Strips) keepDue(ctx context.Context) (wait time.Duration, any bool) {
	for {
		s.mu.Lock()
		if len(s.due) == 0 {
			s.due = nil
			s.mu.Unlock()
			return 0, false
		}
		next := s.due[0]
		if wait = next.onset.Add(stripAfter + stripWait).Sub(s.now()); wait > 0 {
			s.mu.Unlock()
			return wait, true
		}
		s.due = s.due[1:]
		s.mu.Unlock()
		s.keep(ctx, next)
	}
}

func (s *Strips) keep(ctx context.Context, one strip) {
	k := ward.KeepStrip{Alarm: one.alarm, Bed: one.bed}
	for _, d := range one.devices {
		from, to := later(one.onset.Add(-stripBefore), d.since), one.onset.Add(stripAfter)
		if !d.until.IsZero() && d.until.Before(to) {
			to = d.until
		}
		for _, wave := range s.waves.Strip(d.id, from, to) {
			k.Waves = append(k.Waves, ward.StripWave{Device: d.id, Wave: wave})
		}
	}
	if len(k.Waves) == 0 || !s.mayHand() {
		return
	}
	if err := s.loop.Enqueue(ctx, k, nil, s.settled); err != nil {
		s.settled(ward.Outcome{Err: err})
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (s *Strips) mayHand() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unsettled >= maxUnsettled {
		s.log.Warn("a strip is let go: too many wait for the record")
		return false
	}
	s.unsettled++
	return true
}

func (s *Strips) settled(o ward.Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unsettled--
	if o.Err != nil {
		s.log.Warn("a strip could not be kept", "err", o.Err)
	}
}
