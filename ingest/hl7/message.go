// Package hl7 reads and writes HL7 v2 messages and their acknowledgements.
//
// It is the grammar only: segments, fields, escapes, character sets, times
// and the rules of who is answered how. It knows no profile, no patient and
// no ward; what a field means is decided by the packages that use it.
//
// A message is indexed once and never copied: values point into the bytes
// given to [Parse] and are decoded when asked for. Those bytes must not
// change while the message is in use. A parsed message is safe for
// concurrent reading.
package hl7

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
)

// Bounds of what Parse takes on. The largest messages known from bedsides,
// waveforms included, stay two orders of magnitude below them.
const (
	MaxSegments    = 100_000   // segments in one message
	MaxFields      = 2_000_000 // fields in one message, all segments together
	MaxHeaderBytes = 64 << 10  // length of the MSH segment in bytes
)

// Why a message could not be read. Test with errors.Is; [Refusal] says how
// each is answered.
var (
	ErrNoHeader     = errors.New("hl7: message does not begin with MSH")
	ErrEncoding     = errors.New("hl7: encoding characters (MSH-2) cannot be used")
	ErrSecondHeader = errors.New("hl7: more than one MSH in one message")
	ErrTooLong      = errors.New("hl7: message exceeds the limits")
)

// Message is one parsed message.
type Message struct {
	coding   *coding
	segments []Segment
	// header is MSH as received. It differs from segments[0] only when the
	// whole text had to be converted before it could be split.
	header Segment
	head   Header // what header says
}

// coding is what turns the bytes of one message into text: its delimiters
// and its character set.
type coding struct {
	field, component, repetition, escape, subcomponent byte
	truncation                                         byte // 0 before v2.7
	charset                                            charset
}

// Parse indexes one message without its MLLP framing. It accepts a leading
// byte order mark, and CR, LF or CRLF as segment end. Bytes that are invalid
// in the message's character set are never an error. The message keeps raw.
func Parse(raw []byte) (*Message, error) { return ParseIn(raw, "") }

// ParseIn is Parse for a sender whose text is known to be in another character
// set than MSH-18 says, in the words of HL7 table 0211 ("8859/1"); an empty
// one believes MSH-18.
func ParseIn(raw []byte, charset string) (*Message, error) {
	body := trimStart(raw)
	c, err := readCoding(body)
	if err != nil {
		return nil, err
	}
	if lineEnd(body) > MaxHeaderBytes {
		return nil, fmt.Errorf("%w: MSH longer than %d bytes", ErrTooLong, MaxHeaderBytes)
	}
	header := c.segment(body[:lineEnd(body)], nil)
	if c.charset = announced(header.Field(18)); charset != "" {
		c.charset = charsetOf(charset)
	}
	if c.charset.multiByte != nil {
		// Second bytes of such a character set may look like delimiters.
		if body, err = c.charset.multiByte.NewDecoder().Bytes(body); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrEncoding, err)
		}
	}
	m := &Message{coding: c, header: header, head: headerOf(header)}
	if err := m.index(body); err != nil {
		return nil, err
	}
	return m, nil
}

// All returns the segments in the order of the message, MSH first.
func (m *Message) All() []Segment { return m.segments }

// Segments yields the segments called name, in the order of the message.
func (m *Message) Segments(name string) iter.Seq[Segment] {
	return func(yield func(Segment) bool) {
		for _, s := range m.segments {
			if s.is(name) && !yield(s) {
				return
			}
		}
	}
}

// First returns the first segment called name. Of a segment that the message
// does not have, every field is empty.
func (m *Message) First(name string) (Segment, bool) {
	for s := range m.Segments(name) {
		return s, true
	}
	return Segment{}, false
}

// Acknowledgement returns what MSA says: the code (AA, CA, AR ...) and the
// control id of the message that is answered.
func (m *Message) Acknowledgement() (code, controlID string, ok bool) {
	msa, ok := m.First("MSA")
	return msa.Field(1).String(), string(msa.Field(2).raw), ok
}

func (m *Message) index(body []byte) error {
	count := bytes.Count(body, []byte{'\r'}) + bytes.Count(body, []byte{'\n'}) + 1
	fields := bytes.Count(body, []byte{m.coding.field}) + count
	if count > 2*MaxSegments || fields > MaxFields { // CRLF counts twice
		return fmt.Errorf("%w: %d lines, %d fields", ErrTooLong, count, fields)
	}
	m.segments = make([]Segment, 0, min(count, MaxSegments))
	ends := make([]uint32, 0, fields) // one allocation for all segments
	for text := range m.coding.splitSegments(body) {
		s := m.coding.segment(text, ends)
		if s.is("MSH") && len(m.segments) > 0 {
			return ErrSecondHeader
		}
		if len(m.segments) == MaxSegments {
			return fmt.Errorf("%w: more than %d segments", ErrTooLong, MaxSegments)
		}
		m.segments = append(m.segments, s)
		ends = ends[len(s.ends):len(s.ends)]
	}
	return nil
}

