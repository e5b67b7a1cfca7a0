package e2e

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Whatever breaks between a bed and a screen, a number that no longer changes
// must not look alive, and never under another patient's name.

// relay is a connection's way through other people's equipment.
type relay struct {
	addr      string
	swallows  atomic.Bool  // takes everything, hands nothing on, closes nothing
	delay     atomic.Int64 // ns that everything from the server is late
	listening net.Listener

	mu   sync.Mutex
	open []net.Conn
}

// relay begins a way to the station that a test can spoil.
func (s *station) relay() (*relay, *station) {
	s.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	r := &relay{addr: l.Addr().String(), listening: l}
	s.t.Cleanup(r.close)
	go func() {
		for {
			page, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", s.HTTP)
			if err != nil {
				_ = page.Close()
				continue
			}
			r.mu.Lock()
			r.open = append(r.open, page, server)
			r.mu.Unlock()
			go r.carry(server, page, true)
			go r.carry(page, server, false)
		}
	}()
	through := *s
	through.HTTP = r.addr
	return r, &through
}

func (r *relay) close() {
	_ = r.listening.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.open {
		_ = c.Close()
	}
}

// parcel is what arrived together.
type parcel struct {
	body []byte
	at   time.Time
}

func (r *relay) carry(to, from net.Conn, toServer bool) {
	parcels := make(chan parcel, 10_000)
	go func() {
		for p := range parcels {
			if !toServer {
				time.Sleep(time.Until(p.at.Add(time.Duration(r.delay.Load()))))
			}
			if _, err := to.Write(p.body); err != nil {
				return
			}
		}
		_ = to.Close()
	}()
	defer close(parcels)
	for {
		buf := make([]byte, 32<<10)
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if !r.swallows.Load() {
			parcels <- parcel{buf[:n], time.Now()}
		}
	}
}

// A way that is open and brings nothing is as lost as a closed one.
func TestSwallowedTraffic(t *testing.T) {
	t.Parallel()
	s := serve(t, twoBeds)
	s.people()
	s.admitted()
	m := s.monitor("12", "MRN1001", hr(88), spo2(97))
	r, through := s.relay()
	p := through.page()
	p.signIn("kim")
	within(t, 4*time.Second, "the page is live", func() bool { return p.text(hr12) == "88" && p.isLive() })

	r.swallows.Store(true)
	began := time.Now()
	by(t, began, 3500*time.Millisecond, "the bar says CONNECTION LOST", func() bool { return p.says("#connection", "CONNECTION LOST") })
	by(t, began, 6500*time.Millisecond, "every tile is covered", func() bool { return p.opaque() == 3 })
	if !p.veiled() {
		t.Error("the worklist and the header look alive")
	}
	m.change(hr(91), spo2(97))
	r.swallows.Store(false)
	within(t, 20*time.Second, "the page is live again", func() bool { return p.isLive() && p.text(hr12) == "91" })
}

// A way on which everything comes much too late shows the past: it is not
// live, however steadily it comes.
func TestDelayedTraffic(t *testing.T) {
	t.Parallel()
	s := serve(t, twoBeds)
	s.people()
	s.admitted()
	s.monitor("12", "MRN1001", hr(88), spo2(97))
	r, through := s.relay()
	p := through.page()
	p.signIn("kim")
	within(t, 4*time.Second, "the page is live", func() bool { return p.text(hr12) == "88" && p.isLive() })

	r.delay.Store(int64(12 * time.Second))
	by(t, time.Now(), 7*time.Second, "every tile is covered", func() bool { return p.opaque() == 3 })
	for range 20 { // while frames come, each twelve seconds old
		time.Sleep(500 * time.Millisecond)
		if p.opaque() != 3 {
			t.Fatal("a cover was lifted by something twelve seconds old")
		}
	}
	r.delay.Store(0)
	within(t, 30*time.Second, "the page is live again", p.isLive)
}

// A part of the page's script that fails while ticks go on coming.
func TestPageThatCannotDraw(t *testing.T) {
	t.Parallel()
	for name, sabotage := range map[string]string{
		"fragments": `Idiomorph.morph = () => { throw new Error("sabotage") }, true`,
		"numbers": `(() => {
			for (const kind of [Document, Element]) {
				const find = kind.prototype.querySelectorAll;
				kind.prototype.querySelectorAll = function (what) {
					if (what === "[data-slot]") throw new Error("sabotage");
					return find.call(this, what);
				};
			}
			return true;
		})()`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, twoBeds)
			s.people()
			s.admitted()
			m := s.monitor("12", "MRN1001", hr(88), spo2(97))
			p := s.page()
			p.expect("sabotage")
			p.signIn("kim")
			within(t, 4*time.Second, "the page is live", func() bool { return p.text(hr12) == "88" && p.isLive() })
			eval[bool](p, sabotage)
			m.say(hr(150), spo2(97)) // an alarm that such a page cannot show
			within(t, 15*time.Second, "every tile is covered", func() bool { return p.opaque() == 3 })
			if !p.veiled() || p.says("[data-live] b", "LIVE") {
				t.Errorf("the header says %q", p.text("[data-live]"))
			}
		})
	}
}

