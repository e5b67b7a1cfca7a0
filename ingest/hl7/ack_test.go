package hl7

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 1, 13, 12, 0, 6, 0, time.UTC)

// counter gives N1, N2 ...
func counter() func() string {
	n := 0
	return func() string {
		n++
		return fmt.Sprintf("N%d", n)
	}
}

func readable(replies [][]byte) []string {
	var out []string
	for _, r := range replies {
		out = append(out, strings.ReplaceAll(string(r), "\r", "\n"))
	}
	return out
}

func TestReplyIsWrittenAsTheProfileWantsIt(t *testing.T) {
	m := mustParse(t, string(sample(t, "pcd04_low_spo2_start.hl7")))
	want := []string{`MSH|^~\&|AM_PHILIPS_IEM^00095CFFFE741952^EUI-64|PHILIPS|MINDRAY_EGATEWAY^00A037EB2175780F^EUI-64|MINDRAY|20260113120006+0000||ACK^R40^ACK|N1|P|2.6||||||UNICODE UTF-8
MSA|CA|1
`}
	if diff := cmp.Diff(want, readable(Reply(m, Outcome{}, noon, counter()))); diff != "" {
		t.Errorf("accepted (-want +got)\n%s", diff)
	}
	refused := Outcome{Rejected, CodeFieldMissing, "no identifier | here", Location{Segment: "PID", Sequence: 1, Field: 3}}
	want[0] = strings.Replace(want[0], "MSA|CA|1\n", "MSA|CR|1\nERR||PID^1^3|101^Required field missing^HL70357|E||||no identifier   here\n", 1)
	if diff := cmp.Diff(want, readable(Reply(m, refused, noon, counter()))); diff != "" {
		t.Errorf("refused (-want +got)\n%s", diff)
	}
}

// The table of IHE DEV TF-2 appendix B.1 and HL7 v2 chapter 2.9.
func TestReplyModes(t *testing.T) {
	const silent = "-"
	tests := []struct {
		accept, app                 string
		accepted, errored, rejected string
	}{
		{"", "", "AA", "AE", "AR"},
		{`""`, `""`, "AA", "AE", "AR"},
		{"AL", "NE", "CA", "CE", "CR"},
		{"al", "", "CA", "CE", "CR"},
		{"NE", "AL", "AA", "AE", "AR"},
		{"", "AL", "AA", "AE", "AR"},
		{"AL", "AL", "CA AA", "CE", "CR"},
		{"NE", "NE", silent, silent, silent},
		{"NE", "", silent, silent, silent},
		{"ER", "NE", silent, "CE", "CR"},
		{"SU", "NE", "CA", silent, silent},
		{"NE", "ER", silent, "AE", "AR"},
		{"NE", "SU", "AA", silent, silent},
		{"AL", "ER", "CA", "CE", "CR"},
		{"ER", "AL", "AA", "CE", "CR"},
		{"SU", "AL", "CA AA", "AE", "AR"},
		{"??", "NE", "CA", "CE", "CR"},
	}
	for _, tt := range tests {
		m := mustParse(t, fmt.Sprintf("MSH|^~\\&|A|B|C|D|2026||ORU^R01|X 1|P|2.6|||%s|%s", tt.accept, tt.app))
		for kind, want := range []string{tt.accepted, tt.errored, tt.rejected} {
			var got, ids []string
			for _, raw := range Reply(m, Outcome{Kind: Kind(kind)}, noon, counter()) {
				ack := mustParse(t, string(raw))
				code, id, ok := ack.Acknowledgement()
				if !ok || id != "X 1" {
					t.Errorf("MSA-2 = %q", id)
				}
				if _, hasError := ack.First("ERR"); hasError != (Kind(kind) != Accepted) {
					t.Errorf("%s: ERR %v", code, hasError)
				}
				got, ids = append(got, code), append(ids, ack.Header().ControlID)
			}
			if len(got) == 0 {
				got = []string{silent}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("MSH-15 %q MSH-16 %q kind %d: %v, want %s", tt.accept, tt.app, kind, got, want)
			}
			if len(ids) == 2 && ids[0] == ids[1] {
				t.Error("both acknowledgements have the same control id")
			}
		}
	}
}

