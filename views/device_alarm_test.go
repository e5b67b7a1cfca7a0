package views

import (
	"strings"
	"testing"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// alarms reports what the bed's monitor itself alarms about.
func (s *stage) alarms(bed string, phase alarm.Phase, done alarm.AtDevice) {
	s.t.Helper()
	metric, _ := vitals.ByCode(vitals.SpO2)
	value := vitals.MustDecimal("84")
	s.apply(ward.Reports{{
		Device:   device.Identity{ID: device.ID("MON" + bed), Kind: device.Monitor},
		Location: census.Location{Unit: "ICU", Bed: bed}, SentAt: s.now,
		Alerts: []alarm.Alert{{
			Key: "AL900", Event: "MDC_EVT_LO", Text: "Low SpO2", Metric: metric, Value: &value, Limits: "90-100",
			Category: alarm.Physiological, Priority: alarm.Medium, Phase: phase, State: alarm.DeviceActive, AtDevice: done, DeviceAt: s.now,
		}},
	}})
}

// Every screen says whose alarm it is and what was done about it at the
// bedside, and that this answers nothing here.
func TestADevicesAlarmSaysWhoseItIs(t *testing.T) {
	s := newStage(t)
	s.measure("1", well)
	s.alarms("1", alarm.PhaseStart, alarm.AtDevice{})
	s.alarms("1", alarm.PhaseUpdate, alarm.AtDevice{IsAcknowledged: true, IsAudioPaused: true})
	bed, _ := s.ward.Bed(census.BedID{Unit: "ICU", Bed: "1"})
	e, _ := bed.Worst()
	scene := s.scene()
	panel := scene.Panel(e)
	panel.MayAct = true
	const line = "Low SpO2 84, alarm of MON1, acknowledged and audio paused at the bedside"
	lines := scene.AlarmLines([]alarm.Episode{e})
	for name, got := range map[string]string{
		"rail":       textOf(drawn(t, Worklist(scene.Rail()))),
		"bedside":    textOf(drawn(t, BedsideView(scene.Bedside(bed)))),
		"alarm list": textOf(drawn(t, alarmLine(lines[0]))),
	} {
		if !strings.Contains(got, line) {
			t.Errorf("the %s says %q, want %q in it", name, got, line)
		}
		if strings.Contains(got, "✓") {
			t.Errorf("the %s shows it as answered: %q", name, got)
		}
	}
	got := textOf(drawn(t, AlarmPanel(panel)))
	for _, want := range []string{"!! Low SpO2 84", "This is the alarm of MON1.", "acknowledged and audio paused at the bedside", "no answer on this station", "Limit 90, device MON1", "Acknowledge Low SpO2 84"} {
		if !strings.Contains(got, want) {
			t.Errorf("the panel says %q, want %q in it", got, want)
		}
	}
	if f := scene.Tile(bed).Flag; f == nil || f.Text != "Low SpO2 84" {
		t.Errorf("the tile's flag is %+v", f)
	}
}

func TestAnAlarmWithoutABedIsTold(t *testing.T) {
	s := newStage(t)
	s.alarms("99", alarm.PhaseStart, alarm.AtDevice{})
	pool := s.scene().Pool()
	got := textOf(drawn(t, UnassignedPool(pool)))
	for _, want := range []string{"1 unassigned, 1 alarming", "!! Low SpO2"} {
		if !strings.Contains(got, want) {
			t.Errorf("the pool says %q, want %q in it", got, want)
		}
	}
	s.alarms("99", alarm.PhaseEnd, alarm.AtDevice{})
	if got := textOf(drawn(t, UnassignedPool(s.scene().Pool()))); strings.Contains(got, "alarming") {
		t.Errorf("it has ended, but the pool says %q", got)
	}
}

func TestPastAlarmsOfDevices(t *testing.T) {
	s := newStage(t)
	past := s.scene().PastAlarms([]alarm.Episode{
		{Origin: alarm.FromDevice, Label: "Low SpO2", Priority: alarm.Medium, OnsetAt: noon, Onset: noon.Add(2e9), EndedAt: noon.Add(92e9), Closed: alarm.Resolved},
		{Origin: alarm.FromDevice, Label: "Occlusion", Priority: alarm.High, OnsetAt: noon, Onset: noon.Add(600e9), Closed: alarm.Late},
	})
	if past[0].Lasted != "1 min" || past[1].End != "known only later" || past[1].Lasted != "" {
		t.Errorf("past alarms %+v", past)
	}
}
