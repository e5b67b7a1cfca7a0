package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var kim = Principal{UserID: "u7", Name: "Kim R.", Role: "nurse", Unit: "ICU", Kind: Human}

// records is the sessions' and tokens' record in memory; away makes it unreachable.
type records struct {
	mu       sync.Mutex
	sessions map[SecretHash]Session
	tokens   map[SecretHash]Principal
	away     error
	asked    int
}

func (r *records) CreateSession(_ context.Context, s Session) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessions[s.Hash] = s
	return r.away
}

func (r *records) Session(_ context.Context, hash SecretHash) (Session, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	s, ok := r.sessions[hash]
	if r.away == nil && !ok {
		return Session{}, ErrUnknownSecret
	}
	return s, r.away
}

func (r *records) TouchSession(_ context.Context, hash SecretHash, at time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.sessions[hash]
	s.SeenAt = at
	r.sessions[hash] = s
	return r.away
}

func (r *records) DeleteSession(_ context.Context, hash SecretHash) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.away == nil {
		delete(r.sessions, hash)
	}
	return r.away
}

func (r *records) Token(_ context.Context, hash SecretHash) (Principal, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok := r.tokens[hash]
	if r.away == nil && !ok {
		return Principal{}, ErrUnknownSecret
	}
	return p, r.away
}

func (r *records) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

var errAway = errors.New("connection refused")

// chassis is a server with a few routes, its record and its log.
type chassis struct {
	*Server
	sessions *Sessions
	records  *records
	log      *bytes.Buffer
}

func newChassis(configure ...func(*Config)) *chassis {
	ch := &chassis{log: &bytes.Buffer{}, records: &records{sessions: map[SecretHash]Session{}, tokens: map[SecretHash]Principal{}}}
	log := slog.New(slog.NewTextHandler(&lockedWriter{w: ch.log}, nil))
	ch.sessions = NewSessions(ch.records, ch.records, log)
	cfg := Config{Log: log, Sessions: ch.sessions}
	for _, f := range configure {
		f(&cfg)
	}
	ch.Server = New(cfg)
	ch.Echo.GET("/form", func(c echo.Context) error { return c.String(http.StatusOK, CSRFToken(c)) })
	ch.Echo.GET("/me", func(c echo.Context) error {
		p, _ := PrincipalFrom(c.Request().Context())
		return c.String(http.StatusOK, p.UserID+" "+p.Role)
	})
	ch.Echo.POST("/signin", func(c echo.Context) error { return ch.sessions.Start(c, kim) })
	ch.Echo.POST("/signout", func(c echo.Context) error { return ch.sessions.End(c) })
	ch.Echo.POST("/act", func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })
	return ch
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// browser keeps cookies between requests, as one does.
type browser struct {
	t       *testing.T
	handler http.Handler
	cookies map[string]*http.Cookie
}

func newBrowser(t *testing.T, h http.Handler) *browser {
	return &browser{t: t, handler: h, cookies: map[string]*http.Cookie{}}
}

// do sends a request; headers are "Name: value". A body makes it a form.
func (b *browser) do(method, target, form string, headers ...string) *http.Response {
	b.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(form))
	if form != "" {
		r.Header.Set("Content-Type", echo.MIMEApplicationForm)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	res := w.Result()
	for _, c := range res.Cookies() {
		b.cookies[c.Name] = c
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return res
}

func (b *browser) text(res *http.Response) string {
	b.t.Helper()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(raw)
}

func (b *browser) token() string { return b.text(b.do("GET", "/form", "")) }

func (b *browser) signIn() {
	b.t.Helper()
	if res := b.do("POST", "/signin", "_csrf="+b.token()); res.StatusCode != 200 {
		b.t.Fatalf("sign-in: %d", res.StatusCode)
	}
}

func (b *browser) want(status int, res *http.Response) {
	b.t.Helper()
	if res.StatusCode != status {
		b.t.Errorf("status %d, want %d: %s", res.StatusCode, status, b.text(res))
	}
}
