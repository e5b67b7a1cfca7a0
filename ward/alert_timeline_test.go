package ward_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// lowSpO2 is a monitor's own alarm, as of second at.
func lowSpO2(phase alarm.Phase, at float64, value string, edit ...func(*alarm.Alert)) alarm.Alert {
	metric, _ := vitals.ByMDC(spo2MDC)
	v := vitals.MustDecimal(value)
	a := alarm.Alert{
		Key: "AL900", Update: fmt.Sprint("U", at), Event: "MDC_EVT_LO", EventMDC: 196670, Text: "Low SpO2",
		Metric: metric, Value: &v, Limits: "90-100", Category: alarm.Physiological, Priority: alarm.Medium,
		Phase: phase, State: alarm.DeviceActive, DeviceAt: second(at),
	}
	if phase == alarm.PhaseEnd {
		a.State = alarm.DeviceInactive
	}
	for _, e := range edit {
		e(&a)
	}
	return a
}

// occlusion is a pump's own alarm.
func occlusion(phase alarm.Phase, at float64, edit ...func(*alarm.Alert)) alarm.Alert {
	return lowSpO2(phase, at, "0", append([]func(*alarm.Alert){func(a *alarm.Alert) {
		a.Key, a.Event, a.EventMDC, a.Text = "E0001_27", "MDC_EVT_FLUID_LINE_OCCL", 196940, "Occlusion"
		a.Metric, a.Value, a.Limits = vitals.Metric{}, nil, ""
		a.Category, a.Priority = alarm.Technical, alarm.High
	}}, edit...)...)
}

func rated(p alarm.Priority) func(*alarm.Alert) { return func(a *alarm.Alert) { a.Priority = p } }

func keyed(key string) func(*alarm.Alert) { return func(a *alarm.Alert) { a.Key = key } }

func paused(a *alarm.Alert) { a.AtDevice.IsAudioPaused = true }

func acknowledged(a *alarm.Alert) { a.AtDevice.IsAcknowledged = true }

// Alarms reports a device's own alarms now.
func (m *monitor) Alarms(alerts ...alarm.Alert) []ward.Change {
	r := m.report()
	r.Alerts = alerts
	return m.l.Do(ward.Reports{r})
}

// told lists the alarms that the changes so far tell of, as they are now.
func (l *timeline) told() (lines []string) {
	now := map[alarm.ID]alarm.Episode{}
	var order []alarm.ID
	for _, c := range l.changes {
		if w, ok := c.What.(ward.EpisodeChanged); ok && w.Episode.Origin == alarm.FromDevice {
			if _, known := now[w.Episode.ID]; !known {
				order = append(order, w.Episode.ID)
			}
			now[w.Episode.ID] = w.Episode
		}
	}
	for _, id := range order {
		lines = append(lines, describe([]alarm.Episode{now[id]})[0]+" "+string(now[id].Closed))
	}
	return lines
}

// The hand-checkable example: 12:09:58 to 12:11:30 is 92 s, one alarm.
func TestDeviceAlarmStartsAndEnds(t *testing.T) {
	l, mon := admitted(t)
	l.At(600)
	mon.Alarms(lowSpO2(alarm.PhaseStart, 598, "84"))
	l.Want("ICU-12", "!! Low SpO2 active")
	e := l.Alarm("ICU-12", "Low SpO2")
	if e.Origin != alarm.FromDevice || e.Code != "MDC_EVT_LO" || e.DeviceKey != "AL900" || e.Value.String() != "84" ||
		e.Limit.String() != "90" || e.LimitFrom != "device MON77" || !e.OnsetAt.Equal(second(598)) || e.Device != "MON77" {
		t.Errorf("the alarm says %+v", e)
	}
	l.At(691)
	mon.Alarms(lowSpO2(alarm.PhaseEnd, 690, "93"))
	l.Want("ICU-12")
	ends := changesOf[ward.EpisodeChanged](l.changes)
	last := ends[len(ends)-1].Episode
	if d, ok := last.Lasted(); !ok || d != 92*time.Second || last.ID != e.ID || last.Closed != alarm.ResolvedUnacknowledged {
		t.Errorf("it lasted %v and closed as %s", d, last.Closed)
	}
}

