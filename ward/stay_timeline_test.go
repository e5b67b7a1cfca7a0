package ward_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
)

func nowhere(m *census.Movement) { m.To = census.Location{} }

func prior(mrn string) func(*census.Movement) {
	return func(m *census.Movement) {
		m.To, m.Prior = census.Location{}, []census.Identifier{{Value: mrn, Assigner: "GENHOSP", Type: "MR"}}
	}
}

func named(family string) func(*census.Movement) {
	return func(m *census.Movement) { m.Patient.Family = census.Field{Given: true, Value: family} }
}

func TestCancelledAdmission(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("130"))
	e := l.Alarm("ICU-12", "HR high")
	l.At(5)
	l.ADT(census.CancelAdmit, "MRN1001", "ICU-12", 5)
	l.WantPatient("ICU-12", "")
	l.Want("ICU-12")
	l.WantPool("MON77: its bed changed hands; waiting for its next message")
	if got := l.closedAs(e.ID); got != alarm.Discharged {
		t.Errorf("closed as %s", got)
	}
	stays := changesOf[ward.EncounterChanged](l.changes)
	if last := stays[len(stays)-1]; !last.Cancelled || last.IsOpen() || !last.DischargedAt.Equal(second(5)) {
		t.Errorf("%+v", last)
	}
	l.ADT(census.CancelAdmit, "MRN1001", "ICU-12", 5)
	if again := changesOf[ward.EncounterChanged](l.changes); len(again) != len(stays) {
		t.Error("told twice, it took effect twice")
	}
}

func TestCancelledTransferAndDischarge(t *testing.T) {
	l := newTimeline(t)
	l.ADT(census.Admit, "MRN1001", "ICU-12", 0)
	id := l.Bed("ICU-12").Encounter.ID
	l.ADT(census.Transfer, "MRN1001", "STEPDOWN-3", 10)
	l.ADT(census.CancelTransfer, "MRN1001", "ICU-12", 20)
	l.WantPatient("STEPDOWN-3", "")
	l.WantPatient("ICU-12", "MRN1001")
	l.ADT(census.Discharge, "MRN1001", "ICU-12", 30)
	l.WantPatient("ICU-12", "")
	l.ADT(census.CancelDischarge, "MRN1001", "", 40)
	l.WantPatient("ICU-12", "MRN1001")
	if got := l.Bed("ICU-12").Encounter.ID; got != id {
		t.Errorf("goes on as stay %s, want %s", got, id)
	}
}

// Who came in the meantime keeps the bed, and the conflict is shown.
func TestACancellationDisplacesNobody(t *testing.T) {
	for _, test := range []struct {
		name        string
		away, again func(*timeline)
	}{
		{
			"transfer",
			func(l *timeline) { l.ADT(census.Transfer, "MRN1001", "STEPDOWN-3", 10) },
			func(l *timeline) { l.ADT(census.CancelTransfer, "MRN1001", "ICU-12", 30) },
		},
		{
			"discharge",
			func(l *timeline) { l.ADT(census.Discharge, "MRN1001", "ICU-12", 10) },
			func(l *timeline) { l.ADT(census.CancelDischarge, "MRN1001", "ICU-12", 30) },
		},
		{
			"discharge, without a place",
			func(l *timeline) { l.ADT(census.Discharge, "MRN1001", "ICU-12", 10) },
			func(l *timeline) { l.ADT(census.CancelDischarge, "MRN1001", "", 30, nowhere) },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newTimeline(t)
			l.ADT(census.Admit, "MRN1001", "ICU-12", 0)
			test.away(l)
			l.ADT(census.Admit, "MRN2002", "ICU-12", 20)
			test.again(l)
			l.WantPatient("ICU-12", "MRN2002")
			l.WantPatient("STEPDOWN-3", "")
			l.Want("ICU-12", "! Two patients for bed ICU-12 active")
			l.ADT(census.Transfer, "MRN1001", "ICU-1", 40)
			l.WantPatient("ICU-1", "MRN1001")
			l.Want("ICU-12")
		})
	}
}

func TestRegistration(t *testing.T) {
	l := newTimeline(t)
	l.ADT(census.Register, "MRN1001", "ED-TRIAGE", 0, visit("VN1"))
	l.ADT(census.Register, "MRN1001", "", 5, visit("VN1"))
	l.ADT(census.Update, "MRN1001", "ICU-12", 10, visit("VN1"))
	l.WantPatient("ICU-12", "MRN1001")
	l.ADT(census.Register, "MRN1001", "", 15, visit("VN1"))
	l.WantPatient("ICU-12", "MRN1001")
	l.ADT(census.Register, "MRN2002", "ICU-1", 15)
	l.WantPatient("ICU-1", "MRN2002")
}

