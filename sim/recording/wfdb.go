package recording

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"slices"
	"time"
)

// readWFDB reads a record in PhysioNet's WaveForm DataBase form: a header and
// signal files. See header(5) and signal(5) of the WFDB Applications Guide.
func readWFDB(data fs.FS, name string) (Record, error) {
	text, err := fs.ReadFile(data, name+".hea")
	if err != nil {
		return Record{}, err
	}
	h, err := parseHeader(string(text))
	if err != nil {
		return Record{}, err
	}
	r := Record{Name: name, Duration: seconds(float64(h.frames) / h.rate)}
	if len(h.segments) > 0 {
		r.Signals, err = readSegments(data, h)
	} else {
		r.Signals, err = readSignals(data, h)
	}
	return r, err
}

func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second)).Round(time.Millisecond)
}

// readSegments joins the segments of a record of fixed layout: the same
// signals in each, one after the other.
func readSegments(data fs.FS, h header) ([]Signal, error) {
	var joined []Signal
	for _, seg := range h.segments {
		part, err := readWFDB(data, seg.name)
		if err != nil {
			return nil, fmt.Errorf("segment %s: %w", seg.name, err)
		}
		if joined == nil {
			joined = part.Signals
			continue
		}
		if !slices.EqualFunc(joined, part.Signals, sameChannel) {
			return nil, fmt.Errorf("segment %s has other signals than the first", seg.name)
		}
		for i := range joined {
			joined[i].Digits = append(joined[i].Digits, part.Signals[i].Digits...)
		}
	}
	return joined, nil
}

func sameChannel(a, b Signal) bool {
	return a.Name == b.Name && a.Rate == b.Rate && a.Gain == b.Gain && a.Baseline == b.Baseline
}

// readSignals reads a record whose signals share one file, frame by frame.
func readSignals(data fs.FS, h header) ([]Signal, error) {
	if len(h.signals) == 0 {
		return nil, fmt.Errorf("no signals")
	}
	first := h.signals[0]
	perFrame := 0
	for _, s := range h.signals {
		if s.file != first.file || s.format != first.format || s.offset != first.offset {
			return nil, fmt.Errorf("signal %s is in another file or format than %s", s.name, first.name)
		}
		perFrame += s.samplesPerFrame
	}
	raw, err := fs.ReadFile(data, first.file)
	if err != nil {
		return nil, err
	}
	if len(raw) < first.offset {
		return nil, fmt.Errorf("%s ends inside its preamble", first.file)
	}
	digits, missing, err := decode(raw[first.offset:], first.format, h.frames*perFrame)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", first.file, err)
	}
	return split(digits, missing, perFrame, h)
}

// split takes the frames apart. A signal sampled faster than the frame rate
// has several samples in each frame.
func split(digits []int16, missing int16, perFrame int, h header) ([]Signal, error) {
	var out []Signal
	at := 0
	for _, sh := range h.signals {
		s := Signal{
			Name: sh.name, Unit: sh.unit, Gain: sh.gain, Baseline: sh.baseline,
			Rate: h.rate * float64(sh.samplesPerFrame), missing: missing,
		}
		for frame := at; frame < len(digits); frame += perFrame {
			s.Digits = append(s.Digits, digits[frame:frame+sh.samplesPerFrame]...)
		}
		if err := sh.verify(s.Digits); err != nil {
			return nil, fmt.Errorf("signal %s: %w", sh.name, err)
		}
		s.Digits = deskew(s.Digits, sh.skew*sh.samplesPerFrame, missing)
		out = append(out, s)
		at += sh.samplesPerFrame
	}
	return out, nil
}

// verify compares the samples as they lie in the file with what the header
// says of them.
func (sh signalHeader) verify(digits []int16) error {
	if len(digits) > 0 && int(digits[0]) != sh.initial {
		return fmt.Errorf("first sample %d, header says %d", digits[0], sh.initial)
	}
	var sum int16
	for _, d := range digits {
		sum += d
	}
	if sum != sh.checksum {
		return fmt.Errorf("checksum %d, header says %d", sum, sh.checksum)
	}
	return nil
}

// deskew moves a signal that was delayed by so many samples back in line with
// the others; what falls off the end was never recorded.
func deskew(digits []int16, skew int, missing int16) []int16 {
	skew = min(skew, len(digits))
	out := append([]int16(nil), digits[skew:]...)
	return append(out, slices.Repeat([]int16{missing}, skew)...)
}

// decode reads n samples in a WFDB storage format, and says which digit
// stands for a missing sample in it.
func decode(raw []byte, format, n int) (digits []int16, missing int16, err error) {
	switch format {
	case 16:
		digits, err = decode16(raw, n)
		return digits, -1 << 15, err
	case 212:
		digits, err = decode212(raw, n)
		return digits, -1 << 11, err
	}
	return nil, 0, fmt.Errorf("format %d is not supported", format)
}

// decode16: two bytes each, little endian.
func decode16(raw []byte, n int) ([]int16, error) {
	if len(raw) < 2*n {
		return nil, fmt.Errorf("%d bytes for %d samples of 16 bits", len(raw), n)
	}
	out := make([]int16, n)
	for i := range out {
		out[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return out, nil
}

// decode212: two samples of 12 bits in three bytes; the middle byte holds the
// high nibbles, the first sample's in its low half.
func decode212(raw []byte, n int) ([]int16, error) {
	if len(raw) < (3*n+1)/2 {
		return nil, fmt.Errorf("%d bytes for %d samples of 12 bits", len(raw), n)
	}
	out := make([]int16, n)
	for i := range out {
		b := raw[i/2*3:]
		u := uint16(b[0]) | uint16(b[1]&0x0F)<<8
		if i%2 == 1 {
			u = uint16(b[2]) | uint16(b[1]&0xF0)<<4
		}
		out[i] = int16(u<<4) >> 4 // sign of bit 11
	}
	return out, nil
}
