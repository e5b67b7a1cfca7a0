package handlers

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"wardlight/views"
	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/infusion"
	"wardlight/ward/staff"
	"wardlight/ward/vitals"
)

func TestWhoMayOpenWhat(t *testing.T) {
	p := newPages(t)
	id := okafor(t, p.ward.ward)
	for _, c := range []struct {
		role staff.Role
		unit census.UnitCode
		path string
		want int
	}{
		{staff.Nurse, "", "/bed/ICU/12", 200},
		{staff.Admin, "", "/bed/ICU/12", 200},
		{staff.Nurse, "WARD", "/bed/ICU/12", 403},
		{staff.Machine, "", "/bed/ICU/12", 403},
		{staff.Nurse, "", "/bed/ICU/99", 404},
		{staff.Nurse, "", "/bed/NONE/1", 404},
		{staff.Nurse, "", views.TrendsURL(id), 200},
		{staff.ChargeNurse, "", views.TrendsURL(id), 200},
		{staff.Physician, "ICU", views.TrendsURL(id), 200},
		{staff.Viewer, "", views.TrendsURL(id), 200},
		{staff.Admin, "", views.TrendsURL(id), 403},
		{staff.Biomed, "", views.TrendsURL(id), 403},
		{staff.Physician, "WARD", views.TrendsURL(id), 403},
		{staff.Nurse, "", "/patients/nobody/trends", 404},
		{staff.Nurse, "", views.TrendsURL(id) + "?from=yesterday", 422},
		{staff.Nurse, "", views.TrendsURL(id) + "?from=2026-11-20T13:00:00Z", 422},
		{staff.Nurse, "", views.TrendsURL(id) + "?span=999h", 422},
		{staff.Admin, "", "/api" + views.PatientURL(id) + "/trend", 403},
		{staff.Nurse, "", "/api" + views.PatientURL(id) + "/trend?px=0", 422},
		{staff.Admin, "", views.PatientURL(id), 403},
		{staff.Nurse, "", views.PatientURL(id), 303},
		{staff.Nurse, "", "/alarms", 200},
		{staff.Nurse, "WARD", "/alarms?unit=ICU", 403},
		{staff.Nurse, "", "/alarms?unit=NONE", 404},
		{staff.Nurse, "", "/about", 200},
		{staff.Nurse, "", "/help/keys", 200},
	} {
		answer, page := p.get(p.as(c.role, c.unit), c.path)
		if answer.StatusCode != c.want {
			t.Errorf("%s of %q opens %s: got %d, want %d", c.role, c.unit, c.path, answer.StatusCode, c.want)
		}
		if strings.Contains(page.raw, "style=\"") {
			t.Errorf("%s: inline style, which the content security policy drops", c.path)
		}
	}
}

func TestErrorsArePagesThatSayWhatToDo(t *testing.T) {
	p := newPages(t)
	nurse := p.as(staff.Nurse, "")
	for path, want := range map[string]string{
		"/bed/ICU/99":             "There is no bed 99 in unit ICU.",
		"/nowhere":                "The address may be mistyped",
		"/patients/nobody/trends": "There is no such patient.",
	} {
		answer, page := p.get(nurse, path)
		if answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got %d", path, answer.StatusCode)
		}
		wantContains(t, path, words(page.need("id", "content")), want, "There is nothing here", "Request")
	}
}

