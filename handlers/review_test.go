package handlers

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/html"

	"wardlight/live"
	"wardlight/static"
	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/fault"
	"wardlight/ward/infusion"
	"wardlight/ward/staff"
	"wardlight/ward/vitals"
	"wardlight/web"
)

// at is when these tests take place: a winter's noon in London.
var at = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// still is a ward in which nothing happens by itself.
type still struct {
	ward      ward.Ward
	submitted chan ward.Event
	outcome   error
}

func (s *still) View() live.View                   { return live.View{Epoch: "e", At: at, Ward: s.ward, RecordedAt: at} }
func (s *still) Watch(census.UnitCode) *live.Watch { panic("no feed here") }
func (s *still) Submit(_ context.Context, e ward.Event, _ *ward.Message) ward.Outcome {
	s.submitted <- e
	return ward.Outcome{Err: s.outcome}
}

// pages is the whole chassis over a still ward.
type pages struct {
	t    *testing.T
	echo *echo.Echo
	ward *still
	past *past
	open *openSessions
}

// past is a record that knows what a test tells it.
type past struct {
	stays    map[census.PatientID]ward.Stay
	trends   []ward.Trend
	channels []infusion.Channel
	closed   []alarm.Episode
	asked    struct {
		from, to time.Time
		buckets  int
	}
}

func (p *past) Stay(_ context.Context, id census.PatientID) (ward.Stay, error) {
	if s, ok := p.stays[id]; ok {
		return s, nil
	}
	return ward.Stay{}, fault.New(fault.NotFound, "no such row")
}

func (p *past) Trend(_ context.Context, _ census.PatientID, from, to time.Time, buckets int) ([]ward.Trend, error) {
	p.asked.from, p.asked.to, p.asked.buckets = from, to, buckets
	return p.trends, nil
}

func (p *past) Infusions(context.Context, census.PatientID, time.Time, time.Time) ([]infusion.Channel, error) {
	return p.channels, nil
}

func (p *past) RecentEpisodes(context.Context, census.UnitCode, int) ([]alarm.Episode, error) {
	return p.closed, nil
}

// openSessions signs in whoever the cookie names, and holds what was begun.
type openSessions struct {
	people map[web.SecretHash]web.Principal
}

func (o *openSessions) CreateSession(_ context.Context, s web.Session) error {
	o.people[s.Hash] = s.Principal
	return nil
}

func (o *openSessions) Session(_ context.Context, hash web.SecretHash) (web.Session, error) {
	if p, ok := o.people[hash]; ok {
		return web.Session{Hash: hash, Principal: p, CreatedAt: time.Now(), SeenAt: time.Now()}, nil
	}
	return web.Session{}, web.ErrUnknownSecret
}

func (o *openSessions) TouchSession(context.Context, web.SecretHash, time.Time) error { return nil }
func (o *openSessions) DeleteSession(_ context.Context, hash web.SecretHash) error {
	delete(o.people, hash)
	return nil
}

func (o *openSessions) Token(context.Context, web.SecretHash) (web.Principal, error) {
	return web.Principal{}, web.ErrUnknownSecret
}

// roster is who may sign in: kim, with the password "sesame".
type roster struct{ hash string }

func (r roster) Credentials(_ context.Context, login string) (staff.Person, string, error) {
	if login != "kim" {
		return staff.Person{}, "", fault.New(fault.NotFound, "no such user")
	}
	return staff.Person{ID: "u1", Login: "kim", Name: "Kim R.", Role: staff.Nurse}, r.hash, nil
}

func (roster) Names(context.Context) (map[string]string, error) {
	return map[string]string{"u1": "Kim R."}, nil
}

// newPages serves a ward of one unit in which Ngozi Okafor lies in bed 12,
// with a monitor and a pump.
func newPages(t *testing.T) *pages {
	t.Helper()
	hash, err := web.HashPassword(t.Context(), "sesame")
	if err != nil {
		t.Fatal(err)
	}
	p := &pages{t: t, ward: &still{ward: okaforsWard(), submitted: make(chan ward.Event, 8)}, past: &past{}, open: &openSessions{map[web.SecretHash]web.Principal{}}}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	assets := static.New()
	sessions := web.NewSessions(p.open, p.open, log)
	server := web.New(web.Config{Log: log, Sessions: sessions, Assets: assets, Explain: Explain, ErrorPage: ErrorPage(assets)})
	h := New(Config{
		Ward: p.ward, Record: p.past, People: roster{hash}, Sessions: sessions, Assets: assets, Sockets: server.Sockets,
		Log: log, Now: func() time.Time { return at }, Version: "test", Demo: true,
	})
	Register(server.Echo, h.Routes())
	p.echo = server.Echo
	return p
}

