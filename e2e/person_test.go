package e2e

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// person is somebody at a browser without script: pages, forms, cookies.
type person struct {
	t    *testing.T
	at   *station
	http *http.Client
}

// person opens a browser in which nobody has signed in.
func (s *station) person() *person {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &person{s.t, s, &http.Client{Jar: jar, CheckRedirect: stay}}
}

// signedIn is a person who was added by station.user and has signed in.
func (s *station) signedIn(login string) *person {
	s.t.Helper()
	p := s.person()
	if !p.signIn(login, "correct horse") {
		s.t.Fatalf("%s cannot sign in", login)
	}
	return p
}

// signIn tries a password and says whether it opened the door.
func (p *person) signIn(login, password string) bool {
	p.t.Helper()
	_, page := p.get("/signin")
	status, _ := p.submit(page, "/signin", url.Values{"login": {login}, "password": {password}})
	return status == http.StatusSeeOther
}

func (p *person) get(path string) (status int, page string) {
	p.t.Helper()
	res, err := p.http.Get("http://" + p.at.HTTP + path)
	return p.read(res, err)
}

var csrfField = regexp.MustCompile(`name="_csrf" value="([^"]+)"`)

// submit sends a form with the token of the page that it stands on.
func (p *person) submit(page, path string, form url.Values) (status int, answer string) {
	p.t.Helper()
	token := csrfField.FindStringSubmatch(page)
	if token == nil {
		p.t.Fatalf("the page has no token for its forms:\n%s", page)
	}
	form.Set("_csrf", html.UnescapeString(token[1]))
	res, err := p.http.PostForm("http://"+p.at.HTTP+path, form)
	return p.read(res, err)
}

func (p *person) read(res *http.Response, err error) (status int, body string) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return res.StatusCode, string(raw)
}

// acknowledge takes an alarm, as seen at some moment, from its own page.
func (p *person) acknowledge(a snapshotAlarm) (status int, answer string) {
	p.t.Helper()
	_, page := p.get("/alarms/" + a.ID)
	return p.answer(page, a)
}

// answer sends the form of an alarm's page that was opened before.
func (p *person) answer(page string, a snapshotAlarm) (status int, answer string) {
	p.t.Helper()
	return p.submit(page, "/alarms/"+a.ID+"/acknowledgement", url.Values{
		"version": {strconv.Itoa(a.Version)}, "reason": {"on-my-way"},
	})
}

// sees reports whether the person's page shows a text.
func (p *person) sees(path, text string) bool {
	p.t.Helper()
	status, page := p.get(path)
	return status == http.StatusOK && strings.Contains(page, text)
}

// alarm finds an alarm of a bed, or with bed "" of the system itself.
func (s snapshot) alarm(bed, code string) (snapshotAlarm, bool) {
	list := s.Alarms
	for _, b := range s.Beds {
		if bed != "" && b.Bed == bed {
			list = b.Alarms
		}
	}
	for _, a := range list {
		if a.Code == code {
			return a, true
		}
	}
	return snapshotAlarm{}, false
}

// value is what a bed shows of a quantity, "" for none.
func (s snapshot) value(bed, code string) string {
	for _, b := range s.Beds {
		for _, v := range b.Vitals {
			if b.Bed == bed && v.Code == code {
				return v.Value
			}
		}
	}
	return ""
}
