package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// chromium is the browser of the package: started once, one context a test.
var chromium struct {
	sync.Mutex
	ctx    context.Context
	cancel []context.CancelFunc
}

func browser(t *testing.T) context.Context {
	t.Helper()
	chromium.Lock()
	defer chromium.Unlock()
	if chromium.ctx != nil {
		return chromium.ctx
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("no-pings", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("font-render-hinting", "none"),
		chromedp.Flag("lang", "en-GB"),
		// Nothing but the station under test can be reached.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
		chromedp.WindowSize(1920, 1080),
	)
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("the browser does not start: %v", err)
	}
	chromium.ctx, chromium.cancel = ctx, []context.CancelFunc{cancel, cancelAllocator}
	return ctx
}

func closeBrowser() {
	for _, cancel := range chromium.cancel {
		cancel()
	}
}

// page is one person's browser: cookies of its own, and a list of everything
// that its console complained about.
type page struct {
	t   *testing.T
	ctx context.Context
	at  *station

	mu         sync.Mutex
	complaints []string
	expected   []string // parts of complaints that the test provokes
	pardoned   []string // complaints that were expected
}

// page opens a browser for one person. The test fails if the console of the
// page shows an error or a policy violation, other than lost connections.
func (s *station) page() *page {
	s.t.Helper()
	ctx, cancel := chromedp.NewContext(browser(s.t), chromedp.WithNewBrowserContext())
	s.t.Cleanup(cancel)
	p := &page{t: s.t, ctx: ctx, at: s}
	if err := chromedp.Do(ctx); err != nil {
		s.t.Fatalf("open a page: %v", err)
	}
	// Each page takes keys as if its window were in front.
	if _, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
		s.t.Fatalf("open a page: %v", err)
	}
	go func() {
		for m, err := range chromedp.Console(ctx) {
			if err != nil {
				return
			}
			p.note(fmt.Sprintf("%v: %v", m.Type, m))
		}
	}()
	s.t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, c := range p.complaints {
			s.t.Errorf("browser console: %s", c)
		}
	})
	return p
}

func (p *page) note(message string) {
	lower := strings.ToLower(message)
	if !strings.Contains(lower, "error") && !strings.Contains(lower, "violat") && !strings.Contains(lower, "warning") {
		return
	}
	if strings.Contains(lower, "websocket connection") || strings.Contains(lower, "err_connection") {
		return // tests stop stations on purpose
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, part := range p.expected {
		if strings.Contains(lower, strings.ToLower(part)) {
			p.pardoned = append(p.pardoned, message)
			return
		}
	}
	p.complaints = append(p.complaints, message)
}

// expect lets the console complain of something that the test provokes.
func (p *page) expect(part string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = append(p.expected, part)
}

// do runs steps with a limit of half a minute.
func (p *page) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.shoot("failed")
		p.t.Fatalf("%s: %v", what, err)
	}
}

// open goes to a path of the station.
func (p *page) open(path string) {
	p.t.Helper()
	p.do("open "+path, chromedp.Navigate("http://"+p.at.HTTP+path))
}

// signIn signs a person in who was added by station.user.
func (p *page) signIn(login string) {
	p.t.Helper()
	p.signInAs(login, "correct horse")
}

func (p *page) signInAs(login, password string) {
	p.t.Helper()
	p.open("/signin")
	p.do("sign in",
		chromedp.SendKeys(chromedp.CSS(`input[name="login"]`), login),
		chromedp.SendKeys(chromedp.CSS(`input[name="password"]`), password),
		chromedp.Click(chromedp.CSS(`form[action="/signin"] button`)),
		chromedp.WaitNotPresent(chromedp.CSS(`input[name="password"]`)),
	)
}

// eval asks the page something, without pretending that somebody touched it.
func eval[T any](p *page, script string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 30*time.Second)
	defer cancel()
	for {
		v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
		switch {
		case err == nil:
			return v
		case ctx.Err() == nil && wasElsewhere(err):
			time.Sleep(20 * time.Millisecond)
		default:
			p.t.Fatalf("evaluate %s: %v", script, err)
		}
	}
}