func TestReplyRepeatsTheControlIDByteForByte(t *testing.T) {
	for _, id := range []string{" lead", "trail ", `a\F\b`, "x^y&z~w", "", "\xFF\x01", `""`} {
		m := mustParse(t, "MSH|^~\\&|A|B|C|D|2026||ORU^R01|"+id+"|T|2.4")
		got := string(Reply(m, Outcome{}, noon, counter())[0])
		if want := "\rMSA|AA|" + id + "\r"; !strings.HasSuffix(got, want) {
			t.Errorf("id %q: reply %q", id, got)
		}
		if !strings.Contains(got, "|ACK^R01^ACK|N1|T|2.6\r") {
			t.Errorf("reply %q does not keep the processing id", got)
		}
	}
	m := mustParse(t, "MSH$@*!%$A$B$C$D$2026$$ORU@R01$1|2$P$2.6")
	got := string(Reply(m, Outcome{Kind: Error, Text: "m$!@"}, noon, counter())[0])
	want := "MSH$@*!%$C$D$A$B$20260113120006+0000$$ACK@R01@ACK$N1$P$2.6\rMSA$AE$1|2\rERR$$$207@Application internal error@HL70357$E$$$$m\r"
	if strings.Replace(got, "m   \r", "m\r", 1) != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestReplyUnreadable(t *testing.T) {
	const start = "MSH|^~\\&|||||20260113120006+0000||ACK|N1|P|2.6\r"
	broken := `MSH|^&|A|B|C|D|2026||ORU^R01|77|P|2.6`
	tests := map[string]struct{ raw, want string }{
		"nothing":         {"", start + "MSA|AR|\rERR|||100^Segment sequence error^HL70357|E||||message does not begin with MSH\r"},
		"noise":           {"GET / HTTP/1.1\r\n", start + "MSA|AR|\rERR|||100^Segment sequence error^HL70357|E||||message does not begin with MSH\r"},
		"no separator":    {"MSH", start + "MSA|AR|\rERR|||100^Segment sequence error^HL70357|E||||message does not begin with MSH\r"},
		"letters":         {"MSHABCDEF", start + "MSA|AR|\rERR||MSH^1^2|102^Data type error^HL70357|E||||encoding characters cannot be used\r"},
		"broken MSH-2":    {broken + "\rPID|1", "MSH|^~\\&|C|D|A|B|20260113120006+0000||ACK^R01^ACK|N1|P|2.6\rMSA|AR|77\rERR||MSH^1^2|102^Data type error^HL70357|E||||encoding characters cannot be used\r"},
		"broken enhanced": {broken + "|||AL|NE\rPID|1", "MSH|^~\\&|C|D|A|B|20260113120006+0000||ACK^R01^ACK|N1|P|2.6\rMSA|CR|77\rERR||MSH^1^2|102^Data type error^HL70357|E||||encoding characters cannot be used\r"},
		"two messages":    {"\uFEFFMSH|^~\\&|A||||||ORU|5\rMSH|^~\\&|A||||||ORU|6\r", "MSH|^~\\&|||A||20260113120006+0000||ACK|N1|P|2.6\rMSA|AR|5\rERR||MSH^2|100^Segment sequence error^HL70357|E||||more than one MSH in one message\r"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(tt.raw))
			if err == nil {
				t.Fatal("Parse accepts it")
			}
			replies := ReplyUnreadable([]byte(tt.raw), err, noon, counter())
			if len(replies) != 1 || string(replies[0]) != tt.want {
				t.Errorf("\ngot  %q\nwant %q", replies, tt.want)
			}
		})
	}
}

func TestReplyHeadRepeatsNoCutControlID(t *testing.T) {
	whole := header + "\rPID|1||MRN"
	tooLong := Outcome{Kind: Rejected, Text: "message too long"}
	tests := map[string]string{
		whole:                                    "CR V1", // MSH is whole
		header:                                   "CR V1", // MSH-18 may be cut, what is needed is there
		header[:len("MSH|^~\\&|")]:               "AR ",
		header[:strings.Index(header, "|V1|")+2]: "AR ",
		header[:strings.Index(header, "|V1|")+4]: "AR V1",
		"MS":                                     "AR ",
	}
	for head, want := range tests {
		replies := ReplyHead([]byte(head), tooLong, noon, counter())
		code, id, _ := mustParse(t, string(replies[0])).Acknowledgement()
		if got := code + " " + id; got != want {
			t.Errorf("head %q: %q, want %q", head, got, want)
		}
	}
}

func TestRefusalOfAnUnknownError(t *testing.T) {
	if o := Refusal(errors.New("x")); o.Kind != Rejected || o.Code != CodeApplicationInternal {
		t.Errorf("%+v", o)
	}
}