func TestDeviceAlarms(t *testing.T) {
	tests := []struct {
		name string
		play func(*timeline, *monitor)
		want []string // at the bed
		told []string // all of them
	}{
		{"a start twice", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseStart, 9, "84"))
			m.Alarms(lowSpO2(alarm.PhaseStart, 9, "84"))
		}, []string{"!! Low SpO2 active"}, []string{"!! Low SpO2 active "}},
		{"unknown before, present now, since long", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhasePresent, -600, "84"))
		}, []string{"!! Low SpO2 active"}, []string{"!! Low SpO2 active "}},
		{"an update of one never heard of", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseUpdate, 9, "84"))
		}, []string{"!! Low SpO2 active"}, []string{"!! Low SpO2 active "}},
		{"an end of one never heard of", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseEnd, 9, "93"))
		}, nil, nil},
		{"the end comes first", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseEnd, 9, "93"))
			m.Alarms(lowSpO2(alarm.PhaseStart, 5, "84"))
		}, nil, []string{"!! Low SpO2 closed resolved-unacknowledged"}},
		{"the end of a high one comes first", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseEnd, 9, "93", rated(alarm.High)))
			m.Alarms(lowSpO2(alarm.PhaseStart, 5, "84", rated(alarm.High)))
		}, []string{"!!! Low SpO2 latched"}, []string{"!!! Low SpO2 latched "}},
		{"an older start after its end", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseStart, 5, "84"))
			m.Alarms(lowSpO2(alarm.PhaseEnd, 9, "93"))
			m.Alarms(lowSpO2(alarm.PhaseStart, 5, "84"))
			m.Alarms(lowSpO2(alarm.PhaseStart, 9, "84"))
		}, nil, []string{"!! Low SpO2 closed resolved-unacknowledged"}},
		{"the same alarm anew", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseStart, 5, "84"))
			m.Alarms(lowSpO2(alarm.PhaseEnd, 7, "93"))
			m.Alarms(lowSpO2(alarm.PhaseStart, 9, "83"))
			m.Alarms(lowSpO2(alarm.PhaseEnd, 7, "93"))
		}, []string{"!! Low SpO2 active"}, []string{"!! Low SpO2 closed resolved-unacknowledged", "!! Low SpO2 active "}},
		{"a high one latches, and comes back", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseStart, 5, "84", rated(alarm.High)))
			m.Alarms(lowSpO2(alarm.PhaseEnd, 7, "93", rated(alarm.High)))
			l.Want("ICU-12", "!!! Low SpO2 latched")
			m.Alarms(lowSpO2(alarm.PhaseStart, 9, "83", rated(alarm.High)))
		}, []string{"!!! Low SpO2 active"}, []string{"!!! Low SpO2 active "}},
		{"inactive ends", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseStart, 5, "84"))
			m.Alarms(lowSpO2(alarm.PhaseUpdate, 9, "93", func(a *alarm.Alert) { a.State = alarm.DeviceInactive }))
		}, nil, []string{"!! Low SpO2 closed resolved-unacknowledged"}},
		{"latched at the device stays", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseStart, 5, "84"))
			m.Alarms(lowSpO2(alarm.PhaseUpdate, 9, "93", func(a *alarm.Alert) { a.State = alarm.DeviceLatched }))
		}, []string{"!! Low SpO2 active"}, []string{"!! Low SpO2 active "}},
		{"reset at the device ends", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseStart, 5, "84"))
			m.Alarms(lowSpO2(alarm.PhaseReset, 9, "93", func(a *alarm.Alert) { a.State = alarm.DeviceLatched }))
		}, nil, []string{"!! Low SpO2 closed resolved-unacknowledged"}},
		{"the end repeats the time of the onset", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseStart, 5, "84"))
			m.Alarms(lowSpO2(alarm.PhaseUpdate, 7, "83"))
			m.Alarms(lowSpO2(alarm.PhaseEnd, 5, "93"))
		}, nil, []string{"!! Low SpO2 closed resolved-unacknowledged"}},
		{"it rises and falls", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseStart, 5, "84"))
			m.Alarms(lowSpO2(alarm.PhaseEscalate, 6, "80", rated(alarm.High)))
			l.Want("ICU-12", "!!! Low SpO2 active")
			m.Alarms(lowSpO2(alarm.PhaseDeescalate, 7, "86", rated(alarm.Low)))
		}, []string{"! Low SpO2 active"}, []string{"! Low SpO2 active "}},
		{"audio paused, acknowledged at the bedside: nobody here has answered", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseStart, 5, "84"))
			m.Alarms(lowSpO2(alarm.PhaseUpdate, 6, "84", paused))
			m.Alarms(lowSpO2(alarm.PhaseAcknowledged, 7, "84", acknowledged))
		}, []string{"!! Low SpO2 active"}, []string{"!! Low SpO2 active "}},
		{"a sign of life is no alarm", func(l *timeline, m *monitor) {
			m.Alarms(alarm.Alert{Key: "H", Event: alarm.Heartbeat, Phase: alarm.PhasePresent, DeviceAt: second(9)})
		}, nil, nil},
		{"without a signal nothing opens", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseStart, 9, "84", rated("")))
		}, nil, nil},
		{"of no duration: stays until seen", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseTimePoint, 9, "84"))
			m.Alarms(lowSpO2(alarm.PhaseTimePoint, 9, "84"))
		}, []string{"!! Low SpO2 latched"}, []string{"!! Low SpO2 latched "}},
		{"of no duration: seen, and sent again", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseTimePoint, 9, "84"))
			l.acknowledges(kim, "ICU-12", "Low SpO2")
			m.Alarms(lowSpO2(alarm.PhaseTimePoint, 9, "84"))
		}, nil, []string{"!! Low SpO2 closed ✓Kim R. acknowledged-after-latch"}},
		{"told late", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseStart, -51, "84", rated(alarm.High)))
			m.Alarms(lowSpO2(alarm.PhaseStart, -51, "84", rated(alarm.High)))
		}, nil, []string{"!!! Low SpO2 closed late"}},
		{"told late, and still there", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseStart, -51, "84"))
			m.Alarms(lowSpO2(alarm.PhaseContinue, -51, "84"))
		}, []string{"!! Low SpO2 active"}, []string{"!! Low SpO2 closed late", "!! Low SpO2 active "}},
		{"the limit here and the device's own", func(l *timeline, m *monitor) {
			m.Keeps(45, spo2("84"))
			m.Alarms(lowSpO2(alarm.PhaseStart, 45, "84"))
		}, []string{"!! SpO2 low active", "!! Low SpO2 active"}, []string{"!! Low SpO2 active "}},
		{"named by its first message from then on", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseStart, 5, "84", func(a *alarm.Alert) { a.Update = "U1" }))
			m.Alarms(lowSpO2(alarm.PhaseEnd, 9, "93", keyed("U1")))
		}, nil, []string{"!! Low SpO2 closed resolved-unacknowledged"}},
		{"two alarms of one device", func(l *timeline, m *monitor) {
			m.Alarms(lowSpO2(alarm.PhaseStart, 5, "84"))
			m.Alarms(occlusion(alarm.PhaseStart, 9))
		}, []string{"!!! Occlusion active", "!! Low SpO2 active"}, []string{"!! Low SpO2 active ", "!!! Occlusion active "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, mon := admitted(t)
			l.At(10)
			tt.play(l, mon)
			l.Want("ICU-12", tt.want...)
			if got := l.told(); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", tt.told) {
				t.Errorf("told\n%q, want\n%q", got, tt.told)
			}
		})
	}
}

