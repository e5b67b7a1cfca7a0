package handlers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestStrangersAreSentToTheSignInPage(t *testing.T) {
	s := newStation(t)
	w := s.get("", "/central/ICU?x=1")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/signin?next=%2Fcentral%2FICU%3Fx%3D1" {
		t.Errorf("got %d %s", w.Code, w.Header().Get("Location"))
	}
	if w := s.get("", "/api/units/ICU/snapshot"); w.Code != http.StatusUnauthorized {
		t.Errorf("a program without token: got %d", w.Code)
	}
}

// TestNoRouteIsOpenByMistake names the routes that need no sign-in; whoever
// adds one must say so here.
func TestNoRouteIsOpenByMistake(t *testing.T) {
	open := map[string]bool{
		"GET /livez": true, "GET /readyz": true, "GET /metrics": true, "GET /signin": true, "POST /signin": true, "POST /signout": true,
		"GET /about": true, "GET /help": true, "GET /help/keys": true,
	}
	for _, r := range New(Config{}).Routes() {
		if r.May == "" && !open[r.Method+" "+r.Path] {
			t.Errorf("%s %s may be used by anybody", r.Method, r.Path)
		}
	}
}

func TestAUnitIsForThoseWhoMaySeeIt(t *testing.T) {
	s := newStation(t)
	for _, c := range []struct {
		who, path string
		want      int
	}{
		{"kim", "/central/ICU", http.StatusOK},
		{"ward", "/central/ICU", http.StatusForbidden},
		{"ward", "/central/WARD", http.StatusOK},
		{"ward", "/live?unit=ICU", http.StatusForbidden},
		{"ward", "/api/units/ICU/snapshot", http.StatusForbidden},
		{"kim", "/central/NONE", http.StatusNotFound},
	} {
		if w := s.get(c.who, c.path); w.Code != c.want {
			t.Errorf("%s %s: got %d, want %d", c.who, c.path, w.Code, c.want)
		}
	}
}

func TestEveryoneStartsAtTheirOwnUnit(t *testing.T) {
	s := newStation(t)
	for who, want := range map[string]string{"kim": "/central/ICU", "ward": "/central/WARD"} {
		if w := s.get(who, "/"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
			t.Errorf("%s: got %d %s, want %s", who, w.Code, w.Header().Get("Location"), want)
		}
	}
}

func TestAMachineReadsItsUnitAndNothingElse(t *testing.T) {
	s := newStation(t)
	for path, want := range map[string]int{"/api/units/ICU/snapshot": http.StatusOK, "/api/units/WARD/snapshot": http.StatusForbidden, "/central/ICU": http.StatusForbidden} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		if w := s.serve(r, "", "Authorization", "Bearer machine"); w.Code != want {
			t.Errorf("%s: got %d, want %d", path, w.Code, want)
		}
	}
}

func TestHealthSaysWhetherTheWardMoves(t *testing.T) {
	s := newStation(t)
	s.measure(1, "1", "78", "97")
	if w := s.get("", "/livez"); w.Code != http.StatusOK {
		t.Errorf("alive: got %d", w.Code)
	}
	if w := s.get("", "/readyz"); w.Code != http.StatusOK || strings.TrimSpace(w.Body.String()) != `{"ready":true,"reasons":[]}` {
		t.Errorf("ready: got %d %s", w.Code, w.Body)
	}
	s.mu.Lock()
	s.now = s.now.Add(stillAfter * 4)
	s.mu.Unlock()
	if w := s.get("", "/readyz"); w.Code != http.StatusServiceUnavailable ||
		strings.TrimSpace(w.Body.String()) != `{"ready":false,"reasons":["the ward has not moved for 20 s","the record is 20 s behind"]}` {
		t.Errorf("standing still: got %d %s", w.Code, w.Body)
	}
}
