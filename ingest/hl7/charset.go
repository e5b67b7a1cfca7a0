package hl7

import (
	"strconv"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// charset is the character set of a message, HL7 table 0211. The zero
// charset is UTF-8, which covers ASCII. UNICODE stands for UTF-8 as well:
// monitors that announce it send that. A set that is not known is read as
// UTF-8 too, so that its ASCII part, codes and numbers, stays right and the
// rest is visibly replaced.
type charset struct {
	singleByte *charmap.Charmap
	multiByte  encoding.Encoding // converted as a whole before splitting
}

// iso8859 lists the parts of ISO 8859. Windows 874 is part 11 with additions;
// part 12 was never published.
var iso8859 = map[int]*charmap.Charmap{
	1: charmap.ISO8859_1, 2: charmap.ISO8859_2, 3: charmap.ISO8859_3, 4: charmap.ISO8859_4,
	5: charmap.ISO8859_5, 6: charmap.ISO8859_6, 7: charmap.ISO8859_7, 8: charmap.ISO8859_8,
	9: charmap.ISO8859_9, 10: charmap.ISO8859_10, 11: charmap.Windows874, 13: charmap.ISO8859_13,
	14: charmap.ISO8859_14, 15: charmap.ISO8859_15, 16: charmap.ISO8859_16,
}

// multiByte lists the sets whose second bytes may look like delimiters. Those
// of Japan are switched to by escape sequences (ISO 2022) and always come with
// ASCII.
var multiByte = map[string]encoding.Encoding{
	"GB 18030-2000": simplifiedchinese.GB18030,
	"BIG-5":         traditionalchinese.Big5,
	"KS X 1001":     korean.EUCKR,
	"ISO IR87":      japanese.ISO2022JP,
	"ISO IR159":     japanese.ISO2022JP,
}

// announced reads MSH-18. Its first repetition is what text is in; the others
// are what ASCII may switch to (HL7 v2.5.1, 2.15.9.18).
func announced(field Value) charset {
	first := charsetOf(string(field.Repetition(1).raw))
	if first != (charset{}) || strings.HasPrefix(strings.ToUpper(field.Repetition(1).String()), "UNI") {
		return first
	}
	for v := range field.Repetitions() {
		if c := charsetOf(string(v.raw)); c.multiByte == japanese.ISO2022JP {
			return c
		}
	}
	return first
}

func charsetOf(name string) charset {
	name = strings.ToUpper(strings.TrimSpace(name))
	if e := multiByte[name]; e != nil {
		return charset{multiByte: e}
	}
	// "8859/1" by the table; "ISO-8859-1", "ISO8859/1" and the like in the wild.
	name = strings.TrimLeft(strings.TrimPrefix(name, "ISO"), " -_")
	if part, ok := strings.CutPrefix(name, "8859"); ok {
		n, _ := strconv.Atoi(strings.TrimLeft(part, "/-_"))
		return charset{singleByte: iso8859[n]}
	}
	return charset{}
}

// decode converts to UTF-8. NUL is replaced like an invalid byte: no text of
// a patient or a device contains it, and databases refuse it.
func (c charset) decode(b []byte) string {
	if isPlain(b) {
		return string(b)
	}
	var text string
	if c.singleByte != nil {
		var out strings.Builder
		for _, ch := range b {
			out.WriteRune(c.singleByte.DecodeByte(ch))
		}
		text = out.String()
	} else {
		text = strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return strings.ReplaceAll(text, "\x00", "\uFFFD")
}

func isPlain(b []byte) bool {
	for _, ch := range b {
		if ch == 0 || ch >= 0x80 {
			return false
		}
	}
	return true
}

// IsCharset reports whether a name of a character set is known here, in the
// words of HL7 table 0211 or as senders write it.
func IsCharset(name string) bool {
	switch strings.ToUpper(strings.TrimSpace(name)) {
	case "ASCII", "UNICODE", "UNICODE UTF-8", "UTF-8":
		return true
	}
	c := charsetOf(name)
	return c.singleByte != nil || c.multiByte != nil
}
