package e2e

import (
	"testing"
	"time"
)

// A nurse admits, moves and discharges by hand when the hospital's own system
// does not, somebody unidentified included; and says who is away.
func TestCensusByHand(t *testing.T) {
	t.Parallel()
	s := serve(t, twoBeds)
	s.people()
	p := s.page()
	p.resize(1366, 900)
	p.signIn("kim")
	within(t, 4*time.Second, "the page is live", p.isLive)

	p.open("/bed/ICU/12")
	p.click(`nav a[href$="/stay"]`)
	within(t, 4*time.Second, "the bed is empty", func() bool { return p.says("h1", "No patient") })
	p.look()
	p.shoot("admit")
	p.fill(`[name="number"]`, "MRN1001")
	p.fill(`[name="family"]`, "Okafor")
	p.fill(`[name="given"]`, "Ngozi")
	p.click(`button[name="who"][value="known"]`)
	within(t, 4*time.Second, "she is in the bed", func() bool { return p.path() == "/bed/ICU/12" && p.says("h1", "Okafor, Ngozi") })

	p.open("/bed/ICU/1/stay")
	p.click(`button[name="who"][value="unknown"]`)
	within(t, 4*time.Second, "somebody unidentified is in bed 1", func() bool { return p.says("h1", "Unidentified") })
	p.open("/bed/ICU/1/stay")
	p.look()
	p.shoot("stay")
	p.expect("409")
	p.fill(`#identity + form [name="number"]`, "MRN1001")
	p.click(`#identity + form .btn`)
	within(t, 4*time.Second, "nobody is in two beds", func() bool { return p.says("[role=alert]", "ICU-12") })
	if got := eval[string](p, `document.querySelector('#identity + form [name="number"]').value`); got != "MRN1001" {
		t.Errorf("what was typed is gone: %q", got)
	}
	p.fill(`#identity + form [name="number"]`, "MRN1002")
	p.fill(`#identity + form [name="family"]`, "Doe")
	p.click(`#identity + form .btn`)
	within(t, 4*time.Second, "she is identified", func() bool { return p.path() == "/bed/ICU/1" && p.says("h1", "Doe") })

	p.open("/bed/ICU/1/stay")
	p.fill(`#away + form [name="where"]`, "imaging")
	p.click(`#away + form .btn`)
	within(t, 4*time.Second, "it is done", func() bool { return p.path() == "/bed/ICU/1" })
	p.open("/bed/ICU/1/stay")
	within(t, 4*time.Second, "she is away", func() bool { return p.says(".tag", "AWAY imaging") })
	p.click(`#away + form .btn`)
	within(t, 4*time.Second, "it is done", func() bool { return p.path() == "/bed/ICU/1" })
	p.open("/bed/ICU/1/stay")
	within(t, 4*time.Second, "she is back", func() bool { return p.count(".tag") == 0 })

	s.monitor("12", "MRN1001", hr(150), spo2(97))
	token := s.token("test")
	eventually(t, 10*time.Second, "an alarm stands", func() bool { _, ok := s.snapshot(token, "ICU").alarm("12", "MDC_EVT_HI"); return ok })
	p.open("/bed/ICU/12/stay")
	p.click(`#discharge + form .btn`)
	within(t, 4*time.Second, "it is asked for a second look", func() bool { return p.says("[role=alert]", "HR high") })
	p.fill(`#discharge + form [name="reason"]`, "gone home")
	p.click(`#discharge + form [name="confirmed"]`)
	for _, b := range eval[[]string](p, barriers) {
		t.Error(b)
	}
	p.look()
	p.shoot("discharge")
	p.click(`#discharge + form .btn`)
	within(t, 4*time.Second, "the bed is empty", func() bool { return p.path() == "/bed/ICU/12" && p.says("h1", "No patient") })
	if n := s.database().count(`SELECT count(*) FROM audit WHERE action IN ('admit-patient','identify-patient','discharge-patient')`); n != 4 {
		t.Errorf("%d lines in the audit trail, want 4", n)
	}
	p.resize(360, 800)
	p.open("/bed/ICU/12/stay")
	if wide := eval[int](p, `document.scrollingElement.scrollWidth - innerWidth`); wide > 0 {
		t.Errorf("%d px too wide for a phone", wide)
	}
}
