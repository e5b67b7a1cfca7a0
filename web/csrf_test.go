package web

import (
	"strings"
	"testing"
)

func TestCSRF(t *testing.T) {
	ch := newChassis(func(c *Config) { c.Origins = []string{"https://ward.example"} })
	kims, others := newBrowser(t, ch.Echo), newBrowser(t, ch.Echo)
	beforeSignIn := kims.token()
	kims.signIn()
	others.signIn()
	token, foreign := kims.token(), others.token()

	for name, tt := range map[string]struct {
		form    string
		headers []string
		want    int
	}{
		"field":                       {"_csrf=" + token, nil, 204},
		"header":                      {"", []string{"X-CSRF-Token: " + token}, 204},
		"same origin":                 {"_csrf=" + token, []string{"Origin: http://example.com", "Sec-Fetch-Site: same-origin"}, 204},
		"own form, no-referrer":       {"_csrf=" + token, []string{"Origin: null", "Sec-Fetch-Site: same-origin"}, 204},
		"own form without TLS":        {"_csrf=" + token, []string{"Origin: null"}, 204},
		"origin behind a proxy":       {"_csrf=" + token, []string{"Origin: https://ward.example"}, 204},
		"none":                        {"a=b", nil, 403},
		"none, though the same site":  {"a=b", []string{"Sec-Fetch-Site: same-origin"}, 403},
		"none, sandboxed frame":       {"a=b", []string{"Origin: null"}, 403},
		"other session's":             {"_csrf=" + foreign, nil, 403},
		"sign-in form's":              {"_csrf=" + beforeSignIn, nil, 403},
		"altered":                     {"_csrf=" + flipped(token), nil, 403},
		"cut":                         {"_csrf=" + token[:20], nil, 403},
		"good, but from another site": {"_csrf=" + token, []string{"Sec-Fetch-Site: cross-site", "Origin: https://evil.example"}, 403},
		"good, but a sibling site":    {"_csrf=" + token, []string{"Sec-Fetch-Site: same-site"}, 403},
		"good, foreign Origin alone":  {"_csrf=" + token, []string{"Origin: https://evil.example"}, 403},
		"basic auth is no bearer":     {"a=b", []string{"Authorization: Basic eDp5"}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			kims.t = t
			kims.want(tt.want, kims.do("POST", "/act", tt.form, tt.headers...))
		})
	}
	kims.t = t
	kims.want(403, kims.do("POST", "/act?_csrf="+token, "a=b"))
	kims.want(403, kims.do("POST", "/act", `{"_csrf":"`+token+`"}`, "Content-Type: application/json"))
	for _, method := range []string{"PUT", "PATCH", "DELETE"} {
		kims.want(403, kims.do(method, "/act", ""))
	}
}

func flipped(token string) string {
	last := "A"
	if strings.HasSuffix(token[:len(token)-1], "A") {
		last = "B"
	}
	return token[:len(token)-2] + last + token[len(token)-1:]
}

func TestTheSignInFormIsProtectedToo(t *testing.T) {
	ch := newChassis()
	b := newBrowser(t, ch.Echo)
	b.want(403, b.do("POST", "/signin", "user=kim"))
	token := b.token()
	if again := b.token(); again == token {
		t.Error("two pages carry the same token")
	}
	b.want(403, newBrowser(t, ch.Echo).do("POST", "/signin", "_csrf="+token))
	b.want(200, b.do("POST", "/signin", "_csrf="+token))
	if _, kept := b.cookies[signInCookie]; kept {
		t.Error("the form's cookie outlives the sign-in")
	}
}

func TestAProgramWithoutItsTokenIsUnauthorized(t *testing.T) {
	b := newBrowser(t, newChassis().Echo)
	b.want(401, b.do("POST", "/act", "", "Accept: application/fhir+json"))
}

func TestATokenSurvivesARestart(t *testing.T) {
	before := newChassis()
	b := newBrowser(t, before.Echo)
	b.signIn()
	token := b.token()
	after := newChassis()
	after.records.sessions = before.records.sessions
	b.handler = after.Echo
	b.want(204, b.do("POST", "/act", "_csrf="+token))
}
