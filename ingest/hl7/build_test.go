package hl7

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func vitals(rows int) []byte {
	b := NewBuilder(MSH{
		Sender: Components("WARDGW", "00A0370012345678", "EUI-64"), SenderFacility: "GENHOSP",
		Sent: noon, Type: "ORU^R01^ORU_R01", ControlID: "V0001", AcceptAck: "AL", AppAck: "NE",
		Profiles: "IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO",
	})
	b.Sparse("PID", Fields{3: Components("MRN1001", "", "", "GENHOSP", "MR"), 5: Components("Okafor", "Ngozi", "", "", "", "", "L"), 7: "19580412", 8: "F"})
	b.Sparse("PV1", Fields{2: "I", 3: Components("ICU", "12", "A", "GENHOSP"), 19: "VN5001"})
	b.Sparse("OBR", Fields{1: "1", 4: "182777000^monitoring of patient^SCT", 7: Encoded(FormatTime(noon))})
	for i := range rows {
		n := Encoded(fmt.Sprint(i + 1))
		b.Sparse("OBX", Fields{
			1: n, 2: "NM", 3: "147842^MDC_ECG_HEART_RATE^MDC", 4: "1.1.1." + n, 5: "88",
			6: "264864^MDC_DIM_BEAT_PER_MIN^MDC", 7: "50-120", 11: "R",
		})
	}
	return b.Bytes()
}

func TestBuilder(t *testing.T) {
	want := strings.Join([]string{
		`MSH|^~\&|WARDGW^00A0370012345678^EUI-64|GENHOSP|||20260113120006.000+0000||ORU^R01^ORU_R01|V0001|P|2.6|||AL|NE||UNICODE UTF-8|||IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO`,
		`PID|||MRN1001^^^GENHOSP^MR||Okafor^Ngozi^^^^^L||19580412|F`,
		`PV1||I|ICU^12^A^GENHOSP||||||||||||||||VN5001`,
		`OBR|1|||182777000^monitoring of patient^SCT|||20260113120006+0000`,
		`OBX|1|NM|147842^MDC_ECG_HEART_RATE^MDC|1.1.1.1|88|264864^MDC_DIM_BEAT_PER_MIN^MDC|50-120||||R`,
		``,
	}, "\r")
	if got := string(vitals(1)); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestEncoding(t *testing.T) {
	tests := []struct{ got, want Encoded }{
		{Text(`a|b^c~d\e&f`), `a\F\b\S\c\R\d\E\e\T\f`},
		{Text("one\r\ntwo\rthree\nfour"), `one\.br\two\.br\three\.br\four`},
		{Text("\x0B\x1C\t"), `\X0B\\X1C\\X09\`},
		{Text("Łódź"), "Łódź"},
		{Text(""), ""},
		{Components("a", "", "b^", "", ""), `a^^b\S\`},
		{Subcomponents("a&", "b", ""), `a\T\&b`},
		{Compose("a", Subcomponents("x", "y"), Null), `a^x&y^""`},
		{Repeat(Components("1", "A"), Text("2")), "1^A~2"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

// What a sender writes is what a receiver reads, whatever the text.
func TestTextSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[|^~\\&"\r\nXFbr.0A-]*`)).Draw(t, "text")
		text = strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "\x00", "?")
		b := NewBuilder(MSH{Sent: noon, Type: "ORU^R01", ControlID: text})
		b.Sparse("NTE", Fields{3: Repeat("x", Compose("y", Components("", text)))})
		m, err := Parse(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		want := strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
		nte, _ := m.First("NTE")
		if got := nte.Field(3).Repetition(2).Component(3).String(); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
		if _, id, _ := mustParseT(t, Reply(m, Outcome{}, noon, counter())[0]).Acknowledgement(); id != m.Header().ControlID {
			t.Fatalf("control id %q comes back as %q", m.Header().ControlID, id)
		}
	})
}

func mustParseT(t *rapid.T, raw []byte) *Message {
	m, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"pcd01_monitor_periodic.hl7", "pcd04_occlusion_end.hl7", "pcd10_delivery_start.hl7", "ADT04-28.hl7", "ADT-A40-01.hl7", "lfh_sample_win_crlf.hl7"} {
		f.Add(sample(f, name))
	}
	f.Add([]byte(`MSH|^&|A|B|C|D|2026||ORU^R01|77|P|2.6|||AL|AL`))
	f.Add([]byte("MSH|^~\\&|A||||||||||||||||8859/5\rPID|\\X41\\|\\F|\\\\\n\nx\r"))
	f.Add([]byte("MSH|^~\\&|A||||||||||||||||GB 18030-2000\rPID|\x81|\x81\r"))
	f.Add([]byte("MSH$@*!%$A"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		m, err := Parse(raw)
		if err != nil {
			for _, reply := range ReplyUnreadable(raw, err, noon, counter()) {
				checkReply(t, reply)
			}
			return
		}
		for _, s := range m.All() {
			for n := range 30 {
				touch(t, s.Field(n))
			}
		}
		for _, kind := range []Kind{Accepted, Error, Rejected} {
			for _, reply := range Reply(m, Outcome{Kind: kind, Text: "x"}, noon, counter()) {
				checkReply(t, reply)
			}
		}
		if !bytes.Equal(before, raw) {
			t.Fatal("the received bytes were changed")
		}
	})
}

func touch(t *testing.T, v Value) {
	for r := range v.Repetitions() {
		for c := 1; c < 4; c++ {
			if text := r.Component(c).Subcomponent(2).String() + r.Component(c).String(); !utf8.ValidString(text) || strings.Contains(text, "\x00") {
				t.Fatalf("%q decodes to %q", r.Raw(), text)
			}
		}
	}
}

func checkReply(t *testing.T, reply []byte) {
	ack, err := Parse(reply)
	if err != nil {
		t.Fatalf("the reply %q cannot be read: %v", reply, err)
	}
	if code, _, ok := ack.Acknowledgement(); !ok || len(code) != 2 {
		t.Fatalf("the reply %q acknowledges nothing", reply)
	}
}

// A device message of 30 values, every value looked at.
func BenchmarkRead30(b *testing.B) {
	raw := vitals(30)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	start := time.Now()
	for b.Loop() {
		m, err := Parse(raw)
		if err != nil {
			b.Fatal(err)
		}
		values := 0
		for obx := range m.Segments("OBX") {
			code, unit := obx.Field(3), obx.Field(6)
			if code.Component(1).String() != "" && code.Component(2).String() != "" && obx.Text(4, 1) != "" &&
				obx.Field(5).String() == "88" && unit.Component(1).String() != "" && obx.Field(8).IsEmpty() &&
				obx.Text(11, 1) == "R" && obx.Field(14).IsEmpty() && obx.Field(18).IsEmpty() {
				values++
			}
		}
		if values != 30 {
			b.Fatal(values)
		}
	}
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "messages/s")
}

func BenchmarkParse30(b *testing.B) {
	raw := vitals(30)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
}
