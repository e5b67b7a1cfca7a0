package live

import (
	"math"
	"time"

	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// WaveReader follows waveforms for one screen. It is lossy: a reader that
// falls behind skips to what is new. It is for one goroutine.
type WaveReader struct {
	waves *Waves
	at    map[traceKey]position
}

type traceKey struct {
	device device.ID
	mdc    int
	ref    string
}

// position is where a reader stands in a waveform.
type position struct {
	epoch    uint64
	next     int64
	anchored time.Time // zero: nowhere
}

// Stretch is what is new of one waveform.
type Stretch struct {
	vitals.Wave        // Start by the server's clock; Samples may be empty
	Epoch       uint64 // another one: what was known of rate and scale holds no more
	// Hold is how long after its measurement a sample is sent: the length of
	// a packet and the time that packets may differ by on their way.
	Hold time.Duration
	// IsGap: what comes does not follow what came before; the last sample is
	// the newest one that was measured Hold ago. It is set once a minute even
	// where nothing is missing, so that clocks cannot drift apart.
	IsGap bool
}

const (
	shortestHold = 350 * time.Millisecond
	allowance    = 100 * time.Millisecond // for packets to differ by on their way
	behind       = time.Second            // a reader that is later than this skips
	opening      = 200 * time.Millisecond // of a waveform that begins, or begins again
	reanchor     = time.Minute
)

// NewReader begins to follow.
func (w *Waves) NewReader() *WaveReader {
	return &WaveReader{waves: w, at: map[traceKey]position{}}
}

// Next appends what is new of a device's waveforms at time now, nothing of it
// measured before since. Every waveform that the device sends is in it, also
// one of which nothing is new.
func (r *WaveReader) Next(dst []Stretch, id device.ID, since, now time.Time) []Stretch {
	s := r.waves.known(id)
	if s == nil {
		return dst
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	skew := s.clock.least()
	for _, ring := range s.rings {
		key := traceKey{id, ring.head.MDC, ring.head.RefID}
		stretch, at := ring.next(r.at[key], skew, since, now)
		r.at[key] = at
		dst = append(dst, stretch)
	}
	return dst
}

// Restart drops where the reader stands: all waveforms begin again.
func (r *WaveReader) Restart() { clear(r.at) }

// Forget drops where the reader stands in a device's waveforms.
func (r *WaveReader) Forget(id device.ID) {
	for key := range r.at {
		if key.device == id {
			delete(r.at, key)
		}
	}
}

// next gives what a reader has not got yet. A waveform that begins does so
// only when it reaches up to now − hold, so that the reader knows when its
// samples were measured; from there on they follow each other.
func (r *ring) next(p position, skew time.Duration, since, now time.Time) (Stretch, position) {
	out := Stretch{Wave: r.head, Epoch: r.epoch, Hold: r.hold()}
	first := max(r.from, ceil(r.number(since.Add(-skew))))
	end := floor(r.number(now.Add(-skew-out.Hold))) + 1
	if p.epoch != r.epoch || float64(end-p.next) > behind.Seconds()*r.head.Rate {
		p = position{epoch: r.epoch}
	}
	out.IsGap = r.to >= end && now.Sub(p.anchored) >= reanchor
	if p.anchored.IsZero() {
		if !out.IsGap {
			return out, p
		}
		p.next = end - int64(opening.Seconds()*r.head.Rate)
	}
	if p.next < first { // an association began, or the reader was too slow
		if r.to < end {
			return out, position{epoch: r.epoch}
		}
		p.next, out.IsGap = first, true
	}
	end = min(end, r.to)
	if p.next >= end {
		out.IsGap = false
		return out, p
	}
	if out.IsGap {
		p.anchored = now
	}
	out.Start = r.timeOf(p.next).Add(skew)
	out.Samples = r.copyTo(nil, p.next, end)
	p.next = end
	return out, p
}

// hold follows the longest packet of the last minutes, in steps, so that it
// seldom changes.
func (r *ring) hold() time.Duration {
	const step = 50 * time.Millisecond
	longest := -r.packets.least()
	return max(shortestHold, (longest+allowance+step-1)/step*step)
}

// Times are whole nanoseconds, so that what falls on a sample may seem to lie
// a little beside it.
const beside = 1e-4

func ceil(n float64) int64  { return int64(math.Ceil(within52(n) - beside)) }
func floor(n float64) int64 { return int64(math.Floor(within52(n) + beside)) }

// within52 keeps a number of a sample where floats count exactly.
func within52(n float64) float64 { return max(min(n, 1<<52), -1<<52) }
