package web

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"
)

func TestASignInLastsAShift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newChassis()
		b := newBrowser(t, ch.Echo)
		b.signIn()
		secret := b.cookies[sessionCookie].Value
		if len(ch.records.sessions) != 1 || ch.records.sessions[HashSecret(secret)].Principal != kim {
			t.Fatalf("the record holds %v", ch.records.sessions)
		}
		for range 12 * 4 {
			if got := b.text(b.do("GET", "/me", "")); got != "u7 nurse" {
				t.Fatalf("asked by %q", got)
			}
			time.Sleep(15 * time.Minute)
		}
		if got := b.text(b.do("GET", "/me", "")); got != " " {
			t.Errorf("after twelve hours still %q", got)
		}
	})
}

func TestAnUnusedSessionEnds(t *testing.T) {
	for name, restart := range map[string]bool{"same process": false, "after a restart": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ch := newChassis()
				b := newBrowser(t, ch.Echo)
				b.signIn()
				time.Sleep(sessionIdle - time.Second)
				b.do("GET", "/me", "")
				if restart {
					ch.sessions.Forget(kim.UserID)
				}
				time.Sleep(sessionIdle - time.Second)
				if got := b.text(b.do("GET", "/me", "")); got != "u7 nurse" {
					t.Fatalf("use did not prolong it: %q", got)
				}
				time.Sleep(sessionIdle)
				if got := b.text(b.do("GET", "/me", "")); got != " " {
					t.Errorf("still %q", got)
				}
			})
		})
	}
}

func TestSessionsAreHonouredWhileTheRecordIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newChassis()
		b := newBrowser(t, ch.Echo)
		b.signIn()
		ch.records.set(func() { ch.records.away = errAway; ch.records.asked = 0 })
		for range 60 {
			time.Sleep(10 * time.Second)
			res := b.do("GET", "/me", "")
			b.want(200, res)
			if got := b.text(res); got != "u7 nurse" {
				t.Fatalf("asked by %q", got)
			}
		}
		if ch.records.asked > 60 {
			t.Errorf("the record was asked %d times in ten minutes", ch.records.asked)
		}
		// Not knowing is no reason to throw someone out: a session that was never seen here is told to wait.
		ch.sessions.Forget(kim.UserID)
		b.want(503, b.do("GET", "/me", ""))
		ch.records.set(func() { ch.records.away = nil })
		if got := b.text(b.do("GET", "/me", "")); got != "u7 nurse" {
			t.Errorf("afterwards asked by %q", got)
		}
	})
}

func TestTheRecordIsAskedOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newChassis()
		b := newBrowser(t, ch.Echo)
		b.signIn()
		for range 600 {
			b.do("GET", "/me", "")
			time.Sleep(time.Second)
		}
		if ch.records.asked < 9 || ch.records.asked > 10 {
			t.Errorf("asked %d times in ten minutes", ch.records.asked)
		}
		ch.records.set(func() { clear(ch.records.sessions) })
		time.Sleep(checkEvery)
		if got := b.text(b.do("GET", "/me", "")); got != " " {
			t.Errorf("a revoked session still is %q", got)
		}
	})
}

func TestForgettingAUserTakesEffectAtOnce(t *testing.T) {
	ch := newChassis()
	b := newBrowser(t, ch.Echo)
	b.signIn()
	ch.records.set(func() {
		for hash, s := range ch.records.sessions {
			s.Principal.Role = "charge-nurse"
			ch.records.sessions[hash] = s
		}
	})
	ch.sessions.Forget(kim.UserID)
	if got := b.text(b.do("GET", "/me", "")); got != "u7 charge-nurse" {
		t.Errorf("still %q", got)
	}
}

func TestSigningOutCountsWhateverTheRecordSays(t *testing.T) {
	for name, away := range map[string]error{"record there": nil, "record away": errAway} {
		t.Run(name, func(t *testing.T) {
			ch := newChassis()
			b := newBrowser(t, ch.Echo)
			b.signIn()
			stolen := *b.cookies[sessionCookie]
			ch.records.set(func() { ch.records.away = away })
			res := b.do("POST", "/signout", "_csrf="+b.token())
			if (away == nil) != (res.StatusCode == 200) {
				t.Errorf("status %d", res.StatusCode)
			}
			if _, kept := b.cookies[sessionCookie]; kept {
				t.Error("the browser keeps the cookie")
			}
			ch.records.set(func() { ch.records.away = nil })
			b.cookies[sessionCookie] = &stolen
			if got := b.text(b.do("GET", "/me", "")); got != " " {
				t.Errorf("the cookie still is %q", got)
			}
		})
	}
}

func TestBearerTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newChassis()
		secret := NewSecret()
		ch.records.tokens[HashSecret(secret)] = Principal{UserID: "m1", Role: "machine"}
		b := newBrowser(t, ch.Echo)
		good := "Authorization: bearer " + secret
		if got := b.text(b.do("GET", "/me", "", good)); got != "m1 machine" {
			t.Errorf("asked by %q", got)
		}
		b.want(204, b.do("POST", "/act", "", good))
		for _, bad := range []string{"Authorization: Bearer wrong", "Authorization: Bearer", "Authorization: Bearer " + secret + "x"} {
			res := b.do("GET", "/me", "", bad)
			b.want(401, res)
			if !strings.HasPrefix(res.Header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("%s: challenge %q", bad, res.Header.Get("WWW-Authenticate"))
			}
		}
		time.Sleep(48 * time.Hour)
		if got := b.text(b.do("GET", "/me", "", good)); got != "m1 machine" {
			t.Errorf("after two days asked by %q", got)
		}
		ch.records.set(func() { ch.records.away = errAway })
		time.Sleep(time.Hour)
		b.want(204, b.do("POST", "/act", "", good))
		ch.records.set(func() { ch.records.away = nil; clear(ch.records.tokens) })
		time.Sleep(checkEvery)
		b.want(401, b.do("GET", "/me", "", good))
	})
}

func TestATokenIsNeverACookieNorTheOtherWayRound(t *testing.T) {
	ch := newChassis()
	b := newBrowser(t, ch.Echo)
	b.signIn()
	b.want(401, b.do("POST", "/act", "", "Authorization: Bearer "+b.cookies[sessionCookie].Value))
	ch.records.tokens[HashSecret("machine")] = Principal{UserID: "m1"}
	b.want(200, b.do("GET", "/me", "", "Authorization: Bearer machine"))
	b.cookies[sessionCookie].Value = "machine"
	if got := b.text(b.do("GET", "/me", "")); got != " " {
		t.Errorf("a token as cookie is %q", got)
	}
}

func TestAssetsAndHealthAskNobody(t *testing.T) {
	ch := newChassis()
	ch.Echo.GET("/livez", func(c echo.Context) error { return c.NoContent(204) })
	b := newBrowser(t, ch.Echo)
	b.signIn()
	ch.sessions.Forget(kim.UserID)
	ch.records.set(func() { ch.records.away = errAway })
	b.want(503, b.do("GET", "/me", ""))
	b.want(204, b.do("GET", "/livez", ""))
}