func okaforsWard() ward.Ward {
	var w ward.Ward
	n := 0
	apply := func(when time.Time, e ward.Event) {
		n++
		w, _ = ward.Apply(w, ward.Input{ID: string(rune('a' + n)), At: when, Event: e})
	}
	apply(at.Add(-time.Hour), ward.Configure{Digest: "d", Units: []ward.UnitConfig{{Unit: census.Unit{
		Code: "ICU", Name: "Intensive care", Zone: "Europe/London", CareArea: "adult-icu", TrustGateway: true, Beds: []census.BedCode{"11", "12"},
	}}, {Unit: census.Unit{Code: "WARD", Name: "Ward 3", Zone: "Europe/London", CareArea: "adult", Beds: []census.BedCode{"1"}}}}})
	field := func(s string) census.Field { return census.Field{Given: true, Value: s} }
	apply(at.Add(-time.Hour), ward.Moved{Movement: census.Movement{
		Kind: census.Admit, At: at.Add(-time.Hour), To: census.Location{Unit: "ICU", Bed: "12"},
		Patient: census.Demographics{
			Identifiers: []census.Identifier{{Value: "MRN1001", Type: "MR"}},
			Family:      field("Okafor"), GivenName: field("Ngozi"), Sex: field("F"), BirthDate: field("1961-02-03"),
		},
		Visit: census.Identifier{Value: "V1", Type: "VN"},
	}})
	said := func(ref, v string, when time.Time) vitals.Observation {
		m, _ := vitals.ByRefID(ref)
		return vitals.Observation{Metric: m, Value: vitals.MustDecimal(v), DeviceAt: when, Quality: vitals.OK}
	}
	mon := device.Identity{ID: "0012", Label: "MON77", Kind: device.Monitor}
	bed := census.Location{Unit: "ICU", Bed: "12"}
	for s := 14; s >= 0; s-- {
		when := at.Add(-time.Duration(s) * time.Second)
		apply(when, ward.Reports{{Device: mon, Location: bed, SentAt: when, Observations: []vitals.Observation{
			said("MDC_ECG_HEART_RATE", "88", when), said("MDC_PULS_OXIM_SAT_O2", "86", when),
		}}})
	}
	q := func(v, u string) *infusion.Quantity { return &infusion.Quantity{Value: vitals.MustDecimal(v), Unit: u} }
	apply(at, ward.Reports{{Device: device.Identity{ID: "0013", Label: "PUMP5", Kind: device.Pump}, Location: bed, SentAt: at, Channels: []infusion.Channel{{
		Channel: "1", Status: infusion.Infusing, Drug: "Dopamine", Rate: q("15.0", "mL/h"), Dose: q("5.00", "ug/kg/min"),
		VTBI: q("250.0", "mL"), Infused: q("60.0", "mL"), Remaining: q("190.0", "mL"), Weight: q("63", "kg"), DeviceAt: at,
	}}}})
	return w
}

func okafor(t *testing.T, w ward.Ward) census.PatientID {
	t.Helper()
	bed, ok := w.Bed(census.BedID{Unit: "ICU", Bed: "12"})
	if !ok || bed.Patient == nil {
		t.Fatal("nobody lies in ICU-12")
	}
	return bed.Patient.ID
}

// as is somebody's browser: the cookie of a session with that role and unit.
func (p *pages) as(role staff.Role, unit census.UnitCode) []*http.Cookie {
	secret := web.NewSecret()
	p.open.people[web.HashSecret(secret)] = web.Principal{UserID: "u-" + string(role), Name: "Kim R.", Role: string(role), Unit: string(unit), Kind: web.Human}
	return []*http.Cookie{{Name: "wardlight", Value: secret}}
}

// get asks for a page and returns the answer and its document.
func (p *pages) get(cookies []*http.Cookie, path string) (*http.Response, *document) {
	return p.ask(httptest.NewRequest(http.MethodGet, path, nil), cookies)
}

func (p *pages) ask(r *http.Request, cookies []*http.Cookie) (*http.Response, *document) {
	p.t.Helper()
	for _, c := range cookies {
		r.AddCookie(c)
	}
	rec := httptest.NewRecorder()
	p.echo.ServeHTTP(rec, r)
	answer := rec.Result()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		p.t.Fatal(err)
	}
	return answer, &document{p.t, root, string(body)}
}

// post sends a form as a browser of ours would.
func (p *pages) post(cookies []*http.Cookie, path string, form url.Values) *http.Response {
	p.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://example.com")
	answer, _ := p.ask(r, cookies)
	return answer
}

// document finds elements by an attribute and its value.
type document struct {
	t    *testing.T
	root *html.Node
	raw  string
}

func (d *document) find(key, value string) *html.Node {
	for n := range d.root.Descendants() {
		for _, a := range n.Attr {
			if n.Type == html.ElementNode && a.Key == key && a.Val == value {
				return n
			}
		}
	}
	return nil
}

func (d *document) need(key, value string) *html.Node {
	d.t.Helper()
	n := d.find(key, value)
	if n == nil {
		d.t.Fatalf("no element with %s=%q in %s", key, value, d.raw)
	}
	return n
}

// words is what stands in a node, with single blanks.
func words(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func wantContains(t *testing.T, what, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("%s: %q is not in %q", what, w, got)
		}
	}
}
