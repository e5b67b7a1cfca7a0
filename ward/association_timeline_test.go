package ward_test

import (
	"testing"
	"time"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

func TestWhomADeviceSpeaksFor(t *testing.T) {
	for _, test := range []struct {
		name   string
		device func(*timeline) *monitor
		bed    string // that shows its heart rate, "" for none
		held   string
	}{
		{"bed and patient agree", func(l *timeline) *monitor { return l.Monitor("D", "ICU-12").Of("MRN1001") }, "ICU-12", ""},
		{"only the bed is known", func(l *timeline) *monitor { return l.Monitor("D", "ICU-12") }, "ICU-12", ""},
		{"only the patient is known", func(l *timeline) *monitor { return l.Monitor("D", "").Of("MRN1001") }, "ICU-12", ""},
		{"nothing is known", func(l *timeline) *monitor { return l.Monitor("D", "") }, "", "names no bed and no admitted patient"},
		{"a bed without a patient", func(l *timeline) *monitor { return l.Monitor("D", "ICU-1") }, "ICU-1", ""},
		{"a bed without a patient, a number nobody has", func(l *timeline) *monitor { return l.Monitor("D", "ICU-1").Of("MRN9") }, "ICU-1", ""},
		{"the patient of another bed", func(l *timeline) *monitor { return l.Monitor("D", "STEPDOWN-3").Of("MRN1001") }, "", "names bed STEPDOWN-3 but the patient of another bed"},
		{"the patient of another bed, into an empty one", func(l *timeline) *monitor { return l.Monitor("D", "ICU-1").Of("MRN1001") }, "", "names bed ICU-1 but the patient of another bed"},
		{"not the patient in the bed", func(l *timeline) *monitor { return l.Monitor("D", "ICU-12").Of("MRN9") }, "", "names bed ICU-12 but not the patient in it"},
		{"an unknown bed", func(l *timeline) *monitor { return l.Monitor("D", "ICU-99").Of("MRN1001") }, "", "bed ICU-99 is not in the ward"},
		{"an unknown unit", func(l *timeline) *monitor { return l.Monitor("D", "NICU-1") }, "", "bed NICU-1 is not in the ward"},
		{"a unit that does not trust gateways", func(l *timeline) *monitor { return l.Monitor("D", "HOME-1") }, "", "unit HOME does not trust gateways to assign devices"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newTimeline(t)
			home := unit("HOME", "home", "1")
			home.TrustGateway = false
			l.Do(ward.Configure{Units: []ward.UnitConfig{home}})
			l.ADT(census.Admit, "MRN1001", "ICU-12", -3600)
			l.ADT(census.Admit, "MRN2002", "STEPDOWN-3", -3600)
			test.device(l).Says(hr("80"))
			for _, bed := range []string{"ICU-1", "ICU-12", "STEPDOWN-3", "HOME-1"} {
				want := ""
				if bed == test.bed {
					want = "80 fresh"
				}
				l.WantVital(bed, vitals.HeartRate, want)
			}
			if test.held == "" {
				l.WantPool()
			} else {
				l.WantPool("D: " + test.held)
			}
			for _, a := range changesOf[ward.Associated](l.changes) {
				if a.Bed.String() != test.bed {
					t.Errorf("associated with %s", a.Bed)
				}
			}
			if o := changesOf[ward.Observed](l.changes); len(o) != 1 {
				t.Errorf("recorded %d times, want once whoever it is of", len(o))
			}
		})
	}
}

func TestAHeldDeviceRaisesNoAlarm(t *testing.T) {
	l := newTimeline(t)
	l.ADT(census.Admit, "MRN1001", "ICU-12", -3600)
	l.Monitor("D", "ICU-12").Of("MRN9").Keeps(40, hr("30"))
	l.At(200)
	l.Want("ICU-12")
}

func TestADeviceThatMovesClosesItsAlarms(t *testing.T) {
	l := newTimeline(t)
	l.ADT(census.Admit, "MRN1001", "ICU-12", -3600)
	l.ADT(census.Admit, "MRN2002", "ICU-1", -3600)
	l.Monitor("D", "ICU-12").Of("MRN1001").Says(hr("130"), nibp("120").old(300))
	e := l.Alarm("ICU-12", "HR high")
	l.At(1)
	moved := l.Monitor("D", "ICU-1").Of("MRN2002")
	moved.Says(hr("130").old(0.2), nibp("120").old(301))
	l.Want("ICU-12")
	l.Want("ICU-1", "!! HR high active")
	if got := l.closedAs(e.ID); got != alarm.Reassigned {
		t.Errorf("closed as %s", got)
	}
	l.WantVital("ICU-1", vitals.HeartRate, "130 fresh")
	l.WantVital("ICU-1", vitals.NIBPSystolic, "") // taken while it spoke for the other
	released, associated := changesOf[ward.Released](l.changes), changesOf[ward.Associated](l.changes)
	if after := second(0).Add(time.Microsecond); !released[0].To.Equal(after) || !associated[1].From.Equal(after) {
		t.Errorf("released at %v, associated from %v, want both just after the last values of the one before", released[0].To, associated[1].From)
	}
}

