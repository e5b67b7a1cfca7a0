package ward_test

import (
	"fmt"
	"testing"

	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// A device that says that it goes, or whose last will does, is lost at once,
// and back with its next word.
func TestOffline(t *testing.T) {
	l, mon := admitted(t)
	worn := mon.Kind(device.Wearable)
	offline := func(r ward.Report) { r.IsOffline = true; l.Do(ward.Reports{r}) }
	worn.Keeps(5, hr("88"))
	offline(worn.report())
	l.Want("ICU-12", "! No data from MON77 active")
	if dev, _ := l.ward.Device("MON77"); !dev.IsLost || !dev.HeardAt.Equal(second(5)) {
		t.Errorf("lost %v, heard at %v: a last will is not a word of the device", dev.IsLost, dev.HeardAt)
	}
	offline(worn.report()) // twice is once
	l.Want("ICU-12", "! No data from MON77 active")
	l.At(7)
	worn.Says(hr("90"))
	l.Want("ICU-12")
	l.WantVital("ICU-12", vitals.HeartRate, "90 fresh")

	stray := l.Monitor("STRAY", "NICU-1")
	offline(stray.report()) // of whom nobody has heard
	l.WantPool()
	stray.Says(hr("70"))
	offline(stray.report())
	if dev, _ := l.ward.Device("STRAY"); !dev.IsLost {
		t.Error("an unassigned device that is offline is not lost")
	}
}

// A hub that is gone takes with it all that it speaks for, and nobody else's.
func TestHubOffline(t *testing.T) {
	l := newTimeline(t)
	from := func(source string, r ...ward.Report) {
		l.inputs++
		l.ward, _ = ward.Apply(l.ward, ward.Input{
			ID: fmt.Sprintf("i%d", l.inputs), At: l.now(), Event: ward.Reports(r), Message: &ward.Message{Source: source},
		})
	}
	from("mqtt:hub", l.Monitor("A", "ICU-1").report(hr("80")), l.Monitor("B", "ICU-12").report(hr("80")))
	from("mqtt:other", l.Monitor("C", "STEPDOWN-3").report(hr("80")))
	from("mqtt:hub", ward.Report{IsOffline: true})
	l.Want("ICU-1", "!! No data from A active")
	l.Want("ICU-12", "!! No data from B active")
	l.Want("STEPDOWN-3")
	from("mqtt:hub", l.Monitor("B", "ICU-12").report(hr("80")))
	l.Want("ICU-1", "!! No data from A active")
	l.Want("ICU-12")
}

func TestOfflineAlarmIsHighWhereAHighAlarmIsLost(t *testing.T) {
	l, mon := admitted(t)
	mon.Keeps(30, spo2("70"))
	l.Want("ICU-12", "!!! SpO2 low active")
	r := mon.report()
	r.IsOffline = true
	l.Do(ward.Reports{r})
	l.Want("ICU-12", "!!! SpO2 low indeterminate", "!!! No data from MON77 active")
}

// A value of unknown age is recorded and never shown as the present one.
func TestUndatedValue(t *testing.T) {
	l, mon := admitted(t)
	r := mon.report(hr("150"))
	r.Observations[0].IsUndated = true
	r.Observations[0].Quality = vitals.Unverified
	changes := l.Do(ward.Reports{r})
	if o := changesOf[ward.Observed](changes); len(o) != 1 {
		t.Errorf("recorded %d times, want once", len(o))
	}
	l.WantVital("ICU-12", vitals.HeartRate, "")
	mon.Keeps(20, hr("80"))
	l.Do(ward.Reports{r})
	l.WantVital("ICU-12", vitals.HeartRate, "80 fresh")
	l.Want("ICU-12")
}

// The settings of a sender decide before those of the unit.
func TestTrustOfTheSender(t *testing.T) {
	l := newTimeline(t)
	home := unit("HOME", "home", "1")
	home.TrustGateway = false
	l.Do(ward.Configure{Units: []ward.UnitConfig{home}})
	l.ADT(census.Admit, "MRN1001", "ICU-12", -3600)
	says := func(m *monitor, trusted bool) {
		r := m.report(hr("80"))
		r.TrustIdentity = &trusted
		l.Do(ward.Reports{r})
	}
	says(l.Monitor("A", "HOME-1"), true)
	l.WantVital("HOME-1", vitals.HeartRate, "80 fresh")
	says(l.Monitor("B", "ICU-12"), false)
	l.WantPool("B: unit ICU does not trust gateways to assign devices")
}
