package ward_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/fault"
	"wardlight/ward/staff"
	"wardlight/ward/vitals"
)

// admitted is a ward with Ngozi Okafor in ICU-12 and her monitor beside her.
func admitted(t *testing.T) (*timeline, *monitor) {
	t.Helper()
	l := newTimeline(t)
	l.ADT(census.Admit, "MRN1001", "ICU-12", -4*3600, visit("VN5001"))
	return l, l.Monitor("MON77", "ICU-12").Of("MRN1001")
}

func TestHeartRateHighIsAcknowledgedAndClears(t *testing.T) {
	l, mon := admitted(t)
	mon.Keeps(5, hr("88"))
	l.Want("ICU-12")
	l.At(6)
	mon.Says(hr("130"))
	l.Want("ICU-12", "!! HR high active")
	e := l.Alarm("ICU-12", "HR high")
	if e.Code != "MDC_EVT_HI" || e.Origin != alarm.FromLimit || e.Category != alarm.Physiological || e.Device != "MON77" ||
		e.Value.String() != "130" || e.Limit.String() != "120" || e.LimitFrom != "default adult" || !e.OnsetAt.Equal(second(6)) {
		t.Errorf("the alarm says %+v", e)
	}
	mon.Keeps(8, hr("135"))
	if worst := l.Alarm("ICU-12", "HR high").Worst; worst.String() != "135" {
		t.Errorf("worst value %s", worst)
	}

	command, err := l.asks(kim, e, e.Version)
	if err != nil {
		t.Fatal(err)
	}
	l.Want("ICU-12", "!! HR high active (Kim R. …)")
	l.Do(ward.Confirm{Command: command})
	l.Want("ICU-12", "!! HR high active ✓Kim R.")

	l.At(9)
	mon.Keeps(13, hr("117"))
	l.Want("ICU-12", "!! HR high active ✓Kim R.")
	l.At(14)
	mon.Says(hr("117"))
	l.Want("ICU-12")
	if got := l.closedAs(e.ID); got != alarm.Resolved {
		t.Errorf("closed as %s", got)
	}
	if diff := cmp.Diff([]string{"onset", "acknowledge", "clear"}, l.history(e.ID)); diff != "" {
		t.Error(diff)
	}
	if a := changesOf[ward.AuditWritten](l.changes); len(a) < 2 || a[1].Action != "acknowledge-alarm" || a[1].Actor != "kim" || a[1].Subject != string(e.ID) {
		t.Errorf("audit %+v", a)
	}
}

func TestWithdrawnAcknowledgementHasNoEffect(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("130"))
	e := l.Alarm("ICU-12", "HR high")
	command, _ := l.asks(kim, e, e.Version)
	l.Do(ward.Withdraw{Command: command})
	l.Want("ICU-12", "!! HR high active")
	if after, err := l.asks(kim, e, e.Version); err != nil {
		t.Errorf("the version she saw is refused after the withdrawal: %v", err)
	} else if l.Do(ward.Confirm{Command: command}); l.Alarm("ICU-12", "HR high").Request == nil {
		t.Errorf("the withdrawn command confirmed %s", after)
	}
}

func TestWhoMayAcknowledge(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("130"))
	e := l.Alarm("ICU-12", "HR high")
	for _, p := range []staff.Person{
		{ID: "a", Role: staff.Admin},
		{ID: "b", Role: staff.Viewer},
		{ID: "c", Role: staff.Display},
		{ID: "d", Role: staff.Machine},
		{ID: "e", Role: staff.Nurse, Unit: "STEPDOWN"},
		{ID: "f"},
	} {
		if _, err := l.asks(p, e, e.Version); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s of %q: %v, want forbidden", p.Role, p.Unit, err)
		}
	}
	l.Want("ICU-12", "!! HR high active")
	l.acknowledges(kim, "ICU-12", "HR high")
}