func TestAssociationReachesBackToItsOldestValue(t *testing.T) {
	for _, test := range []struct {
		name      string
		locatedAt float64
		want      float64
	}{
		{"the cuff reading, 5 min old", -3600, -300},
		{"not before the patient was there", -60, -60},
		{"not into the future", 60, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newTimeline(t)
			l.ADT(census.Admit, "MRN1001", "ICU-12", 0, func(m *census.Movement) { m.At = second(test.locatedAt) })
			l.Monitor("D", "ICU-12").Says(hr("80"), nibp("128").old(300))
			a := changesOf[ward.Associated](l.changes)
			if len(a) != 1 || !a[0].From.Equal(second(test.want)) || a[0].Encounter == "" {
				t.Errorf("%+v, want from second %v", a, test.want)
			}
		})
	}
}

// A gateway whose clock is ten months slow: what it says is as old as it says
// it was when sent.
func TestSkewedGateway(t *testing.T) {
	l, mon := admitted(t)
	mon.skew = 10 * 30 * 24 * time.Hour
	mon.Says(hr("88"), nibp("128").old(300))
	for code, want := range map[vitals.Code]float64{vitals.HeartRate: 0, vitals.NIBPSystolic: -300} {
		for _, s := range l.Bed("ICU-12").Vitals(l.now()) {
			if s.Now.Metric.Code != code {
				continue
			}
			if !s.Was.At.Equal(second(want)) || !s.Was.DeviceAt.Equal(second(want).Add(-mon.skew)) || s.Freshness != vitals.Fresh {
				t.Errorf("%s at %v (%s), by the device at %v", code, s.Was.At, s.Freshness, s.Was.DeviceAt)
			}
		}
	}
	l.At(1)
	mon.Says(hr("130"))
	l.Want("ICU-12", "!! HR high active")
	mon.skew = -3 * time.Hour // and one that runs ahead
	l.At(2)
	mon.Says(hr("131"))
	l.WantVital("ICU-12", vitals.HeartRate, "131 fresh")
}

// Within two seconds of the server's clock a device's times are taken as they
// are, and a gateway at the edge of that loses no values.
func TestSmallSkew(t *testing.T) {
	l, mon := admitted(t)
	for i, skew := range []time.Duration{1900, 2100, 1900, 2100} {
		l.At(float64(i))
		mon.skew = skew * time.Millisecond
		rate := []string{"80", "81", "82", "83"}[i]
		mon.Says(hr(rate))
		l.WantVital("ICU-12", vitals.HeartRate, rate+" fresh")
	}
	if o := changesOf[ward.Observed](l.changes); !o[0].Values[0].At.Equal(second(-1.9)) || !o[1].Values[0].At.Equal(second(-1.1)) {
		t.Errorf("at %v and %v", o[0].Values[0].At, o[1].Values[0].At)
	}
}

func TestLateValuesNeitherShowNorAlarm(t *testing.T) {
	l, mon := admitted(t)
	mon.Keeps(30, hr("80"))
	l.At(31)
	mon.Says(hr("130").old(20)) // buffered: newer ones are known
	l.Want("ICU-12")
	l.WantVital("ICU-12", vitals.HeartRate, "80 fresh")
	if o := changesOf[ward.Observed](l.changes); o[len(o)-1].Values[0].Value.String() != "130" {
		t.Error("the late value is not on record")
	}
	first := l.Monitor("MON1", "ICU-1")
	first.Says(hr("130").old(11)) // the first word of a device, but not fresh
	l.Want("ICU-1")
	l.WantVital("ICU-1", vitals.HeartRate, "130 stale")
	l.At(32)
	first.Says(hr("130").old(9))
	l.Want("ICU-1", "!! HR high active")
}

func TestTwoMonitorsAtOneBedShowOneNumberThroughout(t *testing.T) {
	l := newTimeline(t)
	a, b := l.Monitor("A", "ICU-12"), l.Monitor("B", "ICU-12")
	for s := range 5 {
		l.At(float64(s))
		a.Says(hr("80"))
		l.At(float64(s) + 0.5)
		b.Says(hr("90"))
		l.WantVital("ICU-12", vitals.HeartRate, "80 fresh")
	}
	l.At(12)
	b.Says(hr("91"))
	l.WantVital("ICU-12", vitals.HeartRate, "91 fresh") // A is ageing
	a.Says(nibp("120").old(60))
	b.Says(nibp("110").old(30))
	l.WantVital("ICU-12", vitals.NIBPSystolic, "110 fresh") // of spot measurements the latest
	l.At(13)
	a.Says(hr("80"))
	l.At(13.5)
	b.Says(hr("92"))
	l.WantVital("ICU-12", vitals.HeartRate, "80 fresh") // of others not
}

