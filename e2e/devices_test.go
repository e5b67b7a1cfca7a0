package e2e

import (
	"strings"
	"testing"
	"time"
)

// A nurse says whom a device belongs to: with two identifiers, with a look at
// what it would leave, and with a past that was somebody else's.
func TestDevices(t *testing.T) {
	t.Parallel()
	s := serve(t, strings.Replace(twoBeds, "trust_gateway: true", "trust_gateway: false", 1))
	s.people()
	g := s.gateway()
	now := time.Now().Add(-time.Minute)
	g.accept(admission("A1", now, "12", "MRN1001", "Okafor", "Ngozi"))
	g.accept(admission("A2", now, "1", "MRN1002", "Doe", "Jane"))
	s.monitor("12", "", hr(88), spo2(97))
	p := s.page()
	p.resize(1920, 1080)
	p.signIn("lee")
	token := s.token("test")
	eventually(t, 10*time.Second, "the monitor waits in the pool", func() bool { return len(s.snapshot(token, "ICU").Unassigned) == 1 })

	p.open("/devices")
	within(t, 4*time.Second, "it is listed", func() bool { return p.count("[data-device]") == 1 })
	name := p.text("[data-device] b")
	p.look()
	p.shoot("devices-pool")

	// A scanner types without a focus, ends with Enter, and is used twice.
	within(t, 4*time.Second, "the page listens to a scanner", func() bool { return p.count(`[data-scan="ready"]`) == 1 })
	p.press("M", "O", "N", "1", "2", "\r")
	within(t, 4*time.Second, "the device is found", func() bool { return p.says(".facts", name, "HR 88") })
	within(t, 4*time.Second, "the page listens to a scanner", func() bool { return p.count(`[data-scan="ready"]`) == 1 })
	p.press("M", "R", "N", "1", "0", "0", "1", "\r")
	within(t, 4*time.Second, "both are found", func() bool { return p.says("#assign-to", "goes to ICU-12 Okafor, Ngozi") })
	if url := eval[string](p, "location.href"); strings.Contains(url, "MRN1001") {
		t.Errorf("the patient's number stands in the address: %s", url)
	}
	p.look()
	p.shoot("devices-assign")
	p.expect("422")
	p.fill(`[name="second"]`, "1999-01-01")
	p.click(`[action="/devices/assign"] button`)
	within(t, 4*time.Second, "the second identifier must match", func() bool { return p.says("[role=alert]", "date of birth") })
	p.fill(`[name="second"]`, "1958-04-12")
	p.click(`[action="/devices/assign"] button`)
	within(t, 4*time.Second, "it is assigned", func() bool { return p.says(".facts", "ICU-12 Okafor, Ngozi", "Lee M.") })
	eventually(t, 5*time.Second, "its values are hers", func() bool { return s.snapshot(token, "ICU").value("12", "8867-4") == "88" })

	// It turns out to have been Jane Doe's.
	p.open("/devices")
	p.fill(`[name="device"]`, "MON12")
	p.fill(`[name="to"]`, "ICU-1")
	p.click(`[data-scan] button`)
	within(t, 4*time.Second, "the conflict is shown", func() bool { return p.says("#assign-to", name+" is on ICU-12") })
	p.click(`[name="choice"][value="now"]`)
	p.fill(`[name="number"]`, "MRN1002")
	p.fill(`[name="second"]`, "1958-04-12")
	p.fill(`[name="reason"]`, "moved with the bed")
	for _, b := range eval[[]string](p, barriers) {
		t.Error(b)
	}
	p.look()
	p.shoot("devices-conflict")
	p.expect("409")
	p.click(`[action="/devices/assign"] button`)
	within(t, 4*time.Second, "so soon after another one, it must be read back", func() bool { return p.count(`[name="readback"]`) == 1 })
	if got := eval[string](p, `document.querySelector('[name="reason"]').value`); got != "moved with the bed" {
		t.Errorf("what was typed is gone: %q", got)
	}
	p.fill(`[name="readback"]`, "1002")
	p.click(`[action="/devices/assign"] button`)
	within(t, 4*time.Second, "it is moved", func() bool { return p.says(".facts", "ICU-1 Doe, Jane") })
	within(t, 4*time.Second, "its history says so", func() bool { return p.count("#history") == 1 && p.says("main", "ICU-12", "ICU-1") })
	eventually(t, 5*time.Second, "its values are hers now", func() bool {
		snap := s.snapshot(token, "ICU")
		return snap.value("1", "8867-4") == "88" && snap.value("12", "8867-4") == ""
	})
	p.look()
	p.shoot("devices-history")
	p.click(`[action="/devices/release"] button`)
	within(t, 4*time.Second, "it waits in the pool again", func() bool { return p.count("[data-device]") == 1 && p.says(".facts", "–") })
	p.open("/devices/inventory")
	within(t, 4*time.Second, "it is in the inventory", func() bool { return p.says("[data-device]", "MON12") })
	p.look()
	p.shoot("devices-inventory")
	p.resize(360, 800)
	for _, path := range []string{"/devices", "/devices/inventory"} {
		p.open(path)
		if wide := eval[int](p, `document.scrollingElement.scrollWidth - innerWidth`); wide > 0 {
			t.Errorf("%s is %d px too wide for a phone", path, wide)
		}
	}
	p.shoot("devices-phone")
}