func TestSecondAcknowledgement(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("130"))
	e := l.Alarm("ICU-12", "HR high")
	command, _ := l.asks(kim, e, e.Version)
	if _, err := l.asks(lee, e, e.Version); fault.KindOf(err) != fault.Conflict {
		t.Errorf("while the first is on its way: %v", err)
	}
	l.Do(ward.Confirm{Command: command})
	_, err := l.asks(lee, e, e.Version)
	wantAlready(t, err, "Kim R.")
	if fault.KindOf(err) != fault.Conflict {
		t.Errorf("%v is no conflict", err)
	}
	if _, err := l.asks(lee, alarm.Episode{ID: "no such"}, 1); fault.KindOf(err) != fault.Conflict {
		t.Errorf("an alarm that has ended: %v", err)
	}
}

func TestStaleVersions(t *testing.T) {
	t.Run("one that is not there yet", func(t *testing.T) {
		l, mon := admitted(t)
		mon.Says(hr("130"))
		e := l.Alarm("ICU-12", "HR high")
		if _, err := l.asks(kim, e, e.Version+1); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%v", err)
		}
	})
	t.Run("before the priority rose", func(t *testing.T) {
		l, mon := admitted(t)
		mon.Says(hr("130"))
		seen := l.Alarm("ICU-12", "HR high")
		l.At(1)
		mon.Says(hr("145"))
		l.Want("ICU-12", "!!! HR high active")
		if _, err := l.asks(kim, seen, seen.Version); fault.KindOf(err) != fault.Conflict {
			t.Errorf("%v, want a conflict", err)
		}
		l.acknowledges(kim, "ICU-12", "HR high")
	})
	t.Run("before a recurrence only", func(t *testing.T) {
		l, mon := admitted(t)
		mon.Says(hr("145"))
		seen := l.Alarm("ICU-12", "HR high")
		l.At(1)
		mon.Keeps(6, hr("80"))
		l.Want("ICU-12", "!!! HR high latched")
		l.At(7)
		mon.Says(hr("145"))
		l.Want("ICU-12", "!!! HR high active")
		if e := l.Alarm("ICU-12", "HR high"); e.ID != seen.ID || e.Recurrence != 1 || !e.Onset.Equal(seen.Onset) {
			t.Errorf("the recurrence is %+v", e)
		}
		if _, err := l.asks(kim, seen, seen.Version); err != nil {
			t.Errorf("%v, want it accepted", err)
		}
	})
}

func TestPriorityRiseVoidsAcknowledgement(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("130"))
	l.acknowledges(kim, "ICU-12", "HR high")
	l.At(1)
	mon.Says(hr("141"))
	l.Want("ICU-12", "!!! HR high active")

	command, err := l.asks(kim, l.Alarm("ICU-12", "HR high"), l.Alarm("ICU-12", "HR high").Version)
	if err != nil {
		t.Fatal(err)
	}
	l.At(2)
	mon.Keeps(7, hr("130")) // down to medium: she may keep it
	l.Do(ward.Confirm{Command: command})
	l.Want("ICU-12", "!! HR high active ✓Kim R.")
}

func TestPriorityRiseVoidsARequest(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("130"))
	e := l.Alarm("ICU-12", "HR high")
	command, _ := l.asks(kim, e, e.Version)
	l.At(1)
	mon.Says(hr("141"))
	if err := declined(l.Do(ward.Confirm{Command: command})); fault.KindOf(err) != fault.Conflict {
		t.Errorf("confirmed with %v, want a conflict", err)
	}
	l.Want("ICU-12", "!!! HR high active")
}

func TestHighAlarmLatches(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("38"))
	l.Want("ICU-12", "!!! HR low active")
	e := l.Alarm("ICU-12", "HR low")
	l.At(1)
	mon.Keeps(6, hr("70"))
	l.Want("ICU-12", "!!! HR low latched")
	l.At(600)
	mon.Says(hr("70"))
	l.Want("ICU-12", "!!! HR low latched") // whatever the time
	l.acknowledges(kim, "ICU-12", "HR low")
	l.Want("ICU-12")
	if got := l.closedAs(e.ID); got != alarm.AcknowledgedAfterLatch {
		t.Errorf("closed as %s", got)
	}
}

