package ward_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/fault"
	"wardlight/ward/infusion"
	"wardlight/ward/staff"
	"wardlight/ward/vitals"
)

func TestNotRecording(t *testing.T) {
	l := newTimeline(t)
	behind := func(s, lag float64, waiting ...string) {
		l.second = s
		l.Do(ward.Tick{RecordedAt: second(s - lag), Waiting: waiting})
	}
	behind(1, 1)
	behind(3, 3)
	l.WantSystem()
	behind(3.1, 3.1)
	l.WantSystem("!! NOT RECORDING active")
	behind(4, 4, "WARDGW")
	l.WantSystem("!! NOT RECORDING active", "!! Gateway blocked until recording: WARDGW active")
	behind(5, 5, "PUMPGW", "WARDGW")
	l.WantSystem("!! NOT RECORDING active", "!! Gateway blocked until recording: PUMPGW, WARDGW active")
	e := l.ward.SystemAlarms()[0]
	if e.Category != alarm.Technical || e.Origin != alarm.FromSystem || !e.Bed.IsZero() {
		t.Errorf("%+v", e)
	}
	command, err := l.asks(kim, e, e.Version) // a nurse of one unit may, it is everybody's
	if err != nil {
		t.Fatal(err)
	}
	l.Do(ward.Confirm{Command: command})
	if _, err := l.asks(staff.Person{Role: staff.Admin}, e, e.Version); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("an administrator: %v", err)
	}
	behind(6, 0.5)
	l.WantSystem()
	if got := l.closedAs(e.ID); got != alarm.Resolved {
		t.Errorf("closed as %s", got)
	}
}

func TestConfigureRefuses(t *testing.T) {
	for _, test := range []struct {
		name  string
		units []ward.UnitConfig
		kind  fault.Kind
		says  string
	}{
		{"a bed with a patient", []ward.UnitConfig{unit("ICU", "adult-icu", "1", "2")}, fault.Conflict, "ICU-12 is in use"},
		{"a bed with a device", []ward.UnitConfig{unit("ICU", "adult-icu", "2", "12")}, fault.Conflict, "ICU-1 is in use"},
		{"a unit twice", []ward.UnitConfig{unit("X", "", "1"), unit("X", "", "2")}, fault.Invalid, "defined twice"},
		{"a unit that is wrong", []ward.UnitConfig{unit("NEW", "", "1"), {Unit: census.Unit{Code: "BAD"}}}, fault.Invalid, "BAD"},
		{"limits out of order", []ward.UnitConfig{limited(vitals.SpO2, alarm.Band{Low: "80", ExtremeLow: "85"})}, fault.Invalid, "59408-5"},
		{"limits of something without", []ward.UnitConfig{limited("718-7", alarm.Band{Low: "80"})}, fault.Invalid, "718-7"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, mon := admitted(t)
			l.Monitor("MON1", "ICU-1").Says(hr("80"))
			mon.Says(hr("80"))
			before := ward.Dump(l.ward)
			changes := l.Do(ward.Configure{Units: test.units})
			err := declined(changes)
			if fault.KindOf(err) != test.kind || !strings.Contains(err.Error(), test.says) || len(changes) != 1 {
				t.Errorf("declined with %v among %d changes, want a %s that says %q", err, len(changes), test.kind, test.says)
			}
			if after := ward.Dump(l.ward); after != before {
				t.Error("part of it was applied")
			}
		})
	}
}

// limited is the ICU with limits of its own for one quantity.
func limited(code vitals.Code, b alarm.Band) ward.UnitConfig {
	u := unit("ICU", "adult-icu", "1", "2", "12")
	u.Limits = map[vitals.Code]alarm.Band{code: b}
	return u
}

func TestConfigureKeepsWhatBedsHold(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("130"))
	l.ADT(census.Admit, "MRN2002", "STEPDOWN-3", 0)
	l.Do(ward.Configure{Units: []ward.UnitConfig{unit("ICU", "adult-icu", "12", "1", "14"), unit("WARD", "", "1")}, Digest: "d2", By: "admin"})
	l.wantAccepted()
	l.WantPatient("ICU-12", "MRN1001")
	l.Want("ICU-12", "!! HR high active")
	l.WantVital("ICU-12", vitals.HeartRate, "130 fresh")
	l.WantPatient("STEPDOWN-3", "MRN2002") // a unit that the file does not name stays
	u, _ := l.ward.Unit("ICU")
	var beds []string
	for _, b := range u.Beds {
		beds = append(beds, b.ID.String())
	}
	if want := []string{"ICU-12", "ICU-1", "ICU-14"}; !slices.Equal(beds, want) {
		t.Errorf("beds %v, want %v as the file orders them", beds, want)
	}
	if a := changesOf[ward.ConfigApplied](l.changes); a[len(a)-1].Digest != "d2" {
		t.Errorf("%+v", a)
	}
}

