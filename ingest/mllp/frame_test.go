package mllp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// readAll describes everything that comes out of a Reader.
func readAll(r *Reader) (got []string) {
	for {
		message, err := r.Next()
		var frame *FrameError
		switch {
		case err == nil:
			got = append(got, string(message))
		case errors.As(err, &frame):
			got = append(got, fmt.Sprintf("%v: %q", errors.Unwrap(frame), frame.Head))
			if !errors.Is(err, ErrInterrupted) {
				return got
			}
		default:
			return append(got, err.Error())
		}
	}
}

func TestReader(t *testing.T) {
	tests := map[string]struct {
		in   string
		want []string
	}{
		"nothing":                      {"", []string{"EOF"}},
		"one":                          {"\x0BMSH|1\r\x1C\r", []string{"MSH|1\r", "EOF"}},
		"empty":                        {"\x0B\x1C\r", []string{"", "EOF"}},
		"several":                      {"\x0Ba\x1C\r\x0Bb\x1C\r\x0Bc\x1C\r", []string{"a", "b", "c", "EOF"}},
		"garbage around":               {"GET /\r\n\x1C\r\x0Ba\x1C\r\r\n\x0Bb\x1C\rbye", []string{"a", "b", "EOF"}},
		"end block in the data":        {"\x0Ba\x1Cb\x1C\x1C\r", []string{"a\x1Cb\x1C", "EOF"}},
		"CR forgotten":                 {"\x0Ba\x1C\x0Bb\x1C", []string{"a", "b", "EOF"}},
		"start block in the data":      {"\x0Ba\x0Bb\x0BMS\x1C\r", []string{"a\x0Bb\x0BMS", "EOF"}},
		"a new message inside":         {"\x0BMSH|1\rPID\x0BMSH|2\r\x1C\r", []string{`mllp: a new message began inside this one: "MSH|1\rPID"`, "MSH|2\r", "EOF"}},
		"a new message at once":        {"\x0B\x0BMSH|2\x1C\r", []string{`mllp: a new message began inside this one: ""`, "MSH|2", "EOF"}},
		"ended inside":                 {"\x0Ba\x1C\r\x0Bbc", []string{"a", `mllp: connection ended inside a message: "bc"`}},
		"ended after the start":        {"\x0B", []string{`mllp: connection ended inside a message: ""`}},
		"ended in a doubtful place":    {"\x0Bab\x0BM", []string{`mllp: connection ended inside a message: "ab"`}},
		"ended after a doubtful start": {"\x0Bab\x0B", []string{`mllp: connection ended inside a message: "ab"`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, readAll(NewReader(strings.NewReader(tt.in), 0))); diff != "" {
				t.Errorf("in one read (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, readAll(NewReader(iotest.OneByteReader(strings.NewReader(tt.in)), 0))); diff != "" {
				t.Errorf("byte by byte (-want +got)\n%s", diff)
			}
		})
	}
}

func TestReaderSkipped(t *testing.T) {
	r := NewReader(strings.NewReader("noise\r\n\x0Ba\x1C\r\r\n\x0Bb\x1C\r"), 0)
	readAll(r)
	if got := r.Skipped(); got != 5 {
		t.Errorf("skipped %d bytes, want 5: white space between frames is usual", got)
	}
}

func TestReaderLimit(t *testing.T) {
	const limit = 10_000
	fits := strings.Repeat("x", limit)
	if got := readAll(NewReader(bytes.NewReader(Frame([]byte(fits))), limit)); len(got) != 2 || got[0] != fits {
		t.Errorf("a message of exactly the limit: %d results", len(got))
	}
	r := NewReader(io.MultiReader(bytes.NewReader(Frame([]byte("HEAD"+fits)))), limit)
	_, err := r.Next()
	var frame *FrameError
	if !errors.Is(err, ErrTooLarge) || !errors.As(err, &frame) || len(frame.Head) != MaxHead || !bytes.HasPrefix(frame.Head, []byte("HEADxx")) {
		t.Errorf("a message above the limit: %v", err)
	}
}

// The limit is on what is kept, not on what is announced: a frame that never
// ends stops being read soon after the limit.
func TestReaderStopsAtTheLimit(t *testing.T) {
	in := &endless{}
	_, err := NewReader(in, 50_000).Next()
	if !errors.Is(err, ErrTooLarge) || in.read > 60_000 {
		t.Errorf("%v after %d bytes", err, in.read)
	}
}

type endless struct{ read int }

func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	if e.read == 0 {
		b[0] = startBlock
	}
	e.read += len(b)
	return len(b), nil
}

func TestReaderPassesErrorsOn(t *testing.T) {
	in := io.MultiReader(strings.NewReader("\x0Bab"), iotest.ErrReader(io.ErrNoProgress))
	_, err := NewReader(in, 0).Next()
	if !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("got %v", err)
	}
}

// frames is the grammar once more, slowly and on a whole text.
func frames(in string, limit int) (got []string) {
	for {
		_, rest, found := strings.Cut(in, "\x0B")
		if !found {
			return append(got, "EOF")
		}
		var body []byte
		ended := false
		for !ended {
			switch {
			case len(body) > limit:
				return append(got, fmt.Sprintf("mllp: message too large: more than %d bytes: ...", limit))
			case rest == "":
				return append(got, fmt.Sprintf("%v: %q", ErrTruncated, body[:min(len(body), MaxHead)]))
			case strings.HasPrefix(rest, "\x1C\r"):
				got, in, ended = append(got, string(body)), rest[2:], true
			case strings.HasPrefix(rest, "\x1C\x0B"), rest == "\x1C":
				got, in, ended = append(got, string(body)), rest[1:], true
			case strings.HasPrefix(rest, "\x0BMSH"):
				got, in, ended = append(got, fmt.Sprintf("%v: %q", ErrInterrupted, body[:min(len(body), MaxHead)])), rest, true
			case strings.HasPrefix("\x0BMSH", rest):
				return append(got, fmt.Sprintf("%v: %q", ErrTruncated, body[:min(len(body), MaxHead)]))
			default:
				body, rest = append(body, rest[0]), rest[1:]
			}
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add("\x0BMSH|1\r\x1C\r", uint8(1))
	f.Add("x\x0Ba\x1C\r\x0Bb\x1C\x0Bc\x1C", uint8(2))
	f.Add("\x0BMSH|1\x0BMSH|2\x1C\r\x0B\x0BMS", uint8(3))
	f.Add("\x0B"+strings.Repeat("x", 300)+"\x1C\r", uint8(200))
	f.Fuzz(func(t *testing.T, in string, step uint8) {
		const limit = 5000
		want := frames(in, limit)
		got := readAll(NewReader(&stepReader{in: in, step: int(step) + 1}, limit))
		if strings.Contains(want[len(want)-1], "too large") && strings.Contains(got[len(got)-1], "too large") {
			got[len(got)-1] = want[len(want)-1]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q in steps of %d (-want +got)\n%s", in, step, diff)
		}
	})
}

// stepReader returns at most step bytes at a time.
type stepReader struct {
	in   string
	step int
}

func (r *stepReader) Read(b []byte) (int, error) {
	if r.in == "" {
		return 0, io.EOF
	}
	n := copy(b, r.in[:min(r.step, len(r.in))])
	r.in = r.in[n:]
	return n, nil
}
