package hl7

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Kind is how a message fared.
type Kind int

const (
	Accepted Kind = iota // stored: AA, CA
	Error                // well formed, but not taken on: AE, CE
	Rejected             // not for this receiver, or not readable: AR, CR
)

// Condition codes of HL7 table 0357, which an ERR segment gives as its reason.
const (
	CodeSegmentSequence     = 100
	CodeFieldMissing        = 101
	CodeDataType            = 102
	CodeTableValue          = 103
	CodeUnsupportedType     = 200
	CodeUnsupportedEvent    = 201
	CodeUnsupportedProcess  = 202
	CodeUnsupportedVersion  = 203
	CodeUnknownKey          = 204
	CodeDuplicateKey        = 205
	CodeLocked              = 206
	CodeApplicationInternal = 207
)

var codeText = map[int]string{
	CodeSegmentSequence:     "Segment sequence error",
	CodeFieldMissing:        "Required field missing",
	CodeDataType:            "Data type error",
	CodeTableValue:          "Table value not found",
	CodeUnsupportedType:     "Unsupported message type",
	CodeUnsupportedEvent:    "Unsupported event code",
	CodeUnsupportedProcess:  "Unsupported processing id",
	CodeUnsupportedVersion:  "Unsupported version id",
	CodeUnknownKey:          "Unknown key identifier",
	CodeDuplicateKey:        "Duplicate key identifier",
	CodeLocked:              "Application record locked",
	CodeApplicationInternal: "Application internal error",
}

// Outcome is what the receiver decided about a message. The zero Outcome
// accepts it. Code, Text and Location go into ERR and count only when the
// message is not accepted.
type Outcome struct {
	Kind     Kind
	Code     int    // HL7 table 0357; 0 is sent as 207
	Text     string // for the people who run the sender; no patient data
	Location Location
}

// Location points at the place of an error, ERR-2. All counts start at 1;
// a zero part is not given. The zero Location is no place at all.
type Location struct {
	Segment   string // e.g. PID
	Sequence  int    // which of the segments of that name
	Field     int
	Component int
}

// Refusal returns the outcome that answers an error of Parse.
func Refusal(err error) Outcome {
	o := Outcome{Kind: Rejected, Code: CodeApplicationInternal, Text: "message cannot be read"}
	switch {
	case errors.Is(err, ErrNoHeader):
		o.Code, o.Text = CodeSegmentSequence, "message does not begin with MSH"
	case errors.Is(err, ErrEncoding):
		o.Code, o.Text = CodeDataType, "encoding characters cannot be used"
		o.Location = Location{Segment: "MSH", Sequence: 1, Field: 2}
	case errors.Is(err, ErrSecondHeader):
		o.Code, o.Text = CodeSegmentSequence, "more than one MSH in one message"
		o.Location = Location{Segment: "MSH", Sequence: 2}
	case errors.Is(err, ErrTooLong):
		o.Text = "message exceeds the limits of this receiver"
	}
	return o
}

// Reply returns the messages that answer m, without framing: none, one, or
// in enhanced mode the accept acknowledgement followed by the application
// acknowledgement. It follows MSH-15 and MSH-16 (HL7 v2 chapter 2.9):
//
//	both empty   original mode: one of AA, AE, AR
//	MSH-15       enhanced mode: one of CA, CE, CR when it asks for it
//	MSH-16       one of AA, AE, AR when it asks for it, except after CE or CR
//
// The caller must have stored an accepted message durably before it sends
// any of them. Each reply gets its own control id from newID and is written
// with the delimiters of m, so that MSA-2 repeats MSH-10 byte for byte.
func Reply(m *Message, outcome Outcome, now time.Time, newID func() string) [][]byte {
	return reply(m.header, outcome, now, newID)
}

// ReplyUnreadable answers a message for which Parse returned err. It repeats
// the control id if MSH can be read well enough to find it, and otherwise
// sends AR with none: a sender must not be left waiting.
func ReplyUnreadable(raw []byte, err error, now time.Time, newID func() string) [][]byte {
	return reply(guessHeader(raw, true), Refusal(err), now, newID)
}

// ReplyHead answers a message of which only the beginning was received or
// kept, with an outcome of the caller's choice.
func ReplyHead(head []byte, outcome Outcome, now time.Time, newID func() string) [][]byte {
	return reply(guessHeader(head, false), outcome, now, newID)
}

func reply(msh Segment, outcome Outcome, now time.Time, newID func() string) [][]byte {
	accept, app := condition(msh.Field(15)), condition(msh.Field(16))
	one := func(code string) []byte { return acknowledgement(msh, code, outcome, now, newID()) }
	if accept == "" && app == "" {
		return [][]byte{one("A" + outcome.Kind.letter())}
	}
	var replies [][]byte
	if wanted(accept, outcome.Kind) {
		replies = append(replies, one("C"+outcome.Kind.letter()))
		if outcome.Kind != Accepted {
			return replies
		}
	}
	if wanted(app, outcome.Kind) {
		replies = append(replies, one("A"+outcome.Kind.letter()))
	}
	return replies
}

