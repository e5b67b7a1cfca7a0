package recording

import "math"

// Beats finds the R peaks of an ECG, as sample indices. It follows the idea
// of Pan and Tompkins (IEEE Trans Biomed Eng 1985;32:230-236): the band of
// the QRS complex, its slope rectified and summed over the width of a QRS (not
// squared: a rattling electrode would drown the beats around it), then an
// adaptive threshold, a refractory time, and a search back for a beat that
// was overlooked.
func Beats(ecg Signal) []int {
	width := func(s float64) int { return int(math.Round(s * ecg.Rate)) }
	x := ecg.Values()
	band := minus(smooth(x, width(0.024)), smooth(x, width(0.15)))
	steep := slope(band, max(width(0.008), 1))
	energy := smooth(apply(steep, math.Abs), width(0.12))
	return peaks(energy, ecg.Rate, 0.25)
}

// Pulses finds the beats of a pleth or pressure wave, as sample indices of
// the steepest part of each upstroke.
func Pulses(wave Signal) []int {
	width := func(s float64) int { return int(math.Round(s * wave.Rate)) }
	x := smooth(wave.Values(), width(0.08))
	rising := apply(slope(x, max(width(0.02), 1)), func(v float64) float64 { return max(v, 0) })
	return peaks(smooth(rising, width(0.15)), wave.Rate, 0.35)
}

const (
	levelMemory = 0.125 // share of each new peak in the running levels
	threshold   = 0.25  // between the level of noise and that of beats
	searchBack  = 1.66  // times the mean interval without a beat
	forget      = 0.9   // of the level of beats is left after each candidate that came too late
	learning    = 4.0   // seconds from which the first levels are taken
)

// peaks picks the maxima of an energy that are beats and not noise. refractory
// is the least time between two beats, in seconds.
func peaks(energy []float64, rate, refractory float64) []int {
	p := newPicker(energy, rate)
	for _, i := range maxima(energy, int(refractory*rate)) {
		p.see(i)
	}
	return p.beats
}

// maxima are the indices that stand above everything within reach of them.
func maxima(x []float64, reach int) (out []int) {
	for i := 0; i < len(x); i++ {
		lo, hi := max(i-reach, 0), min(i+reach, len(x)-1)
		best := i
		for j := hi; j >= lo; j-- {
			if x[j] > x[best] {
				best = j
				break
			}
		}
		if best == i && x[i] > 0 {
			out = append(out, i)
			i += reach
		}
	}
	return out
}

// picker is the adaptive threshold: running levels of beats and of noise.
type picker struct {
	energy      []float64
	beat, noise float64
	interval    float64 // running mean between beats, in samples; 0: unknown
	beats       []int
	missed      []int // candidates since the last beat
}

func newPicker(energy []float64, rate float64) *picker {
	first := energy[:min(len(energy), int(learning*rate))]
	var top, sum float64
	for _, v := range first {
		top = max(top, v)
		sum += v
	}
	return &picker{energy: energy, beat: top / 2, noise: sum / float64(max(len(first), 1)) / 2}
}

func (p *picker) limit() float64 { return p.noise + threshold*(p.beat-p.noise) }

func (p *picker) see(i int) {
	if p.isOverdue(i) && !p.recover() {
		p.beat *= forget
	}
	h := p.energy[i]
	if h <= p.limit() {
		p.noise += levelMemory * (h - p.noise)
		p.missed = append(p.missed, i)
		return
	}
	p.accept(i)
}

func (p *picker) isOverdue(i int) bool {
	return p.interval > 0 && len(p.beats) > 0 && float64(i-p.beats[len(p.beats)-1]) > searchBack*p.interval
}

// recover accepts the highest of the overlooked candidates if it clears half
// the threshold, and reports whether there was one.
func (p *picker) recover() bool {
	best := -1
	for _, i := range p.missed {
		if p.energy[i] > p.limit()/2 && (best < 0 || p.energy[i] > p.energy[best]) {
			best = i
		}
	}
	if best >= 0 {
		p.accept(best)
	}
	return best >= 0
}

func (p *picker) accept(i int) {
	if n := len(p.beats); n > 0 {
		gap := float64(i - p.beats[n-1])
		if p.interval == 0 {
			p.interval = gap
		}
		// A pause must not teach that pauses are normal.
		p.interval += levelMemory * (min(gap, 1.5*p.interval) - p.interval)
	}
	// Nor may one artefact raise the threshold out of reach.
	p.beat += levelMemory * (min(p.energy[i], 2*p.beat) - p.beat)
	p.beats = append(p.beats, i)
	p.missed = p.missed[:0]
}
