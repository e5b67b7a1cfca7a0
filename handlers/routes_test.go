package handlers

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
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

// TestWhoMayUseThePagesAboutDevices is the role matrix as people meet it.
func TestWhoMayUseThePagesAboutDevices(t *testing.T) {
	s, _ := withDevices(t)
	s.h.Refused = &shelf{}
	who := []string{"kim", "icu", "ward", "cho", "lee", "ada", "ed", "wardbm", "viewer", "screen"}
	const page, none = http.StatusOK, http.StatusForbidden
	for path, want := range map[string][]int{ // in the order of who
		"/devices":                {page, page, page, page, page, page, page, page, none, none},
		"/devices/inventory":      {page, page, page, page, page, page, page, page, none, none},
		"/devices?device=MON1":    {page, page, 404, page, page, page, page, 404, none, none},
		"/bed/ICU/1/stay":         {page, page, none, page, none, page, none, none, none, none},
		"/bed/WARD/A/stay":        {page, none, page, page, none, page, none, none, none, none},
		"/admin/gateways":         {none, none, none, none, none, page, page, none, none, none},
		"/admin/quarantine":       {none, none, none, none, none, page, page, none, none, none},
		"/admin/quarantine/8":     {none, none, none, none, none, page, page, none, none, none},
		"/api/units/ICU/snapshot": {page, page, none, page, page, page, page, none, page, none},
	} {
		for i, name := range who {
			answer := s.get(name, path)
			if answer.Code != want[i] {
				t.Errorf("%s opens %s: got %d, want %d", name, path, answer.Code, want[i])
			}
			if got := answer.Header().Get("Cache-Control"); got != "no-store" {
				t.Errorf("%s: Cache-Control %q", path, got)
			}
		}
	}
	may := map[string]string{ // who may send the form at all; others get 403
		"/devices": "kim icu ward cho lee ada ed wardbm", "/devices/assign": "kim icu ward cho ada", "/devices/release": "kim icu ward cho ada",
		"/bed/ICU/1/admission": "kim icu cho ada", "/bed/ICU/1/transfer": "kim icu cho ada", "/bed/ICU/1/discharge": "kim icu cho ada",
		"/bed/ICU/1/identity": "kim icu cho ada", "/bed/ICU/1/away": "kim icu cho ada",
		"/admin/quarantine/8": "ada ed", "/admin/quarantine/8/replay": "ada ed",
	}
	for path, allowed := range may {
		for _, name := range who {
			want := slices.Contains(strings.Fields(allowed), name)
			if answer := s.post(name, path, url.Values{}); (answer.Code != http.StatusForbidden) != want {
				t.Errorf("%s sends %s: got %d, may it: %t", name, path, answer.Code, want)
			}
		}
	}
}

func TestNothingIsChangedWithoutAToken(t *testing.T) {
	s, _ := withDevices(t)
	for _, r := range s.h.Routes() {
		if r.Method == http.MethodGet || r.May == "" {
			continue
		}
		path := strings.NewReplacer(":unit", "ICU", ":bed", "1", ":id", "8").Replace(r.Path)
		request := httptest.NewRequest(r.Method, path, strings.NewReader("_csrf=AAAA"))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if w := s.serve(request, "ada"); w.Code != http.StatusForbidden {
			t.Errorf("%s %s: got %d", r.Method, path, w.Code)
		}
	}
}
