package live

import (
	"cmp"
	"log/slog"
	"math"
	"slices"
	"sync"
	"time"

	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// Waves keeps the last five minutes of every waveform in memory. Nothing of
// it is durable, and nobody waits for it: what comes late, twice or beyond
// the bounds is let go, and a reader never holds up a sender.
//
// Times. Samples follow each other at their own rate, by the sender's clock.
// That clock is put on the server's by the least delay, receipt minus MSH-7,
// of the last one to two minutes: a constant error of the sender's clock
// vanishes, however small, and a packet that was held up on its way moves
// nothing. Numbers are treated otherwise (the ward lets a clock that is off
// by up to two seconds stand), so that a strip may lie beside its numbers by
// as much as the sender's clock is off.
type Waves struct {
	view func() View
	most int64 // bytes of all rings
	log  *slog.Logger

	mu      sync.RWMutex // of the two below; a source has its own
	sources map[device.ID]*source
	swept   time.Time

	usage usage
}

// usage is what all rings hold together.
type usage struct {
	mu     sync.Mutex
	bytes  int64
	full   bool // and somebody was told
	epochs uint64
}

// source is one device that sends waveforms.
type source struct {
	mu    sync.Mutex
	clock lately // receipt minus the time of sending, of each message
	heard time.Time
	gone  bool    // forgotten; another one stands in its place
	rings []*ring // by 11073 number, then name
}

const (
	// DefaultWaveMemory holds 1,000 beds with two waveforms each.
	DefaultWaveMemory = 384 << 20
	// maxTraces is how many waveforms of one device are kept.
	maxTraces = 32
	// evictAfter is the silence after which a waveform is forgotten.
	evictAfter = ringLength
	sweepEvery = 10 * time.Second
	// maxAhead is how far a packet may lie after the time at which it was
	// sent, by the same clock: more is an error of the sender.
	maxAhead = 5 * time.Second
	// heardOfLate is when a device that sends only waveforms is due to be
	// heard of again by the ward, half the time after which it would be lost.
	heardOfLate = 15 * time.Second
)

// NewWaves makes an empty store of at most so many bytes (0:
// DefaultWaveMemory). view says which devices the ward knows.
func NewWaves(view func() View, most int64, log *slog.Logger) *Waves {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Waves{view: view, most: cmp.Or(most, int64(DefaultWaveMemory)), log: log, sources: map[device.ID]*source{}}
}

// Take takes the waveforms that a device sent in one message. known is false
// if the ward does not know the device, or has heard nothing of it for long:
// then it should get the message's report. Of a device that the ward does not
// know nothing is kept.
func (w *Waves) Take(id device.ID, waves []vitals.Wave, sentAt, receivedAt time.Time) (known bool) {
	dev, ok := w.view().Ward.Device(id)
	if !ok {
		return false
	}
	known = len(dev.Readings)+len(dev.Channels) > 0 || receivedAt.Sub(dev.HeardAt) < heardOfLate
	w.sweep(receivedAt)
	s := w.lockedSource(id)
	defer s.mu.Unlock()
	s.heard = receivedAt
	for _, one := range waves {
		sent := sentAt
		if sent.IsZero() || one.End().After(sent) && one.Start.Sub(sent) < maxAhead {
			sent = one.End() // it cannot have been sent before it was complete
		}
		if len(one.Samples) == 0 || one.End().After(sent) || sent.Sub(one.End()) > ringLength {
			continue
		}
		s.clock.add(receivedAt, receivedAt.Sub(sent))
		w.takeOne(s, one, sent, receivedAt)
	}
	return known
}

func (w *Waves) takeOne(s *source, one vitals.Wave, sentAt, receivedAt time.Time) {
	i, found := slices.BinarySearchFunc(s.rings, one, func(r *ring, v vitals.Wave) int { return compareWaves(&r.head, &v) })
	if found && !isLike(&s.rings[i].head, &one) {
		w.release(s.rings[i])
		s.rings = slices.Delete(s.rings, i, i+1)
		found = false
	}
	if !found {
		if len(s.rings) >= maxTraces || !w.reserve(one.Rate) {
			return
		}
		s.rings = slices.Insert(s.rings, i, newRing(one, w.nextEpoch()))
	}
	r := s.rings[i]
	if r.take(one, receivedAt) || receivedAt.Sub(r.taken) < anew {
		return
	}
	// The sender's clock was set back.
	s.clock = lately{}
	s.clock.add(receivedAt, receivedAt.Sub(sentAt))
	r.begin(one.Start)
	r.take(one, receivedAt)
}

// isLike reports whether a packet continues a waveform. A rate that is
// reckoned from an interval is never twice quite the same.
func isLike(a, b *vitals.Wave) bool {
	return a.Unit == b.Unit && math.Abs(a.Rate-b.Rate) <= 0.02*a.Rate
}

func compareWaves(a, b *vitals.Wave) int {
	return cmp.Or(cmp.Compare(a.MDC, b.MDC), cmp.Compare(a.RefID, b.RefID))
}

// lockedSource finds or makes a source, and locks it.
func (w *Waves) lockedSource(id device.ID) *source {
	for {
		s := w.source(id)
		s.mu.Lock()
		if !s.gone {
			return s
		}
		s.mu.Unlock()
	}
}

func (w *Waves) source(id device.ID) *source {
	w.mu.RLock()
	s := w.sources[id]
	w.mu.RUnlock()
	if s != nil {
		return s
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if s = w.sources[id]; s == nil {
		s = &source{}
		w.sources[id] = s
	}
	return s
}

// known is the source of a device, nil where it sends no waveforms.
func (w *Waves) known(id device.ID) *source {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.sources[id]
}

// sweep forgets what has been silent, now and then.
func (w *Waves) sweep(now time.Time) {
	w.mu.RLock()
	isDue := now.Sub(w.swept) >= sweepEvery
	w.mu.RUnlock()
	if !isDue {
		return
	}
	w.mu.Lock()
	w.swept = now
	all := make([]*source, 0, len(w.sources))
	for id, s := range w.sources {
		s.mu.Lock()
		s.gone = !s.heard.IsZero() && now.Sub(s.heard) >= evictAfter
		if s.gone {
			delete(w.sources, id)
		}
		s.mu.Unlock()
		all = append(all, s)
	}
	w.mu.Unlock()
	for _, s := range all {
		s.mu.Lock()
		s.rings = slices.DeleteFunc(s.rings, func(r *ring) bool {
			isOver := now.Sub(r.taken) >= evictAfter
			if isOver {
				w.release(r)
			}
			return isOver
		})
		s.mu.Unlock()
	}
}

// reserve makes room for a ring; false when the memory for all is used up.
func (w *Waves) reserve(rate float64) bool {
	u, size := &w.usage, int64(2*ringSize(rate))
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.bytes+size > w.most {
		if !u.full {
			u.full = true
			w.log.Warn("no memory for further waveforms; they are let go", "bytes", w.most)
		}
		return false
	}
	u.bytes += size
	return true
}

func (w *Waves) release(r *ring) {
	u := &w.usage
	u.mu.Lock()
	defer u.mu.Unlock()
	u.bytes -= int64(2 * len(r.samples))
	u.full = false
}

func (w *Waves) nextEpoch() uint64 {
	u := &w.usage
	u.mu.Lock()
	defer u.mu.Unlock()
	u.epochs += 1 << 32 // a ring counts on from it
	return u.epochs
}

// Bytes is how much memory all waveforms hold.
func (w *Waves) Bytes() int64 {
	u := &w.usage
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.bytes
}

// Strip copies what is kept of a device's waveforms from one time to another,
// by the server's clock. A waveform without a sample in between is left out.
func (w *Waves) Strip(id device.ID, from, to time.Time) []vitals.Wave {
	s := w.known(id)
	if s == nil {
		return nil
	}
	var out []vitals.Wave
	for i := 0; ; i++ {
		strip, ok := s.strip(i, from, to)
		if !ok {
			return out
		}
		if slices.ContainsFunc(strip.Samples, func(x int16) bool { return x != vitals.NoSample }) {
			out = append(out, strip)
		}
	}
}

// piece is how many samples are copied while a sender has to wait.
const piece = 4096

// strip copies one waveform, piece by piece; ok is false when there is no
// such.
func (s *source) strip(i int, from, to time.Time) (strip vitals.Wave, ok bool) {
	var next, end int64
	var epoch uint64
	for isFirst := true; isFirst || next < end; isFirst = false {
		s.mu.Lock()
		if i >= len(s.rings) {
			s.mu.Unlock()
			return strip, false
		}
		r := s.rings[i]
		if isFirst {
			skew := s.clock.least()
			next = max(r.from, ceil(r.number(from.Add(-skew))))
			end = min(r.to, ceil(r.number(to.Add(-skew))))
			strip, epoch = r.head, r.epoch
			strip.Start = r.timeOf(next).Add(skew)
		}
		if r.epoch != epoch { // began anew between two pieces
			s.mu.Unlock()
			return strip, true
		}
		stop := min(end, next+piece)
		strip.Samples = r.copyTo(strip.Samples, next, stop)
		next = stop
		s.mu.Unlock()
	}
	return strip, true
}
