package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// originCheck tells our own pages from others'.
type originCheck struct {
	further []string
	forms   *http.CrossOriginProtection
}

// newOriginCheck accepts the server's own origin and the further ones. It panics when one of them is not an origin.
func newOriginCheck(further []string) originCheck {
	forms := http.NewCrossOriginProtection()
	for _, o := range further {
		if err := forms.AddTrustedOrigin(o); err != nil {
			panic("web: " + err.Error())
		}
	}
	return originCheck{further: further, forms: forms}
}

// allowsForm judges a request that changes something, by Sec-Fetch-Site, else by Origin. Our own forms send
// "Origin: null", because pages are served with no-referrer (Fetch standard, "append a request Origin header");
// without TLS browsers leave Sec-Fetch-Site out as well, and then the token alone decides.
func (o originCheck) allowsForm(r *http.Request) bool {
	if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "null" {
		return true
	}
	return o.forms.Check(r) == nil
}

// allowsSocket judges a websocket's handshake (RFC 6455 §10.2). No Origin means no browser; such a caller still needs
// its session or token.
func (o originCheck) allowsSocket(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(o.further, origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host)
}
