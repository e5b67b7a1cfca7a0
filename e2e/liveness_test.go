package e2e

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// heard is what the feed of a page has received, in order.
type heard struct {
	mu     sync.Mutex
	frames []frame
}

// frame is what the tests read of a frame of the feed.
type frame struct {
	Type, Epoch string
	Seq         uint64
}

// listen keeps the frames that the page's feed receives from now on. A frame
// is in the list before the page has seen it.
func (p *page) listen() *heard {
	p.t.Helper()
	h := &heard{}
	err := chromedp.Listen(p.ctx, func(ev any) {
		if e, ok := ev.(*network.EventWebSocketFrameReceived); ok {
			var f frame
			_ = json.Unmarshal([]byte(e.Response.PayloadData), &f) // a frame that is no JSON stays empty
			h.mu.Lock()
			defer h.mu.Unlock()
			h.frames = append(h.frames, f)
		}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return h
}

// since gives the frames of one type after the first n of all.
func (h *heard) since(n int, kind string) []frame {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []frame
	for _, f := range h.frames[n:] {
		if f.Type == kind {
			out = append(out, f)
		}
	}
	return out
}

func (h *heard) last() frame {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.frames[len(h.frames)-1]
}

func (h *heard) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.frames)
}

// A server that stops is a page that says so, and no number looks alive. It
// heals by itself, but never before it knows everything again.
func TestStoppedServer(t *testing.T) {
	s := serve(t, twoBeds)
	s.people()
	s.admitted()
	m := s.monitor("12", "MRN1001", hr(88), spo2(97))
	p := s.page()
	p.signIn("kim")
	feed := p.listen()
	within(t, 2*time.Second, "the page is live", func() bool { return p.text(hr12) == "88" && p.isLive() })
	within(t, 5*time.Second, "ticks come", func() bool { return len(feed.since(0, "tick")) > 1 })
	eval[bool](p, `globalThis.isTheSamePage = true`)
	tiles := p.count(".cover")
	if tiles != 3 {
		t.Fatalf("%d covers, not one on each of three tiles", tiles)
	}

	t.Run("stopped", func(t *testing.T) {
		before := feed.count()
		seq := feed.last().Seq
		s.signal(syscall.SIGSTOP)
		began := time.Now()
		by(t, began, 3500*time.Millisecond, "the bar says CONNECTION LOST", func() bool {
			return p.says(`#connection[role="alert"]`, "CONNECTION LOST", "not live")
		})
		by(t, began, 6500*time.Millisecond, "every tile is covered", func() bool { return p.opaque() == tiles })
		if !p.says(tile12+" .cover", "NOT LIVE", "88") {
			t.Errorf("the cover says %q", p.text(tile12+" .cover"))
		}
		if !p.says("[data-live]", "LOST") {
			t.Errorf("the header says %q", p.text("[data-live]"))
		}

		m.change(hr(91), spo2(97))
		s.signal(syscall.SIGCONT)
		within(t, 6*time.Second, "the page is live again", func() bool {
			lifted := p.covered() < tiles
			fresh := feed.since(before, "snapshot")
			if lifted && (len(fresh) == 0 || fresh[len(fresh)-1].Seq <= seq) {
				t.Fatalf("a cover was lifted before a newer snapshot came: %v after %d", fresh, seq)
			}
			return p.isLive() && p.count("#connection:not([hidden])") == 0 && p.text(hr12) == "91"
		})
	})

	t.Run("restarted", func(t *testing.T) {
		before := feed.count()
		epoch := feed.since(0, "snapshot")[0].Epoch
		s.kill()
		began := time.Now()
		by(t, began, 6500*time.Millisecond, "every tile is covered", func() bool { return p.opaque() == tiles })
		s.restart()
		s.monitor("12", "MRN1001", hr(92), spo2(97))
		within(t, 6*time.Second, "the page is live again", func() bool { return p.isLive() && p.text(hr12) == "92" })
		fresh := feed.since(before, "snapshot")
		if len(fresh) == 0 || fresh[len(fresh)-1].Epoch == epoch {
			t.Errorf("no snapshot of another epoch than %s came: %v", epoch, fresh)
		}
	})
	if !eval[bool](p, `globalThis.isTheSamePage === true`) {
		t.Error("the page was loaded anew")
	}
}