func TestNewLimitsApplyAtOnce(t *testing.T) {
	configure := func(l *timeline, u ward.UnitConfig) {
		l.Do(ward.Configure{Units: []ward.UnitConfig{u}})
		l.wantAccepted()
	}
	t.Run("an alarm that they justify no more clears", func(t *testing.T) {
		l, mon := admitted(t)
		mon.Says(hr("125"))
		l.At(1)
		configure(l, limited(vitals.HeartRate, alarm.Band{Low: "50", High: "130"}))
		l.Want("ICU-12", "!! HR high active") // its clear delay runs
		mon.Keeps(6, hr("125"))
		l.Want("ICU-12")
	})
	t.Run("a delay that runs is stopped", func(t *testing.T) {
		l, mon := admitted(t)
		mon.Keeps(8, spo2("89"))
		configure(l, limited(vitals.SpO2, alarm.Band{Low: "88"}))
		l.At(9)
		mon.Keeps(25, spo2("89"))
		l.Want("ICU-12")
	})
	t.Run("a limit taken away closes its alarm", func(t *testing.T) {
		l, mon := admitted(t)
		mon.Says(hr("125"))
		e := l.Alarm("ICU-12", "HR high")
		configure(l, limited(vitals.HeartRate, alarm.Band{Low: "50"}))
		l.Want("ICU-12")
		if got := l.closedAs(e.ID); got != alarm.Suppressed {
			t.Errorf("closed as %s", got)
		}
		l.At(1)
		mon.Says(hr("180"))
		l.Want("ICU-12")
	})
	t.Run("an extreme taken away lowers the priority", func(t *testing.T) {
		l, mon := admitted(t)
		mon.Says(hr("145"))
		configure(l, limited(vitals.HeartRate, alarm.Band{Low: "50", High: "120"}))
		l.Want("ICU-12", "!! HR high active")
	})
	t.Run("they begin nothing before a new value comes", func(t *testing.T) {
		l, mon := admitted(t)
		mon.Says(hr("110"))
		configure(l, limited(vitals.HeartRate, alarm.Band{Low: "50", High: "100"}))
		l.Want("ICU-12")
		l.At(1)
		mon.Says(hr("110"))
		l.Want("ICU-12", "!! HR high active")
		if from := l.Alarm("ICU-12", "HR high").LimitFrom; from != "unit ICU" {
			t.Errorf("limit from %q", from)
		}
	})
	t.Run("the same again changes nothing", func(t *testing.T) {
		l, mon := admitted(t)
		mon.Keeps(11, spo2("88"))
		id := l.Alarm("ICU-12", "SpO2 low").ID
		configure(l, unit("ICU", "adult-icu", "1", "2", "12"))
		l.Want("ICU-12", "!! SpO2 low active")
		if h := l.history(id); len(h) != 1 {
			t.Errorf("%v", h)
		}
	})
}

func TestRefusedMessagesAndOutsideActions(t *testing.T) {
	l := newTimeline(t)
	if q := changesOf[ward.Quarantined](l.Do(ward.Refused{Reason: "MSH-9 is missing", Code: "101"})); len(q) != 1 || q[0].Code != "101" {
		t.Errorf("%+v", q)
	}
	a := changesOf[ward.AuditWritten](l.Do(ward.Audited{Actor: "kim", Action: "sign-in", Subject: "s1", Detail: "192.0.2.7"}))
	if len(a) != 1 || a[0].Actor != "kim" || a[0].Detail != "192.0.2.7" || !a[0].At.Equal(noon) {
		t.Errorf("%+v", a)
	}
}

