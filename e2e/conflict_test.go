package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A pump that runs at one bed is found for another: nothing is chosen for the
// nurse, what is missing is said beside its field, and whoever looked before
// somebody else decided does not overwrite it.
func TestAPumpInUse(t *testing.T) {
	t.Parallel()
	s := serve(t, twoBeds)
	s.people()
	g := s.admitted()
	raw, err := os.ReadFile(filepath.Join("..", "ingest", "pcd", "testdata", "pump.hl7"))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	g.accept([]byte(strings.ReplaceAll(strings.Replace(string(raw), "ICU^12^A", "ICU^^12", 1), "20260113120010+0000", now.Format("20060102150405")+"+0000")))
	kim := s.signedIn("kim")
	_, page := kim.get("/about")
	_, old := kim.submit(page, "/devices", url.Values{"device": {"PUMP5"}, "to": {"ICU-1"}})
	if !strings.Contains(old, "Only a charge nurse") {
		t.Error("a nurse is not told that this needs a charge nurse")
	}

	p := s.page()
	p.resize(1366, 768)
	p.signIn("lee")
	p.open("/devices")
	p.fill(`[name="device"]`, "PUMP5")
	p.fill(`[name="to"]`, "ICU-1")
	p.click(`[data-scan] button`)
	within(t, 4*time.Second, "it is in use", func() bool { return p.says("#assign-to", "is on ICU-12 Okafor, Ngozi, and is running Dopamine") })
	if n := p.count(`[name="choice"]:checked`); n != 0 {
		t.Errorf("%d choices are made for the nurse", n)
	}
	for _, b := range eval[[]string](p, barriers) {
		t.Error(b)
	}
	p.expect("422")
	p.click(`[name="choice"][value="now"]`)
	p.fill(`[name="number"]`, "MRN1002")
	p.fill(`[name="second"]`, "1958-04-12")
	p.click(`[name="confirmed"]`)
	eval[bool](p, `document.querySelector('[action="/devices/assign"]').noValidate = true`) // let the station judge
	p.click(`[action="/devices/assign"] button`)
	within(t, 4*time.Second, "the reason is missing", func() bool { return p.says("#wrong-reason", "Give a reason") })
	within(t, 4*time.Second, "the cursor is where the reason is missing, and what was typed is still there", func() bool {
		return eval[string](p, `document.activeElement.name + " " + document.querySelector('[name="number"]').value`) == "reason MRN1002"
	})
	for _, b := range eval[[]string](p, barriers) {
		t.Error(b)
	}
	p.fill(`[name="reason"]`, "moved with the bed")
	p.click(`[name="confirmed"]`)
	p.click(`[action="/devices/assign"] button`)
	within(t, 4*time.Second, "it is moved", func() bool { return p.says(".facts", "ICU-1 Doe, Jane") })

	status, answer := kim.submit(old, "/devices/assign", url.Values{
		"device": {hidden(t, old, "device")}, "bed": {"ICU-1"}, "seen": {hidden(t, old, "seen")}, "number": {"MRN1002"}, "second": {"1958-04-12"},
		"choice": {"now"}, "reason": {"an older look"}, "confirmed": {"yes"},
	})
	if status != http.StatusConflict || !strings.Contains(answer, "omebody else changed this at") {
		t.Errorf("a stale form: got %d", status)
	}
	if n := s.database().count(`SELECT count(*) FROM audit WHERE action = 'assign-device'`); n != 1 {
		t.Errorf("%d assignments in the audit trail, want 1", n)
	}
}

// hidden is a hidden field of a form.
func hidden(t *testing.T, page, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no field %s", name)
	}
	return m[1]
}

