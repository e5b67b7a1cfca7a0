package e2e

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// framed serves a page that holds the station's page in a frame of another
// site, so that the browser runs the two in different processes: while the
// inner one hangs, the outer one can still be photographed. The station
// forbids frames; only this test lets them through, signed in as somebody,
// and adds a script that hangs the inner page for ms when it is asked to.
func (s *station) framed(who *person, path string, ms int) (address string) {
	s.t.Helper()
	target := &url.URL{Scheme: "http", Host: s.HTTP}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Header.Set("Origin", target.String())
			r.Out.Header.Del("Accept-Encoding")
			for _, c := range who.http.Jar.Cookies(target) {
				r.Out.AddCookie(c)
			}
		},
		ModifyResponse: func(res *http.Response) error {
			for _, name := range []string{"Content-Security-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy"} {
				res.Header.Del(name)
			}
			if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
				return nil
			}
			body, err := io.ReadAll(res.Body)
			body = bytes.Replace(body, []byte("</head>"), []byte(`<script src="/hang.js"></script></head>`), 1)
			res.Body = io.NopCloser(bytes.NewReader(body))
			res.Header.Set("Content-Length", strconv.Itoa(len(body)))
			return err
		},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/outer":
			_, _ = io.WriteString(w, `<!doctype html><style>body { margin: 0 } iframe { border: 0; width: 100vw; height: 100vh; display: block }</style>`+
				`<iframe src="http://`+strings.Replace(r.Host, "127.0.0.1", "localhost", 1)+path+`"></iframe>`)
		case r.URL.Path == "/hang.js":
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = io.WriteString(w, `addEventListener("message", () => { for (const end = performance.now() + `+strconv.Itoa(ms)+`; performance.now() < end;); });`)
		case r.URL.Path == "/favicon.ico":
			w.WriteHeader(http.StatusNoContent)
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	s.t.Cleanup(server.Close)
	return server.URL + "/outer"
}

// picture is what the screen shows now.
func (p *page) picture() image.Image {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	raw, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatalf("no picture: %v", err)
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		p.t.Fatal(err)
	}
	return img
}

// likeness is the share of pixels of a column of the screen, left of the
// worklist, in which two pictures agree.
func likeness(a, b image.Image) float64 {
	same, all := 0, 0
	for y := 150; y < a.Bounds().Dy()-60; y += 2 {
		for x := 20; x < a.Bounds().Dx()*2/3; x += 2 {
			all++
			if a.At(x, y) == b.At(x, y) {
				same++
			}
		}
	}
	return float64(same) / float64(all)
}

// A page whose script hangs covers itself all the same: the covers need
// nobody who puts them up, only somebody who keeps them away.
func TestHungPage(t *testing.T) {
	t.Parallel()
	s := serve(t, twoBeds)
	s.people()
	s.admitted()
	s.monitor("12", "MRN1001", hr(88), spo2(97))
	const hang = 10 * time.Second
	p := s.page()
	p.do("open the frame", chromedp.Navigate(s.framed(s.signedIn("kim"), "/central/ICU", int(hang.Milliseconds()))))
	var live image.Image
	within(t, 2*time.Second, "the ward is drawn", func() bool {
		before := live
		live = p.picture()
		return before != nil && likeness(live, before) == 1 && !isBlank(live)
	})
	time.Sleep(8 * time.Second) // long enough for covers to show that nobody keeps away
	if l := likeness(live, p.picture()); l < 0.9 {
		t.Fatalf("the page is not live in its frame: %.0f %% as it was", 100*l)
	}

	eval[chromedp.Void](p, `frames[0].postMessage("hang", "*")`)
	began := time.Now()
	by(t, began, 6500*time.Millisecond, "the hung page is covered", func() bool { return likeness(live, p.picture()) < 0.5 })
	if hung := time.Since(began); hung > hang {
		t.Fatalf("the page hung for %v; it was covered after %v", hang, hung)
	}
	p.shoot("hung")
	by(t, began, hang+3*time.Second, "the page comes back", func() bool { return likeness(live, p.picture()) > 0.9 })
}

// isBlank reports whether nothing is drawn yet.
func isBlank(img image.Image) bool {
	first := img.At(20, 150)
	for y := 150; y < img.Bounds().Dy()-60; y += 2 {
		for x := 20; x < img.Bounds().Dx()*2/3; x += 2 {
			if img.At(x, y) != first {
				return false
			}
		}
	}
	return true
}