func (k Kind) letter() string {
	switch k {
	case Accepted:
		return "A"
	case Error:
		return "E"
	}
	return "R"
}

// condition reads MSH-15 or MSH-16, HL7 table 0155.
func condition(v Value) string {
	return strings.ToUpper(strings.TrimSpace(v.Component(1).String()))
}

// wanted reports whether a sender that set cond is to be answered. A value
// outside the table is answered: a spare reply harms less than a missing one.
func wanted(cond string, kind Kind) bool {
	switch cond {
	case "", "NE":
		return false
	case "ER":
		return kind != Accepted
	case "SU":
		return kind == Accepted
	}
	return true
}

// acknowledgement writes MSH, MSA and, for a refusal, ERR. The receiver's
// and the sender's names change places. MSA-3 stays empty and ERR-1 unused
// (IHE DEV TF-2 appendix B).
func acknowledgement(msh Segment, code string, outcome Outcome, now time.Time, id string) []byte {
	c := msh.coding
	raw := func(n int) string { return string(msh.Field(n).raw) }
	process := raw(11)
	if process == "" {
		process = "P"
	}
	kind := []string{"ACK"}
	if event := string(msh.Field(9).Component(2).raw); event != "" {
		kind = append(kind, event, "ACK")
	}
	header := []string{
		"MSH", c.encodingCharacters(), raw(5), raw(6), raw(3), raw(4), FormatTime(now), "",
		c.join(kind...), id, process, "2.6",
	}
	if charset := string(msh.Field(18).Repetition(1).raw); charset != "" {
		header = append(header, "", "", "", "", "", charset)
	}
	var out bytes.Buffer
	c.write(&out, header...)
	c.write(&out, "MSA", code, raw(10))
	if outcome.Kind != Accepted {
		c.writeError(&out, outcome)
	}
	return out.Bytes()
}

// writeError writes ERR: location, condition code, severity E, and the text
// as user message in ERR-8.
func (c *coding) writeError(out *bytes.Buffer, o Outcome) {
	if codeText[o.Code] == "" {
		o.Code = CodeApplicationInternal
	}
	fields := []string{
		"ERR", "", o.Location.join(c),
		c.join(strconv.Itoa(o.Code), codeText[o.Code], "HL70357"), "E",
	}
	if o.Text != "" {
		fields = append(fields, "", "", "", c.plain(o.Text))
	}
	c.write(out, fields...)
}

func (l Location) join(c *coding) string {
	if l.Segment == "" {
		return ""
	}
	// ERL: segment, its sequence, field, repetition, component.
	parts := []string{l.Segment, count(l.Sequence), count(l.Field), "", count(l.Component)}
	for parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return c.join(parts...)
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func (c *coding) encodingCharacters() string {
	return string([]byte{c.component, c.repetition, c.escape, c.subcomponent})
}

func (c *coding) join(components ...string) string {
	return strings.Join(components, string(rune(c.component)))
}

func (c *coding) write(out *bytes.Buffer, fields ...string) {
	out.WriteString(strings.Join(fields, string(rune(c.field))))
	out.WriteByte('\r')
}

// plain makes text safe in any character set and with any delimiters.
func (c *coding) plain(text string) string {
	delimiters := string([]byte{c.field}) + c.encodingCharacters()
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7F || strings.ContainsRune(delimiters, r) {
			return ' '
		}
		return r
	}, text)
}

// guessHeader reads as much of MSH as can be read: with its own delimiters,
// else with its own field separator and the usual others, else nothing. If
// the message is not whole, a field that may have been cut is left out.
func guessHeader(raw []byte, whole bool) Segment {
	c := &coding{field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&'}
	nothing := c.segment([]byte("MSH|"), nil)
	body := trimStart(raw)
	line := body[:lineEnd(body)]
	if len(line) < 4 || string(line[:3]) != "MSH" {
		return nothing
	}
	if own, err := readCoding(line); err == nil {
		c = own
	} else if usable(line[3], []byte(c.encodingCharacters())) && isDelimiter(line[3]) {
		c.field = line[3]
	} else {
		return nothing
	}
	cut := len(line) == len(body) && !whole
	if len(line) > MaxHeaderBytes {
		line, cut = line[:MaxHeaderBytes], true
	}
	if cut {
		line = line[:bytes.LastIndexByte(line, c.field)+1]
	}
	return c.segment(line, nil)
}
