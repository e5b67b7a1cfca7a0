package web

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"
)

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	ch := newChassis()
	ch.Echo.GET("/panic", func(echo.Context) error { panic("no") })
	want := map[string]string{
		"Content-Security-Policy":      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Permissions-Policy":           "autoplay=(self), camera=(self), fullscreen=(self), screen-wake-lock=(self), geolocation=(), microphone=(), payment=(), usb=()",
		"Referrer-Policy":              "no-referrer",
		"X-Content-Type-Options":       "nosniff",
		"Cache-Control":                "no-store",
		"Strict-Transport-Security":    "",
	}
	for target, status := range map[string]int{"/me": 200, "/nowhere": 404, "/panic": 500} {
		b := newBrowser(t, ch.Echo)
		res := b.do("GET", target, "")
		b.want(status, res)
		for name, value := range want {
			if got := res.Header.Get(name); got != value {
				t.Errorf("GET %s: %s is %q, want %q", target, name, got, value)
			}
		}
		if len(res.Header.Get("X-Request-Id")) != 16 {
			t.Errorf("GET %s: request id %q", target, res.Header.Get("X-Request-Id"))
		}
	}
}

func TestTLSMakesCookiesSecure(t *testing.T) {
	ch := newChassis()
	for target, secure := range map[string]bool{"http://ward.example/form": false, "https://ward.example/form": true} {
		res := newBrowser(t, ch.Echo).do("GET", target, "")
		c := res.Cookies()[0]
		if c.Secure != secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
			t.Errorf("%s sets %v", target, c)
		}
		if hsts := res.Header.Get("Strict-Transport-Security") != ""; hsts != secure {
			t.Errorf("%s: HSTS %t", target, hsts)
		}
	}
}

func TestForwardedAddressesCountOnlyBehindOnesOwnProxy(t *testing.T) {
	for _, tt := range []struct {
		trust      bool
		peer, want string
	}{
		{false, "10.0.0.1", "10.0.0.1"},
		{true, "10.0.0.1", "198.51.100.9"},
		{true, "192.0.2.1", "192.0.2.1"}, // not a private address, so not our proxy
	} {
		ch := newChassis(func(c *Config) { c.TrustProxy = tt.trust })
		ch.Echo.GET("/ip", func(c echo.Context) error { return c.String(200, c.RealIP()) })
		r := httptest.NewRequest("GET", "/ip", nil)
		r.RemoteAddr = tt.peer + ":4711"
		r.Header.Set("X-Forwarded-For", "198.51.100.9")
		w := httptest.NewRecorder()
		ch.Echo.ServeHTTP(w, r)
		if got := w.Body.String(); got != tt.want {
			t.Errorf("trusting %t, from %s: address %s, want %s", tt.trust, tt.peer, got, tt.want)
		}
	}
}