func TestTheBedsideShowsAllThatIsKnown(t *testing.T) {
	p := newPages(t)
	_, page := p.get(p.as(staff.Nurse, ""), "/bed/ICU/12")
	bed := page.need("data-bed", "ICU-12")
	wantContains(t, "bedside", words(bed), "HR", "SpO2", "MON77", "50–120", "≥ 90", "default adult-icu", "!! SpO2 86<90", "NOT LIVE",
		"Dopamine", "5.00 µg/kg/min", "15.0 mL/h", "250.0 mL", "60.0 mL", "190.0 mL", "12:40", "not measured")
	if got := words(page.need("data-v", "8867-4")); got != "88" {
		t.Errorf("heart rate %q", got)
	}
	if !strings.Contains(attribute(page.need("data-v", "59408-5").Parent.Parent, "class"), "breach") {
		t.Error("the number beyond its limit is not marked")
	}
	page.need("data-channel", "0013/1")
	wantContains(t, "banner", words(page.need("class", "patient")), "ICU-12", "Okafor, Ngozi", "female, 65 years", "MRN1001", "63 kg", "Trends")
	if strings.Contains(words(bed), "MRN1001") {
		t.Error("the fragment that everyone gets holds the patient's number")
	}
	if button := page.need("formaction", acknowledgementOf(p)); attribute(button, "form") != "act" {
		t.Error("the acknowledging button belongs to no form")
	}
}

func acknowledgementOf(p *pages) string {
	b, _ := p.ward.ward.Bed(census.BedID{Unit: "ICU", Bed: "12"})
	e, _ := b.Worst()
	return acknowledgement(e)
}

func TestTheNumberIsForThoseWhoMayReview(t *testing.T) {
	p := newPages(t)
	_, page := p.get(p.as(staff.Admin, ""), "/bed/ICU/12")
	if strings.Contains(page.raw, "MRN1001") || strings.Contains(page.raw, "/trends") {
		t.Error("an administrator sees the patient's number or the way to the history")
	}
}

func TestTrendsKeepGapsAndSumUp(t *testing.T) {
	p := newPages(t)
	id := okafor(t, p.ward.ward)
	heart, _ := vitals.ByCode(vitals.HeartRate)
	trend := ward.Trend{Metric: heart}
	for m := range 60 {
		if m >= 20 && m < 50 {
			continue // nothing was measured for half an hour
		}
		trend.Points = append(trend.Points, ward.TrendPoint{At: at.Add(time.Duration(m-60) * time.Minute), Min: 120, Mean: 125, Max: 130, Count: 60})
	}
	p.past.trends = []ward.Trend{trend}
	v := func(s string) *infusion.Quantity {
		return &infusion.Quantity{Value: vitals.MustDecimal(s), Unit: "ug/kg/min"}
	}
	p.past.channels = []infusion.Channel{
		{Device: "0013", Channel: "1", Status: infusion.Infusing, Drug: "Dopamine", Dose: v("5.00"), At: at.Add(-3 * time.Hour)},
		{Device: "0013", Channel: "1", Status: infusion.Infusing, Drug: "Dopamine", Dose: v("8.00"), At: at.Add(-time.Hour)},
	}
	_, page := p.get(p.as(staff.Physician, ""), views.TrendsURL(id))

	if a := p.past.asked; !a.to.Equal(at) || a.to.Sub(a.from) != 24*time.Hour || a.buckets != 1440 {
		t.Errorf("asked for %v to %v in %d", a.from, a.to, a.buckets)
	}
	wantContains(t, "words", words(page.need("id", "content")),
		"120 to 130, mean 125, above 120 for 30 min, no values for 23 h 30 min", "Dopamine", "11:00 5.00 → 8.00", "20 Nov 11:00")
	wantContains(t, "foot", words(page.need("class", "foot")), "1-min min–max of 1 800 values")

	var chart struct {
		Step  int64
		Lanes []struct {
			Key    string
			High   *float64
			Series []struct{ Mean []*float64 }
		}
	}
	if err := json.Unmarshal([]byte(page.need("id", "trend").FirstChild.Data), &chart); err != nil {
		t.Fatal(err)
	}
	mean := chart.Lanes[0].Series[0].Mean
	if chart.Lanes[0].Key != "hr" || *chart.Lanes[0].High != 120 || len(mean) != 1440 {
		t.Fatalf("first lane %+v", chart.Lanes[0].Key)
	}
	for i, want := range map[int]bool{1379: false, 1380: true, 1399: true, 1400: false, 1429: false, 1430: true, 1439: true} {
		if (mean[i] != nil) != want {
			t.Errorf("bucket %d: has a value %t, want %t", i, mean[i] != nil, want)
		}
	}
}