// One of three devices stops: its own numbers grow old, in form and in words,
// and it alone is missed.
func TestStoppedDevice(t *testing.T) {
	t.Parallel()
	s := serve(t, twoBeds)
	s.people()
	g := s.admitted()
	g.accept(admission("A3", time.Now().Add(-time.Minute), "2", "MRN1003", "Roe", "Ann"))
	s.monitor("1", "MRN1002", hr(71), spo2(96))
	s.monitor("2", "MRN1003", hr(72), spo2(97))
	m := s.monitor("12", "MRN1001", hr(88), spo2(98))
	p := s.page()
	p.signIn("kim")
	within(t, 2*time.Second, "the page is live", func() bool { return p.text(hr12) == "88" && p.isLive() })
	for range 12 { // a source's own period is learnt from what it sends
		time.Sleep(250 * time.Millisecond)
	}
	// Which beds ever looked stale, as a person would have seen it.
	eval[bool](p, `(() => {
		globalThis.oldBeds = new Set();
		setInterval(() => {
			for (const el of document.querySelectorAll(".fig.stale, .fig.gone")) {
				const at = el.querySelector("[data-v]").dataset.at;
				if (at !== "0" && at !== "") oldBeds.add(el.closest("[data-bed]").dataset.bed);
			}
		}, 100);
		return true;
	})()`)
	fig := tile12 + " .fig.hr"

	m.stop()
	began := time.Now()
	by(t, began, 4*time.Second, "the number tells its age", func() bool { return p.count(fig+".ageing") == 1 })
	by(t, began, 11*time.Second, "the number is stale", func() bool { return p.count(fig+".stale") == 1 })
	if !p.says(fig, "88", " old") {
		t.Errorf("the stale number reads %q", p.text(fig))
	}
	if line := eval[string](p, `getComputedStyle(document.querySelector('`+fig+` data')).textDecorationLine`); line != "line-through" {
		t.Errorf("the stale number is not struck: %q", line)
	}
	by(t, began, 31*time.Second, "a technical alarm says that data is missing", func() bool {
		return p.says(".rail .open", "ICU-12", "No data from MON12")
	})
	by(t, began, 61*time.Second, "the number is gone, and said to have been 88", func() bool {
		return p.count(fig+".gone") == 1 && p.says(fig, "– –", "was 88")
	})
	if old := eval[string](p, `[...oldBeds].join(" ")`); old != "ICU-12" {
		t.Errorf("beds that looked stale: %q; wanted ICU-12 alone", old)
	}
	if rows := p.count(".rail .open [data-alarm]"); rows != 1 {
		t.Errorf("%d alarms, not one: %s", rows, p.text(".rail"))
	}
	if p.covered() > 0 {
		t.Error("a device that stops is no reason to cover its tile")
	}
}