func TestUpdatedPerson(t *testing.T) {
	l := newTimeline(t)
	l.ADT(census.Admit, "MRN1001", "ICU-12", 0, named("Okafor"))
	l.ADT(census.UpdatePerson, "MRN1001", "ICU-1", 10, named("Okafor-Berg"))
	l.WantPatient("ICU-12", "MRN1001")
	l.WantPatient("ICU-1", "")
	if got := l.Bed("ICU-12").Patient.Family; got != "Okafor-Berg" {
		t.Errorf("the bed shows %q", got)
	}
	l.ADT(census.UpdatePerson, "MRN1001", "", 5, named("Older"))
	if got := l.Bed("ICU-12").Patient.Family; got != "Okafor-Berg" {
		t.Errorf("the bed shows %q", got)
	}
}

func TestMerge(t *testing.T) {
	l := newTimeline(t)
	l.ADT(census.Admit, "TMP77", "ICU-12", 0, named("Unknown, male"))
	id := l.Bed("ICU-12").Encounter.ID
	mon := l.Monitor("MON77", "ICU-12").Of("TMP77")
	mon.Says(hr("130"))
	l.At(10)
	l.ADT(census.Merge, "MRN1001", "", 10, prior("TMP77"), named("Okafor"))
	l.WantPatient("ICU-12", "MRN1001")
	l.Want("ICU-12", "!! HR high active")
	if got := l.Bed("ICU-12"); got.Encounter.ID != id || got.Patient.Name() != "Okafor" {
		t.Errorf("%+v of %+v", got.Encounter, got.Patient)
	}
	merged := changesOf[ward.Merged](l.changes)
	if len(merged) != 1 || merged[0].Into != l.Bed("ICU-12").Patient.ID {
		t.Errorf("merged %+v", merged)
	}
	mon.Says(hr("131")) // a monitor that does not know of it yet
	l.WantPool()
	l.ADT(census.Merge, "MRN1001", "", 10, prior("TMP77"))
	if again := changesOf[ward.Merged](l.changes); len(again) != 1 {
		t.Error("told twice, it took effect twice")
	}
	l.ADT(census.Transfer, "TMP77", "ICU-1", 20)
	l.WantPatient("ICU-1", "MRN1001")
	l.WantPatient("ICU-12", "")
	l.restart()
	l.WantPatient("ICU-1", "MRN1001")
	l.ADT(census.Discharge, "TMP77", "ICU-1", 30)
	l.WantPatient("ICU-1", "")
}

// The surviving number is shown though its sender does not tell its type.
func TestMergeIntoANumberWithoutAType(t *testing.T) {
	l := newTimeline(t)
	l.ADT(census.Admit, "TMP77", "ICU-12", 0)
	l.ADT(census.Merge, "MRN1001", "", 10, prior("TMP77"), func(m *census.Movement) { m.Patient.Identifiers[0].Type = "" })
	l.WantPatient("ICU-12", "MRN1001")
}

func TestMergeBeforeTheAdmission(t *testing.T) {
	l := newTimeline(t)
	l.ADT(census.Merge, "MRN1001", "", 10, prior("TMP77"))
	l.ADT(census.Admit, "TMP77", "ICU-12", 0, named("Okafor"))
	l.WantPatient("ICU-12", "MRN1001")
	if got := l.Bed("ICU-12").Patient.Name(); got != "Okafor" {
		t.Errorf("called %q", got)
	}
}

// Somebody lies in each of the beds, whatever the hospital's system says: both
// stay watched, and people must find out who it is.
func TestMergeOfTwoWhoBothHaveABed(t *testing.T) {
	l := newTimeline(t)
	l.ADT(census.Admit, "MRN1001", "ICU-1", 0, visit("VN1"))
	l.ADT(census.Admit, "MRN2002", "ICU-2", 0, visit("VN2"))
	one, two := l.Monitor("MON1", "ICU-1").Of("MRN1001"), l.Monitor("MON2", "ICU-2").Of("MRN2002")
	one.Says(hr("80"))
	two.Says(hr("130"))
	l.ADT(census.Merge, "MRN1001", "", 10, prior("MRN2002"))
	l.WantPatient("ICU-1", "MRN1001")
	l.WantPatient("ICU-2", "MRN1001")
	l.Want("ICU-1", "! Same patient also in bed ICU-2 active")
	l.Want("ICU-2", "!! HR high active", "! Same patient also in bed ICU-1 active")
	one.Says(hr("81"))
	two.Says(hr("131"))
	l.WantPool()
	l.restart()
	l.Want("ICU-1", "! Same patient also in bed ICU-2 active")
	l.ADT(census.Discharge, "MRN1001", "ICU-2", 20, visit("VN2"))
	l.WantPatient("ICU-1", "MRN1001")
	l.WantPatient("ICU-2", "")
	l.Want("ICU-1")
}

