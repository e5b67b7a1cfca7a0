package web

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"
)

func TestTheLogHoldsNoPatientData(t *testing.T) {
	ch := newChassis()
	ch.Echo.POST("/patients/:name", func(c echo.Context) error { return c.NoContent(204) })
	b := newBrowser(t, ch.Echo)
	b.signIn()
	b.want(204, b.do("POST", "/patients/Okafor?mrn=MRN1001", "note=dyspnoea&_csrf="+b.token()))
	log := ch.log.String()
	for _, want := range []string{"method=POST", "route=/patients/:name", "status=204", "user_id=u7", "took="} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
	for _, secret := range []string{"Okafor", "MRN1001", "dyspnoea", "Kim", b.cookies[sessionCookie].Value} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %s:\n%s", secret, log)
		}
	}
}

func TestLargeBodiesAreRefused(t *testing.T) {
	ch := newChassis()
	ch.Echo.POST("/read", func(c echo.Context) error {
		_, err := io.Copy(io.Discard, c.Request().Body)
		return err
	})
	ch.records.tokens[HashSecret("t")] = Principal{UserID: "m1"}
	b := newBrowser(t, ch.Echo)
	b.want(200, b.do("POST", "/read", strings.Repeat("x", bodyLimit), "Authorization: Bearer t"))
	b.want(413, b.do("POST", "/read", strings.Repeat("x", bodyLimit+1), "Authorization: Bearer t"))

	unannounced, _ := http.NewRequest("POST", "/read", io.LimitReader(endless{}, bodyLimit+1))
	unannounced.Header.Set("Authorization", "Bearer t")
	w := &statusWriter{header: http.Header{}}
	ch.Echo.ServeHTTP(w, unannounced)
	if w.status != 413 {
		t.Errorf("a body of unknown length: %d, want 413", w.status)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

type statusWriter struct {
	header http.Header
	status int
}

func (w *statusWriter) Header() http.Header         { return w.header }
func (w *statusWriter) WriteHeader(status int)      { w.status = status }
func (w *statusWriter) Write(p []byte) (int, error) { return len(p), nil }

func TestAHandlerThatHonoursItsDeadlineIs503(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newChassis()
		ch.Echo.GET("/slow", func(c echo.Context) error {
			<-c.Request().Context().Done()
			return c.Request().Context().Err()
		})
		start := time.Now()
		b := newBrowser(t, ch.Echo)
		b.want(503, b.do("GET", "/slow", ""))
		if took := time.Since(start); took != requestTimeout {
			t.Errorf("took %s, want %s", took, requestTimeout)
		}
	})
}

func TestHTMLAndJSONAreCompressed(t *testing.T) {
	long := strings.Repeat("<p>88</p>", 500)
	ch := newChassis()
	for path, answer := range map[string]struct{ contentType, body string }{
		"/html": {"text/html; charset=utf-8", long}, "/json": {"application/json", long}, "/problem": {"application/problem+json", long},
		"/short": {"text/html", "<p>88</p>"}, "/png": {"image/png", long},
	} {
		ch.Echo.GET(path, func(c echo.Context) error { return c.Blob(201, answer.contentType, []byte(answer.body)) })
	}
	ch.Echo.GET("/empty", func(c echo.Context) error { return c.NoContent(204) })
	ch.Echo.GET("/fails", func(c echo.Context) error { return errors.New("no") })
	b := newBrowser(t, ch.Echo)
	for path, want := range map[string]struct {
		status  int
		zipped  bool
		content string
	}{
		"/html": {201, true, long}, "/json": {201, true, long}, "/problem": {201, true, long},
		"/short": {201, false, "<p>88</p>"}, "/png": {201, false, long}, "/empty": {204, false, ""}, "/fails": {500, false, ""},
	} {
		res := b.do("GET", path, "", "Accept-Encoding: gzip")
		b.want(want.status, res)
		if zipped := res.Header.Get("Content-Encoding") == "gzip"; zipped != want.zipped {
			t.Errorf("%s: zipped %t", path, zipped)
		} else if zipped {
			z, err := gzip.NewReader(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(z)
			if err != nil || string(got) != want.content {
				t.Errorf("%s: %d bytes, %v", path, len(got), err)
			}
		} else if got := b.text(res); want.status < 400 && got != want.content {
			t.Errorf("%s: %d bytes", path, len(got))
		}
	}
	if res := b.do("GET", "/html", ""); res.Header.Get("Content-Encoding") != "" {
		t.Error("compressed for a caller who did not ask")
	}
}

func TestSignInAttemptsAreLimitedPerAddress(t *testing.T) {
	l := &signInLimit{fullAt: map[string]time.Time{}}
	now := time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC)
	for i := range signInBurst {
		if wait := l.take("10.0.0.1", now); wait != 0 {
			t.Fatalf("attempt %d waits %s", i+1, wait)
		}
	}
	if wait := l.take("10.0.0.1", now); wait != signInEvery {
		t.Errorf("one too many waits %s, want %s", wait, signInEvery)
	}
	if wait := l.take("10.0.0.2", now); wait != 0 {
		t.Errorf("another address waits %s", wait)
	}
	if wait := l.take("10.0.0.1", now.Add(signInEvery)); wait != 0 {
		t.Errorf("after %s still waits %s", signInEvery, wait)
	}
	if l.take("10.0.0.3", now.Add(time.Hour)); len(l.fullAt) != 1 {
		t.Errorf("%d addresses are remembered, want 1", len(l.fullAt))
	}
}

func TestTooManyAttemptsAre429(t *testing.T) {
	ch := newChassis()
	ch.Echo.POST("/limited", func(c echo.Context) error { return c.NoContent(204) }, LimitSignIn())
	b := newBrowser(t, ch.Echo)
	form := "_csrf=" + b.token()
	for range signInBurst {
		b.want(204, b.do("POST", "/limited", form))
	}
	res := b.do("POST", "/limited", form)
	b.want(429, res)
	if res.Header.Get("Retry-After") == "" {
		t.Error("nobody says how long to wait")
	}
}

func TestPasswords(t *testing.T) {
	ctx := t.Context()
	hash, err := HashPassword(ctx, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	const prefix = "$argon2id$v=19$m=19456,t=2,p=1$"
	if !strings.HasPrefix(hash, prefix) || !strings.HasPrefix(nobodysHash, prefix) || len(hash) != len(nobodysHash) {
		t.Errorf("hashes %s and %s cost different work", hash, nobodysHash)
	}
	for _, tt := range []struct {
		password, hash string
		want           bool
	}{{"correct horse", hash, true}, {"wrong horse", hash, false}, {"", hash, false}, {"correct horse", "", false}, {"", "", false}} {
		if got, err := CheckPassword(ctx, tt.password, tt.hash); got != tt.want || err != nil {
			t.Errorf("CheckPassword(%q, %q) = %t, %v", tt.password, tt.hash, got, err)
		}
	}
	if _, err := CheckPassword(ctx, "x", "not a hash"); err == nil {
		t.Error("a broken hash was accepted")
	}
}

func TestPasswordsWaitForTheirTurn(t *testing.T) {
	for range cap(passwordTurns) {
		passwordTurns <- struct{}{}
	}
	defer func() {
		for range cap(passwordTurns) {
			<-passwordTurns
		}
	}()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := CheckPassword(ctx, "x", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want to give up with the request", err)
	}
}
