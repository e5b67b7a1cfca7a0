package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/fault"
	"wardlight/ward/infusion"
)

// tenures is a record of whom devices spoke for; away, it cannot be read.
type tenures struct {
	People
	history []ward.Attribution
	away    error
}

func (r *tenures) DeviceHistory(context.Context, device.ID, int) ([]ward.Attribution, error) {
	return r.history, r.away
}

func (r *tenures) Names(context.Context) (map[string]string, error) {
	return map[string]string{"u1": "Kim R."}, r.away
}

// withDevices is a station with monitor MON1 at ICU-1, Doe in bed WARD-A, and
// monitor W1 that waits near WARD-A and was at ICU-1 before.
func withDevices(t *testing.T) (*station, *tenures) {
	s := newStation(t)
	past := &tenures{history: []ward.Attribution{
		{Association: device.Association{Bed: census.BedID{Unit: "ICU", Bed: "1"}, From: noon.Add(-2 * time.Hour), To: noon.Add(-time.Hour), By: "u1"}, Patient: census.Patient{ID: "p1", Family: "Okafor"}},
	}}
	s.h.Tenures, s.h.People = past, past
	field := func(v string) census.Field { return census.Field{Given: true, Value: v} }
	s.submit(ward.Moved{Movement: census.Movement{
		Kind: census.Admit, At: noon, To: census.Location{Unit: "WARD", Bed: "A"},
		Patient: census.Demographics{Identifiers: []census.Identifier{{Value: "MRN1002", Type: "MR"}}, Family: field("Doe"), BirthDate: field("1990-10-01")},
	}})
	s.measure(1, "1", "78", "97")
	s.submit(ward.Reports{{
		Device: device.Identity{ID: "W1", Label: "W1", Kind: device.Monitor}, Location: census.Location{Unit: "WARD", Bed: "Z"}, SentAt: s.clock(),
	}})
	return s, past
}

// seen is the version of a device that a form sends back.
func (s *station) seen(id device.ID) string {
	d, _ := s.loop.View().Ward.Device(id)
	return d.Since.UTC().Format(time.RFC3339Nano)
}

func TestAnotherUnitsDevicesAndPatientsAreNotThere(t *testing.T) {
	s, _ := withDevices(t)
	for _, test := range []struct {
		name, path string
		form       url.Values // nil: GET
		want       int
	}{
		{"its own page", "/devices", nil, 200},
		{"the inventory", "/devices/inventory", nil, 200},
		{"its own device", "/devices?device=W1", nil, 200},
		{"its own device, for another unit's bed", "/devices?device=W1&bed=ICU-1", nil, 200},
		{"another unit's device", "/devices?device=MON1", nil, 404},
		{"found by number", "/devices", url.Values{"device": {"MON1"}}, 404},
		{"another unit's bed", "/devices", url.Values{"device": {"W1"}, "to": {"ICU-1"}}, 404},
		{"another unit's patient", "/devices", url.Values{"device": {"W1"}, "to": {"MRN1001"}}, 404},
		{"a patient whom nobody knows", "/devices", url.Values{"device": {"W1"}, "to": {"MRN9999"}}, 404},
		{"assigned to another unit's bed", "/devices/assign", url.Values{"device": {"W1"}, "bed": {"ICU-1"}, "seen": {s.seen("W1")}, "number": {"MRN1001"}}, 404},
		{"another unit's device to its own bed", "/devices/assign", url.Values{"device": {"MON1"}, "bed": {"WARD-A"}, "seen": {s.seen("MON1")}}, 404},
		{"another unit's device released", "/devices/release", url.Values{"device": {"MON1"}, "seen": {s.seen("MON1")}}, 404},
	} {
		t.Run(test.name, func(t *testing.T) {
			var answer *httptest.ResponseRecorder
			if test.form == nil {
				answer = s.get("ward", test.path)
			} else {
				answer = s.post("ward", test.path, test.form)
			}
			if answer.Code != test.want {
				t.Errorf("got %d, want %d", answer.Code, test.want)
			}
			for _, secret := range []string{"Okafor", "MON1</", "ICU-1 "} {
				if strings.Contains(answer.Body.String(), secret) {
					t.Errorf("it tells %q", secret)
				}
			}
		})
	}
	known := s.post("ward", "/devices", url.Values{"device": {"W1"}, "to": {"MRN1001"}}).Body.String()
	unknown := s.post("ward", "/devices", url.Values{"device": {"W1"}, "to": {"MRN9999"}}).Body.String()
	if a, b := alertOf(known), alertOf(unknown); a == "" || a != b {
		t.Errorf("a number tells whether it exists: %q, and %q", a, b)
	}
	if d, _ := s.loop.View().Ward.Device("W1"); !d.Bed.IsZero() {
		t.Errorf("W1 reports for %s", d.Bed)
	}
	if body := s.get("ward", "/devices?device=W1").Body.String(); !strings.Contains(body, "<b>ICU</b>") {
		t.Error("the history hides that the device was at another unit")
	}
	if body := s.get("kim", "/devices?device=W1").Body.String(); !strings.Contains(body, "ICU-1</b>") || !strings.Contains(body, "Okafor") {
		t.Error("the history names neither bed nor patient to who may review")
	}
	if body := s.get("ed", "/devices?device=W1").Body.String(); !strings.Contains(body, "ICU-1</b>") || strings.Contains(body, "Okafor") {
		t.Error("the history names the patient to who may not review, or hides the bed")
	}
}

