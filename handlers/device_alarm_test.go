package handlers

import (
	"encoding/json"
	"testing"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// A device's own alarm in the snapshot: its origin, its words, value and
// limit, and what was done at the device, apart from who answered.
func TestTheSnapshotTellsOfADevicesAlarm(t *testing.T) {
	s := newStation(t)
	metric, _ := vitals.ByCode(vitals.SpO2)
	value := vitals.MustDecimal("84")
	s.submit(ward.Reports{{
		Device: device.Identity{ID: "MON1", Kind: device.Monitor}, Location: census.Location{Unit: "ICU", Bed: "1"}, SentAt: noon,
		Alerts: []alarm.Alert{{
			Key: "AL900", Event: "MDC_EVT_LO", Text: "Low SpO2", Metric: metric, Value: &value, Limits: "90-100",
			Category: alarm.Physiological, Priority: alarm.Medium, Phase: alarm.PhaseStart, State: alarm.DeviceActive,
			AtDevice: alarm.AtDevice{IsAudioPaused: true}, DeviceAt: noon,
		}},
	}})
	var got struct {
		Beds []struct {
			Alarms []struct {
				Code, Label, Category, Priority, Origin, State, Value, Limit string
				AcknowledgedBy                                               *string  `json:"acknowledged_by"`
				AtDevice                                                     []string `json:"at_device"`
			}
		}
	}
	w := s.get("kim", "/api/units/ICU/snapshot")
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Beds) == 0 || len(got.Beds[0].Alarms) != 1 {
		t.Fatalf("beds %+v", got.Beds)
	}
	a := got.Beds[0].Alarms[0]
	if a.Origin != "device" || a.Code != "MDC_EVT_LO" || a.Label != "Low SpO2" || a.Category != "physiological" || a.Priority != "medium" ||
		a.State != "active" || a.Value != "84" || a.Limit != "90" || a.AcknowledgedBy != nil || len(a.AtDevice) != 1 || a.AtDevice[0] != "audio-paused" {
		t.Errorf("the alarm %+v", a)
	}
}
