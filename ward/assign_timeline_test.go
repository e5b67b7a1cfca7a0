package ward_test

import (
	"errors"
	"strings"
	"testing"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/fault"
	"wardlight/ward/infusion"
	"wardlight/ward/staff"
	"wardlight/ward/vitals"
)

var ada = staff.Person{ID: "ada", Name: "Ada B.", Role: staff.Admin}

func born(date string) func(*census.Movement) {
	return func(m *census.Movement) { m.Patient.BirthDate = census.Field{Given: true, Value: date} }
}

// two is a ward with a patient in each of two beds, and one in a third of
// whom no birth date is known.
func two(t tester) *timeline {
	l := newTimeline(t)
	l.ADT(census.Admit, "MRN1001", "ICU-12", -20*3600, born("1957-03-14"))
	l.ADT(census.Admit, "MRN2002", "ICU-1", -3600, born("1990-10-01"))
	l.ADT(census.Admit, "TEMP-77", "STEPDOWN-3", -3600)
	return l
}

var theirs = map[string][2]string{
	"ICU-12": {"MRN1001", "1957-03-14"}, "ICU-1": {"MRN2002", "1990-10-01"}, "STEPDOWN-3": {"TEMP-77", "3"},
}

func bedID(name string) census.BedID {
	u, b, _ := strings.Cut(name, "-")
	return census.BedID{Unit: census.UnitCode(u), Bed: census.BedCode(b)}
}

// to is an assignment as somebody makes it who looks at the device now.
func (l *timeline) to(id device.ID, bed string, by staff.Person) ward.Assign {
	d, _ := l.ward.Device(id)
	a := ward.Assign{Device: id, Bed: bedID(bed), By: by, Identifiers: theirs[bed]}
	if d != nil {
		a.Seen = d.Since
	}
	return a
}

func (l *timeline) mustAssign(a ward.Assign) []ward.Change {
	l.t.Helper()
	changes := l.Do(a)
	if err := declined(changes); err != nil {
		l.t.Fatalf("declined: %v", err)
	}
	return changes
}

func (l *timeline) release(id device.ID, by staff.Person, reason string, confirmed bool) []ward.Change {
	d, _ := l.ward.Device(id)
	return l.Do(ward.Release{Device: id, By: by, Reason: reason, Confirmed: confirmed, Seen: d.Since})
}

func audits(changes []ward.Change) (lines []string) {
	for _, a := range changesOf[ward.AuditWritten](changes) {
		lines = append(lines, a.Action+" "+a.Subject+" "+a.Detail)
	}
	return lines
}

func TestAssignDeclines(t *testing.T) {
	for _, test := range []struct {
		name   string
		assign func(*ward.Assign)
		kind   fault.Kind
		says   string
		audit  string
	}{
		{"a device that nobody has heard", func(a *ward.Assign) { a.Device = "X" }, fault.NotFound, "no device X has been heard", ""},
		{"a bed that is not there", func(a *ward.Assign) { a.Bed = bedID("ICU-99") }, fault.NotFound, "bed ICU-99 is not in the ward", ""},
		{"a viewer", func(a *ward.Assign) { a.By = staff.Person{Role: staff.Viewer} }, fault.Forbidden, "viewer", ""},
		{"a nurse of another unit", func(a *ward.Assign) { a.By.Unit = "STEPDOWN" }, fault.Forbidden, "nurse", ""},
		{"not as it was seen", func(a *ward.Assign) { a.Seen = second(-5) }, fault.Conflict, "somebody else changed this at 12:00: look again", ""},
		{"a wrong number", func(a *ward.Assign) { a.Identifiers[0] = "MRN1001" }, fault.Invalid, "the number is not one of the patient in bed ICU-1", "assign-device-declined D to ICU-1: the number is not one of the patient in bed ICU-1"},
		{"a wrong birth date", func(a *ward.Assign) { a.Identifiers[1] = "1957-03-14" }, fault.Invalid, "the date of birth is not that of the patient in bed ICU-1", "assign-device-declined D to ICU-1: the date of birth is not that of the patient in bed ICU-1"},
		{"another patient's wristband", func(a *ward.Assign) { a.Identifiers = theirs["ICU-12"] }, fault.Invalid, "neither the number nor the date of birth", "assign-device-declined D to ICU-1: neither the number nor the date of birth is that of the patient in bed ICU-1"},
		{"no identifiers", func(a *ward.Assign) { a.Identifiers = [2]string{} }, fault.Invalid, "neither", "assign-device-declined D to ICU-1: neither the number nor the date of birth is that of the patient in bed ICU-1"},
		{"a patient for an empty bed", func(a *ward.Assign) { a.Bed = bedID("ICU-2") }, fault.Invalid, "nobody is in bed ICU-2", "assign-device-declined D to ICU-2: nobody is in bed ICU-2: admit or transfer the patient first, or assign the device to the bed alone"},
		{"no reason to leave", func(a *ward.Assign) { a.Reason = "" }, fault.Invalid, "D reports for ICU-12: give a reason", ""},
		{"a time to come", func(a *ward.Assign) { a.From = second(601) }, fault.Invalid, "yet to come", ""},
		{"a time long ago", func(a *ward.Assign) { a.From = second(600 - 12*3600 - 1) }, fault.Invalid, "12 hours", ""},
		{"a time before it was there", func(a *ward.Assign) { a.From = second(-1) }, fault.Invalid, "D reports for ICU-12 only since 12:00", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := two(t)
			l.Monitor("D", "ICU-12").Says(hr("80"))
			l.At(600)
			a := l.to("D", "ICU-1", kim)
			a.Reason = "moved"
			test.assign(&a)
			before := ward.Dump(l.ward)
			changes := l.Do(a)
			if err := declined(changes); fault.KindOf(err) != test.kind || !strings.Contains(err.Error(), test.says) {
				t.Errorf("declined with %v, want a %s that says %q", err, test.kind, test.says)
			}
			if got := strings.Join(audits(changes), "; "); got != test.audit {
				t.Errorf("audit trail %q, want %q", got, test.audit)
			}
			if ward.Dump(l.ward) != before {
				t.Error("part of it was applied")
			}
		})
	}
}