// alertOf is what a page says went wrong.
func alertOf(page string) string {
	_, rest, _ := strings.Cut(page, `role="alert">`)
	text, _, _ := strings.Cut(rest, "<")
	return text
}

// recordAway lets the database be away for longer than it takes to say so.
func (s *station) recordAway() {
	s.t.Helper()
	asked := make(chan struct{})
	s.mu.Lock()
	s.failing, s.refused = fault.New(fault.Unavailable, "connection refused"), sync.OnceFunc(func() { close(asked) })
	s.mu.Unlock()
	go s.loop.Submit(s.t.Context(), ward.Audited{Action: "settle"}, nil)
	<-asked
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(5 * time.Second)
}

func TestANurseOfAUnitAssignsItsDevices(t *testing.T) {
	s, _ := withDevices(t)
	form := url.Values{"device": {"W1"}, "bed": {"WARD-A"}, "seen": {s.seen("W1")}, "number": {"MRN1002"}, "second": {"1990-10-01"}}
	for _, name := range []string{"once", "sent twice"} {
		if answer := s.post("ward", "/devices/assign", form); answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != "/devices?device=W1" {
			t.Fatalf("%s: got %d %s", name, answer.Code, alertOf(answer.Body.String()))
		}
		if d, _ := s.loop.View().Ward.Device("W1"); d.Bed.String() != "WARD-A" || d.Hand.By != "u4" {
			t.Fatalf("%s: it reports for %s, says %s", name, d.Bed, d.Hand.By)
		}
	}
	form.Set("bed", "ICU-1")
	if answer := s.post("kim", "/devices/assign", form); answer.Code != http.StatusUnprocessableEntity && answer.Code != http.StatusConflict {
		t.Errorf("a stale form: got %d", answer.Code)
	}
	if d, _ := s.loop.View().Ward.Device("W1"); d.Bed.String() != "WARD-A" {
		t.Errorf("a stale form overwrote it: %s", d.Bed)
	}
	release := url.Values{"device": {"W1"}, "seen": {s.seen("W1")}}
	for _, name := range []string{"released", "released twice"} {
		if answer := s.post("ward", "/devices/release", release); answer.Code != http.StatusSeeOther {
			t.Fatalf("%s: got %d %s", name, answer.Code, alertOf(answer.Body.String()))
		}
	}
	if d, _ := s.loop.View().Ward.Device("W1"); !d.Bed.IsZero() {
		t.Errorf("released, it reports for %s", d.Bed)
	}
}

