package ward_test

import (
	"testing"
	"time"

	"wardlight/ward"
	"wardlight/ward/vitals"
)

// takesBack reports a correction of the value measured so many seconds ago.
func (m *monitor) takesBack(kind vitals.CorrectionKind, mdc int, age float64, value string) []ward.Change {
	r := m.report()
	metric, _ := vitals.ByMDC(mdc)
	c := vitals.Correction{Kind: kind, Metric: metric, DeviceAt: r.SentAt.Add(-time.Duration(age * float64(time.Second)))}
	if value != "" {
		v := vitals.MustDecimal(value)
		c.Value, c.Quality = &v, vitals.OK
	}
	r.Corrections = []vitals.Correction{c}
	return m.l.Do(ward.Reports{r})
}

func TestACorrectionChangesTheNumberShown(t *testing.T) {
	for _, test := range []struct {
		name string
		play func(*timeline, *monitor)
		want string
	}{
		{"replaced", func(_ *timeline, mon *monitor) { mon.takesBack(vitals.Replaced, nibpMDC, 3, "118") }, "118 fresh"},
		{"deleted", func(_ *timeline, mon *monitor) { mon.takesBack(vitals.Deleted, nibpMDC, 3, "") }, "none"},
		{"of another patient", func(_ *timeline, mon *monitor) { mon.takesBack(vitals.WrongPatient, nibpMDC, 3, "") }, "none"},
		{"an older one is history", func(_ *timeline, mon *monitor) { mon.takesBack(vitals.Deleted, nibpMDC, 60, "") }, "128 fresh"},
		{"an older one, replaced, is history", func(_ *timeline, mon *monitor) { mon.takesBack(vitals.Replaced, nibpMDC, 60, "90") }, "128 fresh"},
		{"one that brings the newest value", func(_ *timeline, mon *monitor) { mon.takesBack(vitals.Replaced, nibpMDC, 1, "118") }, "118 fresh"},
		{"the deletion of one that never came", func(_ *timeline, mon *monitor) { mon.takesBack(vitals.Deleted, nibpMDC, 1, "") }, "128 fresh"},
		{"what was deleted comes again", func(_ *timeline, mon *monitor) {
			mon.takesBack(vitals.Deleted, nibpMDC, 3, "")
			mon.Says(nibp("128").old(3))
		}, "none"},
		{"what was replaced comes again", func(_ *timeline, mon *monitor) {
			mon.takesBack(vitals.Replaced, nibpMDC, 3, "118")
			mon.Says(nibp("128").old(3))
		}, "118 fresh"},
		{"the next measurement", func(_ *timeline, mon *monitor) {
			mon.takesBack(vitals.Deleted, nibpMDC, 3, "")
			mon.Says(nibp("122"))
		}, "122 fresh"},
		{"the value before the news that there is none", func(_ *timeline, mon *monitor) {
			mon.Says(nibp(""))
			mon.takesBack(vitals.Deleted, nibpMDC, 3, "")
		}, "none"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, mon := admitted(t)
			mon.Says(nibp("128"))
			l.At(3)
			test.play(l, mon)
			l.WantVital("ICU-12", vitals.NIBPSystolic, test.want)
		})
	}
}

// Nothing of what was taken back is left to be shown as the last value.
func TestADeletedValueIsNotTheLastOneEither(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(nibp("128"))
	l.At(3)
	mon.Says(nibp(""))
	mon.takesBack(vitals.Deleted, nibpMDC, 3, "")
	for _, s := range l.Bed("ICU-12").Vitals(l.now()) {
		if s.Now.Metric.Code == vitals.NIBPSystolic && !s.Was.At.IsZero() {
			t.Errorf("the last value is still %s", s.Was.Value)
		}
	}
}

func TestACorrectionIsRecordedAndRedrawsTheBed(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(nibp("128"))
	l.At(3)
	changes := mon.takesBack(vitals.Replaced, nibpMDC, 3, "118")
	got := changesOf[ward.Corrected](changes)
	if len(got) != 1 || got[0].Device != "MON77" || len(got[0].Corrections) != 1 {
		t.Fatalf("recorded %+v", got)
	}
	c := got[0].Corrections[0]
	if !c.At.Equal(second(0)) || !c.ReceivedAt.Equal(second(3)) || c.Value.String() != "118" {
		t.Errorf("recorded %+v", c)
	}
	for _, ch := range changes {
		if _, ok := ch.What.(ward.Corrected); ok && (ch.Unit != "ICU" || ch.Bed != "12") {
			t.Errorf("it shows at %s-%s", ch.Unit, ch.Bed)
		}
	}
	if o := changesOf[ward.Observed](changes); len(o) != 0 {
		t.Errorf("a correction was recorded as a measurement: %+v", o)
	}
}

func TestACorrectionNeitherBeginsNorEndsAnAlarm(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("88"))
	l.At(1)
	mon.takesBack(vitals.Replaced, hrMDC, 1, "190")
	l.Want("ICU-12")

	l.At(2)
	mon.Says(hr("190"))
	l.Want("ICU-12", "!!! HR high active")
	mon.takesBack(vitals.Deleted, hrMDC, 0, "")
	l.Want("ICU-12", "!!! HR high active")
	l.At(3)
	mon.Keeps(9, hr("88"))
	l.At(10)
	mon.Says(hr("88"))
	if got := describe(l.Bed("ICU-12").Episodes); len(got) > 1 {
		t.Errorf("alarms %q", got)
	}
}

// A correction of what the device measured of the patient before changes
// nothing that is shown of this one.
func TestACorrectionOfAnothersValueShowsNowhere(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(nibp("128"))
	l.At(10)
	l.Monitor("MON77", "ICU-2").Says(nibp("110"))
	l.At(12)
	l.Monitor("MON77", "ICU-2").takesBack(vitals.Replaced, nibpMDC, 12, "90")
	l.WantVital("ICU-2", vitals.NIBPSystolic, "110 fresh")
}

// What somebody asked of a device is written down and is no measurement.
func TestASettingIsRecordedOnly(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("88"))
	set := func(text string, age float64) []ward.Change {
		r := mon.report(value{mdc: rrMDC, text: text, age: age})
		r.Observations[0].Method = vitals.Set
		return l.Do(ward.Reports{r})
	}
	l.At(1)
	if o := changesOf[ward.Observed](set("60", 0)); len(o) != 1 || o[0].Values[0].Method != vitals.Set {
		t.Errorf("recorded %+v", o)
	}
	l.At(30)
	if o := changesOf[ward.Observed](set("60", 29)); len(o) != 0 {
		t.Errorf("a setting that is merely repeated was recorded again: %+v", o)
	}
	if o := changesOf[ward.Observed](set("4", 0)); len(o) != 1 {
		t.Errorf("a new setting was not recorded")
	}
	l.At(60)
	mon.Says(hr("88"))
	l.WantVital("ICU-12", vitals.RespRate, "")
	l.Want("ICU-12")
}
