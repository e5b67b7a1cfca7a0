package e2e

import (
	"strings"
	"testing"
	"time"
)

// The engineer who looks after the interfaces sees who sends, what was
// refused and why, and sends a message in again once it can be read.
func TestEngineer(t *testing.T) {
	t.Parallel()
	s := serve(t, twoBeds)
	s.people()
	s.admitted()
	s.monitor("12", "MRN1001", hr(88), spo2(97))
	s.gateway().send(withoutSendTime("BAD1"))
	p := s.page()
	p.resize(1366, 768)
	p.signIn("ash")

	p.click(`nav a[href="/admin/gateways"]`)
	within(t, 4*time.Second, "senders are listed", func() bool { return p.count("[data-source]") >= 1 && p.count("[data-link]") >= 1 })
	p.look()
	p.shoot("gateways")
	if !p.says("main", "MSH-7 is not a time", "Open connections", "HL7 v2") {
		t.Errorf("the page says %q", p.text("main"))
	}

	p.click(`nav a[href="/admin/quarantine"]`)
	within(t, 4*time.Second, "one message is listed", func() bool { return p.count("[data-quarantine]") == 1 })
	p.look()
	p.shoot("quarantine")
	p.click("[data-quarantine] a")
	within(t, 4*time.Second, "it is explained", func() bool { return strings.Contains(p.text("h1"), "in quarantine") && p.count(".raw") == 0 })
	p.click(`button[formaction$="` + p.path() + `"]`)
	within(t, 4*time.Second, "its text is shown", func() bool { return p.says(".raw", "|BAD1|") })
	p.look()
	p.shoot("quarantined")
	for _, b := range eval[[]string](p, barriers) {
		t.Error(b)
	}
	p.expect("422")
	p.click(`button[formaction$="/replay"]`)
	within(t, 4*time.Second, "a replay says why it still cannot be taken in", func() bool { return p.says(".said", "still cannot be taken in") })

	p.resize(360, 800)
	for _, path := range []string{"/admin/gateways", "/admin/quarantine"} {
		p.open(path)
		p.shoot("phone" + strings.ReplaceAll(path, "/", "-"))
		if wide := eval[int](p, `document.scrollingElement.scrollWidth - innerWidth`); wide > 0 {
			t.Errorf("%s is %d px too wide for a phone", path, wide)
		}
	}
	if n := s.database().count(`SELECT count(*) FROM audit WHERE action = 'read-quarantine'`); n != 1 {
		t.Errorf("the audit trail names %d readings of the message, want 1", n)
	}
}
