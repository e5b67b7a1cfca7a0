package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"wardlight/sim"
)

// sizes are the numbers of beds of the units of the layout ward, U1 to U64.
var sizes = []int{1, 6, 16, 24, 64}

func layoutWard() string {
	var b strings.Builder
	b.WriteString("units:\n")
	for _, n := range sizes {
		fmt.Fprintf(&b, "  - code: U%d\n    name: Intensive care\n    zone: Europe/London\n    care_area: adult-icu\n    trust_gateway: true\n    beds: [", n)
		for bed := range n {
			fmt.Fprintf(&b, `"%d", `, bed+1)
		}
		b.WriteString("]\n")
	}
	return b.String()
}

// crowd fills the beds of a unit with people of long names whose numbers have
// many digits, every fourth with an alarm, and two channels at each pump.
type crowd struct {
	*gateway
	sim.Timeline
	unit string
	beds int
	sent int
}

func (c *crowd) envelope() sim.Envelope {
	c.sent++
	return sim.Envelope{
		Sender: sim.Sender{Name: c.unit + "GW", ID: "00A0370012345678"}, ControlID: fmt.Sprintf("%s.%d", c.unit, c.sent), Sent: time.Now(),
	}
}

func (c *crowd) patient(bed int) *sim.Patient {
	return &sim.Patient{
		MRN: fmt.Sprintf("MRN%s%d", c.unit, bed), Visit: fmt.Sprintf("V%s%d", c.unit, bed), Weight: "63.0",
		Family: "Fitzgerald-Montgomery", Given: "Wilhelmina", BirthDate: "1958-04-12", Sex: "F",
	}
}

// norepinephrine is a long name with a long dose.
var norepinephrine = sim.Program{
	Drug: "Norepinephrine", Dose: "0.12", DoseUnit: sim.DoseUnit{
		Unit: sim.UnitOfMeasure{MDC: 265619, RefID: "MDC_DIM_MICRO_G_PER_KG_PER_MIN", UCUM: "ug/kg/min"}, PerConc: 1000, IsPerKg: true, IsPerMinute: true,
	},
	Concentration: "0.016", ConcUnit: sim.UnitOfMeasure{MDC: 264306, RefID: "MDC_DIM_MILLI_G_PER_ML", UCUM: "mg/mL"}, Weight: "63.0", VTBI: "250.0",
}

// arrive admits everybody and hangs their pumps.
func (c *crowd) arrive() {
	for bed := 1; bed <= c.beds; bed++ {
		p := c.patient(bed)
		c.accept(sim.AdmissionMessage(c.envelope(), sim.Movement{Event: sim.Admitted, Patient: p, At: c.Start.Add(-time.Minute), Unit: c.unit, Bed: fmt.Sprint(bed)}))
		pump := sim.Pump{
			ID: fmt.Sprintf("02A037%s%04d", "FF0005", bed) + c.unit, Label: fmt.Sprintf("PUMP%s-%d", c.unit, bed), Unit: c.unit, Bed: fmt.Sprint(bed), Patient: p,
			Schedule: sim.Schedule{Period: 10 * time.Second},
			Channels: []sim.Channel{
				{Label: "1", Program: norepinephrine, Infused: "0.0", Ending: sim.KeepOpen, NewBagWait: time.Minute},
				{Label: "2", Program: sim.Program{Drug: "Propofol", SetRate: "20.0", VTBI: "100.0"}, Infused: "0.0", Ending: sim.Finish, NewBagWait: time.Minute},
			},
		}
		c.accept(sim.PumpMessage(c.envelope(), c.Timeline, pump.At(time.Since(c.Start))))
	}
}

// speak sends one report of every monitor.
func (c *crowd) speak() {
	now := time.Since(c.Start)
	for bed := 1; bed <= c.beds; bed++ {
		heart := "118"
		if bed%4 == 1 {
			heart = "188"
		}
		r := sim.Report{
			Device: sim.Device{ID: fmt.Sprintf("02A037FF0001%04d%s", bed, c.unit), Label: fmt.Sprintf("MON%d", bed), Kind: sim.Monitor},
			Unit:   c.unit, Bed: fmt.Sprint(bed), Patient: c.patient(bed), At: now,
		}
		for _, x := range []struct {
			metric sim.Metric
			value  string
		}{
			{sim.HeartRate, heart},
			{sim.RespRate, "28"},
			{sim.SpO2, "100"},
			{sim.NIBPSystolic, "158"},
			{sim.NIBPDiastolic, "102"},
			{sim.NIBPMean, "108"},
			{sim.Temperature, "38.4"},
		} {
			at := now
			if strings.HasPrefix(x.metric.Label, "NIBP") {
				at -= 22 * time.Minute
			}
			r.Readings = append(r.Readings, sim.Reading{Metric: x.metric, Value: x.value, At: at, Source: sim.Simulated})
		}
		c.accept(sim.MonitorMessage(c.envelope(), c.Timeline, r))
	}
}