func TestAssignAgainstItsGateway(t *testing.T) {
	l := two(t)
	mon := l.Monitor("D", "ICU-12")
	mon.Keeps(5, hr("80"))
	a := l.to("D", "ICU-1", kim)
	a.Reason = "moved with the patient"
	changes := l.mustAssign(a)
	if got := changesOf[ward.Associated](changes); len(got) != 1 || got[0].By != "kim" || !got[0].From.Equal(second(5)) || got[0].Encounter != l.Bed("ICU-1").Encounter.ID {
		t.Errorf("%+v", got)
	}
	if got := changesOf[ward.Released](changes); len(got) != 1 || got[0].By != "gateway" || !got[0].To.Equal(second(5)) {
		t.Errorf("%+v", got)
	}
	if got := audits(changes); len(got) != 1 || got[0] != "assign-device D to ICU-1, encounter "+string(l.Bed("ICU-1").Encounter.ID)+": moved with the patient" {
		t.Errorf("audit trail %q", got)
	}
	l.WantVital("ICU-1", vitals.HeartRate, "") // what it said before is not this patient's
	l.At(6)
	mon.Says(hr("82"), nibp("120").old(60))
	l.WantVital("ICU-1", vitals.HeartRate, "82 fresh")
	l.WantVital("ICU-1", vitals.NIBPSystolic, "")
	l.WantVital("ICU-12", vitals.HeartRate, "")
	dev, _ := l.ward.Device("D")
	if dev.AssignedBy() != "Kim R." || dev.Note != "its gateway says ICU^12; assigned to ICU-1 by Kim R." {
		t.Errorf("by %q, noted %q", dev.AssignedBy(), dev.Note)
	}
	l.At(7)
	l.Monitor("D", "ICU-1").Of("MRN2002").Says(hr("83"))
	if dev, _ = l.ward.Device("D"); dev.Note != "" {
		t.Errorf("noted %q though they agree", dev.Note)
	}
	if len(l.ward.Devices()) != 1 {
		t.Errorf("%d devices", len(l.ward.Devices()))
	}
}

// A person's word for the bed that the gateway names already changes who
// answers for it, and nothing at the bedside.
func TestAssignWhereItIs(t *testing.T) {
	l := two(t)
	mon := l.Monitor("D", "ICU-12")
	mon.Keeps(5, hr("130"))
	e := l.Alarm("ICU-12", "HR high")
	changes := l.mustAssign(l.to("D", "ICU-12", kim))
	l.Want("ICU-12", "!! HR high active")
	l.WantVital("ICU-12", vitals.HeartRate, "130 fresh")
	if got := changesOf[ward.Associated](changes); len(got) != 1 || got[0].By != "kim" || !got[0].From.Equal(second(5)) {
		t.Errorf("%+v", got)
	}
	if err := declined(l.Do(l.to("D", "ICU-12", lee))); fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "assigned by Kim R.") {
		t.Errorf("once more: %v", err)
	}
	l.At(6)
	mon.Says(hr("130"))
	if got := l.Alarm("ICU-12", "HR high"); got.ID != e.ID {
		t.Error("the alarm is another one")
	}
}