// recorded is what a record keeps of the ward as it is now.
func (l *timeline) recorded() ward.State {
	var s ward.State
	for _, u := range l.ward.Units() {
		s.Units = append(s.Units, u.UnitConfig)
	}
	patients, stays := map[census.PatientID]int{}, map[census.EncounterID]int{}
	merged := map[census.PatientID]bool{}
	for _, c := range l.changes {
		switch w := c.What.(type) {
		case ward.PatientKnown:
			if i, ok := patients[w.ID]; ok {
				s.Patients[i] = w.Patient
				continue
			}
			patients[w.ID] = len(s.Patients)
			s.Patients = append(s.Patients, w.Patient)
		case ward.EncounterChanged:
			if i, ok := stays[w.ID]; ok {
				s.Encounters[i] = w.Encounter
				continue
			}
			stays[w.ID] = len(s.Encounters)
			s.Encounters = append(s.Encounters, w.Encounter)
		case ward.Merged:
			merged[w.From] = true
		case ward.SettingsConfigured:
			s.Settings = w.Settings
		case ward.DeviceKnown:
			s.Devices = slices.DeleteFunc(s.Devices, func(d ward.DeviceKnown) bool { return d.ID == w.ID })
			s.Devices = append(s.Devices, w)
		case ward.Associated:
			s.Associations = append(s.Associations, w.Association)
		case ward.Released:
			for i, a := range s.Associations {
				if a.Device == w.Device && a.IsOpen() {
					s.Associations = slices.Delete(s.Associations, i, i+1)
					break
				}
			}
		case ward.ChannelsReported:
			for _, c := range w.Channels {
				i := slices.IndexFunc(s.Channels, func(k infusion.Channel) bool { return k.Device == c.Device && k.Channel == c.Channel })
				switch {
				case i < 0:
					s.Channels = append(s.Channels, c)
				case !c.At.Before(s.Channels[i].At):
					s.Channels[i] = c
				}
			}
		case ward.Observed:
			for _, o := range w.Values {
				s.Observations = append(s.Observations, ward.DeviceObservation{Device: w.Device, Observation: o})
			}
		case ward.EpisodeChanged:
			s.Episodes = slices.DeleteFunc(s.Episodes, func(e alarm.Episode) bool { return e.ID == w.Episode.ID })
			if !w.Episode.IsOpen() && w.Episode.DeviceKey != "" {
				s.EndedAlerts = append(s.EndedAlerts, w.Episode)
			}
			if w.Episode.IsOpen() {
				s.Episodes = append(s.Episodes, w.Episode)
			}
		case ward.AcknowledgementRequested:
			s.Episodes = slices.DeleteFunc(s.Episodes, func(e alarm.Episode) bool { return e.ID == w.Episode.ID })
			if w.Episode.IsOpen() {
				s.Episodes = append(s.Episodes, w.Episode)
			}
		}
	}
	s.Patients = slices.DeleteFunc(s.Patients, func(p census.Patient) bool { return merged[p.ID] })
	return s
}

// restart ends the process and starts another from the record.
func (l *timeline) restart() []ward.Change {
	l.t.Helper()
	var changes []ward.Change
	var err error
	l.ward, changes, err = ward.Rebuild(l.recorded(), l.now())
	if err != nil {
		l.t.Fatal(err)
	}
	l.changes = append(l.changes, changes...)
	return changes
}

func TestRestart(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("130"), spo2("75"), nibp("65"))
	l.Monitor("MON1", "ICU-1").Says(hr("80"))
	l.acknowledges(kim, "ICU-12", "HR high")
	l.ADT(census.Admit, "MRN2002", "ICU-2", 0)
	l.ADT(census.Admit, "MRN3003", "ICU-2", 1)
	l.Do(ward.Tick{RecordedAt: second(-10)})
	l.WantSystem("!! NOT RECORDING active")
	loser := l.Bed("ICU-2").Displaced

	l.second = 20
	closed := changesOf[ward.EpisodeChanged](l.restart())
	l.WantPatient("ICU-12", "MRN1001")
	l.Want("ICU-12", "!!! SpO2 low indeterminate", "!!! NIBP sys low indeterminate", "!! HR high indeterminate ✓Kim R.")
	l.WantSystem() // found anew if it still holds
	if !slices.ContainsFunc(closed, func(c ward.EpisodeChanged) bool {
		return c.Episode.Code == ward.CodeNotRecording && !c.Episode.IsOpen()
	}) {
		t.Error("the record is not told that NOT RECORDING has ended")
	}
	l.Want("ICU-2", "! Two patients for bed ICU-2 active")
	if got := l.Bed("ICU-2").Displaced; !slices.Equal(got, loser) {
		t.Errorf("displaced %v, want %v", got, loser)
	}
	l.WantVital("ICU-12", vitals.HeartRate, "130 stale")
	l.WantPool()

	mon.Says(hr("131"), spo2("97"), nibp("65").old(20))
	l.Want("ICU-12", "!!! SpO2 low active", "!!! NIBP sys low active", "!! HR high active")
	l.At(21)
	mon.Keeps(26, hr("80"), spo2("97"))
	l.Want("ICU-12", "!!! SpO2 low latched", "!!! NIBP sys low active")

	l.At(50)
	l.Want("ICU-1") // has 30 s from the restart
	l.At(51)
	l.Want("ICU-1", "!! No data from MON1 active")
}