// While the record is away, nothing is changed by hand, and what was typed is
// not lost.
func TestNothingIsAssignedWhileTheRecordIsAway(t *testing.T) {
	s, past := withDevices(t)
	form := url.Values{"device": {"W1"}, "bed": {"WARD-A"}, "seen": {s.seen("W1")}, "number": {"MRN1002"}, "second": {"1990-10-01"}}
	past.away = errors.New("connection refused")
	s.recordAway()
	answer := s.post("ward", "/devices/assign", form)
	body := answer.Body.String()
	if answer.Code != http.StatusServiceUnavailable || !strings.HasPrefix(alertOf(body), "Not saved") {
		t.Errorf("got %d %q", answer.Code, alertOf(body))
	}
	for _, kept := range []string{`value="MRN1002"`, `value="1990-10-01"`, "history cannot be read"} {
		if !strings.Contains(body, kept) {
			t.Errorf("%q is not on the page", kept)
		}
	}
	if d, _ := s.loop.View().Ward.Device("W1"); !d.Bed.IsZero() {
		t.Errorf("it reports for %s", d.Bed)
	}
	if answer := s.get("ward", "/devices?device=W1"); answer.Code != http.StatusOK {
		t.Errorf("the page: got %d", answer.Code)
	}
}

// A pump that runs at one bed is not moved to another without a choice, a
// reason and a second look; what is missing is said beside its field.
func TestARunningPumpIsMovedOnPurposeOnly(t *testing.T) {
	s, _ := withDevices(t)
	s.submit(ward.Reports{{
		Device: device.Identity{ID: "P1", Label: "P1", Kind: device.Pump}, Location: census.Location{Unit: "ICU", Bed: "1"}, SentAt: s.clock(),
		Channels: []infusion.Channel{
			{Device: "P1", Channel: "1", Status: infusion.Infusing, Drug: "Propofol", At: s.clock()},
			{Device: "P1", Channel: "2", Status: infusion.Infusing, Drug: "Fentanyl", At: s.clock()},
		},
	}})
	if body := s.get("cho", "/devices?device=P1&bed=WARD-A").Body.String(); !strings.Contains(body, "is running Propofol and Fentanyl.") || strings.Contains(body, " checked") {
		t.Error("the page does not say what runs, or chooses by itself")
	}
	good := func(over ...string) url.Values {
		f := url.Values{"device": {"P1"}, "bed": {"WARD-A"}, "seen": {s.seen("P1")}, "number": {"MRN1002"}, "second": {"1990-10-01"}, "choice": {"now"}, "reason": {"moved with her"}, "confirmed": {"yes"}}
		for i := 0; i < len(over); i += 2 {
			f.Set(over[i], over[i+1])
		}
		return f
	}
	yesterday := s.clock().In(london(t)).Add(time.Minute).Format("15:04")
	for _, step := range []struct {
		name, who   string
		sent        url.Values
		status      int
		says, wrong string
	}{
		{"without a choice", "cho", good("choice", ""), 422, "Choose whether", ""},
		{"without a reason", "cho", good("reason", " "), 422, "Give a reason", "reason"},
		{"wrong since no time", "cho", good("choice", "since", "since", "noon"), 422, "Write the time", "since"},
		{"wrong since yesterday", "cho", good("choice", "since", "since", yesterday), 422, "An assignment can reach back 12 hours", "since"},
		{"not confirmed", "cho", good("confirmed", ""), 409, "P1 has 2 running infusions", ""},
		{"a nurse may not", "kim", good(), 403, "P1 has 2 running infusions", ""},
		{"a wrong birth date", "cho", good("second", "1991-10-01"), 422, "The date of birth is not that of", "second"},
		{"a wrong number", "cho", good("number", "MRN1001"), 422, "The number is not one of", "number"},
		{"left where it is", "cho", good("choice", "leave"), 303, "", ""},
		{"moved", "cho", good(), 303, "", ""},
	} {
		answer := s.post(step.who, "/devices/assign", step.sent)
		body := answer.Body.String()
		if answer.Code != step.status || !strings.HasPrefix(alertOf(body), step.says) {
			t.Errorf("%s: got %d %q", step.name, answer.Code, alertOf(body))
		}
		if step.wrong != "" && (!strings.Contains(body, `id="wrong-`+step.wrong+`"`) || !strings.Contains(body, `aria-describedby="wrong-`+step.wrong+`"`)) {
			t.Errorf("%s: not said beside the field %s", step.name, step.wrong)
		}
		if d, _ := s.loop.View().Ward.Device("P1"); (d.Bed.String() == "WARD-A") != (step.name == "moved") {
			t.Errorf("%s: it reports for %s", step.name, d.Bed)
		}
	}
}

func london(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