// badlyLaid lists what a person could not read: clipped, overlapping or
// outside its tile.
const badlyLaid = `(() => {
	const out = [];
	const box = (el) => { const r = document.createRange(); r.selectNodeContents(el); return r.getBoundingClientRect(); };
	const inside = (a, b) => a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
	const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
	const tall = (r) => { const cut = r.height * .17; return { left: r.left, right: r.right, top: r.top + cut, bottom: r.bottom - cut }; }; // digits have no descent
	for (const tile of document.querySelectorAll(".grid [data-bed]")) {
		const name = tile.dataset.bed, frame = tile.getBoundingClientRect();
		const figures = [...tile.querySelectorAll(".figs data")];
		for (const f of figures) {
			if (!inside(tall(box(f)), frame)) out.push(name + ": " + f.dataset.v + " is cut");
			for (const other of tile.querySelectorAll(".figs .k, .id .bed, .alarm, .minor, .pumps")) {
				if (other.checkVisibility() && other.textContent.trim() && !apart(tall(box(f)), box(other))) out.push(name + ": " + f.textContent + " lies on " + other.className);
			}
		}
		if (figures.length === 2 && !apart(box(figures[0]), box(figures[1]))) out.push(name + ": HR and SpO2 touch");
		for (const el of tile.querySelectorAll(".drug")) {
			if (el.checkVisibility() && box(el).height > 2 * parseFloat(getComputedStyle(el).fontSize)) out.push(name + ": a drug's name is broken: " + el.textContent.trim());
		}
		for (const el of tile.querySelectorAll(".minor .val b, .pumps .left")) {
			if (el.checkVisibility() && !inside(box(el), frame)) out.push(name + ": outside: " + el.textContent.trim());
		}
		for (const el of tile.querySelectorAll(".alarm .msg, .id .bed, .fig .k, .drug")) {
			if (!el.checkVisibility()) continue;
			if (el.scrollWidth > el.clientWidth + 1) out.push(name + ": cut: " + el.textContent.trim());
			if (!inside(box(el), frame)) out.push(name + ": outside: " + el.textContent.trim());
		}
	}
	for (const el of document.querySelectorAll(".rail .open .l1 b, .rail .open .l2")) {
		if (el.checkVisibility() && el.scrollWidth > el.clientWidth + 1 && getComputedStyle(el).display !== "inline") out.push("worklist: cut: " + el.textContent);
	}
	const page = document.scrollingElement;
	if (page.scrollWidth > innerWidth) out.push("the page is " + page.scrollWidth + " px wide");
	return [...new Set(out)].slice(0, 12);
})()`

// crowds all go on speaking: a gateway that falls silent is an alarm on every
// screen, and takes room.
type crowds []*crowd

func (all crowds) speak() {
	for _, c := range all {
		c.speak()
	}
}

// From one bed to sixty-four, from a small desk to a wall: every number and
// every alarm can be read, and nothing scrolls.
func TestLayout(t *testing.T) {
	t.Parallel()
	s := serve(t, layoutWard())
	s.people()
	p := s.page()
	p.signIn("kim")
	var all crowds
	for _, n := range sizes {
		unit := fmt.Sprintf("U%d", n)
		c := &crowd{gateway: s.gateway(), Timeline: sim.Timeline{Start: time.Now().Add(-time.Hour), Speed: 1}, unit: unit, beds: n}
		c.arrive()
		all = append(all, c)
		all.speak()
		if n == 64 {
			p.weigh("/central/" + unit)
		}
		p.open("/central/" + unit)
		within(t, 2*time.Second, unit+" is live", p.isLive)
		for _, size := range [][2]int{{1366, 768}, {1920, 1080}, {3840, 2160}, {360, 800}} {
			t.Run(fmt.Sprintf("%d beds at %dx%d", n, size[0], size[1]), func(t *testing.T) {
				p.resize(size[0], size[1])
				all.speak()
				within(t, 2*time.Second, "all numbers are there", func() bool {
					return p.count(".grid .fig.hr:not(.stale, .gone) data") == n
				})
				for _, bad := range eval[[]string](p, badlyLaid) {
					t.Error(bad)
				}
				if size[0] > 640 {
					if tall := eval[int](p, `document.scrollingElement.scrollHeight - innerHeight`); tall > 0 {
						t.Errorf("the page scrolls by %d px", tall)
					}
					if tall := eval[int](p, `(() => { const g = document.querySelector(".grid"); return g.scrollHeight - g.clientHeight; })()`); tall > 0 {
						t.Errorf("the tiles scroll by %d px", tall)
					}
				}
				t.Logf("HR is %.0f px tall", eval[float64](p, `parseFloat(getComputedStyle(document.querySelector(".fig.hr data")).fontSize)`))
				if t.Failed() {
					p.shoot(fmt.Sprintf("%d-%d", n, size[0]))
				}
			})
		}
		for _, size := range [][2]int{{1366, 768}, {1920, 1080}} {
			t.Run(fmt.Sprintf("%d beds beside the panel at %dx%d", n, size[0], size[1]), func(t *testing.T) {
				p.resize(size[0], size[1])
				all.speak()
				p.look()
				p.click(".rail .open a.txt")
				within(t, time.Second, "the panel is open", func() bool { return p.count("dialog[open]") == 1 })
				all.speak()
				for _, bad := range eval[[]string](p, badlyLaid) {
					t.Error(bad)
				}
				if t.Failed() {
					p.shoot(fmt.Sprintf("%d-panel-%d", n, size[0]))
				}
				p.press(kb.Escape)
			})
		}
		p.do("as before", chromedp.ResetViewport())
	}
}

// weigh logs what a page costs that was never fetched before.
func (p *page) weigh(path string) {
	p.t.Helper()
	p.open("/about")
	if _, err := chromedp.Call(p.ctx, network.ClearBrowserCache, cdp.Empty{}); err != nil {
		p.t.Fatal(err)
	}
	fetched := p.watch()
	p.open(path)
	within(p.t, 2*time.Second, path+" is live, never fetched before", p.isLive)
	urls, bytes := fetched.sum()
	p.t.Logf("%s: %d requests, %.1f kB compressed; wanted 12 and 60", path, len(urls), bytes/1000)
	if len(urls) > 36 || bytes > 180_000 {
		p.t.Errorf("%s: three times what was wanted", path)
	}
}
