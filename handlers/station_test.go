package handlers

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"wardlight/live"
	"wardlight/static"
	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
	"wardlight/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 7, 1, 11, 0, 0, 0, time.UTC)

// station is a running ward behind the web chassis, with a clock that the
// test moves.
type station struct {
	t     *testing.T
	loop  *live.Loop
	web   *web.Server
	h     *Handlers
	ticks chan time.Time

	mu      sync.Mutex
	now     time.Time
	failing error  // what the record answers; nil: recorded
	refused func() // called when it does not record
	ground  ward.Ground
}

// people who are signed in, by the secret in their cookie.
var people = map[string]web.Principal{
	"kim":    {UserID: "u1", Name: "Kim R.", Role: "nurse"},
	"lee":    {UserID: "u2", Name: "Lee P.", Role: "physician"},
	"viewer": {UserID: "u3", Name: "Vic T.", Role: "viewer"},
	"ward":   {UserID: "u4", Name: "Ann W.", Role: "nurse", Unit: "WARD"},
	"ed":     {UserID: "u5", Name: "Ed B.", Role: "biomed"},
	"cho":    {UserID: "u6", Name: "Cho L.", Role: "charge-nurse"},
	"ada":    {UserID: "u7", Name: "Ada B.", Role: "admin"},
	"wardbm": {UserID: "u8", Name: "Bo M.", Role: "biomed", Unit: "WARD"},
	"icu":    {UserID: "u9", Name: "Ian C.", Role: "nurse", Unit: "ICU"},
	"screen": {UserID: "d1", Name: "Screen", Role: "display", Unit: "ICU"},
}

// doorkeeper knows people by their secret.
type doorkeeper struct{}

func (doorkeeper) CreateSession(context.Context, web.Session) error { return nil }
func (doorkeeper) Session(_ context.Context, hash web.SecretHash) (web.Session, error) {
	for secret, p := range people {
		if web.HashSecret(secret) == hash {
			return web.Session{Principal: p, CreatedAt: time.Now(), SeenAt: time.Now()}, nil
		}
	}
	return web.Session{}, web.ErrUnknownSecret
}
func (doorkeeper) TouchSession(context.Context, web.SecretHash, time.Time) error { return nil }
func (doorkeeper) DeleteSession(context.Context, web.SecretHash) error           { return nil }
func (doorkeeper) Token(_ context.Context, hash web.SecretHash) (web.Principal, error) {
	if hash == web.HashSecret("machine") {
		return web.Principal{UserID: "m1", Name: "m1", Role: "machine", Unit: "ICU"}, nil
	}
	return web.Principal{}, web.ErrUnknownSecret
}

// newStation is units ICU (beds 1 and 2, a patient in bed 1) and WARD.
func newStation(t *testing.T) *station {
	t.Helper()
	s := &station{t: t, now: noon, ticks: make(chan time.Time)}
	s.loop = live.New(live.Config{Recorder: s, Epoch: "e1", Now: s.clock, Ticks: s.ticks, Ground: s.standsOn})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = s.loop.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })

	log, assets := slog.New(slog.DiscardHandler), static.New()
	s.web = web.New(web.Config{
		Log: log, Assets: assets, Explain: Explain, ErrorPage: ErrorPage(assets),
		Sessions: web.NewSessions(doorkeeper{}, doorkeeper{}, log),
	})
	s.h = New(Config{
		Ward: s.loop, Assets: assets, Sockets: s.web.Sockets, Now: s.clock, Log: log, Demo: true, Version: "v1",
		Ground: s.standsOn, Watchers: s.loop.Watchers, Links: func() []ward.Link { return []ward.Link{{Protocol: "hl7", Peer: "10.0.0.7:4711", Name: "GW1"}} },
	})
	Register(s.web.Echo, s.h.Routes())

	unit := func(code census.UnitCode, area string, beds ...census.BedCode) ward.UnitConfig {
		return ward.UnitConfig{Unit: census.Unit{Code: code, Name: "Unit " + string(code), Zone: "Europe/London", CareArea: area, TrustGateway: true, Beds: beds}}
	}
	s.submit(ward.Configure{Units: []ward.UnitConfig{unit("ICU", "adult-icu", "1", "2"), unit("WARD", "adult", "A")}})
	field := func(v string) census.Field { return census.Field{Given: true, Value: v} }
	s.submit(ward.Moved{Movement: census.Movement{
		Kind: census.Admit, At: noon, To: census.Location{Unit: "ICU", Bed: "1"},
		Patient: census.Demographics{Identifiers: []census.Identifier{{Value: "MRN1001", Type: "MR"}}, Family: field("Okafor"), GivenName: field("Ngozi")},
	}})
	return s
}