func TestAssignTheUnidentified(t *testing.T) {
	for _, second := range []string{"3", "STEPDOWN-3", "stepdown-3"} {
		l := two(t)
		l.Monitor("D", "").Says(hr("80"))
		a := l.to("D", "STEPDOWN-3", lee)
		a.Identifiers[1] = second
		l.mustAssign(a)
	}
	l := two(t)
	l.Monitor("D", "").Says(hr("80"))
	a := l.to("D", "STEPDOWN-3", lee)
	a.Identifiers[1] = "1990-10-01"
	if err := declined(l.Do(a)); err == nil || !strings.Contains(err.Error(), "the bed code, given in place of a date of birth that is not known, is not") {
		t.Errorf("%v", err)
	}
}

func TestWhatIsAtStake(t *testing.T) {
	running := func(l *timeline) {
		l.Monitor("D", "ICU-12").Pumps(infusion.Channel{Channel: "1", Status: infusion.Infusing, Drug: "Noradrenaline"})
	}
	alarming := func(l *timeline) { l.Monitor("D", "ICU-12").Says(hr("130")) }
	silent := func(l *timeline) { l.Monitor("D", "ICU-12").Says(hr("80")); l.At(40) }
	nurse := kim
	for _, test := range []struct {
		name      string
		has       func(*timeline)
		by        staff.Person
		reason    string
		confirmed bool
		want      error
		kind      fault.Kind
		says      string
	}{
		{"a nurse, and alarms", alarming, nurse, "moved", true, nil, fault.Forbidden, "D has 1 open alarm at ICU-12"},
		{"a nurse, and an infusion", running, nurse, "moved", true, nil, fault.Forbidden, "D has 1 running infusion at ICU-12"},
		{"not confirmed", alarming, lee, "moved", false, ward.ErrUnconfirmed, fault.Conflict, "1 open alarm"},
		{"confirmed without a reason", running, lee, "", true, ward.ErrUnconfirmed, fault.Invalid, "1 running infusion"},
		{"confirmed with a reason", alarming, lee, "moved", true, nil, "", ""},
		{"an administrator", running, ada, "moved", true, nil, "", ""},
		{"alarms about its own silence alone", silent, nurse, "moved", false, nil, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := two(t)
			test.has(l)
			check := func(what string, err error) {
				if fault.KindOf(err) != test.kind || test.want != nil && !errors.Is(err, test.want) || err != nil && !strings.Contains(err.Error(), test.says) {
					t.Errorf("%s declined with %v, want %q %s", what, err, test.kind, test.says)
				}
			}
			before := l.ward
			check("release", declined(l.release("D", test.by, test.reason, test.confirmed)))
			l.ward = before
			a := l.to("D", "ICU-1", test.by)
			a.Reason, a.Confirmed = test.reason, test.confirmed
			check("assignment", declined(l.Do(a)))
			if test.kind == "" {
				l.Want("ICU-12")
			}
		})
	}
}