func TestPumpChannels(t *testing.T) {
	l := newTimeline(t)
	pump := l.Monitor("PUMP5", "ICU-12")
	pump.Pumps(infusion.Channel{Channel: "2", Status: infusion.Infusing, Drug: "Noradrenaline"})
	l.At(1)
	pump.Pumps(infusion.Channel{Channel: "1", Status: infusion.Infusing, Drug: "Dopamine"})
	l.At(2)
	pump.Pumps(infusion.Channel{Channel: "1", Status: infusion.Paused, Drug: "Dopamine"})
	channels := l.Bed("ICU-12").Channels()
	if len(channels) != 2 || channels[0].Status != infusion.Paused || channels[0].Device != "PUMP5" || channels[1].Drug != "Noradrenaline" {
		t.Fatalf("%+v", channels)
	}
	late := pump.Kind(device.Pump).report()
	late.Channels = []infusion.Channel{{Channel: "1", Status: infusion.Infusing, DeviceAt: second(1.5)}}
	l.Do(ward.Reports{late})
	if got := l.Bed("ICU-12").Channels()[0].Status; got != infusion.Paused {
		t.Errorf("an older report made it %s", got)
	}
	if n := len(changesOf[ward.ChannelsReported](l.changes)); n != 4 {
		t.Errorf("%d reports on record, want all 4", n)
	}
}

func TestRepeatedValuesAreRecordedOnce(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("80"), nibp("120").old(60))
	l.At(1)
	mon.Says(hr("81"), nibp("120").old(61))
	o := changesOf[ward.Observed](l.changes)
	if len(o) != 2 || len(o[0].Values) != 2 || len(o[1].Values) != 1 {
		t.Errorf("recorded %d reports: %+v", len(o), o)
	}
	if !o[0].At.Equal(second(0)) {
		t.Errorf("the report counts as of %v, want its newest value", o[0].At)
	}
	before := l.Bed("ICU-12")
	if changes := mon.l.Do(ward.Reports{{
		Device: mon.identity, Patient: mon.patient, Location: mon.at, SentAt: l.now(),
		Observations: mon.report(hr("81")).Observations,
	}}); len(changes) != 0 {
		t.Errorf("the same once more: %+v", changes)
	}
	if before.Encounter != l.Bed("ICU-12").Encounter {
		t.Error("the bed has changed")
	}
}

func TestWhatIsKnownOfADeviceIsRecordedOnce(t *testing.T) {
	l, mon := admitted(t)
	mon.Keeps(5, hr("80"))
	known := changesOf[ward.DeviceKnown](l.changes)
	if len(known) != 1 || known[0].Label != "MON77" || known[0].Location.Room != "12" {
		t.Errorf("%+v", known)
	}
	bare := *mon
	bare.identity = device.Identity{ID: "MON77"} // a message that says less than is known
	bare.Says(hr("80"))
	if n := len(changesOf[ward.DeviceKnown](l.changes)); n != 1 {
		t.Errorf("recorded %d times", n)
	}
}

// What comes out of quarantine was true when it came. The bedside has gone on.
func TestAReplayIsHistory(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("80"))
	elsewhere := l.Monitor("MON77", "ICU-1")
	late := ward.Reports{elsewhere.report(hr("190"), spo2("60"))}
	came := l.now()
	l.At(3600)
	mon.Says(hr("82"))
	before := l.Bed("ICU-12")

	m := ward.NewMessage("GW", "17", "replay", "quarantine:7", nil, came.Add(10*time.Minute)) // it was long on its way
	m.IsReplay = true
	replay := func(r ward.Reports) (changes []ward.Change) {
		l.ward, changes = ward.Apply(l.ward, ward.Input{ID: "replay", At: l.now(), Event: r, Message: m})
		return changes
	}
	changes := replay(late)
	o := changesOf[ward.Observed](changes)
	if len(changes) != 2 || len(o) != 1 || len(o[0].Values) != 2 || !o[0].At.Equal(came) || !o[0].ReceivedAt.Equal(m.ReceivedAt) {
		t.Errorf("recorded %+v, want the two values as of when they were sent", changes)
	}
	if after := l.Bed("ICU-12"); after != before || len(l.Bed("ICU-1").Devices) != 0 {
		t.Errorf("a replay changed the bedside: %+v", after)
	}

	late[0].Device.ID = "MON9"
	changes = replay(late)
	if known := changesOf[ward.DeviceKnown](changes); len(changes) != 2 || len(known) != 1 || known[0].ID != "MON9" || known[0].Location.Room != "1" {
		t.Errorf("of a device that nobody knows: %+v", changes)
	}
}