func TestTheAddressIsTheStateOfTrends(t *testing.T) {
	p := newPages(t)
	id := okafor(t, p.ward.ward)
	_, page := p.get(p.as(staff.Nurse, ""), views.TrendsURL(id)+"?from=2026-11-20T04:00:00Z&to=2026-11-20T10:00:00Z")
	for rel, want := range map[string]string{
		"prev": views.TrendsURL(id) + "?from=2026-11-19T22%3A00%3A00Z&to=2026-11-20T04%3A00%3A00Z",
		"next": views.TrendsURL(id) + "?span=6h0m0s",
	} {
		if got := attribute(page.need("rel", rel), "href"); got != want {
			t.Errorf("%s leads to %s, want %s", rel, got, want)
		}
	}
	if got := words(page.need("aria-current", "true")); got != "6 h" {
		t.Errorf("chosen length %q", got)
	}
}

func TestAPatientWhoLeftIsStillFound(t *testing.T) {
	p := newPages(t)
	p.past.stays = map[census.PatientID]ward.Stay{"p9": {
		Patient:   census.Patient{ID: "p9", Family: "Doe", Given: "Jane"},
		Encounter: census.Encounter{ID: "e9", Bed: census.BedID{Unit: "ICU", Bed: "11"}, AdmittedAt: at.Add(-48 * time.Hour), DischargedAt: at.Add(-time.Hour)},
	}}
	answer, page := p.get(p.as(staff.Nurse, "ICU"), "/patients/p9")
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("got %d", answer.StatusCode)
	}
	wantContains(t, "stays", words(page.need("id", "content")), "Doe, Jane", "ICU-11", "18 Nov 2026 12:00 GMT", "discharged 20 Nov 2026 11:00 GMT")
	if answer, _ := p.get(p.as(staff.Nurse, "WARD"), "/patients/p9"); answer.StatusCode != http.StatusForbidden {
		t.Errorf("another unit's nurse: got %d", answer.StatusCode)
	}
}

func TestAlarmsAreListedWorstFirst(t *testing.T) {
	p := newPages(t)
	low := vitals.MustDecimal("84")
	p.past.closed = []alarm.Episode{{
		ID: "a0", Bed: census.BedID{Unit: "ICU", Bed: "11"}, Label: "SpO2 low", Category: alarm.Physiological, Origin: alarm.FromLimit,
		Metric: vitals.SpO2, Side: alarm.Below, Priority: alarm.Medium, State: alarm.Closed, Closed: alarm.Resolved, Onset: at.Add(-time.Hour),
		EndedAt: at.Add(-50 * time.Minute), Worst: &low, Limit: &low, Acknowledged: &alarm.Acknowledgement{Name: "Lee P.", At: at.Add(-55 * time.Minute), Reason: "at-bedside"},
	}}
	_, page := p.get(p.as(staff.Nurse, ""), "/alarms?unit=ICU")
	wantContains(t, "open", words(page.need("id", "content")), "1 open", "ICU-12 Okafor, Ngozi", "SpO2 86<90", "Acknowledge",
		"10 min", "ended", "Lee P. 11:05, Seen at bedside")
	page.need("formaction", acknowledgementOf(p))
	_, page = p.get(p.as(staff.Viewer, ""), "/alarms")
	if page.find("formaction", acknowledgementOf(p)) != nil {
		t.Error("a viewer is offered to acknowledge")
	}
}

func TestAboutTellsTheIntendedUse(t *testing.T) {
	p := newPages(t)
	answer, page := p.get(nil, "/about")
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("got %d", answer.StatusCode)
	}
	wantContains(t, "about", words(page.need("id", "content")), "A secondary display.", "Not a primary alarm system.", "never controls a device", "Version test", "uplot", "MIT")
}