// "ICU-12 was wrong since 12:05, give that time to ICU-1": the interval moves,
// no observation does.
func TestGiveThatTime(t *testing.T) {
	l := two(t)
	mon := l.Monitor("D", "ICU-12")
	mon.Keeps(900, hr("130"))
	e := l.Alarm("ICU-12", "HR high")
	a := l.to("D", "ICU-1", lee)
	a.From, a.Reason, a.Confirmed = second(300), "moved at 12:05, not scanned", true
	changes := l.mustAssign(a)
	if got := changesOf[ward.Released](changes); len(got) != 1 || !got[0].To.Equal(second(300)) || !got[0].From.Equal(second(0)) || got[0].Bed != bedID("ICU-12") {
		t.Errorf("%+v", got)
	}
	if got := changesOf[ward.Associated](changes); len(got) != 1 || !got[0].From.Equal(second(300)) || got[0].Bed != bedID("ICU-1") || got[0].By != "lee" {
		t.Errorf("%+v", got)
	}
	if len(changesOf[ward.Observed](changes)) != 0 {
		t.Error("observations were written again")
	}
	if got := l.closedAs(e.ID); got != alarm.Reassigned {
		t.Errorf("the alarm closed as %s", got)
	}
	l.Want("ICU-12")
	l.Want("ICU-1") // filters start anew
	l.At(901)
	mon.Says(hr("131"), nibp("118").old(500))
	l.WantVital("ICU-1", vitals.NIBPSystolic, "118 fresh") // taken within the time that was given
	l.Want("ICU-1", "!! HR high active")

	l.At(2000)
	b := l.to("D", "ICU-12", lee)
	b.From, b.Reason, b.Confirmed = second(299), "back", true
	if err := declined(l.Do(b)); err == nil || !strings.Contains(err.Error(), "only since 12:05") {
		t.Errorf("further back than the correction: %v", err)
	}
	l.ADT(census.Discharge, "MRN2002", "ICU-1", 2000)
	l.ADT(census.Admit, "MRN3003", "ICU-1", 2001, born("1980-01-01"))
	l.Monitor("E", "").Says(hr("80"))
	l.At(2100)
	c := l.to("E", "ICU-1", lee)
	c.From, c.Identifiers = second(2000), [2]string{"MRN3003", "1980-01-01"}
	if err := declined(l.Do(c)); err == nil || !strings.Contains(err.Error(), "came only at 12:33") {
		t.Errorf("before the patient came: %v", err)
	}
}

func TestReadBack(t *testing.T) {
	for _, test := range []struct {
		name     string
		after    float64 // the first pairing, by kim, of D with ICU-12
		device   device.ID
		bed      string
		by       staff.Person
		readBack string
		asks     bool
	}{
		{"the same person", 30, "E", "ICU-1", kim, "", true},
		{"the same person, read back", 30, "E", "ICU-1", kim, "2002", false},
		{"the same person, the whole number read back", 30, "E", "ICU-1", kim, "mrn2002", false},
		{"the same person, the other patient's read back", 30, "E", "ICU-1", kim, "1001", true},
		{"the same person, a minute later", 60, "E", "ICU-1", kim, "", false},
		{"the same device", 30, "D", "ICU-1", lee, "", true},
		{"the same bed", 30, "E", "ICU-12", lee, "", true},
		{"the same person, an empty bed", 30, "E", "ICU-2", kim, "", true},
		{"the same person, an empty bed, read back", 30, "E", "ICU-2", kim, "2", false},
		{"nothing in common", 30, "E", "ICU-1", lee, "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := two(t)
			l.Monitor("D", "").Says(hr("80"))
			l.Monitor("E", "").Says(hr("81"))
			l.mustAssign(l.to("D", "ICU-12", kim))
			l.At(test.after)
			a := l.to(test.device, test.bed, test.by)
			a.Reason, a.ReadBack = "moved", test.readBack
			err := declined(l.Do(a))
			if errors.Is(err, ward.ErrReadBack) != test.asks || test.asks && fault.KindOf(err) != fault.Conflict || !test.asks && err != nil {
				t.Errorf("%v", err)
			}
			if test.asks && strings.Contains(err.Error(), "2002") {
				t.Errorf("%v tells the answer", err)
			}
		})
	}
}

func TestReleaseByHandHolds(t *testing.T) {
	l := two(t)
	mon := l.Monitor("D", "ICU-12")
	mon.Keeps(5, hr("80"))
	changes := l.release("D", kim, "", false)
	if err := declined(changes); err != nil {
		t.Fatal(err)
	}
	if got := audits(changes); len(got) != 1 || got[0] != "release-device D from ICU-12" {
		t.Errorf("audit trail %q", got)
	}
	const held = "D: released by Kim R.; unassigned until somebody assigns it or it is moved"
	l.WantPool(held)
	l.At(6)
	mon.Says(hr("80"))
	l.WantPool(held) // its gateway only repeats itself
	if err := declined(l.release("D", kim, "", false)); fault.KindOf(err) != fault.Conflict {
		t.Errorf("once more: %v", err)
	}
	l.restart()
	l.WantPool(held)
	l.At(7)
	mon.Says(hr("80"))
	l.WantPool(held)
	l.At(8)
	l.Monitor("D", "ICU-1").Says(hr("80"))
	l.WantVital("ICU-1", vitals.HeartRate, "80 fresh")
	l.At(9)
	mon.Says(hr("80"))
	l.WantVital("ICU-12", vitals.HeartRate, "80 fresh")
}

