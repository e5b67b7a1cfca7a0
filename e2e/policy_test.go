package e2e

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

var (
	inlineCode = regexp.MustCompile(`<[^>]+\s(style|on[a-z]+)\s*=`)
	linked     = regexp.MustCompile(`<a\s[^>]*href="([^"]+)"`)
	fetched    = regexp.MustCompile(`<(?:link|script|img)\s[^>]*(?:href|src)="([^"]+)"`)
)

// tour visits every page to which links lead from the first one, up to two of
// a kind, and gives their paths.
func (p *person) tour() []string {
	p.t.Helper()
	var seen []string
	kinds := map[string]int{}
	queue := []string{"/"}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if slices.Contains(seen, path) || kinds[kindOf(path)] == 2 {
			continue
		}
		kinds[kindOf(path)]++
		seen = append(seen, path)
		res, body := p.visit(path)
		for res.StatusCode == http.StatusSeeOther {
			path = res.Header.Get("Location")
			res, body = p.visit(path)
		}
		if res.StatusCode != http.StatusOK {
			p.t.Errorf("a link leads to %s, which answers %s", path, res.Status)
		}
		p.t.Run("GET "+path, func(t *testing.T) { mustBeClean(t, res, body) })
		for _, m := range linked.FindAllStringSubmatch(body, -1) {
			if link := html.UnescapeString(m[1]); strings.HasPrefix(link, "/") {
				link, _, _ = strings.Cut(link, "#")
				queue = append(queue, link)
			}
		}
	}
	return seen
}

// kindOf is a path without what differs from one bed, patient or span of time
// to another.
func kindOf(path string) string {
	path, query, _ := strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	for i := 2; i < len(parts); i++ {
		if parts[i] != "trends" && parts[i] != "keys" {
			parts[i] = "*"
		}
	}
	kind := strings.Join(parts, "/")
	if query != "" {
		kind += "?"
	}
	return kind
}

func (p *person) visit(path string) (*http.Response, string) {
	p.t.Helper()
	res, err := p.http.Get("http://" + p.at.HTTP + path)
	_, body := p.read(res, err)
	return res, body
}

// mustBeClean holds a page against what a browser is told and may do.
func mustBeClean(t *testing.T, res *http.Response, body string) {
	for name, want := range map[string]string{
		"Content-Security-Policy":      policy,
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Cache-Control":                "no-store",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q; wanted %q", name, got, want)
		}
	}
	for _, allowed := range []string{"autoplay=(self)", "fullscreen=(self)", "screen-wake-lock=(self)", "camera=(self)", "microphone=()"} {
		if !strings.Contains(res.Header.Get("Permissions-Policy"), allowed) {
			t.Errorf("Permissions-Policy lacks %s", allowed)
		}
	}
	if found := inlineCode.FindString(body); found != "" {
		t.Errorf("inline style or handler: %s", found)
	}
	if strings.Contains(body, "<style") || regexp.MustCompile(`<script(\s+type="module")?>`).MatchString(body) {
		t.Error("a style sheet or a script stands in the page")
	}
	for _, m := range fetched.FindAllStringSubmatch(body, -1) {
		if !strings.HasPrefix(m[1], "/static/") {
			t.Errorf("the page fetches %s", m[1])
		}
	}
}

// traffic is what a page has fetched.
type traffic struct {
	mu       sync.Mutex
	urls     []string
	received map[string]float64 // bytes as sent, by request
}

// watch counts what the page fetches from now on; sockets are not counted.
func (p *page) watch() *traffic {
	p.t.Helper()
	x := &traffic{received: map[string]float64{}}
	err := chromedp.Listen(p.ctx, func(ev any) {
		x.mu.Lock()
		defer x.mu.Unlock()
		switch e := ev.(type) {
		case *network.EventRequestWillBeSent:
			x.urls = append(x.urls, e.Request.URL)
		case *network.EventLoadingFinished:
			x.received[string(e.RequestID)] = e.EncodedDataLength
		}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return x
}

func (x *traffic) sum() (urls []string, bytes float64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, n := range x.received {
		bytes += n
	}
	return slices.Clone(x.urls), bytes
}

// A tour over every page in every role: nothing that the policy forbids,
// nothing from elsewhere, no dead link, no word on the console.
func TestPolicy(t *testing.T) {
	t.Parallel()
	d := startDemo(t, "--history", "20m")
	nurse := d.signedIn("nurse")
	eventually(t, 2*time.Minute, "an alarm stands in the ICU", func() bool { return nurse.sees("/central/ICU", `href="/alarms/`) })
	t.Run("nobody", func(t *testing.T) {
		for _, path := range []string{"/signin", "/about", "/help", "/nowhere"} {
			res, body := d.person().visit(path)
			t.Run(path, func(t *testing.T) { mustBeClean(t, res, body) })
		}
		for _, path := range []string{"/", "/central/ICU", "/bed/ICU/1", "/alarms", "/patients/x/trends"} {
			if res, _ := d.person().visit(path); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/signin?next=") {
				t.Errorf("%s without signing in: %s to %q", path, res.Status, res.Header.Get("Location"))
			}
		}
	})
	for _, login := range []string{"nurse", "charge", "doctor", "admin"} {
		t.Run(login, func(t *testing.T) {
			who := d.signedIn(login)
			who.t = t
			pages := who.tour()
			t.Logf("%d pages: %v", len(pages), pages)
			if login != "admin" && !slices.ContainsFunc(pages, func(p string) bool { return strings.HasSuffix(p, "/trends") }) {
				t.Error("no link leads to trends")
			}

			at := *d.station
			at.t = t
			p := at.page()
			fetched := p.watch()
			p.signInAs(login, d.passwords[login])
			for _, path := range pages {
				p.open(path)
			}
			urls, _ := fetched.sum()
			for _, u := range urls {
				if u, err := url.Parse(u); err != nil || u.Host != d.HTTP && u.Scheme != "data" {
					t.Errorf("the browser asked for %s", u)
				}
			}
		})
	}

	by(t, d.ready, 2*time.Minute, "alarms of two categories and three kinds stand in the demo", func() bool {
		categories, kinds := nurse.kindsOfAlarm("ICU", "WARD", "HOME")
		return categories == 2 && kinds >= 3
	})
	t.Run("the policy is in force, and its violations are heard", func(t *testing.T) {
		p := (&station{t: t, HTTP: d.HTTP}).page()
		p.open("/signin")
		p.expect("violates")
		if got := eval[string](p, `(() => {
			document.body.insertAdjacentHTML("beforeend", '<p id="x" style="width: 50%">x</p>');
			return getComputedStyle(document.getElementById("x")).width === getComputedStyle(document.body).width ? "" : "styled";
		})()`); got != "" {
			t.Error("an inline style takes effect")
		}
		eventually(t, 5*time.Second, "the console speaks of it", func() bool {
			p.mu.Lock()
			defer p.mu.Unlock()
			return slices.ContainsFunc(p.pardoned, func(s string) bool { return strings.Contains(s, "violates") })
		})
	})
}