// Without script every bed and number is on the page, and says after 6 s that
// it is not live; forms work.
func TestNoJavaScript(t *testing.T) {
	t.Parallel()
	s := serve(t, twoBeds)
	s.people()
	s.admitted()
	m := s.monitor("12", "MRN1001", hr(88), spo2(97))
	p := s.page()
	p.withoutScript()
	p.signIn("kim")
	began := time.Now()
	if got := p.text(hr12); got != "88" {
		t.Errorf("HR of bed 12 reads %q", got)
	}
	for _, bed := range []string{"1", "2", "12"} {
		if p.count(`.grid [data-bed="ICU-`+bed+`"]`) != 1 {
			t.Errorf("bed %s is not on the page", bed)
		}
	}
	for _, who := range []string{"Okafor", "Doe"} {
		if !strings.Contains(eval[string](p, `document.body.textContent`), who) {
			t.Errorf("%s is not on the page", who)
		}
	}
	by(t, began, 6200*time.Millisecond, "every tile is covered", func() bool { return p.opaque() == 3 })
	if !p.says(tile12+" .cover", "NOT LIVE", "last update", "88") {
		t.Errorf("the cover says %q", p.text(tile12+" .cover"))
	}
	if !p.says("[data-live]", "NOT LIVE") {
		t.Errorf("the header says %q", p.text("[data-live]"))
	}

	m.say(hr(130), spo2(97))
	within(t, 2*time.Second, "loaded anew, the page shows the alarm", func() bool {
		p.open("/central/ICU")
		return p.says(".rail .open", "HR 130>120")
	})
	p.look()
	p.click(".rail .open button[data-acknowledge]")
	within(t, 2*time.Second, "one press takes it", func() bool {
		return p.path() == "/central/ICU" && p.says(".rail .rest", "HR 130>120", "Kim R.")
	})

	m.say(hr(150), spo2(97))
	within(t, 2*time.Second, "loaded anew, the page shows the worse alarm", func() bool {
		p.open("/central/ICU")
		return p.says(".rail .open", "HR 150>140")
	})
	p.look()
	p.click(".rail .open a[data-acknowledge]")
	within(t, 2*time.Second, "the alarm is a page", func() bool { return strings.HasPrefix(p.path(), "/alarms/") })
	p.click(`label:has(input[name="reason"])`)
	p.click(".panel .btn.main")
	within(t, 2*time.Second, "it is taken with a reason", func() bool {
		return p.path() == "/central/ICU" && p.says(".rail .rest", "HR 150>140", "Kim R.")
	})

	p.click(`button[formaction="/signout"]`)
	within(t, 2*time.Second, "signed out", func() bool { return p.path() == "/signin" })
}

// prefers turns on a preference of the person at the screen.
func (p *page) prefers(feature, value string) {
	p.t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: feature, Value: value}}}
	if _, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, media); err != nil {
		p.t.Fatal(err)
	}
}

// Who prefers little motion still gets the covers.
func TestReducedMotion(t *testing.T) {
	t.Parallel()
	s := serve(t, twoBeds)
	s.people()
	s.admitted()
	s.monitor("12", "MRN1001", hr(150), spo2(97))
	p := s.page()
	p.prefers("prefers-reduced-motion", "reduce")
	p.withoutScript()
	p.signIn("kim")
	by(t, time.Now(), 6200*time.Millisecond, "every tile is covered", func() bool { return p.opaque() == 3 })
	if n := eval[int](p, `document.getAnimations().filter((a) => a.playState === "running").length`); n > 0 {
		t.Errorf("%d animations run for somebody who prefers none", n)
	}
}

// A page that comes back from the browser's history covers itself until it
// has heard everything again.
func TestComesBack(t *testing.T) {
	t.Parallel()
	s := serve(t, twoBeds)
	s.people()
	s.admitted()
	s.monitor("12", "MRN1001", hr(88), spo2(97))
	p := s.page()
	p.signIn("kim")
	feed := p.listen()
	within(t, 2*time.Second, "the page is live", func() bool { return p.text(hr12) == "88" && p.isLive() })
	before := feed.count()
	if n := eval[int](p, `(() => {
		dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
		return [...document.querySelectorAll(".cover")].filter((c) => getComputedStyle(c).opacity === "1").length;
	})()`); n != 3 {
		t.Errorf("%d of 3 tiles are covered when the page comes back", n)
	}
	within(t, time.Second, "the page is live again", p.isLive)
	if len(feed.since(before, "snapshot")) == 0 {
		t.Error("it did not ask for everything anew")
	}

	p.open("/alarms")
	ctx, cancel := context.WithTimeout(p.ctx, 10*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.NavigateBack()); err != nil {
		t.Fatal(err)
	}
	within(t, 2*time.Second, "back on the ward, live", func() bool { return p.path() == "/central/ICU" && p.isLive() })
}
