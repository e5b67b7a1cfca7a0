package ward_test

import (
	"fmt"
	"testing"
	"time"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

// via is the device behind a gateway that speaks for several, whose clock lags.
func (m *monitor) via(gateway string, reports ...ward.Report) []ward.Change {
	m.l.t.Helper()
	m.l.inputs++
	var changes []ward.Change
	m.l.ward, changes = ward.Apply(m.l.ward, ward.Input{
		ID: fmt.Sprintf("i%d", m.l.inputs), At: m.l.now(), Event: ward.Reports(reports),
		Message: &ward.Message{Source: gateway, Peer: "10.20.0.9:40100", ReceivedAt: m.l.now()},
	})
	m.l.changes = append(m.l.changes, changes...)
	return changes
}

// sentAgo is the message that the device sent so many seconds ago and that
// comes only now.
func (m *monitor) sentAgo(seconds float64, values ...value) ward.Report {
	late := *m
	late.skew += time.Duration(seconds * float64(time.Second))
	return late.report(values...)
}

// Time, order, duplicates, staleness: the clinical rules, row by row. What a
// screen must do alone while its server is away is tested in a browser.
func TestRulesOfTime(t *testing.T) {
	for _, row := range []struct {
		name string
		test func(t *testing.T, l *timeline, mon *monitor)
	}{
		{"identity: the same message again changes nothing", func(t *testing.T, l *timeline, mon *monitor) {
			r := mon.report(hr("130"), spo2("85"))
			l.Do(ward.Reports{r})
			before := l.Bed("ICU-12")
			if changes := l.Do(ward.Reports{r}); len(changes) != 0 || l.Bed("ICU-12").Encounter != before.Encounter {
				t.Errorf("changed %+v", changes)
			}
		}},
		{"clocks: up to 2 s are ignored", func(t *testing.T, l *timeline, mon *monitor) {
			mon.skew = 1900 * time.Millisecond
			mon.Keeps(40, hr("80"))
			l.WantTimes(t, "GW-MON77", false, 38.1)
			l.WantSystem()
		}},
		{"clocks: up to 120 s are corrected without a word", func(t *testing.T, l *timeline, mon *monitor) {
			mon.skew = 100 * time.Second
			mon.Keeps(40, hr("80"))
			l.WantTimes(t, "GW-MON77", true, 40)
			l.WantSystem()
			l.WantVital("ICU-12", vitals.HeartRate, "80 fresh")
		}},
		{"clocks: beyond that received time counts and an alarm names the gateway", func(t *testing.T, l *timeline, mon *monitor) {
			mon.skew = 10 * time.Minute
			mon.Keeps(5, hr("80"))
			l.WantVital("ICU-12", vitals.HeartRate, "80 gone") // for all that is known, it is ten minutes old
			l.WantSystem("! Clock of gateway off: GW-MON77 (unknown, its values count as late) active")
			mon.Keeps(40, hr("130"))
			l.WantTimes(t, "GW-MON77", true, 40)
			l.WantSystem("! Clock of gateway off: GW-MON77 10 min slow active")
			l.Want("ICU-12", "!! HR high active")
			mon.skew = -3 * time.Hour
			mon.Keeps(45, hr("130"))
			l.WantVital("ICU-12", vitals.HeartRate, "130 fresh")
			l.At(46)
			l.WantSystem("! Clock of gateway off: GW-MON77 3 h fast active")
			mon.skew = 0
			mon.Keeps(90, hr("130"))
			l.WantSystem()
			l.WantVital("ICU-12", vitals.HeartRate, "130 fresh")
		}},
		{"clocks: a time ahead of receipt counts as receipt", func(t *testing.T, l *timeline, mon *monitor) {
			r := mon.report(hr("80"))
			r.Observations[0].DeviceAt = second(7)
			l.Do(ward.Reports{r})
			if o := changesOf[ward.Observed](l.changes); !o[0].Values[0].At.Equal(second(0)) {
				t.Errorf("at %v", o[0].Values[0].At)
			}
		}},
		{"timers: a gateway's clock does not delay the alarm that it is silent", func(t *testing.T, l *timeline, mon *monitor) {
			mon.skew = -3 * time.Hour
			mon.Keeps(5, hr("80"))
			l.At(35)
			l.Want("ICU-12")
			l.At(36)
			l.Want("ICU-12", "!! No data from MON77 active")
		}},
		{"out of order: a late value is history and opens nothing", func(t *testing.T, l *timeline, mon *monitor) {
			mon.Keeps(10, hr("80"))
			l.Do(ward.Reports{mon.sentAgo(1.5, hr("150"))})
			l.Want("ICU-12")
			l.WantVital("ICU-12", vitals.HeartRate, "80 fresh")
			if o := changesOf[ward.Observed](l.changes); !o[len(o)-1].At.Equal(second(8.5)) {
				t.Errorf("recorded at %v", o[len(o)-1].At)
			}
		}},
		{"out of order: a late value closes nothing", func(t *testing.T, l *timeline, mon *monitor) {
			mon.Keeps(10, hr("130"))
			for ago := 9.5; ago > 1; ago-- {
				l.Do(ward.Reports{mon.sentAgo(ago, hr("80"))})
			}
			l.Want("ICU-12", "!! HR high active")
		}},
		{"late batch: a buffer that is sent after an outage neither sounds nor looks current", func(t *testing.T, l *timeline, mon *monitor) {
			mon.Keeps(60, hr("80"))
			l.At(660)
			l.changes = nil
			for sent := 61.0; sent <= 640; sent++ { // ten for each second that passes
				l.second = 660 + (sent-61)/10
				l.Do(ward.Reports{mon.sentAgo(l.second-sent, hr("150"))})
				for _, s := range l.Bed("ICU-12").Vitals(l.now()) {
					if s.Freshness == vitals.Fresh || s.Freshness == vitals.Ageing {
						t.Fatalf("what was sent at %v looks %s at %v", sent, s.Freshness, l.second)
					}
				}
			}
			for _, e := range changesOf[ward.EpisodeChanged](l.changes) {
				if e.Episode.Category == alarm.Physiological && e.Episode.Closed != alarm.Late {
					t.Fatalf("%q sounds", e.Episode.Label)
				}
			}
			if got := missed(l.changes); len(got) != 1 {
				t.Errorf("missed: %v, want one", got)
			}
			if n := len(changesOf[ward.Observed](l.changes)); n != 580 {
				t.Errorf("%d of 580 on record", n)
			}
			mon.Says(hr("81"))
			l.WantVital("ICU-12", vitals.HeartRate, "81 fresh")
			l.WantSystem()
		}},
		{"late batch: pump events, channels and device alarms keep their time too", func(t *testing.T, l *timeline, mon *monitor) {
			mon.skew = -90 * time.Second
			mon.Keeps(5, hr("80"))
			r := mon.report()
			ago := second(5).Add(90*time.Second - time.Minute)
			r.Corrections = []vitals.Correction{{Kind: vitals.Deleted, DeviceAt: ago}}
			r.Channels = []infusion.Channel{{DeviceAt: ago}}
			r.PumpEvents = []infusion.Event{{DeviceAt: ago, State: infusion.Channel{DeviceAt: ago}}}
			r.Alerts = []alarm.Alert{{DeviceAt: ago}, {}}
			c := ward.CorrectTimes(r, l.clockOf(t, "GW-MON77"), l.now())
			for i, at := range []time.Time{c.Corrections[0].At, c.Channels[0].At, c.PumpEvents[0].At, c.PumpEvents[0].State.At, c.Alerts[0].At} {
				if !at.Equal(second(-55)) {
					t.Errorf("%d: what was a minute ago counts as of %v", i, at)
				}
			}
			if at := c.Alerts[1].At; !at.Equal(second(5)) {
				t.Errorf("without a time of its own it counts as of %v, not when it was sent", at)
			}
			if c.PumpEvents[0].Device != "MON77" || !c.PumpEvents[0].ReceivedAt.Equal(second(5)) {
				t.Errorf("%+v", c.PumpEvents[0])
			}
		}},
		{"stale: continuous beyond max(3 periods, 10 s)", func(t *testing.T, l *timeline, mon *monitor) {
			mon.Keeps(5, hr("80"))
			l.At(15)
			l.WantVital("ICU-12", vitals.HeartRate, "80 ageing")
			l.At(16)
			l.WantVital("ICU-12", vitals.HeartRate, "80 stale")
		}},
		{"lost: max(5 periods, 30 s); a pump that speaks every 30 s after 150 s", func(t *testing.T, l *timeline, mon *monitor) {
			pump := l.Monitor("PUMP5", "ICU-12").Kind(device.Pump)
			pump.Says(rr("12"))
			mon.Keeps(150, hr("80"))
			l.Want("ICU-12")
			l.At(151)
			l.Want("ICU-12", "! No data from PUMP5 active")
		}},
		{"restart: every source is unknown until it speaks", func(t *testing.T, l *timeline, mon *monitor) {
			mon.Keeps(5, hr("130"))
			l.restart()
			l.Want("ICU-12", "!! HR high indeterminate")
			if n := len(l.ward.Sources()); n != 0 {
				t.Errorf("%d sources are known", n)
			}
		}},
		{"mass loss: more than three devices of a gateway within 10 s are one alarm", testMassLoss},
		{"mass loss: three are not", func(t *testing.T, l *timeline, mon *monitor) {
			for _, bed := range []string{"ICU-1", "ICU-2", "ICU-12"} {
				m := l.Monitor("M"+bed, bed)
				m.via("GW", m.report(hr("80")))
			}
			l.At(40)
			l.WantSystem()
			l.Want("ICU-1", "!! No data from MICU-1 active")
		}},
		{"association: a value belongs to whom the device spoke for when it was measured", func(t *testing.T, l *timeline, mon *monitor) {
			mon.Says(hr("80"), nibp("120").old(60))
			l.ADT(census.Discharge, "MRN1001", "ICU-12", 5)
			l.ADT(census.Admit, "MRN2002", "ICU-12", 6)
			l.At(7)
			bare := l.Monitor("MON77", "ICU-12")
			bare.Says(hr("82"), nibp("120").old(67))
			l.WantVital("ICU-12", vitals.HeartRate, "82 fresh")
			l.WantVital("ICU-12", vitals.NIBPSystolic, "")
		}},
		{"association: without one a value waits in the pool", func(t *testing.T, l *timeline, mon *monitor) {
			l.Monitor("M9", "ICU-99").Says(hr("30"))
			l.WantPool("M9: bed ICU-99 is not in the ward")
			l.Want("ICU-12")
		}},
		{"leads off: no value violates nothing, LOW and then MEDIUM after a minute", func(t *testing.T, l *timeline, mon *monitor) {
			mon.Says(hr("80"))
			l.At(1)
			mon.Keeps(12, hr(""))
			l.Want("ICU-12", "! HR no data active")
			mon.Keeps(62, hr(""))
			l.Want("ICU-12", "!! HR no data active")
			l.WantVital("ICU-12", vitals.HeartRate, "none")
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			l, mon := admitted(t)
			row.test(t, l, mon)
		})
	}
}

func testMassLoss(t *testing.T, l *timeline, _ *monitor) {
	var all []*monitor
	for i, bed := range []string{"ICU-1", "ICU-2", "ICU-12", "STEPDOWN-3", "STEPDOWN-4"} {
		m := l.Monitor("M"+bed, bed)
		all = append(all, m)
		l.At(float64(i) * 2) // the last of them speaks 8 s after the first
		m.via("GW", m.report(hr("80")))
	}
	l.At(36)
	l.Want("ICU-1", "!! No data from MICU-1 active") // three are silent
	l.WantSystem()
	l.At(37)
	l.WantSystem("!! No data from gateway GW: ICU-1, ICU-2, ICU-12, STEPDOWN-3 active")
	l.Want("ICU-1")
	l.Want("STEPDOWN-3")
	l.At(60)
	l.WantSystem("!! No data from gateway GW: ICU-1, ICU-2, ICU-12, STEPDOWN-3, STEPDOWN-4 active")
	for _, m := range all[1:] {
		m.via("GW", m.report(hr("80")))
	}
	l.At(61)
	l.WantSystem("!! No data from gateway GW: ICU-1 active")
	all[0].via("GW", all[0].report(hr("80")))
	l.At(62)
	l.WantSystem()
}

// WantTimes compares whether the source's times are put right, and the second
// at which the last value counts.
func (l *timeline) WantTimes(t *testing.T, source string, isCorrected bool, at float64) {
	t.Helper()
	if got := l.clockOf(t, source).IsCorrected(); got != isCorrected {
		t.Errorf("the times of %s are corrected: %v", source, got)
	}
	o := changesOf[ward.Observed](l.changes)
	if got := o[len(o)-1].At; !got.Equal(second(at)) {
		t.Errorf("the last value counts as of %v, want second %v", got, at)
	}
}

func (l *timeline) clockOf(t *testing.T, source string) device.Clock {
	t.Helper()
	s, ok := l.ward.Source(source)
	if !ok {
		t.Fatalf("no source %s among %d", source, len(l.ward.Sources()))
	}
	return s.Clock
}

func TestSources(t *testing.T) {
	l, mon := admitted(t)
	mon.Says(hr("80"))
	l.At(5)
	for i, m := range []*ward.Message{
		{Source: "GW-MON77", Peer: "10.20.0.8:1"}, {Peer: "10.20.0.9:2"}, {Source: "ADT"}, {Source: "ADT", IsReplay: true},
	} {
		l.ward, _ = ward.Apply(l.ward, ward.Input{ID: fmt.Sprint("bad", i), At: l.now(), Event: ward.Refused{Reason: "MSH-7 is not a time"}, Message: m})
	}
	var got []string
	for _, s := range l.ward.Sources() {
		got = append(got, fmt.Sprint(s.Name, " ", s.Peer, " ", s.Messages, " ", s.Refused, " ", s.LastBad))
		if !s.BadAt.Equal(second(5)) || !s.HeardAt.Equal(second(5)) {
			t.Errorf("%s: bad at %v, heard at %v", s.Name, s.BadAt, s.HeardAt)
		}
	}
	want := "[10.20.0.9 10.20.0.9:2 1 1 MSH-7 is not a time ADT  1 1 MSH-7 is not a time GW-MON77 10.20.0.8:1 2 1 MSH-7 is not a time]"
	if fmt.Sprint(got) != want {
		t.Errorf("%v, want %v", got, want)
	}
	for i := range 4200 {
		l.At(float64(6 + i))
		m := &ward.Message{Source: fmt.Sprint("S", i)}
		l.ward, _ = ward.Apply(l.ward, ward.Input{ID: fmt.Sprint("s", i), At: l.now(), Event: ward.Refused{}, Message: m})
	}
	if _, ok := l.ward.Source("GW-MON77"); ok || len(l.ward.Sources()) != 4096 {
		t.Errorf("%d sources are remembered, and the silentest: %v", len(l.ward.Sources()), ok)
	}
	if _, ok := l.ward.Source("S299"); !ok {
		t.Error("the newest is not")
	}
}

// What somebody has acknowledged is not added to behind their back: a device
// that falls silent later has an alarm of its own.
func TestLossAfterTheGatewaysAlarmWasAcknowledged(t *testing.T) {
	l := newTimeline(t)
	var late *monitor
	for _, bed := range []string{"ICU-1", "ICU-2", "ICU-12", "STEPDOWN-3", "STEPDOWN-4"} {
		late = l.Monitor("M"+bed, bed)
		late.via("GW", late.report(hr("80")))
	}
	for l.second < 40 {
		l.At(l.second + 1)
		late.via("GW", late.report(hr("80")))
	}
	l.WantSystem("!! No data from gateway GW: ICU-1, ICU-2, ICU-12, STEPDOWN-3 active")
	e := l.ward.SystemAlarms()[0]
	command, err := l.asks(lee, e, e.Version)
	if err != nil {
		t.Fatal(err)
	}
	l.Do(ward.Confirm{Command: command})
	l.At(75)
	l.WantSystem("!! No data from gateway GW: ICU-1, ICU-2, ICU-12, STEPDOWN-3 active ✓Lee S.")
	l.Want("STEPDOWN-4", "! No data from MSTEPDOWN-4 active")
}
