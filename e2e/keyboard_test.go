package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// focused is the bed of the tile that has the focus, "" for none.
func (p *page) focused() string {
	p.t.Helper()
	return eval[string](p, `document.activeElement?.dataset?.bed ?? ""`)
}

// mustShowFocus wants to see where the focus is.
func (p *page) mustShowFocus() {
	p.t.Helper()
	if outline := eval[string](p, `(() => {
		const el = document.activeElement, s = getComputedStyle(el), box = el.getBoundingClientRect();
		if (!el.matches(":focus-visible")) return "the focus does not count as visible";
		if (s.outlineStyle === "none" || parseFloat(s.outlineWidth) < 2) return "outline: " + s.outline;
		if (box.bottom > innerHeight + 1 || box.top < 0) return "the focus is outside the screen";
		return "";
	})()`); outline != "" {
		p.t.Errorf("focus on %q: %s", eval[string](p, `document.activeElement.outerHTML.slice(0, 90)`), outline)
	}
}

// A nurse needs no mouse.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	s := serve(t, twoBeds)
	s.people()
	g := s.admitted()
	g.accept(admission("A3", time.Now().Add(-time.Minute), "2", "MRN1003", "Roe", "Ann"))
	s.monitor("1", "MRN1002", hr(71), spo2(96))
	medium := s.monitor("2", "MRN1003", hr(72), spo2(97))
	high := s.monitor("12", "MRN1001", hr(88), spo2(98))
	p := s.page()
	p.signIn("kim")
	within(t, 2*time.Second, "the page is live", func() bool { return p.text(hr12) == "88" && p.isLive() })

	p.press(kb.Tab)
	if got := p.text(":focus"); got != "Skip to the content" {
		t.Errorf("the first thing in the tab order is %q", got)
	}
	p.mustShowFocus()
	p.press(kb.Enter)
	within(t, time.Second, "the content has the focus", func() bool { return eval[string](p, `document.activeElement.id`) == "content" })

	p.press(kb.Tab)
	for _, step := range []struct{ key, bed string }{
		{"", "ICU-1"},
		{kb.ArrowRight, "ICU-2"},
		{kb.ArrowRight, "ICU-12"},
		{kb.ArrowRight, "ICU-12"},
		{kb.ArrowLeft, "ICU-2"},
	} {
		if step.key != "" {
			p.press(step.key)
		}
		if got := p.focused(); got != step.bed {
			t.Fatalf("after %q the focus is on %q, not on %s", step.key, got, step.bed)
		}
		p.mustShowFocus()
	}

	medium.say(hr(130), spo2(97))
	within(t, time.Second, "the tile in focus shows its alarm, and keeps the focus", func() bool {
		return p.says(`[data-bed="ICU-2"] .alarm`, "HR 130>120") && p.focused() == "ICU-2"
	})
	p.press("a")
	within(t, time.Second, "A takes a medium alarm", func() bool { return p.says(`[data-bed="ICU-2"] .alarm .by`, "Kim R.") })

	high.say(hr(150), spo2(98))
	within(t, time.Second, "another bed has an alarm", func() bool { return p.says(".rail .open", "ICU-12") })
	p.press("n")
	if got := p.focused(); got != "ICU-12" {
		t.Fatalf("N leads to %q, not to the bed with an alarm", got)
	}
	p.press("a")
	within(t, time.Second, "A asks why a high alarm is taken", func() bool {
		return p.count("dialog[open]") == 1 && eval[bool](p, `document.activeElement.closest("dialog") !== null`)
	})
	p.press(kb.Escape)
	within(t, time.Second, "Esc leads back to the tile", func() bool { return p.count("dialog[open]") == 0 && p.focused() == "ICU-12" })
	p.press("a")
	within(t, time.Second, "the panel opens again", func() bool { return p.count("dialog[open] input[type=radio]") > 1 })
	p.press(kb.Enter)
	time.Sleep(500 * time.Millisecond)
	if p.says(tile12+" .alarm .by", "Kim R.") {
		t.Error("Enter alone takes a high alarm")
	}
	p.press("2", kb.Enter)
	within(t, time.Second, "a reason and Enter take it", func() bool { return p.tells("Kim R.") })
	within(t, time.Second, "the focus is back on the tile", func() bool { return p.focused() == "ICU-12" })

	p.press(kb.Enter)
	within(t, 2*time.Second, "Enter opens the bed", func() bool { return p.path() == "/bed/ICU/12" })
	p.open("/central/ICU")
	p.press("?")
	within(t, 2*time.Second, "? explains the keys", func() bool { return p.path() == "/help" })
	for _, key := range []string{"A", "N", "F", "Enter", "Esc", "?"} {
		if p.count(`kbd`) == 0 || !eval[bool](p, fmt.Sprintf(`[...document.querySelectorAll("kbd")].some((k) => k.textContent.trim() === %q)`, key)) {
			t.Errorf("the help does not explain %s", key)
		}
	}
}