// A monitor turns out to have been another patient's since a time: the trend
// moves with it, and both the audit trail and its history say so.
func TestReattributionMovesTheTrend(t *testing.T) {
	t.Parallel()
	s := serve(t, twoBeds)
	s.people()
	g := s.gateway()
	now := time.Now()
	g.accept(admission("A1", now.Add(-time.Hour), "12", "MRN1001", "Okafor", "Ngozi"))
	g.accept(admission("A2", now.Add(-time.Hour), "1", "MRN1002", "Doe", "Jane"))
	for m := 20; m > 0; m-- { // a buffered upload: late, and not skewed
		at := now.Add(-time.Duration(m) * time.Minute)
		g.accept([]byte(strings.Replace(string(vitals("V"+at.Format("1504"), at, "12", "", hr(88))), stamp(at), stamp(time.Now()), 1)))
	}
	token := s.token("test")
	patients := map[string]string{}
	for _, b := range s.snapshot(token, "ICU").Beds {
		if b.Patient != nil {
			patients[b.Bed] = b.Patient.ID
		}
	}
	lee := s.signedIn("lee")
	if a, b := lee.heartRates(patients["12"]), lee.heartRates(patients["1"]); a < 15 || b != 0 {
		t.Fatalf("before: %d minutes are hers and %d the other's", a, b)
	}
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	_, page := lee.get("/about")
	_, found := lee.submit(page, "/devices", url.Values{"device": {"MON12"}, "to": {"ICU-1"}})
	status, answer := lee.submit(found, "/devices/assign", url.Values{
		"device": {hidden(t, found, "device")}, "bed": {"ICU-1"}, "seen": {hidden(t, found, "seen")}, "number": {"MRN1002"}, "second": {"1958-04-12"},
		"choice": {"since"}, "since": {now.Add(-10 * time.Minute).In(zone).Format("15:04")}, "reason": {"cables were swapped"}, "confirmed": {"yes"},
	})
	if status != http.StatusSeeOther {
		t.Fatalf("got %d %s", status, answer)
	}
	eventually(t, 10*time.Second, "ten minutes of the trend have moved", func() bool {
		a, b := lee.heartRates(patients["12"]), lee.heartRates(patients["1"])
		return a >= 8 && a <= 12 && b >= 8 && b <= 12
	})
	if _, page := lee.get("/devices?device=" + url.QueryEscape(hidden(t, found, "device"))); !strings.Contains(page, "shortened by Lee M. at") || !strings.Contains(page, "said afterwards, at") {
		t.Error("its history does not say who changed it")
	}
	if n := s.database().count(`SELECT count(*) FROM audit WHERE action = 'assign-device' AND detail LIKE '%from %cables were swapped'`); n != 1 {
		t.Errorf("%d lines in the audit trail, want 1", n)
	}
}

// heartRates is how many minutes of the last hour the patient's trend has a
// heart rate for.
func (p *person) heartRates(patient string) (minutes int) {
	p.t.Helper()
	status, body := p.get("/api/patients/" + patient + "/trend?span=1h&px=60")
	var chart struct {
		Lanes []struct {
			Key    string
			Series []struct{ Mean []*float64 }
		}
	}
	if err := json.Unmarshal([]byte(body), &chart); status != http.StatusOK || err != nil {
		p.t.Fatalf("the trend: %d %v %.200s", status, err, body)
	}
	for _, lane := range chart.Lanes {
		if lane.Key != "hr" || len(lane.Series) == 0 {
			continue
		}
		for _, v := range lane.Series[0].Mean {
			if v != nil {
				minutes++
			}
		}
	}
	return minutes
}

// Somebody bound to a unit assigns its devices and sees nothing of another's.
func TestANurseOfOneUnit(t *testing.T) {
	t.Parallel()
	s := serve(t, twoBeds+"  - code: WARD\n    name: Ward\n    zone: Europe/London\n    care_area: adult-ward\n    beds: [\"A\"]\n")
	s.mustCommand("correct horse\n", "user", "add", "ann", "--name", "Ann W.", "--role", "nurse", "--unit", "WARD")
	s.admitted()
	s.monitor("12", "MRN1001", hr(88), spo2(97))
	p := s.page()
	p.resize(1366, 768)
	p.signIn("ann")
	p.click(`nav a[href="/devices"]`)
	within(t, 4*time.Second, "the page is there", func() bool { return p.says("main", "Every device that was heard reports for a bed") })
	p.expect("404")
	p.fill(`[name="device"]`, "MON12")
	p.fill(`[name="to"]`, "MRN1001")
	p.click(`[data-scan] button`)
	within(t, 4*time.Second, "another unit's monitor is not found", func() bool { return p.says("[role=alert]", "No device called that") })
	if got := eval[string](p, `document.querySelector('[name="device"]').value`); got != "MON12" {
		t.Errorf("what was typed is gone: %q", got)
	}
	for _, path := range []string{"/devices", "/devices/inventory"} {
		p.open(path)
		if p.says("body", "MON12") || p.says("body", "Okafor") {
			t.Errorf("%s tells of another unit", path)
		}
	}
}
