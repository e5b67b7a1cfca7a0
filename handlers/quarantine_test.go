package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"wardlight/ward"
	"wardlight/ward/fault"
)

// shelf is a quarantine with two messages: one that a newer program can read,
// and one that was too large to keep.
type shelf struct {
	replayed []int64
	asked    string
}

func (s *shelf) list() []ward.Quarantine {
	return []ward.Quarantine{
		{ID: 8, ReceivedAt: noon, Source: "OLDGW", Peer: "10.1.0.9:4711", ControlID: "M8", Code: "201", Reason: "this event is not supported: ADT^A99", Size: 90, Raw: []byte("MSH|^~\\&|OLDGW\rPID|||7||<Okafor>\r")},
		{ID: 7, ReceivedAt: noon, Source: "BIGGW", Peer: "10.1.0.8:4711", Code: "207", Reason: "message too large"},
	}
}

func (s *shelf) QuarantinePage(_ context.Context, reason string, before int64, limit int) ([]ward.Quarantine, error) {
	s.asked = fmt.Sprintf("%s, before %d, %d", reason, before, limit)
	return slices.Repeat(s.list(), limit)[:limit], nil
}

func (s *shelf) Quarantined(_ context.Context, id int64) (ward.Quarantine, error) {
	for _, q := range s.list() {
		if q.ID == id {
			return q, nil
		}
	}
	return ward.Quarantine{}, fault.New(fault.NotFound, "there is no message %d in quarantine", id)
}

func (s *shelf) Replay(_ context.Context, id int64) error {
	if id == 7 {
		return fault.New(fault.Invalid, "it was refused before its body was kept")
	}
	s.replayed = append(s.replayed, id)
	return nil
}

func TestQuarantinePages(t *testing.T) {
	s := newStation(t)
	kept := &shelf{}
	s.h.Refused = kept
	const named = "&lt;Okafor&gt;" // in the raw message
	for _, tt := range []struct {
		name, who, method, path string
		status                  int
		has, hasNot             string
	}{
		{"the list", "ed", http.MethodGet, "/admin/quarantine", 200, "ADT^A99", named},
		{"the list before a message", "ed", http.MethodGet, "/admin/quarantine?reason=event&before=9", 200, "before=7&amp;reason=event", ""},
		{"before what is no number", "ed", http.MethodGet, "/admin/quarantine?before=x", 422, "not with a number", ""},
		{"one, explained", "ed", http.MethodGet, "/admin/quarantine/8", 200, "never commands one", named},
		{"its text, when asked for", "ed", http.MethodPost, "/admin/quarantine/8", 200, named, ""},
		{"one without a body", "ed", http.MethodGet, "/admin/quarantine/7", 200, "nothing to show or replay", "/replay"},
		{"replayed", "ed", http.MethodPost, "/admin/quarantine/8/replay", 200, "decoded and recorded", named},
		{"cannot be replayed", "ed", http.MethodPost, "/admin/quarantine/7/replay", 422, "before its body was kept", ""},
		{"not there", "ed", http.MethodGet, "/admin/quarantine/99", 404, "no message 99", ""},
		{"no number", "ed", http.MethodGet, "/admin/quarantine/x", 404, "no message x", ""},
		{"a nurse, the list", "kim", http.MethodGet, "/admin/quarantine", 403, "", ""},
		{"a nurse, one", "kim", http.MethodPost, "/admin/quarantine/8", 403, "", named},
		{"a nurse, a replay", "kim", http.MethodPost, "/admin/quarantine/8/replay", 403, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answer := s.get(tt.who, tt.path)
			if tt.method == http.MethodPost {
				answer = s.post(tt.who, tt.path, url.Values{})
			}
			body := answer.Body.String()
			if answer.Code != tt.status {
				t.Fatalf("%d, want %d", answer.Code, tt.status)
			}
			if !strings.Contains(body, tt.has) {
				t.Errorf("no %q in it", tt.has)
			}
			if tt.hasNot != "" && strings.Contains(body, tt.hasNot) {
				t.Errorf("%q is in it", tt.hasNot)
			}
		})
	}
	if kept.asked != "event, before 9, 101" {
		t.Errorf("the record was asked for %q", kept.asked)
	}
	if len(kept.replayed) != 1 || kept.replayed[0] != 8 {
		t.Errorf("replayed %v, want message 8, once", kept.replayed)
	}
}
