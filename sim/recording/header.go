package recording

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// header is a WFDB header file; see header(5) of the WFDB Applications Guide.
type header struct {
	name     string
	rate     float64 // frames per second
	frames   int
	signals  []signalHeader
	segments []segmentHeader // of a multi-segment record
}

type segmentHeader struct {
	name   string
	frames int
}

type signalHeader struct {
	file            string
	format          int
	samplesPerFrame int
	skew            int // frames by which the signal is delayed in its file
	offset          int // bytes before the first sample
	gain            float64
	baseline        int
	unit            string
	initial         int   // the first sample, for checking
	checksum        int16 // the sum of all samples modulo 2^16, for checking
	name            string
}

const defaultGain = 200 // digits per unit where a header gives none

func parseHeader(text string) (header, error) {
	lines := contentLines(text)
	if len(lines) == 0 {
		return header{}, errors.New("empty header")
	}
	h, signals, segments, err := parseRecordLine(lines[0])
	if err != nil {
		return header{}, err
	}
	lines = lines[1:]
	want := signals
	if segments > 0 {
		want = segments
	}
	if len(lines) < want {
		return header{}, fmt.Errorf("header has %d lines of %d", len(lines), want)
	}
	if segments > 0 {
		h.segments, err = parseSegments(lines[:segments])
		return h, err
	}
	for _, line := range lines[:signals] {
		s, err := parseSignalLine(line)
		if err != nil {
			return header{}, fmt.Errorf("signal line %q: %w", line, err)
		}
		h.signals = append(h.signals, s)
	}
	return h, nil
}

func contentLines(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return lines
}

// parseRecordLine reads "name[/segments] signals rate[/counter] frames ...".
func parseRecordLine(line string) (h header, signals, segments int, err error) {
	f := strings.Fields(line)
	if len(f) < 4 {
		return h, 0, 0, fmt.Errorf("record line %q is too short", line)
	}
	name, count, isMulti := strings.Cut(f[0], "/")
	rate, _, _ := strings.Cut(f[2], "/")
	n := numbers{}
	h = header{name: name, rate: n.float(rate), frames: n.int(f[3])}
	signals = n.int(f[1])
	if isMulti {
		segments = n.int(count)
	}
	if n.err == nil && (h.rate <= 0 || h.frames < 0 || signals < 0 || segments < 0) {
		n.err = fmt.Errorf("record line %q is out of range", line)
	}
	return h, signals, segments, n.err
}

func parseSegments(lines []string) (out []segmentHeader, err error) {
	for _, line := range lines {
		f := strings.Fields(line)
		if len(f) < 2 {
			return nil, fmt.Errorf("segment line %q is too short", line)
		}
		frames, err := strconv.Atoi(f[1])
		if err != nil {
			return nil, err
		}
		out = append(out, segmentHeader{f[0], frames})
	}
	return out, nil
}

// parseSignalLine reads
// "file format[xN][:skew][+offset] gain[(baseline)][/unit] bits zero initial checksum block name".
func parseSignalLine(line string) (signalHeader, error) {
	f := strings.Fields(line)
	if len(f) < 8 {
		return signalHeader{}, errors.New("too short")
	}
	s := signalHeader{file: f[0], name: strings.Join(f[8:], " ")}
	n := numbers{}
	format, offset := cut(f[1], "+")
	format, skew := cut(format, ":")
	format, perFrame := cut(format, "x")
	s.format, s.offset, s.skew = n.int(format), n.intOr(offset, 0), n.intOr(skew, 0)
	s.samplesPerFrame = n.intOr(perFrame, 1)

	gain, unit := cut(f[2], "/")
	gain, baseline := cut(strings.TrimSuffix(gain, ")"), "(")
	s.unit = unit
	s.gain = n.float(gain)
	if s.gain == 0 {
		s.gain = defaultGain
	}
	s.baseline = n.intOr(baseline, n.int(f[4])) // the ADC zero where none is given
	s.initial = n.int(f[5])
	s.checksum = int16(n.int(f[6]))
	if n.err == nil && (s.samplesPerFrame < 1 || s.skew < 0 || s.offset < 0) {
		n.err = errors.New("out of range")
	}
	return s, n.err
}

func cut(s, sep string) (before, after string) {
	before, after, _ = strings.Cut(s, sep)
	return before, after
}

// numbers parses several fields and keeps the first error.
type numbers struct{ err error }

func (n *numbers) int(s string) int {
	v, err := strconv.Atoi(s)
	if n.err == nil {
		n.err = err
	}
	return v
}

func (n *numbers) intOr(s string, other int) int {
	if s == "" {
		return other
	}
	return n.int(s)
}

func (n *numbers) float(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if n.err == nil {
		n.err = err
	}
	return v
}