func TestWhatWasDoneAtTheDeviceIsShownApart(t *testing.T) {
	l, mon := admitted(t)
	l.At(10)
	mon.Alarms(lowSpO2(alarm.PhaseStart, 9, "84"))
	mon.Alarms(lowSpO2(alarm.PhaseAcknowledged, 9.5, "82", acknowledged))
	mon.Alarms(lowSpO2(alarm.PhaseUpdate, 10, "83", paused))
	e := l.Alarm("ICU-12", "Low SpO2")
	if !e.AtDevice.IsAcknowledged || !e.AtDevice.IsAudioPaused || e.Acknowledged != nil || e.State.IsAcknowledged() || e.Worst.String() != "82" || e.Value.String() != "84" {
		t.Errorf("the alarm says %+v", e)
	}
	l.acknowledges(kim, "ICU-12", "Low SpO2")
	l.Want("ICU-12", "!! Low SpO2 active ✓Kim R.")
	l.At(11)
	mon.Alarms(lowSpO2(alarm.PhaseEscalate, 11, "80", rated(alarm.High)))
	l.Want("ICU-12", "!!! Low SpO2 active")
}

func TestDeviceAlarmOutlivesItsConnection(t *testing.T) {
	l, mon := admitted(t)
	mon.Keeps(10, hr("80"))
	mon.Alarms(lowSpO2(alarm.PhaseStart, 10, "84"))
	pump := l.Monitor("PUMP5", "ICU-12").Of("MRN1001").Kind(device.Pump)
	pump.Alarms(occlusion(alarm.PhaseStart, 10))
	l.At(60)
	l.Want("ICU-12", "!!! Occlusion active", "!! Low SpO2 indeterminate", "!! No data from MON77 active")
	mon.Says(hr("80"))
	l.Want("ICU-12", "!!! Occlusion active", "!! Low SpO2 indeterminate")
	mon.Alarms(lowSpO2(alarm.PhaseContinue, 10, "84"))
	l.Want("ICU-12", "!!! Occlusion active", "!! Low SpO2 active")
}