// Record is the record of the ward under test.
func (s *station) Record(context.Context, string, []ward.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing != nil && s.refused != nil {
		s.refused()
	}
	return s.failing
}

func (s *station) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *station) standsOn() ward.Ground {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ground
}

// on changes what the record stands on; the next tick tells the ward.
func (s *station) on(g ward.Ground) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ground = g
}

func (s *station) submit(e ward.Event) {
	s.t.Helper()
	if out := s.loop.Submit(s.t.Context(), e, nil); out.Err != nil {
		s.t.Fatalf("%T: %v", e, out.Err)
	}
}

// measure lets seconds pass, each with a tick and the same two values from
// the bed's monitor.
func (s *station) measure(seconds int, bed, heart, oxygen string) {
	s.t.Helper()
	for range seconds {
		s.mu.Lock()
		s.now = s.now.Add(time.Second)
		now := s.now
		s.mu.Unlock()
		value := func(code vitals.Code, v string) vitals.Observation {
			m, _ := vitals.ByCode(code)
			return vitals.Observation{Metric: m, Value: vitals.MustDecimal(v), DeviceAt: now, Quality: vitals.OK}
		}
		s.submit(ward.Reports{{
			Device:   device.Identity{ID: device.ID("MON" + bed), Kind: device.Monitor},
			Location: census.Location{Unit: "ICU", Bed: bed}, SentAt: now,
			Observations: []vitals.Observation{value(vitals.HeartRate, heart), value(vitals.SpO2, oxygen)},
		}})
		s.ticks <- now
	}
	s.submit(ward.Audited{Action: "settle"}) // the loop has taken the tick before it takes this
}

// alarm is the most urgent one of the bed.
func (s *station) alarm(bed census.BedCode) alarm.Episode {
	s.t.Helper()
	b, _ := s.loop.View().Ward.Bed(census.BedID{Unit: "ICU", Bed: bed})
	e, ok := b.Worst()
	if !ok {
		s.t.Fatalf("no alarm in bed %s", bed)
	}
	return e
}

// get asks for a page as somebody; empty is nobody.
func (s *station) get(who, path string, header ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.serve(httptest.NewRequest(http.MethodGet, path, nil), who, header...)
}

// post sends a form as a browser would, with the token of somebody's page.
func (s *station) post(who, path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	page := s.get(who, "/about").Body.String()
	token := regexp.MustCompile(`name="_csrf" value="([^"]+)"`).FindStringSubmatch(page)
	if token == nil {
		s.t.Fatalf("no token for %s", who)
	}
	form.Set("_csrf", token[1])
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.serve(r, who, header...)
}

func (s *station) serve(r *http.Request, who string, header ...string) *httptest.ResponseRecorder {
	if who != "" {
		r.AddCookie(&http.Cookie{Name: "wardlight", Value: who})
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.web.Echo.ServeHTTP(w, r)
	return w
}

func acknowledgement(e alarm.Episode) string {
	return fmt.Sprintf("/alarms/%s/acknowledgement", url.PathEscape(string(e.ID)))
}