// wasElsewhere reports whether the page was just loading another one, or
// itself anew, and so had no answer.
func wasElsewhere(err error) bool {
	return strings.Contains(err.Error(), "navigated or closed") || strings.Contains(err.Error(), "Cannot find context") || strings.Contains(err.Error(), "Execution context was destroyed")
}

// text is the visible text of the first element that the selector finds, ""
// when there is none.
func (p *page) text(selector string) string {
	p.t.Helper()
	return eval[string](p, fmt.Sprintf(`document.querySelector(%q)?.innerText ?? ""`, selector))
}

// count is how many elements the selector finds.
func (p *page) count(selector string) int {
	p.t.Helper()
	return eval[int](p, fmt.Sprintf(`document.querySelectorAll(%q).length`, selector))
}

// says reports whether the visible text of what the selector finds holds all
// the parts.
func (p *page) says(selector string, parts ...string) bool {
	p.t.Helper()
	text := p.text(selector)
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

// attr is an attribute of the first element that the selector finds.
func (p *page) attr(selector, name string) string {
	p.t.Helper()
	return eval[string](p, fmt.Sprintf(`document.querySelector(%q)?.getAttribute(%q) ?? ""`, selector, name))
}

// click presses the mouse on the first element that the selector finds. A live
// page may draw the element anew between finding and pressing it: then it is
// found again.
func (p *page) click(selector string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 30*time.Second)
	defer cancel()
	var err error
	for range 5 {
		if err = chromedp.Do(ctx, chromedp.Click(chromedp.CSS(selector))); err == nil || !strings.Contains(err.Error(), "-32000") {
			break
		}
	}
	if err != nil {
		p.shoot("failed")
		p.t.Fatalf("click %s: %v", selector, err)
	}
}

// fill types into a field, over what is in it.
func (p *page) fill(selector, text string) {
	p.t.Helper()
	p.do("fill "+selector, chromedp.Clear(chromedp.CSS(selector)), chromedp.SendKeys(chromedp.CSS(selector), text))
}

// look waits as long as somebody looks at what has just appeared before they
// press: a page takes no press on what has just moved.
func (p *page) look() { time.Sleep(600 * time.Millisecond) }

// press presses keys, one after the other, wherever the focus is.
func (p *page) press(keys ...string) {
	p.t.Helper()
	for _, key := range keys {
		p.do("press "+key, chromedp.KeyEvent(key))
	}
}

// path is where the page is.
func (p *page) path() string {
	p.t.Helper()
	return eval[string](p, `location.pathname`)
}

// isLive reports whether no cover of the page can be seen and the header says
// LIVE.
func (p *page) isLive() bool {
	p.t.Helper()
	return p.covered() == 0 && p.says("[data-live]", "LIVE") && !p.says("[data-live]", "NOT LIVE")
}

// covered is how many covers can be seen at all; opaque, how many hide what is
// below them.
func (p *page) covered() int { return p.covers("> 0") }
func (p *page) opaque() int  { return p.covers("=== 1") }

func (p *page) covers(opacity string) int {
	p.t.Helper()
	return eval[int](p, fmt.Sprintf(`[...document.querySelectorAll(".cover")].filter((c) => Number(getComputedStyle(c).opacity) %s).length`, opacity))
}

// resize sets the size of the window, in CSS pixels.
func (p *page) resize(width, height int) {
	p.t.Helper()
	p.do("resize", chromedp.EmulateViewport(int64(width), int64(height)))
}

// withoutScript turns JavaScript off.
func (p *page) withoutScript() {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		p.t.Fatal(err)
	}
}

// shoot keeps a picture: under doc/screens when asked to, else beside the
// test's other files when it fails.
func (p *page) shoot(name string) {
	p.t.Helper()
	dir := os.Getenv("WARDLIGHT_SCREENSHOTS")
	if dir == "" {
		dir = os.TempDir()
		name = "wardlight-" + strings.ReplaceAll(p.t.Name(), "/", "-") + "-" + name
	}
	ctx, cancel := context.WithTimeout(p.ctx, 30*time.Second)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Logf("no picture of %s: %v", name, err)
		return
	}
	path := filepath.Join(dir, name+".png")
	if err := os.WriteFile(path, png, 0o644); err != nil {
		p.t.Logf("no picture of %s: %v", name, err)
		return
	}
	p.t.Logf("picture: %s", path)
}
