package ward_test

import (
	"fmt"
	"testing"
	"time"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
)

// Two devices give their alarms the same name, as devices that merely count
// do: the word of one about its own is none about the other's.
func TestOneNameForTwoAlarms(t *testing.T) {
	l := two(t)
	l.Monitor("MON1", "ICU-12").Alarms(lowSpO2(alarm.PhaseStart, 0, "84", rated(alarm.High)))
	l.ADT(census.Transfer, "MRN1001", "ICU-2", 1)
	l.Want("ICU-2", "!!! Low SpO2 indeterminate")
	pump := l.Monitor("PUMP2", "ICU-2").Kind(device.Pump)
	l.At(2)
	pump.Alarms(occlusion(alarm.PhaseStart, 2, keyed("AL900"), rated(alarm.Low)))
	l.Want("ICU-2", "!!! Low SpO2 indeterminate", "! Occlusion active")
	l.At(3)
	pump.Alarms(occlusion(alarm.PhaseEnd, 3, keyed("AL900"), rated(alarm.Low)))
	l.Want("ICU-2", "!!! Low SpO2 indeterminate")
}

// The end that repeats the time at which the alarm began is an end though the
// clock of its source was judged anew meanwhile.
func TestEndWithTheTimeOfTheBeginAsTheClockIsLearnt(t *testing.T) {
	l, mon := admitted(t)
	for range 8 {
		l.second += 5
		l.At(l.second)
		mon.skew = 10 * time.Second
		mon.Says(hr("80"))
	}
	onset := l.second
	begun := lowSpO2(alarm.PhaseStart, onset-10, "84")
	mon.Alarms(begun)
	mon.skew = 8500 * time.Millisecond
	l.At(onset + 5)
	mon.Alarms(lowSpO2(alarm.PhaseUpdate, onset+5-8.5, "83"))
	l.Want("ICU-12", "!! Low SpO2 active")
	l.At(onset + 9)
	mon.Alarms(lowSpO2(alarm.PhaseEnd, onset-10, "93"))
	l.Want("ICU-12")
}

// Where "it stands" is told by the gateway's clock and the end by the
// monitor's, which is slow, the end is an end all the same; but not what was
// said before the alarm was last said to stand.
func TestEndByASlowerClock(t *testing.T) {
	l, mon := admitted(t)
	l.At(10)
	mon.Alarms(lowSpO2(alarm.PhaseStart, 5, "84")) // the monitor is 5 s slow
	l.At(20)
	stands := mon.report()
	stands.Alerts = []alarm.Alert{lowSpO2(alarm.PhaseContinue, 5, "84")}
	l.Do(ward.Reports{stands})
	l.At(21)
	ends := mon.report()
	ends.Alerts = []alarm.Alert{lowSpO2(alarm.PhaseEnd, 16, "93")}
	l.Do(ward.Reports{ends})
	l.Want("ICU-12")
	l.At(22)
	l.Do(ward.Reports{stands}) // once more, and it is no news
	l.Want("ICU-12")
	l.At(23)
	mon.Alarms(lowSpO2(alarm.PhaseStart, 18, "84")) // another run, by the slow clock
	l.Want("ICU-12", "!! Low SpO2 active")
	l.Do(ward.Reports{ends})
	l.Want("ICU-12", "!! Low SpO2 active")
}

// Alarms without a name of their own are told apart by what they are about.
func TestAlarmsWithoutAName(t *testing.T) {
	l, mon := admitted(t)
	l.At(10)
	nameless := func(a *alarm.Alert) { a.Key, a.Update = "", "" }
	mon.Alarms(lowSpO2(alarm.PhaseStart, 9, "84", nameless))
	mon.Alarms(occlusion(alarm.PhaseStart, 9, nameless, rated(alarm.Low)))
	l.Want("ICU-12", "!! Low SpO2 active", "! Occlusion active")
	mon.Alarms(occlusion(alarm.PhaseEnd, 10, nameless, rated(alarm.Low)))
	l.Want("ICU-12", "!! Low SpO2 active")
}

// An alarm that stands is remembered, however many others came and went.
func TestAStandingAlarmIsNotForgotten(t *testing.T) {
	l := newTimeline(t)
	l.At(10)
	stray := l.Monitor("PUMP9", "ICU-99").Kind(device.Pump)
	stray.Alarms(occlusion(alarm.PhaseStart, 9))
	for i := range 100 {
		l.At(float64(11 + i))
		stray.Alarms(occlusion(alarm.PhaseTimePoint, l.second, keyed(fmt.Sprint("T", i))))
	}
	l.At(200)
	l.Monitor("PUMP9", "ICU-12").Kind(device.Pump).Says()
	l.Want("ICU-12", "!!! Occlusion active")
}

// Two devices, each with an alarm of the same name about the same thing, whose
// patient goes on without either: one alarm, the graver.
func TestOrphansOfOneNameAreOneAlarm(t *testing.T) {
	l := two(t)
	l.Monitor("MON1", "ICU-12").Alarms(lowSpO2(alarm.PhaseStart, 0, "84"))
	l.Monitor("WEAR1", "ICU-12").Kind(device.Wearable).Alarms(lowSpO2(alarm.PhaseStart, 0, "80", rated(alarm.High)))
	l.Want("ICU-12", "!!! Low SpO2 active", "!! Low SpO2 active")
	l.ADT(census.Transfer, "MRN1001", "ICU-2", 1)
	l.Want("ICU-2", "!!! Low SpO2 indeterminate")
}

// The end of one run and the word that the next one stands, in one message.
func TestEndAndNextRunAtOnce(t *testing.T) {
	l, mon := admitted(t)
	l.At(60)
	mon.Alarms(lowSpO2(alarm.PhaseEnd, 20, "93"), lowSpO2(alarm.PhaseContinue, 59, "84"))
	l.Want("ICU-12", "!! Low SpO2 active")
}