func TestRestartSettlesARecordedRequest(t *testing.T) {
	for _, test := range []struct {
		name  string
		after func(*timeline, *monitor)
		want  string
	}{
		{"nothing else happened", func(*timeline, *monitor) {}, "!! HR high indeterminate ✓Kim R."},
		{"a worse value came", func(l *timeline, m *monitor) { l.At(1); m.Says(hr("135")) }, "!! HR high indeterminate ✓Kim R."},
		{"its priority rose", func(l *timeline, m *monitor) { l.At(1); m.Says(hr("145")) }, "!!! HR high indeterminate"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, mon := admitted(t)
			mon.Says(hr("130"))
			e := l.Alarm("ICU-12", "HR high")
			if _, err := l.asks(kim, e, e.Version); err != nil {
				t.Fatal(err)
			}
			test.after(l, mon)
			l.restart()
			l.Want("ICU-12", test.want)
		})
	}
}

func TestRestartWithoutTheAlarmsMonitor(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("130"))
	l.ADT(census.Transfer, "MRN1001", "STEPDOWN-3", 1)
	l.At(2)
	l.restart()
	l.Want("STEPDOWN-3", "!! HR high indeterminate")
	next := l.Monitor("MON3", "STEPDOWN-3").Of("MRN1001")
	next.Keeps(7, hr("80"))
	l.Want("STEPDOWN-3")
}

// Two alarms of one limit that lost their monitors: one monitor takes over
// one of them, the other waits for the other.
func TestRestartWithoutBothMonitors(t *testing.T) {
	l := newTimeline(t)
	l.Monitor("A", "ICU-12").Says(hr("125"))
	l.Monitor("B", "ICU-12").Says(hr("130"))
	state := l.recorded()
	state.Associations = nil
	var err error
	if l.ward, _, err = ward.Rebuild(state, l.now()); err != nil {
		t.Fatal(err)
	}
	l.At(1)
	l.Monitor("A", "ICU-12").Keeps(3, hr("125"))
	l.Want("ICU-12", "!! HR high active", "!! HR high indeterminate")
	l.Monitor("B", "ICU-12").Keeps(5, hr("130"))
	l.Want("ICU-12", "!! HR high active", "!! HR high active")
}

func TestRestartFindsProbeOffAgain(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(spo2("97"))
	l.At(1)
	mon.Keeps(15, spo2(""))
	l.Want("ICU-12", "! SpO2 no data active")
	l.restart()
	l.Want("ICU-12")
	l.At(16)
	l.Want("ICU-12") // the monitor has not spoken yet
	mon.Says(spo2(""))
	l.At(17)
	l.Want("ICU-12", "! SpO2 no data active")
}

func TestRestartRefusesAUnitThatItCannotMake(t *testing.T) {
	bad := unit("ICU", "adult-icu", "1")
	bad.Limits = map[vitals.Code]alarm.Band{vitals.SpO2: {Low: "x"}}
	if _, _, err := ward.Rebuild(ward.State{Units: []ward.UnitConfig{bad}}, noon); err == nil {
		t.Error("its beds vanished without a word")
	}
}

func TestRestartTakesTimeFromTheServer(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("80"))
	l.second = 3600
	l.restart()
	d, _ := l.ward.Device("MON77")
	if got := d.HeardAt.Sub(second(3600)); got != time.Duration(0) {
		t.Errorf("silence is counted from %v before the restart", got)
	}
}
