package e2e

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// barriers lists what would stop somebody who does not see the page, or sees
// little of it, or uses no mouse.
const barriers = `(() => {
	const out = [];
	const seen = (el) => el.checkVisibility({ visibilityProperty: true });
	const what = (el) => el.outerHTML.replace(/\s+/g, " ").slice(0, 110);
	const all = (selector) => [...document.querySelectorAll(selector)];
	const byIDs = (ids) => ids.split(" ").map((id) => document.getElementById(id)?.textContent.trim() || "").join(" ").trim();
	const name = (el) => el.getAttribute("aria-label") || byIDs(el.getAttribute("aria-labelledby") || "") ||
		[...(el.labels || [])].map((l) => l.textContent.trim()).join(" ") || (el.matches("input, select, textarea") ? "" : el.textContent.trim()) || el.alt || el.title || "";

	if (!document.documentElement.lang) out.push("the page has no language");
	if (!document.title.trim()) out.push("the page has no title");
	if (all("main").length !== 1) out.push(all("main").length + " main landmarks");
	if (all("h1, h2, h3").filter(seen).length === 0) out.push("no heading");
	for (const el of all("input:not([type=hidden]), select, textarea, button, a[href], [role=button], [role=img], dialog[open], nav, section[aria-label], table[role]")) {
		if (seen(el) && !name(el)) out.push("no name: " + what(el));
	}
	for (const el of all("nav")) if (all("nav").length > 1 && !name(el)) out.push("one of several navigations has no name");
	for (const el of all("img:not([alt])")) out.push("no alternative: " + what(el));
	for (const el of all("svg")) if (!el.closest("[aria-hidden=true]") && el.getAttribute("role") !== "img" && !el.closest("[role=img]")) out.push("a drawing that is neither hidden nor named: " + what(el));
	const ids = all("[id]").map((el) => el.id);
	for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) out.push("id used twice: " + id);
	for (const attribute of ["aria-labelledby", "aria-describedby", "aria-controls", "for", "form"]) {
		for (const el of all("[" + attribute + "]")) for (const id of el.getAttribute(attribute).split(" ")) {
			if (!document.getElementById(id) && !el.matches("dialog:not([open])")) out.push(attribute + " leads nowhere: " + what(el));
		}
	}
	for (const el of all("[tabindex]")) if (el.tabIndex > 0) out.push("a tab order of its own: " + what(el));
	for (const el of all("[aria-hidden=true] a[href], [aria-hidden=true] button, [aria-hidden=true] input")) out.push("hidden from some, and in the tab order: " + what(el));
	for (const el of all("[aria-live], [role=alert], [role=status], [role=log]")) {
		if (el.querySelector("[data-v]")) out.push("numbers are read out each second: " + what(el));
	}
	for (const el of all("table")) if (!el.querySelector("th")) out.push("a table without headings: " + what(el));
	for (const el of all("button, a.btn, select, summary, input:not([type=hidden], [type=radio], [type=checkbox])")) {
		const r = el.getBoundingClientRect();
		if (seen(el) && (r.width < 24 || r.height < 24)) out.push("a target of " + Math.round(r.width) + " x " + Math.round(r.height) + ": " + what(el));
	}

	// Contrast of every text against the fill behind it.
	const channel = (v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
	const parse = (c) => (c.match(/[\d.]+/g) || []).map(Number);
	const luminance = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
	const ground = (el) => {
		for (; el; el = el.parentElement) {
			const c = parse(getComputedStyle(el).backgroundColor);
			if (c.length >= 3 && (c[3] ?? 1) === 1) return c;
		}
		return [255, 255, 255];
	};
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	const poor = new Map();
	for (let n = walker.nextNode(); n; n = walker.nextNode()) {
		const el = n.parentElement;
		if (!n.data.trim() || !el || el.closest("svg, script, noscript, .off, [aria-hidden=true], .vh") || !seen(el)) continue;
		const s = getComputedStyle(el), size = parseFloat(s.fontSize), isLarge = size >= 24 || size >= 18.6 && Number(s.fontWeight) >= 700;
		const a = luminance(parse(s.color)), b = luminance(ground(el));
		const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
		if (ratio < (isLarge ? 3 : 4.5)) poor.set(el.className + s.color, "contrast " + ratio.toFixed(1) + ": " + n.data.trim().slice(0, 30) + " in " + what(el).slice(0, 60));
	}
	out.push(...poor.values());
	return [...new Set(out)];
})()`

