package live

import (
	"math"
	"time"

	"wardlight/ward/vitals"
)

// ring holds the newest samples of one waveform. Samples are numbered from
// the first that ever came; number n was measured n / rate seconds after
// origin, by the sender's clock.
type ring struct {
	head     vitals.Wave // of all samples; Start and Samples are empty
	samples  []int16     // number n lies at n modulo the length
	from, to int64       // numbers that are held: [from, to)
	origin   time.Time
	epoch    uint64  // another one: numbers or scale have begun anew
	step     float64 // the finest that a packet asked for
	taken    time.Time
	packets  lately // negative length of each
}

const (
	// ringLength is how much of a waveform is kept.
	ringLength = 5 * time.Minute
	// jitter is how far a packet's time may lie from the end of the one
	// before and still continue it: times are cut to hundredths, and no clock
	// runs exactly at the nominal rate.
	jitter = 20 * time.Millisecond
	// anew is the time after which packets that are all older than what is
	// held mean that the sender's clock was set back.
	anew = 5 * time.Second
)

func ringSize(rate float64) int { return int(math.Ceil(ringLength.Seconds() * rate)) }

func newRing(w vitals.Wave, epoch uint64) *ring {
	r := &ring{head: w, samples: make([]int16, ringSize(w.Rate)), epoch: epoch, step: math.Abs(w.Scale), origin: w.Start}
	r.head.Start, r.head.Samples = time.Time{}, nil
	return r
}

// number is the number of the sample at a time, by the sender's clock.
func (r *ring) number(t time.Time) float64 { return t.Sub(r.origin).Seconds() * r.head.Rate }

// timeOf is when a sample was measured, by the sender's clock.
func (r *ring) timeOf(n int64) time.Time {
	return r.origin.Add(time.Duration(float64(n) / r.head.Rate * float64(time.Second)))
}

// take takes a packet. It is false for one that is older than what is held,
// late or a duplicate: that is let go.
func (r *ring) take(w vitals.Wave, at time.Time) bool {
	n := int64(len(w.Samples))
	ahead := int64(math.Round(within52(r.number(w.Start)))) - r.to
	near := min(int64(math.Ceil(jitter.Seconds()*r.head.Rate)), (n-1)/2)
	switch {
	case r.to == 0 || ahead >= int64(len(r.samples)): // nothing of what is held would remain
		r.begin(w.Start)
		ahead = 0
	case -near <= ahead && ahead <= near:
		r.origin = r.origin.Add(w.Start.Sub(r.timeOf(r.to)))
		ahead = 0
	case ahead+n <= 0:
		return false
	case ahead < 0: // the part that is not known yet
		w.Samples = w.Samples[-ahead:]
	}
	for ; ahead > 0; ahead-- {
		r.put(vitals.NoSample)
	}
	r.fit(&w)
	for _, s := range w.Samples[max(0, len(w.Samples)-len(r.samples)):] {
		r.put(s)
	}
	r.taken = at
	r.packets.add(at, -time.Duration(float64(n)/r.head.Rate*float64(time.Second)))
	return true
}

// begin forgets everything and numbers anew.
func (r *ring) begin(start time.Time) {
	r.from, r.to, r.origin = 0, 0, start
	r.epoch++
}

func (r *ring) put(s int16) {
	r.samples[r.to%int64(len(r.samples))] = s
	r.to++
	r.from = max(r.from, r.to-int64(len(r.samples)))
}

// fit brings a packet and the ring to one scale. The ring's is kept where the
// packet's values can be written in it exactly enough, else both move to one
// that holds them all; what a ring asks of its scale only ever grows.
func (r *ring) fit(w *vitals.Wave) {
	h := &r.head
	if w.Scale == h.Scale && w.Offset == h.Offset {
		return
	}
	low, high := valueRange(w.Samples, w.Scale, w.Offset)
	if low > high { // nothing but gaps
		return
	}
	if math.Abs(w.Scale) < r.step*0.999 || !fits(low, h) || !fits(high, h) {
		r.step = min(r.step, math.Abs(w.Scale))
		for n := r.from; n < r.to; n++ {
			if s := r.samples[n%int64(len(r.samples))]; s != vitals.NoSample {
				x := h.Offset + h.Scale*float64(s)
				low, high = min(low, x), max(high, x)
			}
		}
		r.rescale(scaleFor(low, high, r.step))
	}
	fitted := make([]int16, len(w.Samples))
	for i, s := range w.Samples {
		fitted[i] = convert(s, w.Scale, w.Offset, h)
	}
	w.Samples = fitted
}

func valueRange(samples []int16, scale, offset float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, s := range samples {
		if s != vitals.NoSample {
			x := offset + scale*float64(s)
			low, high = min(low, x), max(high, x)
		}
	}
	return low, high
}

func fits(x float64, h *vitals.Wave) bool {
	return math.Abs((x-h.Offset)/h.Scale) <= math.MaxInt16
}

// scaleFor is a scale of 16 bits for values from low to high, with the step
// if that reaches so far. Room to grow is left, so that it changes seldom.
func scaleFor(low, high, step float64) (scale, offset float64) {
	if max(math.Abs(low), math.Abs(high)) <= step*math.MaxInt16 {
		return step, 0
	}
	offset = (low + high) / 2
	if half := (high - low) / 2; half > step*math.MaxInt16 {
		step = 2 * half / math.MaxInt16
	}
	return step, offset
}

func (r *ring) rescale(scale, offset float64) {
	next := r.head
	next.Scale, next.Offset = scale, offset
	for n := r.from; n < r.to; n++ {
		s := &r.samples[n%int64(len(r.samples))]
		*s = convert(*s, r.head.Scale, r.head.Offset, &next)
	}
	r.head = next
	r.epoch++
}

func convert(s int16, scale, offset float64, to *vitals.Wave) int16 {
	if s == vitals.NoSample {
		return s
	}
	x := math.Round((offset + scale*float64(s) - to.Offset) / to.Scale)
	return int16(max(min(x, math.MaxInt16), -math.MaxInt16))
}

// copyTo appends the samples [from, to) to dst; those that are not held are
// missing.
func (r *ring) copyTo(dst []int16, from, to int64) []int16 {
	for ; from < to; from++ {
		s := vitals.NoSample
		if from >= r.from && from < r.to {
			s = r.samples[from%int64(len(r.samples))]
		}
		dst = append(dst, s)
	}
	return dst
}

// lately is the least of what was measured in the last one to two minutes.
type lately struct {
	now, before time.Duration
	has, had    bool
	turned      time.Time
}

const turn = time.Minute

func (l *lately) add(at time.Time, d time.Duration) {
	if at.Sub(l.turned) >= turn {
		l.before, l.had = l.now, l.has && at.Sub(l.turned) < 2*turn
		l.has, l.turned = false, at
	}
	if !l.has || d < l.now {
		l.now, l.has = d, true
	}
}

func (l *lately) least() time.Duration {
	if l.had && l.before < l.now {
		return l.before
	}
	return l.now
}