const conflict = "D: names another patient than the one in bed ICU-12 it was assigned to by Kim R."

func TestAnAssignedDeviceThatNamesSomebodyElse(t *testing.T) {
	assigned := func(t *testing.T) (*timeline, *monitor) {
		l := two(t)
		mon := l.Monitor("D", "ICU-12")
		mon.Says(hr("80"))
		l.mustAssign(l.to("D", "ICU-12", kim))
		l.At(1)
		mon.Says(hr("130"))
		l.Want("ICU-12", "!! HR high active")
		l.At(2)
		mon.Of("MRN2002").Says(hr("131"))
		l.WantPool(conflict)
		l.Want("ICU-12", "!! D names another patient active")
		l.Want("ICU-1")
		l.WantVital("ICU-12", vitals.HeartRate, "")
		return l, mon
	}
	t.Run("speaks for nobody until it agrees", func(t *testing.T) {
		l, mon := assigned(t)
		l.At(3)
		mon.Says(hr("80")) // to name nobody resolves nothing
		l.WantPool(conflict)
		l.At(4)
		mon.Of("MRN1001").Says(hr("82"))
		l.WantPool()
		l.Want("ICU-12")
		l.WantVital("ICU-12", vitals.HeartRate, "82 fresh")
		if a := changesOf[ward.Associated](l.changes); a[len(a)-1].By != "kim" {
			t.Errorf("%+v", a[len(a)-1])
		}
	})
	t.Run("is held after a restart too", func(t *testing.T) {
		l, mon := assigned(t)
		l.restart()
		l.At(4)
		mon.Says(hr("82"))
		l.WantPool(conflict)
		l.Want("ICU-12", "!! D names another patient active")
	})
	t.Run("until somebody releases it", func(t *testing.T) {
		l, _ := assigned(t)
		if err := declined(l.release("D", kim, "", false)); err != nil {
			t.Fatal(err)
		}
		l.Want("ICU-12")
	})
	t.Run("until somebody assigns it elsewhere", func(t *testing.T) {
		l, mon := assigned(t)
		l.At(90)
		l.mustAssign(l.to("D", "ICU-1", kim))
		l.Want("ICU-12")
		l.At(91)
		mon.Of("MRN2002").Says(hr("82"))
		l.WantVital("ICU-1", vitals.HeartRate, "82 fresh")
	})
	t.Run("until the patient goes", func(t *testing.T) {
		l, mon := assigned(t)
		l.ADT(census.Discharge, "MRN1001", "ICU-12", 3)
		l.Want("ICU-12")
		l.At(4)
		mon.Says(hr("82"))
		l.WantVital("ICU-12", vitals.HeartRate, "82 fresh") // its gateway's word counts again
		if dev, _ := l.ward.Device("D"); dev.AssignedBy() != "" {
			t.Errorf("still assigned by %s", dev.AssignedBy())
		}
	})
}

func TestAnAssignmentEndsWithTheStay(t *testing.T) {
	for _, end := range []struct {
		name string
		kind census.MovementKind
		to   string
	}{{"discharge", census.Discharge, "ICU-12"}, {"transfer", census.Transfer, "ICU-2"}} {
		t.Run(end.name, func(t *testing.T) {
			l := two(t)
			mon := l.Monitor("D", "ICU-1")
			mon.Says(hr("80"))
			a := l.to("D", "ICU-12", kim)
			a.Reason = "moved"
			l.mustAssign(a)
			l.ADT(end.kind, "MRN1001", end.to, 10)
			l.WantPool("D: its bed changed hands; waiting for its next message")
			l.At(11)
			mon.Says(hr("81"))
			l.WantVital("ICU-1", vitals.HeartRate, "81 fresh")
		})
	}
}

func TestAnAssignmentToAnEmptyBedStays(t *testing.T) {
	l := two(t)
	mon := l.Monitor("D", "")
	mon.Says(hr("80"))
	l.mustAssign(l.to("D", "ICU-2", ada))
	l.At(1)
	mon.Says(hr("81"))
	l.WantVital("ICU-2", vitals.HeartRate, "81 fresh")
	l.ADT(census.Admit, "MRN3003", "ICU-2", 10)
	l.WantVital("ICU-2", vitals.HeartRate, "")
	l.At(11)
	mon.Says(hr("82"))
	l.WantVital("ICU-2", vitals.HeartRate, "82 fresh")
	a := changesOf[ward.Associated](l.changes)
	if last := a[len(a)-1]; last.By != "ada" || last.Encounter != l.Bed("ICU-2").Encounter.ID || !last.From.Equal(second(10)) {
		t.Errorf("%+v", last)
	}
}