// A computer that wakes covers what it showed when it fell asleep, at once,
// and keeps it covered until it has everything anew. The way to the server is
// cut meanwhile: over a quick one the new state is there before a cover is
// painted.
func TestSleep(t *testing.T) {
	t.Parallel()
	s := serve(t, twoBeds)
	s.people()
	s.admitted()
	s.monitor("12", "MRN1001", hr(88), spo2(97))
	r, through := s.relay()
	p := through.page()
	p.signIn("kim")
	feed := p.listen()
	within(t, 4*time.Second, "the page is live", func() bool { return p.text(hr12) == "88" && p.isLive() })
	before := feed.count()

	r.swallows.Store(true)
	eval[bool](p, `(() => {
		const now = Date.now;
		Date.now = () => now() + 3600e3;
		return true;
	})()`)
	by(t, time.Now(), 3*time.Second, "every tile is covered", func() bool { return p.opaque() == 3 })
	r.swallows.Store(false)
	within(t, 20*time.Second, "the page is live again", p.isLive)
	if len(feed.since(before, "snapshot")) == 0 {
		t.Error("it did not ask for everything anew")
	}
}

// The page of a bed names its patient. Another one in the bed is never shown
// under that name, not even while the page that names them is on its way.
func TestAnotherPatientInTheBed(t *testing.T) {
	t.Parallel()
	s := serve(t, twoBeds)
	s.people()
	g := s.admitted()
	s.monitor("12", "MRN1001", hr(88), spo2(97))
	r, through := s.relay()
	p := through.page()
	p.signIn("kim")
	p.open("/bed/ICU/12")
	within(t, 4*time.Second, "the bedside is live", func() bool { return p.says("h1.name", "Okafor") && p.isLive() })
	// Whether the feed's numbers of one were ever seen under the other's name.
	eval[bool](p, `(() => {
		const patient = () => document.querySelector("main [data-bed]").dataset.patient;
		const first = patient();
		globalThis.mixed = 0;
		const watch = () => {
			if (patient() !== first && getComputedStyle(document.querySelector(".cover")).opacity !== "1") mixed++;
			sessionStorage.setItem("mixed", String(mixed));
			requestAnimationFrame(watch);
		};
		watch();
		return true;
	})()`)
	r.delay.Store(int64(1500 * time.Millisecond)) // the new page takes its time
	g.accept(admission("A9", time.Now(), "12", "MRN1009", "Roe", "Ann"))
	within(t, 15*time.Second, "the page names the other patient", func() bool { return p.says("h1.name", "Roe") })
	if mixed := eval[string](p, `sessionStorage.getItem("mixed")`); mixed != "0" {
		t.Errorf("for %s frames the numbers of Roe stood under Okafor's name", mixed)
	}
	r.delay.Store(0)
	within(t, 15*time.Second, "the bedside is live", p.isLive)
}

// A unit that gets another name and fewer beds, and these back.
func TestUnitDefinedAnew(t *testing.T) {
	t.Parallel()
	s := serve(t, twoBeds)
	s.people()
	s.admitted()
	bed, central := s.page(), s.page()
	bed.signIn("kim")
	bed.open("/bed/ICU/2")
	central.signIn("kim")
	within(t, 4*time.Second, "both pages are live", func() bool { return bed.isLive() && central.isLive() })

	bed.expect("404")
	s.writeWard(strings.ReplaceAll(strings.ReplaceAll(twoBeds, ` "2",`, ""), "Intensive care", "ICU North"))
	within(t, 4*time.Second, "a bed that is gone has no page", func() bool { return bed.count("main [data-bed]") == 0 })
	within(t, 4*time.Second, "the unit has the other name and two beds", func() bool {
		return central.says(".header .unit", "ICU North") && central.count("main [data-bed]") == 2 && central.isLive()
	})
	s.writeWard(twoBeds)
	within(t, 4*time.Second, "name and bed are back", func() bool {
		return central.says(".header .unit", "Intensive care") && central.count("main [data-bed]") == 3 && central.isLive()
	})
}

// A button that has just come under somebody's finger is not what they meant.
func TestHastyPress(t *testing.T) {
	t.Parallel()
	s := serve(t, twoBeds)
	s.people()
	s.admitted()
	low := s.monitor("1", "MRN1002", hr(130), spo2(97))
	m := s.monitor("12", "MRN1001", hr(88), spo2(97))
	p := s.page()
	p.signIn("kim")
	within(t, 30*time.Second, "an alarm stands alone", func() bool { return p.says(".rail .open", "HR 130>120") && p.isLive() })
	// As soon as another alarm pushes it down, it is pressed.
	eval[bool](p, `(() => {
		const press = (row) => row.querySelector(".acknowledge").dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, detail: 1 }));
		const row = document.querySelector(".rail .open [data-alarm]");
		const at = row.offsetTop;
		globalThis.pressed = false;
		const watch = () => {
			if (row.offsetTop === at) return requestAnimationFrame(watch);
			press(row);
			pressed = true;
		};
		watch();
		return true;
	})()`)
	m.say(hr(150), spo2(97))
	within(t, 30*time.Second, "it was pressed as it moved", func() bool { return eval[bool](p, `pressed`) })
	within(t, time.Second, "the page says that it moved", func() bool { return p.says("#notice", "just moved") })
	time.Sleep(700 * time.Millisecond)
	if p.count(".rail .rest [data-alarm]") != 0 {
		t.Error("a hasty press has acknowledged")
	}
	p.click(".rail .open button.acknowledge")
	within(t, 4*time.Second, "a press that is meant takes it", func() bool { return p.says(".rail .rest", "HR 130>120", "Kim R.") })
	low.stop()
}

// writeWard applies a ward's definition beside the running station.
func (s *station) writeWard(yaml string) {
	s.t.Helper()
	file := filepath.Join(s.dataDir, "..", "changed.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o644); err != nil {
		s.t.Fatal(err)
	}
	s.mustCommand("", "ward", "apply", file)
}

// veiled reports whether the worklist, where there is one, and the header say
// that they are not live.
func (p *page) veiled() bool {
	p.t.Helper()
	return eval[bool](p, `[...document.querySelectorAll(".veil")].every((v) => getComputedStyle(v).opacity === "1")`)
}
