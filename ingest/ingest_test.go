package ingest_test

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"wardlight/ingest"
	"wardlight/ingest/mllp"
	"wardlight/ward"
	"wardlight/ward/fault"
)

// sink takes everything and gives every input the same outcome.
type sink struct {
	got     []ward.Event
	message *ward.Message
	outcome ward.Outcome
}

func (s *sink) Enqueue(_ context.Context, e ward.Event, m *ward.Message, done func(ward.Outcome)) error {
	s.got, s.message = append(s.got, e), m
	done(s.outcome)
	return nil
}

func receive(t *testing.T, raw string, outcome ward.Outcome) (*sink, string) {
	t.Helper()
	s := &sink{outcome: outcome}
	h := &ingest.HL7{
		Sink: s, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Date(2026, 1, 13, 12, 0, 5, 0, time.UTC) },
	}
	answer, called := "", false
	h.Receive(t.Context(), mllp.Peer{Addr: "127.0.0.1:9"}, []byte(raw), func(m [][]byte) {
		called = true
		for _, one := range m {
			answer += string(one)
		}
	})
	if !called {
		t.Fatal("the message was never replied to")
	}
	return s, answer
}

func message(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestReceive(t *testing.T) {
	vitals := message(t, "pcd/testdata/vitals.hl7")
	tests := []struct {
		name    string
		raw     string
		outcome ward.Outcome
		event   string // type of what the ward gets
		answer  string // part of the answer
	}{
		{"vitals", vitals, ward.Outcome{}, "ward.Reports", "MSA|CA|V0001"},
		{"vitals again", vitals, ward.Outcome{Duplicate: true}, "ward.Reports", "MSA|CA|V0001"},
		{"admission", message(t, "adt/testdata/a01.hl7"), ward.Outcome{}, "ward.Moved", "MSA|CA|D0001"},
		{"could not be recorded", vitals, ward.Outcome{Err: fault.New(fault.Internal, "secret")}, "ward.Reports", "MSA|CE|V0001"},
		{"going down", vitals, ward.Outcome{Err: fault.New(fault.Unavailable, "stopping")}, "ward.Reports", ""},
		{"an order to a pump", message(t, "hl7/testdata/pcd03_rgv_o15_dopamine.hl7"), ward.Outcome{}, "ward.Refused", "200"},
		{"an order that asks for no enhanced answer", strings.Replace(message(t, "hl7/testdata/pcd03_rgv_o15_dopamine.hl7"), "|AL|ER|", "|||", 1), ward.Outcome{}, "ward.Refused", "MSA|AR|1\rERR|||200^Unsupported message type^HL70357|E||||this station never commands a device"},
		{"an answer", message(t, "hl7/testdata/pcd03_ack_ca.hl7"), ward.Outcome{}, "ward.Refused", ""},
		{"a device's alarm", message(t, "pcd/testdata/alert_start.hl7"), ward.Outcome{}, "ward.Reports", "MSA|CA|A0001"},
		{"what happened to a pump", message(t, "pcd/testdata/pcd10_delivery_start.hl7"), ward.Outcome{}, "ward.Reports", "MSA|CA|6358051206735492253"},
		{"no HL7 at all", "GET / HTTP/1.1", ward.Outcome{}, "ward.Refused", "MSA|AR|"},
		{"broken MSH-2", "MSH|^&|A|B|||20260113||ORU^R01|77|P|2.6\r", ward.Outcome{}, "ward.Refused", "MSA|"},
		{"no patient number", "MSH|^~\\&|A|B|||20260113080000+0000||ADT^A01|78|P|2.5.1\rPID|1\r", ward.Outcome{}, "ward.Refused", "MSA|AR|78"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, answer := receive(t, tt.raw, tt.outcome)
			if len(s.got) != 1 || typeName(s.got[0]) != tt.event {
				t.Fatalf("the ward got %T, want %s", s.got, tt.event)
			}
			if !strings.Contains(answer, tt.answer) || tt.answer == "" && answer != "" {
				t.Errorf("answer %q, want part %q", answer, tt.answer)
			}
			if strings.Contains(answer, "secret") {
				t.Error("an internal error reached the sender")
			}
			if string(s.message.Raw) != tt.raw {
				t.Error("the bytes as received are not kept")
			}
		})
	}
}

func typeName(e ward.Event) string {
	switch e.(type) {
	case ward.Reports:
		return "ward.Reports"
	case ward.Moved:
		return "ward.Moved"
	case ward.Refused:
		return "ward.Refused"
	}
	return "?"
}

func TestRefusedFrame(t *testing.T) {
	s := &sink{}
	h := &ingest.HL7{Sink: s, Log: slog.New(slog.DiscardHandler), Now: time.Now}
	head := []byte(message(t, "pcd/testdata/vitals.hl7")[:200])
	replies := h.Refused(mllp.Peer{Addr: "192.0.2.7:4711"}, mllp.Refusal{Err: mllp.ErrTooLarge, Head: head})
	if len(replies) != 1 || !strings.Contains(string(replies[0]), "MSA|CR|V0001") {
		t.Errorf("answer %q, want a refusal of V0001", replies)
	}
	if r, ok := s.got[0].(ward.Refused); !ok || !strings.Contains(r.Reason, "too large") {
		t.Errorf("listed as %+v", s.got[0])
	}
	if len(s.message.Raw) != 0 || s.message.Source != "192.0.2.7" {
		t.Errorf("listed with %d bytes of body from %q", len(s.message.Raw), s.message.Source)
	}
}

func TestDecodeFromQuarantine(t *testing.T) {
	if _, err := ingest.Decode([]byte("nonsense"), "", ingest.Known{}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("nonsense decoded: %v", err)
	}
	e, err := ingest.Decode([]byte(message(t, "pcd/testdata/vitals.hl7")), "", ingest.Known{})
	if r, ok := e.(ward.Reports); err != nil || !ok || len(r) != 1 {
		t.Errorf("vitals: %T, %v", e, err)
	}
}
