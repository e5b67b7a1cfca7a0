package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"
)

var errNoBed = errors.New("bed 12 of Ngozi Okafor is gone")

func explainBed(err error) (Problem, bool) {
	return Problem{http.StatusNotFound, "There is no such bed."}, errors.Is(err, errNoBed)
}

func writeText(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

func drawError(v ErrorView) templ.Component {
	return writeText(fmt.Sprintf("<p>%d %s %s %t</p>", v.Status, v.Title, v.Detail, v.SignedIn))
}

func TestErrorsAreAnsweredByCaller(t *testing.T) {
	for name, tt := range map[string]struct {
		err        error
		status     int
		page, json string // the page's words and the document's detail
	}{
		"explained": {fmt.Errorf("tile: %w", errNoBed), 404, "404 Not Found There is no such bed.", "There is no such bed."},
		"unknown":   {errors.New("pq: password of ward"), 500, "500 Internal Server Error ", ""},
		"echo's":    {echo.NewHTTPError(403, "Nurses only."), 403, "403 Forbidden Nurses only.", "Nurses only."},
		"inner":     {echo.NewHTTPError(502, "pump at 10.0.0.7"), 502, "502 Bad Gateway ", ""},
		"deadline":  {context.DeadlineExceeded, 503, "503 Service Unavailable This took too long. Try again.", "This took too long. Try again."},
	} {
		t.Run(name, func(t *testing.T) {
			ch := newChassis(func(c *Config) { c.Explain, c.ErrorPage = explainBed, drawError })
			ch.Echo.GET("/fail", func(echo.Context) error { return tt.err })
			ch.Echo.GET("/api/fail", func(echo.Context) error { return tt.err })
			b := newBrowser(t, ch.Echo)

			res := b.do("GET", "/fail", "", "Accept: text/html,*/*")
			b.want(tt.status, res)
			if got := b.text(res); got != "<p>"+tt.page+" false</p>" {
				t.Errorf("page %s", got)
			}
			for _, ask := range [][]string{{"/api/fail"}, {"/fail", "Accept: application/json"}} {
				res := b.do("GET", ask[0], "", ask[1:]...)
				b.want(tt.status, res)
				if ct := res.Header.Get("Content-Type"); ct != "application/problem+json" {
					t.Errorf("%s: type %s", ask, ct)
				}
				var got problemDocument
				if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
					t.Fatal(err)
				}
				want := problemDocument{"about:blank", http.StatusText(tt.status), tt.status, tt.json, res.Header.Get("X-Request-Id")}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-want +got)\n%s", ask, diff)
				}
			}
		})
	}
}

func TestFaultsAreLoggedOnceAndRefusalsNot(t *testing.T) {
	ch := newChassis(func(c *Config) { c.Explain = explainBed })
	ch.Echo.GET("/fault", func(echo.Context) error { return errors.New("disk full") })
	ch.Echo.GET("/panic", func(echo.Context) error { panic("rule 7") })
	ch.Echo.GET("/refusal", func(echo.Context) error { return errNoBed })
	b := newBrowser(t, ch.Echo)
	b.want(500, b.do("GET", "/fault", ""))
	b.want(500, b.do("GET", "/panic", ""))
	b.want(404, b.do("GET", "/refusal", ""))
	log := ch.log.String()
	for text, times := range map[string]int{`error="disk full"`: 1, `error="panic: rule 7"`: 1, "level=ERROR": 2, "Okafor": 0, "msg=request ": 3} {
		if got := strings.Count(log, text); got != times {
			t.Errorf("%q stands %d times in the log, want %d:\n%s", text, got, times, log)
		}
	}
	if !strings.Contains(log, "errors_test.go") {
		t.Error("the log does not say where the panic came from")
	}
}

func TestABrokenErrorPageStillAnswers(t *testing.T) {
	broken := templ.ComponentFunc(func(context.Context, io.Writer) error { return errors.New("no such asset") })
	ch := newChassis(func(c *Config) { c.ErrorPage = func(ErrorView) templ.Component { return broken } })
	b := newBrowser(t, ch.Echo)
	res := b.do("GET", "/nowhere", "")
	b.want(404, res)
	if got := b.text(res); !strings.HasPrefix(got, "Not Found. ") || !strings.Contains(got, res.Header.Get("X-Request-Id")) {
		t.Errorf("answer %q", got)
	}
}

func TestAPageThatFailsIsNeverHalfAPage(t *testing.T) {
	ch := newChassis()
	ch.Echo.GET("/page", func(c echo.Context) error {
		return Render(c, 200, templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
			_, _ = io.WriteString(w, "<h1>Bed 12</h1>")
			return errors.New("lost")
		}))
	})
	ch.Echo.GET("/good", func(c echo.Context) error { return Render(c, 201, writeText("<h1>Bed 12</h1>")) })
	b := newBrowser(t, ch.Echo)
	res := b.do("GET", "/page", "")
	b.want(500, res)
	if got := b.text(res); strings.Contains(got, "Bed 12") {
		t.Errorf("answer %q", got)
	}
	res = b.do("GET", "/good", "")
	b.want(201, res)
	if got := b.text(res); got != "<h1>Bed 12</h1>" || res.Header.Get("Content-Type") != "text/html; charset=UTF-8" {
		t.Errorf("%s %q", res.Header.Get("Content-Type"), got)
	}
}
