package hl7

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
)

// unescape resolves the escape sequences of HL7 v2 chapter 2.7. A sequence
// that is not known, or not closed, stays in the text as it was sent.
func (c *coding) unescape(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for {
		open := bytes.IndexByte(raw, c.escape)
		if open < 0 {
			return append(out, raw...)
		}
		length := bytes.IndexByte(raw[open+1:], c.escape)
		if length < 0 {
			return append(out, raw...)
		}
		out = append(out, raw[:open]...)
		sequence := raw[open+1 : open+1+length]
		if text, known := c.sequence(sequence); known {
			out = append(out, text...)
			raw = raw[open+length+2:]
		} else {
			// The closing character may open the next sequence.
			out = append(out, raw[open:open+1+length]...)
			raw = raw[open+1+length:]
		}
	}
}

func (c *coding) sequence(s []byte) (text []byte, known bool) {
	switch string(s) {
	case "F":
		return []byte{c.field}, true
	case "S":
		return []byte{c.component}, true
	case "R":
		return []byte{c.repetition}, true
	case "E":
		return []byte{c.escape}, true
	case "T":
		return []byte{c.subcomponent}, true
	case "P":
		return []byte{c.truncation}, c.truncation != 0
	case "H", "N": // highlighting on and off
		return nil, true
	case ".br", ".BR":
		return []byte{'\n'}, true
	}
	if len(s) > 1 && s[0] == 'X' {
		data := make([]byte, hex.DecodedLen(len(s)-1))
		_, err := hex.Decode(data, s[1:])
		return data, err == nil
	}
	return nil, false
}

// escapeText writes s so that it survives as one value of a message with the
// usual delimiters.
func escapeText(s string) string {
	if s == `""` { // as it stands it would mean "delete"
		return `\X22\"`
	}
	if !strings.ContainsFunc(s, needsEscape) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch ch := s[i]; ch {
		case '|':
			out.WriteString(`\F\`)
		case '^':
			out.WriteString(`\S\`)
		case '~':
			out.WriteString(`\R\`)
		case '\\':
			out.WriteString(`\E\`)
		case '&':
			out.WriteString(`\T\`)
		case '\r':
			if i+1 < len(s) && s[i+1] == '\n' {
				i++
			}
			out.WriteString(`\.br\`)
		case '\n':
			out.WriteString(`\.br\`)
		default:
			if ch < ' ' { // among them the framing characters of MLLP
				fmt.Fprintf(&out, `\X%02X\`, ch)
			} else {
				out.WriteByte(ch)
			}
		}
	}
	return out.String()
}

func needsEscape(r rune) bool {
	return r < ' ' || strings.ContainsRune(`|^~\&`, r)
}
