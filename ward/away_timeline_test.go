package ward_test

import (
	"strings"
	"testing"
	"time"

	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/fault"
)

// goes is Lee's word that the patient of a bed is away for so many minutes.
func (l *timeline) goes(bed, where string, minutes float64) error {
	l.t.Helper()
	e := ward.GoAway{Where: where, Until: l.now().Add(time.Duration(minutes * float64(time.Minute))), By: lee}
	if stay := l.Bed(bed).Encounter; stay != nil {
		e.Encounter = stay.ID
	}
	return declined(l.Do(e))
}

func (l *timeline) isAway(bed string) bool { return l.Bed(bed).Away() != nil }

// away is a patient in imaging for an hour, whose monitor fell silent.
func away(t *testing.T) (*timeline, *monitor) {
	t.Helper()
	l, mon := admitted(t)
	mon.Says(hr("80"), spo2("97"))
	if err := l.goes("ICU-12", " imaging ", 60); err != nil {
		t.Fatal(err)
	}
	return l, mon
}

func TestSilenceOfWhoIsAwayIsNoAlarm(t *testing.T) {
	l, mon := away(t)
	want := census.Away{Where: "imaging", Since: second(0), Until: second(3600), By: "Lee S."}
	if got := l.Bed("ICU-12").Away(); got == nil || *got != want {
		t.Fatalf("away %+v, want %+v", got, want)
	}
	mon.Keeps(20, hr("80"), spo2("")) // the probe comes off first
	l.At(300)
	l.Want("ICU-12")
	mon.Says(hr("81"), spo2("97"))
	l.Want("ICU-12")
	if !l.isAway("ICU-12") {
		t.Error("measured while they were unplugged, they count as back")
	}
	l.At(3599)
	l.Want("ICU-12")
	l.At(3601)
	if l.isAway("ICU-12") {
		t.Error("the time is up")
	}
	l.Want("ICU-12", "!! No data from MON77 active")
}

func TestGoingAwayEndsAlarmsAboutSilence(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("130"))
	l.At(60)
	l.Want("ICU-12", "!! HR high indeterminate", "!! No data from MON77 active")
	if err := l.goes("ICU-12", "theatre", 60); err != nil {
		t.Fatal(err)
	}
	l.Want("ICU-12", "!! HR high indeterminate")
	l.At(120)
	if err := declined(l.Do(ward.GoAway{Encounter: l.Bed("ICU-12").Encounter.ID, By: lee})); err != nil {
		t.Fatal(err)
	}
	l.At(121)
	l.Want("ICU-12", "!! HR high indeterminate", "!! No data from MON77 active")
}

func TestWhoIsMeasuredIsBack(t *testing.T) {
	l, mon := away(t)
	l.At(600)
	mon.Says(hr("80").judged("questionable"))
	if !l.isAway("ICU-12") {
		t.Error("back by a value that nobody believes")
	}
	l.At(601)
	mon.Says(hr("82"))
	if l.isAway("ICU-12") {
		t.Error("measured, and still away")
	}
	l.At(640)
	l.Want("ICU-12", "!! No data from MON77 active")
}

func TestWhoIsAwayIsStillJudged(t *testing.T) {
	l, mon := away(t)
	l.At(60)
	mon.Says(hr("145"), spo2("97"))
	l.Want("ICU-12", "!!! HR high active")
	if !l.isAway("ICU-12") {
		t.Error("back within a minute")
	}
}

func TestLeavingTheBedEndsAway(t *testing.T) {
	for name, leave := range map[string]func(*timeline){
		"transfer":  func(l *timeline) { l.ADT(census.Transfer, "MRN1001", "ICU-1", 10) },
		"displaced": func(l *timeline) { l.ADT(census.Admit, "MRN2002", "ICU-12", 10) },
		"discharge": func(l *timeline) { l.ADT(census.Discharge, "MRN1001", "ICU-12", 10) },
	} {
		t.Run(name, func(t *testing.T) {
			l, _ := away(t)
			leave(l)
			stays := changesOf[ward.EncounterChanged](l.changes)
			for _, s := range l.ward.Units() {
				for _, b := range s.Beds {
					if b.Away() != nil {
						t.Errorf("still away from %s", b.ID)
					}
				}
			}
			if len(stays) < 3 {
				t.Errorf("told of %d changes", len(stays))
			}
		})
	}
}

func TestRestartKeepsAway(t *testing.T) {
	l, _ := away(t)
	l.At(100)
	l.restart()
	l.At(1000)
	l.Want("ICU-12")
	l.At(3601)
	l.Want("ICU-12", "!! No data from MON77 active")
}

func TestGoAwayDeclined(t *testing.T) {
	l, _ := admitted(t)
	for _, test := range []struct {
		name, bed, where string
		minutes          float64
		kind             fault.Kind
		says             string
	}{
		{"nobody there", "ICU-1", "imaging", 60, fault.Conflict, "over already"},
		{"nowhere", "ICU-12", "  ", 60, fault.Invalid, "say where"},
		{"a story", "ICU-12", strings.Repeat("x", 41), 60, fault.Invalid, "1 to 40"},
		{"in the past", "ICU-12", "imaging", -1, fault.Invalid, "within the next 12 hours"},
		{"for a day", "ICU-12", "imaging", 13 * 60, fault.Invalid, "within the next 12 hours"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l.wantDeclined(l.goes(test.bed, test.where, test.minutes), test.kind, test.says)
		})
	}
	back := declined(l.Do(ward.GoAway{Encounter: l.Bed("ICU-12").Encounter.ID, By: lee}))
	l.wantDeclined(back, fault.Conflict, "back already")
	if l.isAway("ICU-12") {
		t.Error("away")
	}
}

// Each word is in the audit trail, with who said so, and so is its end.
func TestAwayIsAudited(t *testing.T) {
	l, mon := away(t)
	l.At(600)
	mon.Says(hr("82"))
	var got []string
	for _, a := range changesOf[ward.AuditWritten](l.changes) {
		if strings.HasPrefix(a.Action, "mark-") {
			got = append(got, string(a.Actor)+" "+a.Action+" "+a.Detail)
		}
	}
	want := "lee mark-away imaging until 2026-01-13T13:00:00Z, system mark-back measured by MON77"
	if strings.Join(got, ", ") != want {
		t.Errorf("audited %q, want %q", got, want)
	}
}
