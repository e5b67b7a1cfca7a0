package ward_test

import (
	"testing"

	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

// What a device measured while it spoke for nobody is nobody's: it neither
// shows under the patient for whom it speaks next, nor goes into their history.
func TestWhatWasMeasuredForNobody(t *testing.T) {
	for _, test := range []struct {
		name string
		held func(l *timeline) *monitor // speaks as it does while it is held
		then func(l *timeline) *monitor
	}{
		{
			"naming another patient, then the one in the bed",
			func(l *timeline) *monitor { return l.Monitor("D", "ICU-12").Of("MRN2002") },
			func(l *timeline) *monitor { return l.Monitor("D", "ICU-12").Of("MRN1001") },
		},
		{
			"in a bed that is not in the ward, then in one that is",
			func(l *timeline) *monitor { return l.Monitor("D", "ICU-99") },
			func(l *timeline) *monitor { return l.Monitor("D", "ICU-12") },
		},
		{
			"assigned to a patient, naming another, then the right one",
			func(l *timeline) *monitor {
				l.Monitor("D", "ICU-12").Says(hr("80"))
				l.mustAssign(l.to("D", "ICU-12", kim))
				l.At(1)
				return l.Monitor("D", "ICU-12").Of("MRN2002")
			},
			func(l *timeline) *monitor { return l.Monitor("D", "ICU-12").Of("MRN1001") },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := two(t)
			held := test.held(l)
			l.At(10)
			held.Says(hr("131"), spo2("81"), nibp("222"))
			l.At(60)
			r := held.report(hr("132"), nibp("222").old(50))
			r.Channels = []infusion.Channel{{Channel: "1", Status: infusion.Infusing, Drug: "Other", DeviceAt: l.now()}}
			l.Do(ward.Reports{r})
			l.WantVital("ICU-12", vitals.HeartRate, "")
			l.At(61)
			test.then(l).Says(hr("82"), nibp("222").old(51))
			l.WantVital("ICU-12", vitals.HeartRate, "82 fresh")
			l.WantVital("ICU-12", vitals.SpO2, "")
			l.WantVital("ICU-12", vitals.NIBPSystolic, "")
			if c := l.Bed("ICU-12").Channels(); len(c) != 0 {
				t.Errorf("shows channels %+v", c)
			}
			a := changesOf[ward.Associated](l.changes)
			if from := a[len(a)-1].From; !from.After(second(60)) {
				t.Errorf("the history of ICU-12 reaches back to %v", from)
			}
		})
	}
}

// A value measured before the patient came into the bed is not theirs, whoever
// or nobody lay there.
func TestWhatWasMeasuredInAnEmptyBed(t *testing.T) {
	l := newTimeline(t)
	l.ADT(census.Admit, "MRN9", "ICU-12", -7200)
	l.Monitor("D", "ICU-12").Says(hr("80"))
	l.ADT(census.Discharge, "MRN9", "ICU-12", 1)
	l.At(5)
	l.Monitor("D", "ICU-12").Says(hr("131"), nibp("222"))
	l.At(60)
	l.ADT(census.Admit, "MRN1001", "ICU-12", 60)
	l.At(61)
	l.Monitor("D", "ICU-12").Says(hr("82"), nibp("222").old(56))
	l.WantVital("ICU-12", vitals.HeartRate, "82 fresh")
	l.WantVital("ICU-12", vitals.NIBPSystolic, "")
	l.restart()
	l.WantVital("ICU-12", vitals.NIBPSystolic, "")
}

// A device that nobody named is not mistaken for the equipment that alarms have
// lost: when it goes, they stand.
func TestADeviceWithoutAName(t *testing.T) {
	l := two(t)
	l.Monitor("MON1", "ICU-12").Keeps(20, hr("130"))
	l.ADT(census.Transfer, "MRN1001", "ICU-2", 20)
	l.Want("ICU-2", "!! HR high indeterminate")
	l.At(21)
	l.Monitor("", "ICU-2").Says(spo2("97"))
	l.At(22)
	l.Monitor("", "STEPDOWN-4").Says(spo2("97"))
	l.Want("ICU-2", "!! HR high indeterminate")
	if _, ok := l.ward.Device("unnamed@GW-"); !ok {
		t.Error("it is not known by its gateway")
	}
}
