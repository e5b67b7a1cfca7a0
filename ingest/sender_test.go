package ingest_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones of the test, whatever this machine has

	"github.com/google/go-cmp/cmp"

	"wardlight/ingest"
	"wardlight/ingest/mllp"
	"wardlight/ward"
	"wardlight/ward/vitals"
)

// senders is a ward file with two gateways of their own habits.
func senders() ingest.Known {
	zone := func(name string) *time.Location {
		z, err := time.LoadLocation(name)
		if err != nil {
			return nil
		}
		return z
	}
	return ingest.Known{
		Settings: func() ward.Settings {
			return ward.Settings{Connections: []ward.Connection{
				{Name: "east", Source: "EAST", Zone: "Asia/Tokyo", Charset: "8859/1", NoValue: []string{"-888", "n.b."}},
				{Name: "a network", Peers: []string{"10.9.0.0/16"}, Zone: "America/New_York", NoValue: []string{"-777"}},
				{Name: "lost", Source: "LOST", Zone: "Nowhere/Atlantis"},
			}}
		},
		UnitZone: func(unit string) *time.Location {
			if unit == "ICU" {
				return zone("Europe/London")
			}
			return nil
		},
		Zone: zone,
	}
}

// A monitor's message as a sender without a zone writes it: OBX-14 of one
// value, OBR-7 of the other, MSH-7.
func zoneless(source, hr, temp string) string {
	return strings.Join([]string{
		`MSH|^~\&|` + source + `|HOSP|||20260713120005||ORU^R01|Z1|P|2.4||||||UNICODE UTF-8`,
		`PID|||M1`,
		`PV1||I|ICU^^12`,
		`OBR|1||Z1|182777000^monitoring of patient^SCT|||20260713120000`,
		`OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||MON`,
		`OBX|2|NM|147842^MDC_ECG_HEART_RATE^MDC|1.1.1.1|` + hr + `|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R`,
		`OBX|3|NM|150344^MDC_TEMP^MDC|1.1.1.2|` + temp + `|268192^MDC_DIM_DEGC^MDC|||||R|||20260713115500`,
	}, "\r") + "\r"
}

func TestReportsAreReadAsTheirSenderWritesThem(t *testing.T) {
	tests := map[string]struct {
		source, peer string
		hr, temp     string
		want         []string // sent, then what is charted
	}{
		"by its name":                            {"EAST", "192.0.2.7:4711", "88", "37.2", []string{"03:00:05", "88 at 03:00:00", "37.2 at 02:55:00"}},
		"by its network":                         {"OTHER", "10.9.3.4:4711", "88", "37.2", []string{"16:00:05", "88 at 16:00:00", "37.2 at 15:55:00"}},
		"the name comes first in the file":       {"EAST^00A0^EUI-64", "10.9.3.4:4711", "88", "37.2", []string{"03:00:05", "88 at 03:00:00", "37.2 at 02:55:00"}},
		"of whom nothing is said":                {"OTHER", "192.0.2.7:4711", "88", "37.2", []string{"11:00:05", "88 at 11:00:00", "37.2 at 10:55:00"}},
		"a zone that this machine does not know": {"LOST", "192.0.2.7:4711", "88", "37.2", []string{"11:00:05", "88 at 11:00:00", "37.2 at 10:55:00"}},
		"its word for no value, and its number":  {"EAST", "192.0.2.7:4711", "n.b.", "-888.0", []string{"03:00:05", "none at 03:00:00", "none at 02:55:00"}},
		"another one's number for no value":      {"OTHER", "10.9.3.4:4711", "88", "-777", []string{"16:00:05", "88 at 16:00:00", "none at 15:55:00"}},
		"what everybody writes for no value":     {"OTHER", "192.0.2.7:4711", "-999", "---", []string{"11:00:05", "none at 11:00:00", "none at 10:55:00"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			raw := zoneless(tt.source, tt.hr, tt.temp)
			s := from(t, tt.peer, raw)
			reports, ok := s.got[0].(ward.Reports)
			if !ok || len(reports) != 1 {
				t.Fatalf("the ward got %T", s.got[0])
			}
			if diff := cmp.Diff(tt.want, charted(reports[0])); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			again, err := ingest.Decode([]byte(raw), tt.peer, senders())
			if diff := cmp.Diff(tt.want, charted(again.(ward.Reports)[0])); err != nil || diff != "" {
				t.Errorf("out of quarantine: %v (-want +got)\n%s", err, diff)
			}
		})
	}
}

func from(t *testing.T, peer, raw string) *sink {
	t.Helper()
	s := &sink{}
	h := &ingest.HL7{Sink: s, Log: slog.New(slog.DiscardHandler), Known: senders(), Now: time.Now}
	h.Receive(t.Context(), mllp.Peer{Addr: peer}, []byte(raw), func([][]byte) {})
	return s
}

func charted(r ward.Report) []string {
	clock := func(at time.Time) string { return at.UTC().Format("15:04:05") }
	out := []string{clock(r.SentAt)}
	for _, o := range r.Observations {
		value := "none"
		if o.Quality != vitals.Invalid {
			value = o.Value.String()
		}
		out = append(out, value+" at "+clock(o.DeviceAt))
	}
	return out
}

// An admission in Latin 1 that announces UTF-8, with times without a zone.
func TestMovementsAreReadAsTheirSenderWritesThem(t *testing.T) {
	admission := func(source string) string {
		return "MSH|^~\\&|" + source + "|HOSP|||20260713120005||ADT^A01|Z2|P|2.4||||||UNICODE UTF-8\r" +
			"EVN||20260713115900\rPID|1||M1||M\xFCller^J\xF6rg\rPV1|1|I|ICU^^12||||||||||||||||V1" + strings.Repeat("|", 25) + "20260713110000\r"
	}
	type read struct{ At, AdmittedAt, Family, GivenName string }
	tests := map[string]read{
		"EAST":  {"02:59:00", "02:00:00", "Müller", "Jörg"},
		"OTHER": {"10:59:00", "10:00:00", "M\uFFFDller", "J\uFFFDrg"},
	}
	for source, want := range tests {
		raw := admission(source)
		s := from(t, "192.0.2.7:4711", raw)
		m, ok := s.got[0].(ward.Moved)
		if !ok {
			t.Fatalf("the ward got %+v", s.got[0])
		}
		clock := func(at time.Time) string { return at.UTC().Format("15:04:05") }
		got := read{clock(m.At), clock(m.AdmittedAt), m.Patient.Family.Value, m.Patient.GivenName.Value}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", source, diff)
		}
		if string(s.message.Raw) != raw || s.message.Source != source {
			t.Errorf("%s: kept as of %q, %d bytes", source, s.message.Source, len(s.message.Raw))
		}
	}
}