// Silence of a device that was only ever heard of by its alarms means nothing.
// One that sends signs of life must go on doing so.
func TestSilenceOfAnAlarmSource(t *testing.T) {
	l, mon := admitted(t)
	mon.Alarms(lowSpO2(alarm.PhaseStart, 0, "84"))
	mon.Alarms(lowSpO2(alarm.PhaseEnd, 0.5, "93"))
	l.At(300)
	l.Want("ICU-12")
	mon.Alarms(alarm.Alert{Key: "H", Event: alarm.Heartbeat, Phase: alarm.PhasePresent, DeviceAt: l.now()})
	l.At(400)
	l.Want("ICU-12", "!! No data from MON77 active")
}

// Alarms in between do not teach us that a device speaks more often.
func TestAlarmsAreNoRhythm(t *testing.T) {
	l := newTimeline(t)
	pump := l.Monitor("PUMP5", "ICU-12").Kind(device.Pump)
	for s := 0.0; s <= 300; s += 30 {
		l.At(s)
		pump.Says(hr("80"))
		l.At(s + 1)
		pump.Alarms(occlusion(alarm.PhaseStart, s))
	}
	if d, _ := l.ward.Device("PUMP5"); d.Period() != 30*time.Second {
		t.Errorf("period %v", d.Period())
	}
}

func TestDeviceAlarmWithoutABed(t *testing.T) {
	l := newTimeline(t)
	l.At(10)
	stray := l.Monitor("PUMP9", "ICU-99").Kind(device.Pump)
	stray.Alarms(occlusion(alarm.PhaseStart, 9))
	dev, _ := l.ward.Device("PUMP9")
	if a := dev.Alerting(); len(a) != 1 || a[0].Label() != "Occlusion" {
		t.Errorf("it alarms about %+v", a)
	}
	l.At(200)
	l.Monitor("PUMP9", "ICU-12").Kind(device.Pump).Says()
	l.Want("ICU-12", "!!! Occlusion active")
}