// splitSegments yields the text of each segment. Some senders leave raw line
// breaks inside a text: a line that has no field separator and is no segment
// name is taken as the rest of the segment before it.
func (c *coding) splitSegments(body []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		start, end := -1, 0 // the segment collected so far
		for at, stop := range lines(body) {
			line := body[at:stop]
			switch {
			case len(bytes.TrimSpace(line)) == 0: // blank
			case start >= 0 && c.continues(line):
				end = stop
			default:
				if start >= 0 && !yield(body[start:end]) {
					return
				}
				start, end = at, stop
			}
		}
		if start >= 0 {
			yield(body[start:end])
		}
	}
}

// lines yields where each line of body starts and stops. It looks at every
// byte once, whichever of CR and LF the sender uses.
func lines(body []byte) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		cr, lf := -1, -1 // the next of each, not before at
		for at := 0; at < len(body); {
			cr, lf = next(body, '\r', cr, at), next(body, '\n', lf, at)
			stop := min(cr, lf)
			if !yield(at, stop) {
				return
			}
			at = stop + 1
		}
	}
}

// next returns the position of ch in body at or after at, or the length;
// known is what it returned the last time.
func next(body []byte, ch byte, known, at int) int {
	if known >= at {
		return known
	}
	if i := bytes.IndexByte(body[at:], ch); i >= 0 {
		return at + i
	}
	return len(body)
}

func (c *coding) continues(line []byte) bool {
	return bytes.IndexByte(line, c.field) < 0 && !isSegmentName(line)
}

func isSegmentName(b []byte) bool {
	if len(b) != 3 {
		return false
	}
	for _, ch := range b {
		if (ch < 'A' || ch > 'Z') && (ch < '0' || ch > '9') {
			return false
		}
	}
	return true
}

// segment records where each field of text ends. It appends to ends, which
// is room shared by all segments of a message.
func (c *coding) segment(text []byte, ends []uint32) Segment {
	ends = ends[:0]
	for at := 0; ; {
		i := bytes.IndexByte(text[at:], c.field)
		if i < 0 {
			break
		}
		ends = append(ends, uint32(at+i))
		at += i + 1
	}
	ends = append(ends, uint32(len(text)))
	return Segment{coding: c, raw: text, ends: ends[:len(ends):len(ends)]}
}

// readCoding takes the delimiters from MSH-1 and MSH-2: the field separator,
// then component, repetition, escape and subcomponent, and since v2.7
// optionally truncation.
func readCoding(body []byte) (*coding, error) {
	if len(body) < 4 || string(body[:3]) != "MSH" {
		return nil, ErrNoHeader
	}
	sep := body[3]
	if !isDelimiter(sep) {
		return nil, fmt.Errorf("%w: field separator %q", ErrEncoding, sep)
	}
	chars := body[4:lineEnd(body)]
	if i := bytes.IndexByte(chars, sep); i >= 0 {
		chars = chars[:i]
	}
	// `^~\\&`: the escape character doubled by the sender's own software.
	if len(chars) == 5 && chars[2] == chars[3] {
		chars = []byte{chars[0], chars[1], chars[2], chars[4]}
	}
	if !usable(sep, chars) {
		return nil, fmt.Errorf("%w: %q", ErrEncoding, chars[:min(len(chars), 16)])
	}
	c := &coding{
		field: sep, component: chars[0], repetition: chars[1],
		escape: chars[2], subcomponent: chars[3],
	}
	if len(chars) == 5 {
		c.truncation = chars[4]
	}
	return c, nil
}

func usable(sep byte, chars []byte) bool {
	if len(chars) != 4 && len(chars) != 5 {
		return false
	}
	for i, ch := range chars {
		if !isDelimiter(ch) || ch == sep || bytes.IndexByte(chars[:i], ch) >= 0 {
			return false
		}
	}
	return true
}

// isDelimiter reports whether ch is printable ASCII other than a letter, a
// digit, a space or a quote: anything else would collide with the values.
func isDelimiter(ch byte) bool {
	switch {
	case ch <= ' ' || ch >= 0x7F || ch == '"':
		return false
	case ch >= '0' && ch <= '9', ch >= 'A' && ch <= 'Z', ch >= 'a' && ch <= 'z':
		return false
	}
	return true
}

// lineEnd returns the position of the first CR or LF, or the length.
func lineEnd(b []byte) int {
	if i := bytes.IndexByte(b, '\r'); i >= 0 {
		b = b[:i]
	}
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return i
	}
	return len(b)
}

// trimStart drops a UTF-8 byte order mark and blank lines before MSH.
func trimStart(raw []byte) []byte {
	raw = bytes.TrimPrefix(raw, []byte("\xEF\xBB\xBF"))
	return bytes.TrimLeft(raw, "\r\n\t ")
}
