package views

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
)

// After a restart nobody has been heard: a page must not say that all devices
// spoke when the process started.
func TestADeviceFromBeforeTheRestartIsSilent(t *testing.T) {
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	icu := ward.UnitConfig{Unit: census.Unit{Code: "ICU", Zone: "Europe/London", Beds: []census.BedCode{"12"}}}
	w, _, err := ward.Rebuild(ward.State{
		Units:   []ward.UnitConfig{icu},
		Devices: []ward.DeviceKnown{{Identity: device.Identity{ID: "M1", Label: "MON77", Kind: device.Monitor}}},
	}, at)
	if err != nil {
		t.Fatal(err)
	}
	if connected, silent := Presence(w.Devices(), at); connected != 0 || silent != 1 {
		t.Errorf("%d connected, %d silent", connected, silent)
	}
	if got := NewInventory(w, w.Devices(), at)[0].Heard; got != "not since the start" {
		t.Errorf("heard %q", got)
	}
}

// Conflicts come first among what somebody should look after.
func TestConflictsNeedAttention(t *testing.T) {
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	bed := &ward.Bed{ID: census.BedID{Unit: "ICU", Bed: "12"}, Episodes: []alarm.Episode{
		{Code: "MDC_EVT_LO", Label: "SpO2 low", Onset: at},
		{Code: ward.CodeIdentityConflict, Label: "MON77 names another patient", Onset: at.Add(-2 * time.Minute)},
	}}
	want := []Remark{{"ICU-12: MON77 names another patient", "2 m"}}
	if diff := cmp.Diff(want, NewAttention([]*ward.Bed{bed}, nil, at)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
