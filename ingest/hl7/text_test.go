package hl7

import (
	"testing"
)

func TestEscapes(t *testing.T) {
	tests := map[string]string{
		`Okafor-L\S\w`:      "Okafor-L^w",
		`\F\\S\\T\\R\\E\`:   `|^&~\`,
		`a\.br\b`:           "a\nb",
		`\H\bold\N\ plain`:  "bold plain",
		`\X4D4443\`:         "MDC",
		`\X4d\`:             "M",
		`\XC3BC\`:           "ü",
		`\X4\`:              `\X4\`,
		`\X\`:               `\X\`,
		`\XZZ\`:             `\XZZ\`,
		`\Zabc\`:            `\Zabc\`,
		`\Zabc\\F\`:         `\Zabc\|`,
		`C:\dir\file`:       `C:\dir\file`,
		`\`:                 `\`,
		`end\`:              `end\`,
		`\\`:                `\\`,
		`\E\F\E\`:           `\F\`,
		`\P\`:               `\P\`, // truncation exists only with a fifth character
		`\X00\`:             "\uFFFD",
		`\.sp\`:             `\.sp\`,
		`unit \T\ bed 1\S\`: "unit & bed 1^",
	}
	for raw, want := range tests {
		m := mustParse(t, header+"\rNTE|1||"+raw)
		nte, _ := m.First("NTE")
		if got := nte.Field(3).String(); got != want {
			t.Errorf("%s = %q, want %q", raw, got, want)
		}
	}
	m := mustParse(t, "MSH|^~\\&#|A\rNTE|\\P\\")
	if got := m.All()[1].Field(1).String(); got != "#" {
		t.Errorf("truncation = %q", got)
	}
}

// An escaped separator must not split: it is resolved after splitting.
func TestEscapesDoNotSplit(t *testing.T) {
	m := mustParse(t, header+`|`+"\r"+`PID|||1\F\2^A\S\B~C\R\D`)
	pid, _ := m.First("PID")
	if got := pid.Text(3, 1) + " " + pid.Text(3, 2) + " " + pid.Field(3).Repetition(2).String(); got != "1|2 A^B C~D" {
		t.Errorf("got %q", got)
	}
}

func TestCharsets(t *testing.T) {
	tests := map[string]struct{ charset, raw, want string }{
		"none, UTF-8 bytes":      {"", "M\xC3\xBCller", "Müller"},
		"ASCII, invalid":         {"ASCII", "M\xFCller", "M\uFFFDller"},
		"UTF-8":                  {"UNICODE UTF-8", "\xE5\xBC\xB5", "張"},
		"UTF-8, invalid":         {"UNICODE UTF-8", "M\xFC\xFEller", "M\uFFFDller"},
		"UNICODE means UTF-8":    {"UNICODE", "\xC3\xA9", "é"},
		"Latin 1":                {"8859/1", "M\xFCller", "Müller"},
		"Latin 2":                {"8859/2", "\xA3\xF3d\xBC", "Łódź"},
		"Cyrillic":               {"8859/5", "\xB8\xD2\xD0\xDD", "Иван"},
		"Greek":                  {"8859/7", "\xC1\xE8\xDE\xED\xE1", "Αθήνα"},
		"Thai":                   {"8859/11", "\xA1", "ก"},
		"Latin 9":                {"8859/15", "\xA4", "€"},
		"lower case, spelled":    {"iso-8859-1", "\xE9", "é"},
		"Latin 1, undefined":     {"8859/6", "\xA1", "\uFFFD"},
		"repeats: the first":     {"8859/1~UNICODE UTF-8", "\xE9", "é"},
		"null":                   {`""`, "\xC3\xA9", "é"},
		"unknown":                {"ISO IR999", "abc\xFF", "abc\uFFFD"},
		"Japan, switched to":     {"ISO IR87", "\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B", "山田^太郎"},
		"Japan: no false split":  {"~ISO IR87", "a\x1B$B0|%^0~\x1B(Bb", "a淫マ蔭b"},
		"Japan, after ASCII":     {"ASCII~ISO IR87", "\x1B$B;3\x1B(B", "山"},
		"UTF-8 comes first":      {"UNICODE UTF-8~ISO IR87", "山", "山"},
		"Taiwan: no false split": {"BIG-5", "\xA5\x5C\xA5\x7C", "功四"},
		"Korea":                  {"KS X 1001", "\xB1\xE8", "김"},
		"no such part of 8859":   {"8859/99", "\xC3\xA9", "é"},
		"hex in its charset":     {"8859/1", `\XFC\`, "ü"},
		"GB: no false split":     {"GB 18030-2000", "\x81\x7C\x81\x5E", "亅乛"},
		"NUL":                    {"8859/1", "a\x00b", "a\uFFFDb"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m := mustParse(t, `MSH|^~\&|A|B|||||ORU|1|P|2.6||||||`+tt.charset+"\rPID|1||after|"+tt.raw+"|behind")
			pid, _ := m.First("PID")
			if got := pid.Field(4).String(); got != tt.want {
				t.Errorf("%q = %q, want %q", tt.raw, got, tt.want)
			}
			if got := pid.Field(5).String(); got != "behind" {
				t.Errorf("the next field = %q", got)
			}
		})
	}
}

// What is known of a sender beats what it says of itself: one that announces
// UTF-8, or nothing, and writes Latin 1.
func TestParseIn(t *testing.T) {
	const said, sent = "UNICODE UTF-8", "M\xFCller"
	for _, tt := range []struct{ known, want string }{
		{"", "M\uFFFDller"},
		{"8859/1", "Müller"},
	} {
		m, err := ParseIn([]byte("MSH|^~\\&|A||||||ORU^R01|1|P|2.6||||||"+said+"\rPID|||1||"+sent+"\r"), tt.known)
		if err != nil {
			t.Fatal(err)
		}
		pid, _ := m.First("PID")
		if got := pid.Text(5, 1); got != tt.want {
			t.Errorf("known as %q: %q, want %q", tt.known, got, tt.want)
		}
	}
}

func TestIsCharset(t *testing.T) {
	for name, want := range map[string]bool{
		"8859/1": true, "ISO-8859-15": true, "UNICODE UTF-8": true, "ASCII": true, "GB 18030-2000": true, "ISO IR87": true,
		"8859/99": false, "latin": false, "": false,
	} {
		if got := IsCharset(name); got != want {
			t.Errorf("IsCharset(%q) = %v", name, got)
		}
	}
}