func TestAccessibility(t *testing.T) {
	t.Parallel()
	s := serve(t, twoBeds)
	s.people()
	s.admitted()
	m := s.monitor("12", "MRN1001", hr(88), spo2(97))
	s.monitor("1", "MRN1002", hr(130), spo2(97))
	p := s.page()
	p.resize(1920, 1080)
	check := func(name string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			for _, b := range eval[[]string](p, barriers) {
				t.Error(b)
			}
		})
	}
	p.open("/signin")
	check("sign-in")
	p.signIn("kim")
	within(t, 2*time.Second, "the page is live", p.isLive)
	m.say(hr(150), spo2(97))
	within(t, time.Second, "two alarms stand", func() bool { return p.count(".rail .open [data-alarm]") == 2 })
	check("central")
	p.look()
	p.click(".rail .open a[data-acknowledge]")
	within(t, time.Second, "the panel is open", func() bool { return p.count("dialog[open]") == 1 })
	check("alarm panel")
	alarm := p.attr(".rail .open .high [data-acknowledge], .rail .open a[data-acknowledge]", "href")
	p.open("/bed/ICU/12")
	within(t, 2*time.Second, "the bedside is live", p.isLive)
	check("bedside")
	p.click(`nav a[href*="/trends"]`)
	within(t, 2*time.Second, "the trend is drawn", func() bool { return p.count("[data-chart][data-drawn]") == 1 })
	check("trends")
	for name, path := range map[string]string{"devices": "/devices", "inventory": "/devices/inventory", "stay": "/bed/ICU/12/stay", "alarms": "/alarms", "alarm": alarm, "help": "/help", "about": "/about"} {
		p.open(path)
		check(name)
	}
	p.expect("404")
	p.open("/nowhere")
	check("error")

	p.resize(360, 800)
	p.open("/central/ICU")
	within(t, 2*time.Second, "the phone is live", p.isLive)
	check("phone")
	for _, path := range []string{"/signin", "/bed/ICU/12", "/alarms", "/help", "/about", alarm} {
		p.open(path)
		if wide := eval[int](p, `document.scrollingElement.scrollWidth - innerWidth`); wide > 0 {
			t.Errorf("%s is %d px too wide for a phone", path, wide)
		}
	}
	if lists := eval[[]string](p, `[...document.querySelectorAll("[aria-live], [role=alert], [role=status], [role=log]")].map((e) => e.id)`); !slices.Contains(lists, "connection") {
		t.Errorf("live regions: %v", lists)
	}
}

var token = regexp.MustCompile(`(--[\w-]+): (#[0-9a-f]{6});`)

// The colours that mean something can be told from their ground, in the dark
// and by day.
func TestContrast(t *testing.T) {
	raw, err := os.ReadFile("../static/css/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	dark, day, ok := strings.Cut(string(raw), `[data-theme="day"]`)
	if !ok {
		t.Fatal("tokens.css has no day theme")
	}
	colours := map[string]string{}
	for _, theme := range []struct{ name, css string }{{"dark", dark}, {"day", day}} { // day inherits from dark
		for _, m := range token.FindAllStringSubmatch(theme.css, -1) {
			colours[m[1]] = m[2]
		}
		atLeast := func(ratio float64, ink, ground string) {
			if got := contrast(t, colours[ink], colours[ground]); got < ratio {
				t.Errorf("%s: %s on %s has a contrast of %.2f, less than %v", theme.name, ink, ground, got, ratio)
			}
		}
		atLeast(4.5, "--ink", "--bg")
		atLeast(4.5, "--muted", "--bg")
		for _, ground := range []string{"--pane", "--pane-2"} {
			for _, ink := range []string{"--ink", "--muted", "--link", "--p-hr", "--p-spo2", "--p-abp", "--p-nibp", "--p-cvp", "--p-rr", "--p-co2", "--p-temp", "--p-drug"} {
				atLeast(4.5, ink, ground)
			}
			atLeast(3, "--edge", ground)
			atLeast(3, "--select", ground)
		}
		atLeast(4.5, "--stale", "--pane")
		atLeast(4.5, "--on-select", "--select")
		for _, priority := range []string{"high", "medium", "low", "tech"} {
			atLeast(4.5, "--on-"+priority, "--a-"+priority)
		}
	}
}

// contrast is that of WCAG 2.2 between two colours like #3ddc5a.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	light, dark := luminance(t, a)+0.05, luminance(t, b)+0.05
	return max(light, dark) / min(light, dark)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	var out float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v, err := strconv.ParseUint(fmt.Sprintf("%.7s", colour+"#######")[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatalf("colour %q: %v", colour, err)
		}
		c := float64(v) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		out += weight * c
	}
	return out
}