func TestDeviceAlarmsAndTheirPatient(t *testing.T) {
	l, mon := admitted(t)
	l.At(10)
	mon.Alarms(lowSpO2(alarm.PhaseStart, 9, "84"))
	pump := l.Monitor("PUMP5", "ICU-12").Kind(device.Pump)
	pump.Alarms(occlusion(alarm.PhaseStart, 9))
	l.At(20)
	l.ADT(census.Transfer, "MRN1001", "STEPDOWN-3", 20, visit("VN5001"))
	// The monitor stayed behind: nobody will say that its alarm ends.
	l.Want("STEPDOWN-3", "!! Low SpO2 indeterminate")
	l.Want("ICU-12")
	l.At(21)
	l.ADT(census.Admit, "MRN2", "ICU-12", 21)
	l.At(22)
	l.Monitor("MON77", "ICU-12").Alarms(lowSpO2(alarm.PhaseStart, 9, "84"))
	l.Monitor("PUMP5", "ICU-12").Kind(device.Pump).Says()
	l.Want("ICU-12", "!!! Occlusion active") // of the pump; the other was of another patient
	l.acknowledges(lee, "STEPDOWN-3", "Low SpO2")
	l.Want("STEPDOWN-3")
	l.Monitor("MON77", "ICU-12").Alarms(lowSpO2(alarm.PhaseContinue, 9, "84"))
	l.Want("ICU-12", "!!! Occlusion active", "!! Low SpO2 active")
}

func TestDeviceAlarmTravelsWithItsMonitor(t *testing.T) {
	l, mon := admitted(t)
	l.At(10)
	mon.Alarms(lowSpO2(alarm.PhaseStart, 9, "84"))
	l.ADT(census.Transfer, "MRN1001", "STEPDOWN-3", 20, visit("VN5001"))
	l.At(25)
	there := l.Monitor("MON77", "STEPDOWN-3").Of("MRN1001")
	there.Alarms(lowSpO2(alarm.PhaseUpdate, 25, "83"))
	l.Want("STEPDOWN-3", "!! Low SpO2 active")
	there.Alarms(lowSpO2(alarm.PhaseEnd, 26, "93"))
	l.Want("STEPDOWN-3")
	if got := l.told(); len(got) != 1 {
		t.Errorf("told %q", got)
	}
}

func TestDeviceAlarmAfterARestart(t *testing.T) {
	l, mon := admitted(t)
	l.At(10)
	mon.Alarms(lowSpO2(alarm.PhaseStart, 9, "84"))
	pump := l.Monitor("PUMP5", "ICU-12").Kind(device.Pump)
	pump.Alarms(occlusion(alarm.PhaseStart, 9))
	l.restart()
	l.Want("ICU-12", "!!! Occlusion indeterminate", "!! Low SpO2 indeterminate")
	mon.Alarms(lowSpO2(alarm.PhaseUpdate, 10, "84"))
	pump.Alarms(occlusion(alarm.PhaseEnd, 10))
	l.Want("ICU-12", "!!! Occlusion latched", "!! Low SpO2 active")
	mon.Alarms(lowSpO2(alarm.PhaseEnd, 10.5, "93"))
	l.restart()
	mon.Alarms(lowSpO2(alarm.PhaseStart, 9, "84"))
	l.Want("ICU-12", "!!! Occlusion latched")
}

// However the words about one alarm come, and however often, it ends the same.
func TestAnyOrderOfAnAlarmsWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		priority := rapid.SampledFrom([]alarm.Priority{alarm.Low, alarm.Medium, alarm.High}).Draw(t, "priority")
		values := []string{"88", "84", "82", "86"}
		phases := []alarm.Phase{alarm.PhaseStart, alarm.PhaseUpdate, alarm.PhaseUpdate}
		if rapid.Bool().Draw(t, "ends") {
			phases = append(phases, alarm.PhaseEnd)
		}
		words := make([]alarm.Alert, len(phases))
		for i, phase := range phases {
			words[i] = lowSpO2(phase, float64(2+i), values[i], rated(priority))
		}
		want := final(t, words)
		shuffled := rapid.Permutation(words).Draw(t, "order")
		again := rapid.SliceOfN(rapid.SampledFrom(words), 0, 5).Draw(t, "again")
		for _, a := range again {
			i := rapid.IntRange(0, len(shuffled)).Draw(t, "where")
			shuffled = append(shuffled[:i:i], append([]alarm.Alert{a}, shuffled[i:]...)...)
		}
		if got := final(t, shuffled); got != want {
			t.Fatalf("in order\n%s\nand so\n%s", want, got)
		}
	})
}

