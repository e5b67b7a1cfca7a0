package pcd

import (
	"bytes"
	"math"
	"strconv"

	"wardlight/ingest/hl7"
	"wardlight/ward/vitals"
)

// missing stands for a sample that was not measured, or cannot be read.
var missing = decimal{isMissing: true}

// decimal is a number as written: mantissa × 10^−places.
type decimal struct {
	mantissa  int64
	places    int
	isMissing bool
}

// Bounds of a sample as written. What needs more is read as missing: no
// converter at a bedside has 15 digits.
const (
	maxDigits = 15
	maxPlaces = 9
)

var powers = func() (p [maxPlaces + 1]float64) {
	for i := range p {
		p[i] = math.Pow10(i)
	}
	return p
}()

func (x decimal) float() float64 { return float64(x.mantissa) / powers[x.places] }

// noSamples are the specials of FLOAT-Type and of 16-bit converters that
// devices leave in their arrays.
var noSamples = map[int64]bool{8388607: true, 8388608: true, -8388608: true, 32767: true, -32768: true}

// readSamples reads an array of at most so many numbers; nil for a longer one.
func readSamples(v hl7.Value, most int) []decimal {
	n := bytes.Count(v.Raw(), []byte{'^'}) + bytes.Count(v.Raw(), []byte{'~'}) + 1 // a guess where delimiters are others
	out := make([]decimal, 0, min(n, max(most, 0)))
	for e := range v.Elements() {
		if len(out) >= most {
			return nil
		}
		out = append(out, parseSample(e.Raw()))
	}
	return out
}

// parseSample reads a number. Whatever is none is a sample that is missing.
func parseSample(s []byte) decimal {
	s = bytes.TrimSpace(s)
	x, digits, point := decimal{}, 0, false
	negative := len(s) > 0 && s[0] == '-'
	if negative || len(s) > 0 && s[0] == '+' {
		s = s[1:]
	}
	for _, ch := range s {
		switch {
		case ch >= '0' && ch <= '9':
			if digits == maxDigits || x.places == maxPlaces {
				return missing
			}
			x.mantissa = x.mantissa*10 + int64(ch-'0')
			if x.mantissa > 0 {
				digits++
			}
			if point {
				x.places++
			}
		case ch == '.' && !point:
			point = true
		default:
			return exponential(s, negative)
		}
	}
	if len(s) == 0 || len(s) == 1 && point {
		return missing
	}
	if negative {
		x.mantissa = -x.mantissa
	}
	if x.places == 0 && noSamples[x.mantissa] {
		return missing
	}
	return x
}

// exponential reads 1.5E-3, rounded to nine places.
func exponential(s []byte, negative bool) decimal {
	f, err := strconv.ParseFloat(string(s), 64)
	if err != nil || !(math.Abs(f) < 1e6) {
		return missing
	}
	if negative {
		f = -f
	}
	return decimal{mantissa: int64(math.Round(f * powers[maxPlaces])), places: maxPlaces}
}

// span is the greatest distance of a sample from the middle of its scale.
const span = math.MaxInt16

// quantized puts the values on 16 bits. The step is the device's own where it
// states one, else that of the last decimal place, so that values are kept as
// they were written; only where 16 bits do not reach is it wider.
func (f facets) quantized(values []decimal) (samples []int16, scale, offset float64) {
	low, high, places := f.low, f.high, 0
	known := low < high
	for _, v := range values {
		if v.isMissing {
			continue
		}
		x := v.float()
		if !known {
			low, high, known = x, x, true
		}
		low, high, places = min(low, x), max(high, x), max(places, v.places)
	}
	scale = 1 / powers[places]
	if f.resolution > 0 && isUsable(f.resolution) && isMultiple(values, f.resolution) {
		scale = f.resolution
	}
	if most := max(math.Abs(low), math.Abs(high)); most > span*scale {
		offset = scale * math.Round((low+high)/2/scale)
		if most = max(high-offset, offset-low); most > span*scale {
			scale = most / span
		}
	}
	samples = make([]int16, len(values))
	for i, v := range values {
		samples[i] = vitals.NoSample
		if !v.isMissing {
			samples[i] = int16(math.Round((v.float() - offset) / scale))
		}
	}
	if f.from != f.to { // the numbers of the array stand for others
		a := (f.to[1] - f.to[0]) / (f.from[1] - f.from[0])
		meant, middle := scale*a, f.to[0]+(offset-f.from[0])*a
		if isUsable(meant) && math.Abs(middle) < largest {
			scale, offset = meant, middle
		}
	}
	return samples, scale, offset
}

// largest bounds what a sample may stand for; its inverse what a step may be.
const largest = 1e15

func isUsable(scale float64) bool {
	return math.Abs(scale) < largest && math.Abs(scale) > 1/largest
}

// isMultiple reports whether every value is a whole number of steps.
func isMultiple(values []decimal, step float64) bool {
	for _, v := range values {
		if n := v.float() / step; !v.isMissing && math.Abs(n-math.Round(n)) > 1e-6*max(1, math.Abs(n)) {
			return false
		}
	}
	return true
}