// After a restart what hands did holds as before.
func TestAssignmentsOutliveARestart(t *testing.T) {
	l := two(t)
	mon := l.Monitor("D", "ICU-1")
	mon.Says(hr("80"))
	a := l.to("D", "ICU-12", kim)
	a.Reason = "moved"
	l.mustAssign(a)
	l.restart()
	l.At(5)
	mon.Says(hr("80"))
	l.WantVital("ICU-12", vitals.HeartRate, "80 fresh")
	if dev, _ := l.ward.Device("D"); dev.AssignedBy() != "Kim R." || dev.By != "kim" || len(l.ward.Sources()) != 1 {
		t.Errorf("by %q, %q; %d sources", dev.AssignedBy(), dev.By, len(l.ward.Sources()))
	}
}

func TestConnectionsAreTrustedApart(t *testing.T) {
	yes, no := true, false
	for _, test := range []struct {
		name string
		c    ward.Connection
		bed  string // "ICU" trusts, "HOME" does not
		want bool
	}{
		{"a trusted one in a unit that trusts none", ward.Connection{Name: "a", Source: "GW-D", TrustIdentity: &yes}, "HOME-1", true},
		{"another one", ward.Connection{Name: "a", Source: "GW-E", TrustIdentity: &yes}, "HOME-1", false},
		{"by its network", ward.Connection{Name: "a", Peers: []string{"10.9.0.0/16", "10.20.0.0/16"}, TrustIdentity: &yes}, "HOME-1", true},
		{"not by another network", ward.Connection{Name: "a", Peers: []string{"10.9.0.0/16"}, TrustIdentity: &yes}, "HOME-1", false},
		{"one that is not trusted where the unit would", ward.Connection{Name: "a", Source: "GW-D", TrustIdentity: &no}, "ICU-12", false},
		{"one of which nothing is said", ward.Connection{Name: "a", Source: "GW-D"}, "ICU-12", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newTimeline(t)
			home := unit("HOME", "home", "1")
			home.TrustGateway = false
			l.Do(ward.Configure{Units: []ward.UnitConfig{home}, Settings: &ward.Settings{Connections: []ward.Connection{test.c}}})
			l.wantAccepted()
			if got := changesOf[ward.SettingsConfigured](l.changes); len(got) != 1 || len(l.ward.Settings().Connections) != 1 {
				t.Errorf("%+v", got)
			}
			l.Monitor("D", test.bed).Says(hr("80"))
			if got := len(l.ward.Unassigned()) == 0; got != test.want {
				t.Errorf("assigned %v", got)
			}
		})
	}
}

func TestSettingsDeclined(t *testing.T) {
	for _, test := range []struct {
		connections []ward.Connection
		says        string
	}{
		{[]ward.Connection{{}}, "connection 1 has no name"},
		{[]ward.Connection{{Name: "a"}, {Name: "a"}}, `connection "a" is defined twice`},
		{[]ward.Connection{{Name: "a", Peers: []string{"10.0.0.7"}}}, `peer "10.0.0.7" is not a network`},
		{[]ward.Connection{{Name: "a", Zone: "Mars/Utopia"}}, `zone "Mars/Utopia"`},
	} {
		l := newTimeline(t)
		changes := l.Do(ward.Configure{Units: []ward.UnitConfig{unit("NEW", "", "1")}, Settings: &ward.Settings{Connections: test.connections}})
		if err := declined(changes); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), test.says) || len(changes) != 1 {
			t.Errorf("declined with %v among %d changes, want %q", err, len(changes), test.says)
		}
	}
	s := ward.Settings{Connections: []ward.Connection{{Name: "a", Peers: []string{"::1/128"}}, {Name: "b", Source: "GW"}, {Name: "c"}}}
	for peer, want := range map[string]string{"[::1]:99": "a", "::1": "a", "[::ffff:10.0.0.1]:5": "b", "10.0.0.1:5": "b", "": "b"} {
		if c, ok := s.Connection("GW", peer); !ok || c.Name != want {
			t.Errorf("%q is %q, want %q", peer, c.Name, want)
		}
	}
	if c, _ := s.Connection("other", "pipe"); c.Name != "c" {
		t.Errorf("the last one fits all, not %q", c.Name)
	}
}