// final is what remains of words about an alarm.
func final(t *rapid.T, words []alarm.Alert) (state string) {
	l := newTimeline(t)
	l.At(10)
	for _, a := range words {
		l.Monitor("MON77", "ICU-12").Alarms(a)
	}
	for _, e := range l.Bed("ICU-12").Episodes {
		state += fmt.Sprintln(describe([]alarm.Episode{e}), e.OnsetAt, e.EndedAt, e.Value, e.Worst, e.Highest, e.AtDevice)
	}
	return state + fmt.Sprint(l.told())
}

// A word that an escalation overtook still makes the alarm one to be seen.
func TestEscalationAfterTheEnd(t *testing.T) {
	l, mon := admitted(t)
	l.At(10)
	mon.Alarms(lowSpO2(alarm.PhaseStart, 5, "84"))
	mon.Alarms(lowSpO2(alarm.PhaseEnd, 9, "93"))
	mon.Alarms(lowSpO2(alarm.PhaseEscalate, 7, "75", rated(alarm.High)))
	mon.Alarms(lowSpO2(alarm.PhaseEscalate, 7, "75", rated(alarm.High)))
	l.Want("ICU-12", "!!! Low SpO2 latched")
}

// Both stand in the worklist; the bed's one flag is the device's, which sounds
// at the bedside.
func TestTheDevicesAlarmStandsForBoth(t *testing.T) {
	l, mon := admitted(t)
	mon.Keeps(45, spo2("84"))
	mon.Alarms(lowSpO2(alarm.PhaseStart, 45, "84"))
	if worst, _ := l.Bed("ICU-12").Worst(); worst.Label != "Low SpO2" {
		t.Errorf("the bed's flag is %q", worst.Label)
	}
	l.acknowledges(kim, "ICU-12", "Low SpO2")
	if worst, _ := l.Bed("ICU-12").Worst(); worst.Label != "SpO2 low" {
		t.Errorf("the bed's flag is %q, though that was not answered", worst.Label)
	}
}

func TestDeviceAlarmOutOfQuarantineIsHistory(t *testing.T) {
	l, mon := admitted(t)
	l.At(10)
	mon.Says(spo2("97"))
	r := mon.report()
	r.Alerts = []alarm.Alert{lowSpO2(alarm.PhaseStart, 9, "84")}
	_, changes := ward.Apply(l.ward, ward.Input{
		ID: "replay", At: l.now(), Event: ward.Reports{r}, Message: &ward.Message{Source: "GW", ReceivedAt: second(9), IsReplay: true},
	})
	told := changesOf[ward.EpisodeChanged](changes)
	if len(told) != 1 || told[0].Episode.IsOpen() || told[0].Episode.Closed != alarm.Late {
		t.Errorf("told %+v", told)
	}
}

// A buffer that is emptied at once says nothing new of how often a device
// speaks, nor does one message that was held up.
func TestLateMessagesAreNoRhythm(t *testing.T) {
	l := newTimeline(t)
	mon := l.Monitor("MON77", "ICU-12")
	says := func(from, to float64) {
		for s := from; s <= to; s += 30 {
			l.At(s)
			mon.Says(hr("80"))
		}
	}
	want := func(when string) {
		t.Helper()
		if d, _ := l.ward.Device("MON77"); d.Period() != 30*time.Second {
			t.Errorf("%s: period %v", when, d.Period())
		}
	}
	says(0, 300)
	want("at first")
	for n := 0.0; n < 10; n++ { // sent every 30 s, but they come within one second
		l.At(600 + n/10)
		l.Do(ward.Reports{mon.sentAgo(l.second-(330+30*n), hr("80"))})
	}
	want("after a buffer was emptied")
	says(630, 660)
	want("when it goes on")
}
