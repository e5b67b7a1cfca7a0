package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"wardlight/ward/census"
)

func (s *station) encounter(unit census.UnitCode, bed census.BedCode) string {
	b, _ := s.loop.View().Ward.Bed(census.BedID{Unit: unit, Bed: bed})
	if b.Encounter == nil {
		return ""
	}
	return string(b.Encounter.ID)
}

func TestWhatIsWrongIsSaidBesideItsField(t *testing.T) {
	s := newStation(t)
	stay := s.encounter("ICU", "1")
	for _, test := range []struct {
		name, path  string
		form        url.Values
		status      int
		says, wrong string
	}{
		{"admitted without a number", "/bed/ICU/2/admission", url.Values{"family": {"Doe"}}, 422, "Type the number", "admission-number"},
		{"admitted twice", "/bed/ICU/2/admission", url.Values{"number": {"MRN1001"}, "family": {"Doe"}}, 409, "The patient with this number is in bed ICU-1", "admission-number"},
		{"born on no day", "/bed/ICU/2/admission", url.Values{"number": {"M7"}, "family": {"Doe"}, "born": {"1958-13-41"}}, 422, "That is no date of birth", "admission-born"},
		{"to no bed", "/bed/ICU/1/transfer", url.Values{"encounter": {stay}}, 422, "Choose the bed", "transfer-to"},
		{"away to nowhere", "/bed/ICU/1/away", url.Values{"encounter": {stay}, "minutes": {"30"}, "where": {" "}}, 422, "Say where", "away-where"},
		{"of another stay", "/bed/ICU/1/discharge", url.Values{"encounter": {"e9"}, "reason": {"home"}}, 409, "Somebody else is in bed ICU-1", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer := s.post("kim", test.path, test.form)
			body := answer.Body.String()
			if answer.Code != test.status || !strings.HasPrefix(alertOf(body), test.says) {
				t.Fatalf("got %d %q", answer.Code, alertOf(body))
			}
			if test.wrong != "" && (!strings.Contains(body, `id="wrong-`+test.wrong+`"`) || !strings.Contains(body, `aria-describedby="wrong-`+test.wrong+`"`)) {
				t.Errorf("not said beside %s", test.wrong)
			}
			if family := test.form.Get("family"); family != "" && !strings.Contains(body, `value="`+family+`"`) {
				t.Error("what was typed is gone")
			}
		})
	}
}

func TestADischargeSentTwiceDischargesOnce(t *testing.T) {
	s := newStation(t)
	form := url.Values{"encounter": {s.encounter("ICU", "1")}}
	if answer := s.post("kim", "/bed/ICU/1/discharge", form); answer.Code != http.StatusSeeOther {
		t.Fatalf("got %d %s", answer.Code, alertOf(answer.Body.String()))
	}
	if answer := s.post("kim", "/bed/ICU/1/discharge", form); answer.Code != http.StatusConflict || !strings.HasPrefix(alertOf(answer.Body.String()), "Nobody is in bed ICU-1 any more") {
		t.Errorf("got %d %s", answer.Code, alertOf(answer.Body.String()))
	}
}

func TestNobodyIsMovedWhileTheRecordIsAway(t *testing.T) {
	s := newStation(t)
	stay := s.encounter("ICU", "1")
	s.recordAway()
	for path, form := range map[string]url.Values{
		"/bed/ICU/2/admission": {"number": {"M7"}, "family": {"Doe"}},
		"/bed/ICU/1/transfer":  {"encounter": {stay}, "to": {"ICU-2"}},
		"/bed/ICU/1/discharge": {"encounter": {stay}, "reason": {"gone home"}},
		"/bed/ICU/1/identity":  {"encounter": {stay}, "family": {"Doe"}},
		"/bed/ICU/1/away":      {"encounter": {stay}, "minutes": {"30"}, "where": {"imaging"}},
	} {
		answer := s.post("kim", path, form)
		if answer.Code != http.StatusServiceUnavailable || !strings.HasPrefix(alertOf(answer.Body.String()), "Not saved: the record is away") {
			t.Errorf("%s: got %d %q", path, answer.Code, alertOf(answer.Body.String()))
		}
	}
	b, _ := s.loop.View().Ward.Bed(census.BedID{Unit: "ICU", Bed: "1"})
	if s.encounter("ICU", "1") != stay || s.encounter("ICU", "2") != "" || b.Away() != nil || b.Patient.Family != "Okafor" {
		t.Error("something was changed")
	}
}
