// Package mllp carries HL7 v2 messages over TCP in MLLP frames: the framing,
// a server that hands every complete frame to a handler in order and sends
// the answers back in the same order, and a client.
//
// It does not look into messages. A frame is either handed over whole or
// reported as refused; it is never dropped in silence, and no sender's
// misbehaviour reaches another's connection.
package mllp

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A frame is startBlock, the message, endBlock, carriageReturn.
const (
	startBlock     = 0x0B
	endBlock       = 0x1C
	carriageReturn = 0x0D
)

const (
	// DefaultMax is the largest message taken on, in bytes.
	DefaultMax = 16 << 20
	// MaxHead is how much of a refused message is kept, in bytes.
	MaxHead = 256
)

// Why a frame was not read. Test with errors.Is.
var (
	ErrTooLarge    = errors.New("mllp: message too large")
	ErrInterrupted = errors.New("mllp: a new message began inside this one")
	ErrTimeout     = errors.New("mllp: message did not end in time")
	ErrTruncated   = errors.New("mllp: connection ended inside a message")
	ErrPanic       = errors.New("mllp: handler panicked")
)

// FrameError is a frame that was begun and not read. Head is its beginning.
type FrameError struct {
	Err  error
	Head []byte // at most MaxHead bytes
}

func (e *FrameError) Error() string { return e.Err.Error() }
func (e *FrameError) Unwrap() error { return e.Err }

// Frame returns message as one frame.
func Frame(message []byte) []byte {
	frame := make([]byte, 0, len(message)+3)
	frame = append(frame, startBlock)
	frame = append(frame, message...)
	return append(frame, endBlock, carriageReturn)
}

// writeFrame writes message as one frame.
func writeFrame(out *bufio.Writer, message []byte) error {
	_ = out.WriteByte(startBlock) // a bufio.Writer keeps its first error
	_, _ = out.Write(message)
	_, err := out.Write([]byte{endBlock, carriageReturn})
	return err
}

// Reader reads frames from a stream.
type Reader struct {
	in      *bufio.Reader
	max     int
	inside  bool  // a frame has begun, its body is next
	skipped int64 // see Skipped
	// claim is asked before a body grows beyond each of steps, with the number
	// of the step; its error ends the stream. nil: a body may grow up to max.
	claim func(step int) error
}

// steps are the sizes, in bytes, at which a body needs room that all
// connections share. What monitors and pumps send stays below the first.
var steps = [...]int{64 << 10, 1 << 20}

// NewReader returns a Reader of messages up to max bytes; 0 means DefaultMax.
func NewReader(r io.Reader, max int) *Reader {
	if max <= 0 {
		max = DefaultMax
	}
	// Small, because most of a thousand connections are quiet.
	return &Reader{in: bufio.NewReaderSize(r, 4096), max: max}
}

// Skipped returns how many bytes other than white space were found outside
// frames and dropped so far.
func (r *Reader) Skipped() int64 { return r.skipped }

// Next returns the next message, without its frame. The caller owns it.
// io.EOF says that the stream ended between frames. A [FrameError] is a frame
// that could not be read; only after ErrInterrupted may Next be called again.
func (r *Reader) Next() ([]byte, error) {
	if err := r.Await(); err != nil {
		return nil, err
	}
	return r.Body()
}

// Await reads up to the beginning of the next frame and drops what comes
// before it.
func (r *Reader) Await() error {
	for !r.inside {
		chunk, err := r.fill()
		if err != nil {
			return err
		}
		start := bytes.IndexByte(chunk, startBlock)
		r.inside = start >= 0
		if !r.inside {
			start = len(chunk)
		}
		r.skipped += int64(len(bytes.TrimSpace(chunk[:start])))
		r.discard(min(start+1, len(chunk)))
	}
	return nil
}

// Body reads the rest of the frame that Await found.
//
// A start block inside a message belongs to it, unless MSH follows: then the
// sender gave up the message half-way and began another, as a serial bridge
// does that reconnects. The first is reported as ErrInterrupted, and the next
// call returns the second. Likewise an end block ends the message when CR
// follows, or when a start block does, because some senders forget the CR.
func (r *Reader) Body() ([]byte, error) {
	r.inside = false
	var body []byte
	claimed := 0
	for {
		chunk, err := r.fill()
		if err != nil {
			return nil, failed(err, body)
		}
		plain := nextControl(chunk)
		for r.claim != nil && claimed < len(steps) && len(body)+plain > steps[claimed] {
			if err := r.claim(claimed); err != nil {
				return nil, err
			}
			claimed++
		}
		if body = append(body, chunk[:plain]...); len(body) > r.max {
			return nil, failed(fmt.Errorf("%w: more than %d bytes", ErrTooLarge, r.max), body)
		}
		r.discard(plain)
		if plain == len(chunk) {
			continue
		}
		block := chunk[plain] // looking ahead may overwrite chunk
		done, err := r.control()
		if err != nil {
			return nil, failed(err, body)
		}
		if done {
			return body, nil
		}
		body = append(body, block)
	}
}

// control looks at the start or end block that is next in the stream, and
// takes it. It reports whether the message ends there.
func (r *Reader) control() (done bool, err error) {
	const begin = "\x0BMSH"
	next, err := r.in.Peek(2)
	if errors.Is(err, io.EOF) && next[0] == endBlock { // no CR, and nothing else to come
		r.discard(1)
		return true, nil
	}
	if err != nil {
		return false, err
	}
	switch {
	case next[0] == endBlock && next[1] == carriageReturn:
		r.discard(2)
		return true, nil
	case next[0] == endBlock && next[1] == startBlock:
		r.discard(2)
		r.inside = true
		return true, nil
	case next[0] == startBlock && next[1] == begin[1]:
		next, err = r.in.Peek(len(begin))
		if string(next) == begin {
			r.discard(1)
			r.inside = true
			return false, ErrInterrupted
		}
		if err != nil && strings.HasPrefix(begin, string(next)) {
			return false, err
		}
	}
	r.discard(1)
	return false, nil
}

// fill returns what can be looked at without waiting, at least one byte.
func (r *Reader) fill() ([]byte, error) {
	if _, err := r.in.Peek(1); err != nil {
		return nil, err
	}
	return r.in.Peek(r.in.Buffered())
}

// discard drops n bytes that fill or Peek has shown.
func (r *Reader) discard(n int) { _, _ = r.in.Discard(n) }

func nextControl(chunk []byte) int {
	if i := bytes.IndexByte(chunk, endBlock); i >= 0 {
		chunk = chunk[:i]
	}
	if i := bytes.IndexByte(chunk, startBlock); i >= 0 {
		return i
	}
	return len(chunk)
}

func failed(err error, body []byte) error {
	if errors.Is(err, io.EOF) {
		err = ErrTruncated
	}
	return &FrameError{Err: err, Head: bytes.Clone(body[:min(len(body), MaxHead)])}
}
