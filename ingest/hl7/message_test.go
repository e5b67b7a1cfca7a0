package hl7

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const header = `MSH|^~\&|GW^00A0^EUI-64|HOSP|||20260113120005+0000||ORU^R01^ORU_R01|V1|P|2.6|||AL|NE||UNICODE UTF-8`

func mustParse(t testing.TB, raw string) *Message {
	t.Helper()
	m, err := Parse([]byte(raw))
	if err != nil {
		t.Fatalf("Parse(%.80q): %v", raw, err)
	}
	return m
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func names(m *Message) string {
	var all []string
	for _, s := range m.All() {
		all = append(all, s.Name())
	}
	return strings.Join(all, " ")
}

func TestParseRealMessages(t *testing.T) {
	type want struct {
		Kind, ControlID, Sender, Family string
		Segments                        int
		Sent                            string
	}
	tests := map[string]want{
		"pcd01_monitor_periodic.hl7": {"ORU^R01", "HP0122182658686QQ000CND119C0WS61", "PAT_DEVICE_PHILIPS_C", "Hon", 0, "2015-01-22T18:26:58Z"},
		"pcd01_episodic_nibp.hl7":    {"ORU^R01", "0104ef190d604db188c3", "ACME_Gateway", "BEDS", 0, "2011-06-02T05:00:00Z"},
		"pcd03_rgv_o15_dopamine.hl7": {"RGV^O15", "1", "IOPVENDOR", "Doe", 0, "2008-01-01T12:34:56-06:00"},
		"pcd04_low_spo2_start.hl7":   {"ORU^R40", "1", "MINDRAY_EGATEWAY", "Hon", 0, "2012-01-11T15:04:57-06:00"},
		"pcd04_occlusion_end.hl7":    {"ORU^R40", "6346172846620706282", "PAT_DEVICE_BBRAUN", "Hon", 0, "2012-01-09T17:54:26-06:00"},
		"pcd10_delivery_start.hl7":   {"ORU^R42", "6358051206735492253", "PAT_DEVICE_PUMPVENDOR", "Hon", 0, "2015-10-15T13:21:07-05:00"},
		"ADT-A01-01.hl7":             {"ADT^A01", "MSG00001", "ADTApp", "EVERYMAN", 0, "1989-08-18T11:26:00+02:15"},
		"ADT-A40-01.hl7":             {"ADT^A40", "8919-40", "Ntierprise", "Test", 4, "2019-04-23T15:01:37+02:15"},
		"ADT01-23.hl7":               {"ADT^A01", "599102", "AccMgr", "DUCK", 0, "2005-01-10T04:55:04+07:00"},
		"ADT04-28.hl7":               {"ADT^A04", "1270326314", "REDOX", "Bixby", 0, "2019-05-04T18:12:05+07:00"},
	}
	for name, w := range tests {
		t.Run(name, func(t *testing.T) {
			raw := sample(t, name)
			m := mustParse(t, string(raw))
			h := m.Header()
			pid, _ := m.First("PID")
			at, _, err := h.SentAt(time.UTC)
			if err != nil {
				t.Error(err)
			}
			if w.Segments == 0 { // one per line that is not blank
				w.Segments = len(bytes.FieldsFunc(raw, func(r rune) bool { return r == '\r' || r == '\n' }))
			}
			got := want{
				h.Code + "^" + h.Event, h.ControlID, h.Sender.Component(1).String(), pid.Field(5).Subcomponent(1).String(),
				len(m.All()), at.Format(time.RFC3339),
			}
			if diff := cmp.Diff(w, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Nothing of any real message is lost or moved by indexing it.
func TestParseKeepsEveryByte(t *testing.T) {
	files, err := filepath.Glob("testdata/*.hl7")
	if err != nil || len(files) < 18 {
		t.Fatalf("testdata: %v, %d files", err, len(files))
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for one := range bytes.SplitSeq(raw, []byte("\nMSH")) { // one file holds two
			if !bytes.Contains(one[:8], []byte("MSH")) {
				one = append([]byte("MSH"), one...)
			}
			m := mustParse(t, string(one))
			var got []string
			for _, s := range m.All() {
				got = append(got, string(s.Raw()))
			}
			want := strings.FieldsFunc(strings.TrimPrefix(string(one), "\uFEFF"), func(r rune) bool { return r == '\r' || r == '\n' })
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got)\n%s", name, diff)
			}
		}
	}
}

func TestValuesOfRealMessages(t *testing.T) {
	m := mustParse(t, string(sample(t, "pcd04_occlusion_start.hl7")))
	obr, _ := m.First("OBR")
	if got := obr.Field(29).Component(2).Subcomponent(1).String(); got != "E0001_27" {
		t.Errorf("OBR-29.2.1 = %q", got)
	}
	obx, _ := m.First("OBX")
	if got := obx.Text(5, 9); got != "Occlusion" {
		t.Errorf("OBX-5.9 = %q", got)
	}
	m = mustParse(t, string(sample(t, "pcd01_monitor_periodic.hl7")))
	pid, _ := m.First("PID")
	if middle := pid.Field(5).Component(3); !middle.IsNull() || middle.IsEmpty() || middle.String() != "" {
		t.Errorf("PID-5.3 = %q, want null", middle.Raw())
	}
	m = mustParse(t, string(sample(t, "ADT04-28.hl7")))
	pid, _ = m.First("PID")
	var ids []string
	for id := range pid.Field(3).Repetitions() {
		ids = append(ids, id.Component(1).String()+" "+id.Component(5).String()+id.Component(4).String())
	}
	if diff := cmp.Diff([]string{"0000000001 MR", "e167267c-16c9-4fe3-96ae-9cff5703e90a EHRID", "a1d4ee8aba494ca NIST"}, ids); diff != "" {
		t.Errorf("PID-3 (-want +got)\n%s", diff)
	}
	if got := pid.Field(3).Repetition(3).Component(1).String(); got != "a1d4ee8aba494ca" {
		t.Errorf("third PID-3 = %q", got)
	}
}

func TestHeader(t *testing.T) {
	m := mustParse(t, `MSH|^~\&#|GW^00A0^EUI-64|HOSP|||20260113120005+0000||ORU^R01| V 1|T^A|2.7^USA|||AL|NE||8859/1|||PCD^IHE^1.3.6.1.4.1.19376.1.6.1.1.1^ISO~X~^^1.2^ISO`)
	h := m.Header()
	if diff := cmp.Diff("GW^00A0^EUI-64", string(h.Sender.Raw())); diff != "" {
		t.Error(diff)
	}
	got := []string{h.Sent, h.Code, h.Event, h.ControlID, h.Process, h.Version, h.AcceptAck, h.AppAck, h.Charset, strings.Join(h.Profiles, ",")}
	want := []string{"20260113120005+0000", "ORU", "R01", " V 1", "T", "2.7", "AL", "NE", "8859/1", "1.3.6.1.4.1.19376.1.6.1.1.1,1.2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	msh := m.All()[0]
	if msh.Field(1).String() != "|" || msh.Field(2).String() != `^~\&#` || msh.Name() != "MSH" {
		t.Errorf("MSH-1 %q MSH-2 %q", msh.Field(1), msh.Field(2))
	}
}

func TestSegmentEnds(t *testing.T) {
	tests := map[string]struct{ raw, names, last string }{
		"CR":                      {"\rPID|1\rPV1||I\r", "MSH PID PV1", "I"},
		"LF":                      {"\nPID|1\nPV1||I\n", "MSH PID PV1", "I"},
		"CRLF":                    {"\r\nPID|1\r\nPV1||I\r\n", "MSH PID PV1", "I"},
		"mixed":                   {"\rPID|1\nPV1||I", "MSH PID PV1", "I"},
		"no last end":             {"\rPID|1\rPV1||I", "MSH PID PV1", "I"},
		"blank lines":             {"\r\r\r \rPID|1\r\n\r\nPV1||I\r\r", "MSH PID PV1", "I"},
		"a bare name":             {"\rPID\rPV1||I\r", "MSH PID PV1", "I"},
		"a line break in a text":  {"\rPID|1\rNTE||one\ntwo\r", "MSH PID NTE", "one\ntwo"},
		"a blank line in a text":  {"\rNTE||one\n\ntwo\n\r", "MSH NTE", "one\n\ntwo"},
		"a strange segment stays": {"\rPID|1\robx||x\r", "MSH PID obx", "x"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m := mustParse(t, header+tt.raw)
			if got := names(m); got != tt.names {
				t.Errorf("segments %q, want %q", got, tt.names)
			}
			if got := m.All()[len(m.All())-1].Field(2).String(); got != tt.last {
				t.Errorf("last field 2 = %q, want %q", got, tt.last)
			}
		})
	}
}

func TestWhatMayStandBeforeTheHeader(t *testing.T) {
	for _, before := range []string{"\uFEFF", "\r\n", "\uFEFF\r\n ", "\t"} { // a byte order mark, blank lines
		m := mustParse(t, before+header+"\rPID|1\r")
		if got := names(m); got != "MSH PID" || m.Header().ControlID != "V1" {
			t.Errorf("%q before MSH: %q, MSH-10 %q", before, got, m.Header().ControlID)
		}
		if got := string(Reply(m, Outcome{}, noon, counter())[0]); !strings.HasSuffix(got, "\rMSA|CA|V1\r") {
			t.Errorf("%q before MSH: answer %q", before, got)
		}
	}
}

func TestAccessOutsideTheMessage(t *testing.T) {
	m := mustParse(t, header+"\rPID|1||A^B&C~D\r")
	pid, ok := m.First("PID")
	if !ok {
		t.Fatal("no PID")
	}
	for name, v := range map[string]Value{
		"field 0": pid.Field(0), "field -1": pid.Field(-1), "field 4": pid.Field(4), "empty": pid.Field(2).Component(1).Subcomponent(1),
		"component 3": pid.Field(3).Component(3), "component 0": pid.Field(3).Component(0),
		"repetition 3": pid.Field(3).Repetition(3), "subcomponent": pid.Field(3).Component(2).Subcomponent(3),
	} {
		if !v.IsEmpty() || v.String() != "" || v.IsNull() {
			t.Errorf("%s = %q, want empty", name, v.Raw())
		}
	}
	none, ok := m.First("ZZZ")
	if ok || none.Name() != "" || !none.Field(1).IsEmpty() || none.Raw() != nil {
		t.Error("a missing segment is not empty")
	}
	for range pid.Field(2).Repetitions() {
		t.Error("an empty field repeats")
	}
	if got := pid.Field(3).Component(2).Subcomponent(2).String(); got != "C" {
		t.Errorf("PID-3.2.2 = %q", got)
	}
	if got := pid.Field(3).String(); got != "A^B&C~D" {
		t.Errorf("PID-3 = %q", got)
	}
}

func TestParseRefuses(t *testing.T) {
	tests := map[string]struct {
		raw  string
		want error
	}{
		"nothing":            {"", ErrNoHeader},
		"only MSH":           {"MSH", ErrNoHeader},
		"another segment":    {"PID|1", ErrNoHeader},
		"a batch":            {"FHS|^~\\&|A\rMSH|^~\\&|A", ErrNoHeader},
		"broken MSH-2":       {`MSH|^&|A|B`, ErrEncoding},
		"three characters":   {`MSH|^~\|A|B`, ErrEncoding},
		"six characters":     {`MSH|^~\&#$|A|B`, ErrEncoding},
		"a letter":           {`MSH|^~\A|A|B`, ErrEncoding},
		"repeated character": {`MSH|^^\&|A|B`, ErrEncoding},
		"separator repeated": {"MSH^^~\\&^A", ErrEncoding},
		"line ends after 1":  {"MSH|\rPID|1", ErrEncoding},
		"blank separator":    {"MSH ^~\\& A", ErrEncoding},
		"two messages":       {header + "\r" + header + "\r", ErrSecondHeader},
		"long header":        {header + strings.Repeat("|", MaxHeaderBytes), ErrTooLong},
		"many fields":        {header + "\rZZZ" + strings.Repeat("|", MaxFields), ErrTooLong},
		"many segments":      {header + strings.Repeat("\rZZZ", MaxSegments), ErrTooLong},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m, err := Parse([]byte(tt.raw))
			if !errors.Is(err, tt.want) || m != nil {
				t.Errorf("Parse = %v, %v, want %v", m, err, tt.want)
			}
			if o := Refusal(err); o.Kind != Rejected || codeText[o.Code] == "" || o.Text == "" {
				t.Errorf("Refusal = %+v", o)
			}
		})
	}
}

func TestDelimitersOfTheSender(t *testing.T) {
	m := mustParse(t, "MSH$@*!%$GW$$$$$$ORU@R01$1|2$P$2.6\rPID$1$$A@B%C*D$x|y^z!S!w\r")
	pid, _ := m.First("PID")
	got := []string{pid.Text(3, 1), pid.Field(3).Component(2).Subcomponent(2).String(), pid.Field(3).Repetition(2).String(), pid.Field(4).String()}
	if diff := cmp.Diff([]string{"A", "C", "D", "x|y^z@w"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