// A latched high alarm that nobody has seen does not come back as less.
func TestLatchedAlarmRecursNoLower(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("145"))
	l.At(1)
	mon.Keeps(6, hr("80"))
	l.At(7)
	mon.Says(hr("125"))
	l.Want("ICU-12", "!!! HR high active")
}

func TestRepeatsAreChained(t *testing.T) {
	l, mon := admitted(t)
	episode := func(from float64) alarm.Episode {
		l.At(from)
		mon.Says(hr("130"))
		e := l.Alarm("ICU-12", "HR high")
		l.At(from + 1)
		mon.Keeps(from+6, hr("80"))
		l.Want("ICU-12")
		return e
	}
	first, second := episode(0), episode(60)
	mon.Keeps(125.5, hr("80"))
	third := episode(126)
	if first.ChainID != first.ID || second.ChainID != first.ID || second.ID == first.ID {
		t.Errorf("within a minute: %s in the chain of %s, want that of %s", second.ID, second.ChainID, first.ID)
	}
	if third.ChainID != third.ID {
		t.Errorf("a minute later: %s in the chain of %s", third.ID, third.ChainID)
	}
}

func TestDeviceLost(t *testing.T) {
	l, mon := admitted(t)
	mon.Keeps(5, hr("130"), spo2("97"))
	l.At(35)
	l.Want("ICU-12", "!! HR high active") // silent for 30 s, not longer
	l.At(36)
	l.Want("ICU-12", "!! HR high indeterminate", "!! No data from MON77 active")
	if e := l.Alarm("ICU-12", "No data from MON77"); e.Category != alarm.Technical || e.Code != ward.CodeDeviceLost || !e.OnsetAt.Equal(second(5)) {
		t.Errorf("%+v", e)
	}
	l.acknowledges(kim, "ICU-12", "HR high")
	l.Want("ICU-12", "!! No data from MON77 active", "!! HR high indeterminate ✓Kim R.")
	l.At(50)
	mon.Says(hr("131"))
	l.Want("ICU-12", "!! HR high active") // new evidence: somebody must look again
	l.At(51)
	mon.Keeps(56, hr("80"))
	l.Want("ICU-12")
}

func TestDeviceLostAndBackWell(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("130"))
	l.acknowledges(kim, "ICU-12", "HR high")
	l.At(40)
	l.Want("ICU-12", "!! No data from MON77 active", "!! HR high indeterminate ✓Kim R.")
	mon.Says(hr("80"))
	l.Want("ICU-12", "!! HR high active ✓Kim R.")
	l.At(41)
	mon.Keeps(44, hr("80"))
	l.Want("ICU-12", "!! HR high active ✓Kim R.") // the full clear delay applies
	l.At(45)
	mon.Says(hr("80"))
	l.Want("ICU-12")
}

func TestHowUrgentALostDeviceIs(t *testing.T) {
	for _, test := range []struct {
		name, bed string
		kind      device.Kind
		values    []value
		after     float64
		want      string
	}{
		{"the monitor of an intensive care bed", "ICU-12", device.Monitor, []value{hr("80")}, 40, "!! No data from D1 active"},
		{"a monitor elsewhere", "STEPDOWN-3", device.Monitor, []value{hr("80")}, 40, "! No data from D1 active"},
		{"a wearable", "ICU-12", device.Wearable, []value{hr("80")}, 40, "! No data from D1 active"},
		{"a high alarm depends on it", "STEPDOWN-3", device.Wearable, []value{hr("38")}, 40, "!!! No data from D1 active"},
		{"a pump is given 150 s", "ICU-12", device.Pump, nil, 151, "! No data from D1 active"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newTimeline(t)
			l.Monitor("D1", test.bed).Kind(test.kind).Says(test.values...)
			l.At(test.after - 10)
			if test.kind == device.Pump {
				l.Want(test.bed)
			}
			l.At(test.after)
			if got := describe(l.Bed(test.bed).Episodes); !slices.Contains(got, test.want) {
				t.Errorf("%q, want %q among them", got, test.want)
			}
		})
	}
}

