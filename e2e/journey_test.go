package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

const (
	tile12 = `[data-bed="ICU-12"]`
	hr12   = tile12 + ` [data-v="8867-4"]`
)

// The main job: beds are watched, an alarm rises, one nurse takes it, the
// other one sees that, a physician looks back.
func TestJourney(t *testing.T) {
	s := serve(t, twoBeds)
	s.people()
	s.admitted()
	m := s.monitor("12", "MRN1001", hr(88), spo2(97))

	kim, lee := s.page(), s.page()
	for login, p := range map[string]*page{"kim": kim, "lee": lee} {
		p.signIn(login)
		within(t, 2*time.Second, login+" is led to the unit", func() bool { return p.path() == "/central/ICU" })
		within(t, 2*time.Second, login+" sees HR 88, live", func() bool { return p.text(hr12) == "88" && p.isLive() })
	}
	if got := kim.text(tile12 + " .who"); !strings.Contains(got, "Okafor") {
		t.Errorf("the tile names %q", got)
	}

	both := func(ok func(*page) bool) func() bool {
		return func() bool { return ok(kim) && ok(lee) }
	}
	m.say(hr(130), spo2(97))
	within(t, time.Second, "both see the alarm in tile and worklist", both(func(p *page) bool {
		return p.says(tile12+" .alarm", "HR 130>120") && p.says(".rail .open", "ICU-12", "HR 130>120")
	}))
	if p := kim.attr(".rail .open [data-acknowledge]", "aria-label"); !strings.Contains(p, "HR 130>120") || !strings.Contains(p, "12") {
		t.Errorf("the button does not name alarm and bed: %q", p)
	}

	t.Run("one press takes a medium alarm", func(t *testing.T) {
		kim.look()
		kim.click(".rail .open button[data-acknowledge]")
		within(t, time.Second, "both see who took it", both(func(p *page) bool { return p.tells("Kim R.") }))
		if lee.count(tile12+" .alarm.ack") != 1 || lee.count(".rail .open [data-alarm]") != 0 {
			t.Error("the alarm is not drawn as acknowledged")
		}
	})

	t.Run("a high alarm is taken with a reason", func(t *testing.T) {
		m.say(hr(150), spo2(97))
		within(t, time.Second, "both see the worse alarm, not yet taken", both(func(p *page) bool {
			return p.says(".rail .open", "ICU-12", "HR 150>140")
		}))
		lee.look()
		lee.click(".rail .open a[data-acknowledge]")
		within(t, time.Second, "the panel opens beside the tiles", func() bool {
			return lee.says("dialog.panel", "Okafor", "HR 150>140") && lee.count("dialog[open]") == 1
		})
		kim.look()
		kim.click(".rail .open a[data-acknowledge]")
		within(t, time.Second, "the other one opens it too", func() bool { return kim.count("dialog[open]") == 1 })
		lee.click(`dialog label:has(input[name="reason"])`)
		lee.click("dialog .btn.main")
		within(t, time.Second, "both see who took it", both(func(p *page) bool { return p.tells("Lee M.") }))

		kim.expect("409") // the browser logs the answer that the page words kindly
		kim.click(`dialog label:has(input[name="reason"])`)
		kim.click("dialog .btn.main")
		within(t, time.Second, "the second is told kindly", func() bool {
			return kim.says("#notice", "Already acknowledged by Lee M.")
		})
	})

	t.Run("a physician looks back", func(t *testing.T) {
		doctor := s.page()
		doctor.signIn("berg")
		doctor.click(tile12 + " a.who")
		within(t, 2*time.Second, "the bedside opens, live", func() bool { return doctor.path() == "/bed/ICU/12" && doctor.isLive() })
		if !doctor.says(`[data-v="8867-4"]`, "150") {
			t.Errorf("the bedside shows HR %q", doctor.text(`[data-v="8867-4"]`))
		}
		doctor.click(`nav a[href*="/trends"]`)
		within(t, 2*time.Second, "the trend is drawn", func() bool {
			return strings.HasSuffix(doctor.path(), "/trends") && doctor.count("[data-chart][data-drawn] canvas") > 0
		})
		const hrLane = `JSON.parse(document.getElementById("trend").textContent).lanes.find((l) => l.key === "hr").series[0]`
		if top := eval[float64](doctor, `Math.max(...`+hrLane+`.max)`); top != 150 {
			t.Errorf("the largest heart rate in the trend is %v, not 150", top)
		}
		if least := eval[float64](doctor, `Math.min(...`+hrLane+`.min.filter((v) => v !== null))`); least != 88 {
			t.Errorf("the smallest heart rate in the trend is %v, not 88", least)
		}
	})

	t.Run("an administrator may look and not acknowledge", func(t *testing.T) {
		m.say(hr(150), spo2(85))
		admin := s.page()
		admin.signIn("ash")
		within(t, 12*time.Second, "an alarm stands", func() bool { return admin.count(".rail .open [data-alarm]") == 1 })
		if n := eval[int](admin, `[...document.querySelectorAll("[data-acknowledge], .acknowledge")].filter((b) => b.checkVisibility()).length`); n != 0 {
			t.Errorf("%d buttons offer what the role may not do", n)
		}
		admin.expect("403")
		id := admin.attr(".rail .open [data-alarm]", "data-alarm")
		eval[bool](admin, fmt.Sprintf(`(() => {
			const form = document.getElementById("act");
			form.action = "/alarms/%s/acknowledgement";
			const version = document.createElement("input");
			version.name = "version"; version.value = "1";
			form.append(version);
			HTMLFormElement.prototype.submit.call(form);
			return true;
		})()`, id))
		within(t, time.Second, "a forged form is refused with a page", func() bool {
			return admin.says("main", "may not")
		})
	})
}

var tookAt = regexp.MustCompile(`\d\d:\d\d`)

// tells reports whether the tile of bed 12 says who took its alarm, and when.
func (p *page) tells(name string) bool {
	p.t.Helper()
	return p.says(tile12+" .alarm .by", name) && tookAt.MatchString(p.text(tile12+" .alarm .by"))
}
