package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"wardlight/ward/alarm"
)

const asScript = "application/json"

func form(e alarm.Episode, fields ...string) url.Values {
	f := url.Values{"version": {strconv.Itoa(e.Version)}}
	for i := 0; i+1 < len(fields); i += 2 {
		f.Set(fields[i], fields[i+1])
	}
	return f
}

func TestOnePressAcknowledgesAMediumAlarm(t *testing.T) {
	s := newStation(t)
	s.measure(14, "1", "130", "97")
	e := s.alarm("1")
	if e.Priority != alarm.Medium {
		t.Fatalf("the alarm is %s", e.Priority)
	}
	w := s.post("kim", acknowledgement(e), form(e))
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/central/ICU" {
		t.Fatalf("got %d %s %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	if e = s.alarm("1"); !e.State.IsAcknowledged() || e.Acknowledged.Name != "Kim R." || e.Acknowledged.Reason != onePress {
		t.Errorf("got %+v", e.Acknowledged)
	}

	w = s.post("lee", acknowledgement(e), form(e), "Accept", asScript)
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "Already acknowledged by Kim R. 12:00. Nothing more is needed.") {
		t.Errorf("a second press: got %d %s", w.Code, w.Body)
	}
}

func TestAScriptIsAnsweredWithoutAPage(t *testing.T) {
	s := newStation(t)
	s.measure(14, "1", "130", "97")
	e := s.alarm("1")
	if w := s.post("kim", acknowledgement(e), form(e), "Accept", asScript); w.Code != http.StatusNoContent || w.Body.Len() > 0 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestAHighAlarmIsNotTakenWithoutAReason(t *testing.T) {
	s := newStation(t)
	s.measure(20, "1", "20", "97")
	e := s.alarm("1")
	if e.Priority != alarm.High {
		t.Fatalf("the alarm is %s", e.Priority)
	}
	for _, c := range []struct {
		name   string
		fields []string
		want   int
	}{
		{"without a reason", nil, http.StatusUnprocessableEntity},
		{"with one that is not on the list", []string{"reason", "because"}, http.StatusUnprocessableEntity},
		{"other, without a note", []string{"reason", "other", "note", "  "}, http.StatusUnprocessableEntity},
		{"with a note that is too long", []string{"reason", "expected", "note", strings.Repeat("é", maxNote+1)}, http.StatusUnprocessableEntity},
		{"with a reason", []string{"reason", "at-bedside", "note", "Electrode changed"}, http.StatusNoContent},
	} {
		if w := s.post("kim", acknowledgement(e), form(e, c.fields...), "Accept", asScript); w.Code != c.want {
			t.Errorf("%s: got %d %s, want %d", c.name, w.Code, w.Body, c.want)
		}
	}
	if a := s.alarm("1").Acknowledged; a == nil || a.Reason != "at-bedside" || a.Note != "Electrode changed" {
		t.Errorf("recorded: %+v", a)
	}
}

func TestAcknowledgingIsForSomeRolesAndUnits(t *testing.T) {
	s := newStation(t)
	s.measure(14, "1", "130", "97")
	e := s.alarm("1")
	for _, who := range []string{"viewer", "ward"} {
		if w := s.post(who, acknowledgement(e), form(e), "Accept", asScript); w.Code != http.StatusForbidden {
			t.Errorf("%s: got %d", who, w.Code)
		}
	}
	if w := s.post("kim", acknowledgement(e), url.Values{}, "Accept", asScript); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("without a version: got %d", w.Code)
	}
	if w := s.post("kim", "/alarms/nothing/acknowledgement", form(e), "Accept", asScript); w.Code != http.StatusConflict {
		t.Errorf("of an alarm that has ended: got %d", w.Code)
	}
	if s.alarm("1").State.IsAcknowledged() {
		t.Error("it is acknowledged all the same")
	}
}

func TestThePanelOffersReasonsToThoseWhoMayAct(t *testing.T) {
	s := newStation(t)
	s.measure(20, "1", "20", "97")
	e := s.alarm("1")
	path := "/alarms/" + url.PathEscape(string(e.ID))
	for _, p := range []string{path, path + "/panel"} {
		body := s.get("kim", p).Body.String()
		for _, want := range []string{"On my way", "Seen at bedside", "Artefact", "Expected", "Other", "Acknowledge HR 20&lt;40 for ICU-1, Okafor, Ngozi", `action="` + path + `/acknowledgement"`} {
			if !strings.Contains(body, want) {
				t.Errorf("%s does not say %q", p, want)
			}
		}
		if body := s.get("viewer", p).Body.String(); strings.Contains(body, `value="at-bedside"`) {
			t.Errorf("%s offers a viewer to acknowledge", p)
		}
		if w := s.get("ward", p); w.Code != http.StatusNotFound {
			t.Errorf("%s: another unit's nurse gets %d", p, w.Code)
		}
	}
}