func TestALatchedAlarmDoesNotDependOnItsDevice(t *testing.T) {
	l := newTimeline(t)
	band := l.Monitor("W", "STEPDOWN-3").Kind(device.Wearable)
	band.Says(hr("38"))
	l.At(1)
	band.Keeps(6, hr("70"))
	l.At(40)
	l.Want("STEPDOWN-3", "!!! HR low latched", "! No data from W active")
}

func TestAStoppedDeviceAloneTurnsStale(t *testing.T) {
	l := newTimeline(t)
	stopped, other := l.Monitor("MON1", "ICU-1"), l.Monitor("MON2", "ICU-2")
	stopped.Says(hr("80"))
	for s := 0.0; s <= 70; s++ {
		l.At(s)
		other.Says(hr("75"))
		for at, want := range map[float64]string{3: "fresh", 4: "ageing", 10: "ageing", 11: "stale", 60: "stale", 61: "gone"} {
			if s == at {
				l.WantVital("ICU-1", vitals.HeartRate, "80 "+want)
				l.WantVital("ICU-2", vitals.HeartRate, "75 fresh")
			}
		}
	}
	var aged []census.BedID
	for _, c := range l.changes {
		if _, ok := c.What.(ward.Aged); ok {
			aged = append(aged, census.BedID{Unit: c.Unit, Bed: c.Bed})
		}
	}
	if want := slices.Repeat([]census.BedID{{Unit: "ICU", Bed: "1"}}, 3); !slices.Equal(aged, want) {
		t.Errorf("told of ageing: %v, want ICU-1 for ageing, stale and gone", aged)
	}
}

func TestProbeOff(t *testing.T) {
	l, mon := admitted(t)
	mon.Keeps(5, hr("80"), spo2("97"), pulse("80"))
	l.At(6)
	mon.Keeps(15, hr("80"), spo2(""), pulse(""))
	l.Want("ICU-12")
	l.WantVital("ICU-12", vitals.SpO2, "none")
	mon.Keeps(17, hr("80"), spo2(""), pulse(""))
	l.Want("ICU-12", "! SpO2 no data active") // one probe, one alarm
	l.acknowledges(kim, "ICU-12", "SpO2 no data")
	mon.Keeps(65, hr("80"), spo2(""), pulse(""))
	l.Want("ICU-12", "! SpO2 no data active ✓Kim R.")
	mon.Keeps(67, hr("80"), spo2(""), pulse(""))
	l.Want("ICU-12", "!! SpO2 no data active")
	l.At(68)
	mon.Says(hr("80"), spo2("96"), pulse(""))
	l.Want("ICU-12")
	mon.Keeps(69, hr("80"), spo2("96"), pulse(""))
	l.Want("ICU-12", "! Pulse no data active") // it never came back with the rest
}

func TestProbeThatNeverMeasured(t *testing.T) {
	l, mon := admitted(t)
	mon.Keeps(90, hr("80"), pulse(""), nibp(""))
	l.Want("ICU-12")
}

func TestACuffThatRestsIsNoFault(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("80"), nibp("120"))
	l.At(1)
	mon.Keeps(90, hr("80"), nibp(""))
	l.Want("ICU-12")
}

// A value that does not come does not make things better: the alarm stands,
// and says that nobody knows.
func TestProbeOffDuringAnAlarm(t *testing.T) {
	l, mon := admitted(t)
	mon.Keeps(12, hr("80"), spo2("85"))
	l.Want("ICU-12", "!! SpO2 low active")
	l.At(13)
	mon.Keeps(43, hr("80"), spo2(""))
	l.Want("ICU-12", "!! SpO2 low indeterminate", "! SpO2 no data active")
	l.At(44)
	mon.Says(hr("80"), spo2("85"))
	l.Want("ICU-12", "!! SpO2 low active")
}

func TestZeroWithoutAProbeIsNoAsystole(t *testing.T) {
	l, mon := admitted(t)
	mon.Keeps(5, hr("").judged(vitals.Invalid))
	mon.Keeps(10, hr("0").judged(vitals.Questionable))
	l.Want("ICU-12")
}

