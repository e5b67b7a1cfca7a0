package handlers

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"wardlight/ward"
	"wardlight/ward/fault"
	"wardlight/ward/staff"
	"wardlight/web"
)

// signIn fills in the form and gives the answer and its document.
func (p *pages) signIn(login, password, next string) (*http.Response, *document) {
	p.t.Helper()
	answer, form := p.get(nil, "/signin?"+url.Values{"next": {next}}.Encode())
	fields := url.Values{
		"_csrf": {attribute(form.need("name", "_csrf"), "value")}, "next": {attribute(form.need("name", "next"), "value")},
		"login": {login}, "password": {password},
	}
	r := httptest.NewRequest(http.MethodPost, "/signin", strings.NewReader(fields.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.ask(r, answer.Cookies())
}

func TestSigningInBeginsASessionAndIsAudited(t *testing.T) {
	p := newPages(t)
	answer, _ := p.signIn("kim", "sesame", "/bed/ICU/12")
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/bed/ICU/12" {
		t.Fatalf("got %d to %q", answer.StatusCode, answer.Header.Get("Location"))
	}
	if got := (<-p.ward.submitted).(ward.Audited); got.Action != "sign-in" || got.Actor != "u1" {
		t.Errorf("audited %+v", got)
	}
	if page, _ := p.get(answer.Cookies(), "/bed/ICU/12"); page.StatusCode != http.StatusOK {
		t.Errorf("the session opens the page with %d", page.StatusCode)
	}
}

func TestARefusalDoesNotTellWhy(t *testing.T) {
	p := newPages(t)
	var said []string
	for _, try := range [][2]string{{"kim", "wrong"}, {"nobody", "sesame"}} {
		answer, page := p.signIn(try[0], try[1], "/")
		if answer.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: got %d", try[0], answer.StatusCode)
		}
		said = append(said, words(page.need("id", "refused")))
		if got := attribute(page.need("name", "login"), "value"); got != try[0] {
			t.Errorf("the user name %q became %q", try[0], got)
		}
		if got := attribute(page.need("name", "password"), "value"); got != "" {
			t.Errorf("the password came back: %q", got)
		}
	}
	if said[0] != said[1] {
		t.Errorf("a wrong password is told apart from an unknown name: %q, %q", said[0], said[1])
	}
	if got := (<-p.ward.submitted).(ward.Audited); got.Action != "sign-in-refused" || got.Subject != "u1" {
		t.Errorf("audited %+v", got)
	}
	if len(p.open.people) != 0 {
		t.Error("a session was begun")
	}
}

func TestASignInThatCannotBeAuditedIsNone(t *testing.T) {
	p := newPages(t)
	p.ward.outcome = fault.New(fault.Unavailable, "the database is away")
	answer, _ := p.signIn("kim", "sesame", "/")
	<-p.ward.submitted
	if answer.StatusCode != http.StatusServiceUnavailable || len(p.open.people) != 0 {
		t.Errorf("got %d with %d sessions", answer.StatusCode, len(p.open.people))
	}
}

func TestTheSignInFormHelpsPasswordManagers(t *testing.T) {
	p := newPages(t)
	_, page := p.get(nil, "/signin")
	if got := attribute(page.need("name", "login"), "autocomplete"); got != "username" {
		t.Errorf("user name: autocomplete %q", got)
	}
	if got := attribute(page.need("name", "password"), "autocomplete"); got != "current-password" {
		t.Errorf("password: autocomplete %q", got)
	}
	wantContains(t, "sign-in", words(page.root), "Demo ward", "A secondary display.", "not a primary alarm system")
	if strings.Contains(page.raw, "<script") || strings.Contains(page.raw, "style=") {
		t.Error("the page needs script or inline style")
	}
}

func TestAfterSigningInOnlyOurOwnPagesFollow(t *testing.T) {
	for next, want := range map[string]string{
		"": "/", "/central/ICU?x=1": "/central/ICU?x=1", "//evil.example": "/", "/\\evil.example": "/", "https://evil.example/": "/",
		"central": "/", "/signin": "/", "/signout": "/", "/a\nb": "/", "javascript:alert(1)": "/",
	} {
		if got := localPath(next); got != want {
			t.Errorf("%q: got %q, want %q", next, got, want)
		}
	}
}

func TestSigningOutEndsTheSession(t *testing.T) {
	p := newPages(t)
	kim := p.as(staff.Nurse, "")
	_, page := p.get(kim, "/about")
	answer := p.post(kim, "/signout", url.Values{"_csrf": {attribute(page.need("name", "_csrf"), "value")}})
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/signin" {
		t.Errorf("got %d to %q", answer.StatusCode, answer.Header.Get("Location"))
	}
	if got := (<-p.ward.submitted).(ward.Audited); got.Action != "sign-out" {
		t.Errorf("audited %+v", got)
	}
	if _, still := p.open.people[web.HashSecret(kim[0].Value)]; still {
		t.Error("the session is still open")
	}
}