// ended is what is to be seen of a census: who lies where and what is known of
// them, and which visits are open.
func (l *timeline) ended() string {
	var out string
	for _, u := range l.ward.Units() {
		for _, b := range u.Beds {
			if b.Patient != nil {
				out += fmt.Sprintln(b.ID, b.Patient.MRN(), b.Patient.Name(), b.Patient.Sex, b.Encounter.Visit.Value, b.Encounter.AdmittedAt.Sub(noon))
			}
			for _, e := range b.Episodes {
				out += fmt.Sprintln(b.ID, e.Label)
			}
		}
	}
	return out
}

// stayEvents draws a stay as a hospital would tell it, from its admission on,
// each event at a second of its own, with demographics now and then.
func stayEvents(t *rapid.T) (events []census.Movement) {
	at, where, before, number := 0, "", "", "TMP1"
	kinds := []census.MovementKind{
		census.Transfer, census.Update, census.UpdatePerson, census.CancelTransfer, census.Discharge, census.CancelDischarge, census.Merge,
	}
	tell := func(kind census.MovementKind, edit ...func(*census.Movement)) {
		at++
		m := census.Movement{
			Kind: kind, At: second(float64(at)), To: place(where), Visit: census.Identifier{Value: "V1"},
			Patient: census.Demographics{Identifiers: []census.Identifier{{Value: number, Type: "MR"}}},
		}
		if rapid.Bool().Draw(t, "name") {
			m.Patient.Family = census.Field{Given: true, Value: rapid.SampledFrom([]string{"", "Okafor", "Berg"}).Draw(t, "family")}
		}
		if rapid.Bool().Draw(t, "sex") {
			m.Patient.Sex = census.Field{Given: true, Value: rapid.SampledFrom([]string{"", "F", "M"}).Draw(t, "sex is")}
		}
		for _, e := range edit {
			e(&m)
		}
		events = append(events, m)
	}
	anywhere := func() string {
		return rapid.SampledFrom([]string{"ICU-1", "ICU-2", "ICU-12", "STEPDOWN-3", "THEATRE-1"}).Draw(t, "bed")
	}
	where = anywhere()
	tell(rapid.SampledFrom([]census.MovementKind{census.Admit, census.Register}).Draw(t, "begins"))
	isOpen := true
	for range rapid.IntRange(1, 7).Draw(t, "length") {
		switch kind := rapid.SampledFrom(kinds).Draw(t, "event"); {
		case kind == census.Transfer && isOpen:
			before, where = where, anywhere()
			tell(kind)
		case kind == census.CancelTransfer && isOpen && before != "":
			before, where = "", before
			tell(kind)
		case kind == census.Discharge && isOpen:
			isOpen = false
			tell(rapid.SampledFrom([]census.MovementKind{census.Discharge, census.CancelAdmit}).Draw(t, "ends"))
		case kind == census.CancelDischarge && !isOpen && events[len(events)-1].Kind == census.Discharge:
			isOpen = true
			if rapid.Bool().Draw(t, "says where") {
				tell(kind)
			} else {
				tell(kind, nowhere)
			}
		case kind == census.Merge && number == "TMP1":
			number = "MRN1"
			tell(kind, func(m *census.Movement) {
				m.To, m.Prior = census.Location{}, []census.Identifier{{Value: "TMP1", Type: "MR"}}
			})
		case kind == census.Update, kind == census.UpdatePerson:
			tell(kind)
		}
	}
	return events
}

// However a stay's events arrive, late and twice, the census ends as if they
// had come in their order.
func TestAStayEndsTheSameInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := stayEvents(t)
		told := rapid.Permutation(append(events, rapid.SliceOfN(rapid.SampledFrom(events), 0, 4).Draw(t, "twice")...)).Draw(t, "order")
		live := func(events []census.Movement) string {
			l := newTimeline(t)
			l.second = 100
			for _, m := range events {
				l.Do(ward.Moved{Movement: m})
			}
			return l.ended()
		}
		if want, got := live(events), live(told); got != want {
			t.Fatalf("in order:\n%sas told:\n%s", want, got)
		}
	})
}

// Of three beds that turn out to be one patient's one is left: the other two
// still have the same patient, and go on saying so.
func TestMergeOfThreeWhoAllHaveABed(t *testing.T) {
	l := newTimeline(t)
	l.ADT(census.Admit, "MRN1", "ICU-1", 0, visit("VN1"))
	l.ADT(census.Admit, "MRN2", "ICU-2", 0, visit("VN2"))
	l.ADT(census.Admit, "MRN3", "ICU-12", 0, visit("VN3"))
	l.ADT(census.Merge, "MRN1", "", 10, prior("MRN2"))
	l.ADT(census.Merge, "MRN1", "", 11, prior("MRN3"))
	l.Want("ICU-12", "! Same patient also in bed ICU-1 active")
	l.ADT(census.Discharge, "MRN1", "ICU-1", 20, visit("VN1"))
	l.Want("ICU-1")
	l.Want("ICU-2", "! Same patient also in bed ICU-12 active")
	l.Want("ICU-12", "! Same patient also in bed ICU-2 active")
}