func TestOnsetDelayDoesNotRunAcrossAGap(t *testing.T) {
	l, mon := admitted(t)
	mon.Keeps(4, spo2("88"))
	l.At(12)
	mon.Says(spo2("88"))
	l.Want("ICU-12")
	mon.Keeps(21, spo2("88"))
	l.Want("ICU-12")
	mon.Keeps(22, spo2("88"))
	l.Want("ICU-12", "!! SpO2 low active")
}

func TestATickStartsNoAlarmOfThePatient(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(spo2("88"))
	l.At(29)
	l.Want("ICU-12")
}

func TestPulseIsJudgedOnlyWithoutAnECG(t *testing.T) {
	l, mon := admitted(t)
	mon.Keeps(15, hr("80"), pulse("45"))
	l.Want("ICU-12")
	l.At(16)
	mon.Keeps(29, hr(""), pulse("45")) // the ECG is off; the delay begins
	l.Want("ICU-12", "!! Pulse low active", "! HR no data active")
	l.At(30)
	mon.Keeps(32, hr("80"), pulse("45"))
	l.Want("ICU-12", "!! Pulse low active") // what stands is followed to its end
	l.At(33)
	mon.Keeps(38, hr("80"), pulse("78"))
	l.Want("ICU-12")
}

// Two sensors of one monitor measure breathing: the better one is judged, so
// that they do not end each other's delay.
func TestTheBetterSensorIsJudged(t *testing.T) {
	const capnograph = 151594
	l, mon := admitted(t)
	mon.Keeps(11, rr("35"), value{mdc: capnograph, text: "18"})
	l.Want("ICU-12", "!! RR high active")
	l.WantVital("ICU-12", vitals.RespRate, "35 fresh")
}

func TestCuffIsConfirmedByOneRepeatAndCountedOnce(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(nibp("85"))
	for s := 1.0; s < 20; s++ {
		l.At(s)
		mon.Says(nibp("85").old(s)) // each message carries the last reading
	}
	l.Want("ICU-12")
	var recorded int
	for _, o := range changesOf[ward.Observed](l.changes) {
		recorded += len(o.Values)
	}
	if recorded != 1 {
		t.Errorf("one reading recorded %d times", recorded)
	}
	l.At(20)
	mon.Says(nibp("86"))
	l.Want("ICU-12", "!! NIBP sys low active")
}

func TestCuffAlarmStandsAgainWhenItsMonitorIsBack(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("80"), nibp("65"))
	l.Want("ICU-12", "!!! NIBP sys low active")
	l.At(40)
	l.Want("ICU-12", "!!! NIBP sys low indeterminate", "!!! No data from MON77 active")
	mon.Says(hr("80"), nibp("65").old(40)) // the reading it took before: still the last
	l.Want("ICU-12", "!!! NIBP sys low active")
}

// A device that only takes readings now and then is silent in between.
func TestSpotCheckDeviceIsNotLost(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(nibp("120"))
	l.At(600)
	l.Want("ICU-12")
}

// What was high while nobody looked is high until somebody has.
func TestLatchedAlarmIsAsGraveAsItEverWas(t *testing.T) {
	l, mon := admitted(t)
	mon.Keeps(12, spo2("76"))
	l.Want("ICU-12", "!!! SpO2 low active")
	mon.Keeps(24, spo2("85"))
	l.Want("ICU-12", "!! SpO2 low active")
	mon.Keeps(40, spo2("97"))
	l.Want("ICU-12", "!!! SpO2 low latched")
}

func TestTechnicalAlarmsDoNotTouchTheClock(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("130"))
	onset := l.Alarm("ICU-12", "HR high").Onset
	l.At(40)
	mon.Says(hr("131"))
	if got := l.Alarm("ICU-12", "HR high").Onset; !got.Equal(onset) {
		t.Errorf("onset moved from %v to %v", onset, got)
	}
	if d := onset.Sub(second(0)); d != 0*time.Second {
		t.Errorf("onset %v after the value", d)
	}
}
