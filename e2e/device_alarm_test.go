package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A monitor alarms by itself: the alarm is shown as the device's, outlives a
// crash of the station, and ends when the monitor says so, once. What happens
// to a pump changes its channel; an order to a pump is refused.
func TestDevicesSpeakForThemselves(t *testing.T) {
	t.Parallel()
	s := serve(t, icuAndStepdown)
	token := s.token("test")
	message := func(path string) []byte {
		t.Helper()
		raw, err := os.ReadFile(filepath.Join("..", "ingest", path))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	g := s.gateway()
	g.accept(message("adt/testdata/a01.hl7"))
	g.accept(message("pcd/testdata/alert_start.hl7"))

	raised, ok := s.snapshot(token, "ICU").alarm("12", "MDC_EVT_LO")
	if !ok || raised.Label != "Low SpO2" || raised.Origin != "device" || raised.State != "active" || raised.Priority != "medium" ||
		raised.Value != "84" || raised.Limit != "90" || raised.AcknowledgedBy != nil {
		t.Fatalf("the monitor's alarm is %+v", raised)
	}
	s.kill()
	s.restart()
	if a, _ := s.snapshot(token, "ICU").alarm("12", "MDC_EVT_LO"); a.ID != raised.ID || a.State != "indeterminate" {
		t.Fatalf("after the crash the alarm is %+v", a)
	}
	g = s.gateway()
	g.accept(message("pcd/testdata/alert_end.hl7"))
	g.accept([]byte(strings.Replace(string(message("pcd/testdata/alert_start.hl7")), "|A0001|", "|A0003|", 1))) // late
	if a, ok := s.snapshot(token, "ICU").alarm("12", "MDC_EVT_LO"); ok {
		t.Fatalf("it has ended, but there is %+v", a)
	}

	g.accept(message("pcd/testdata/pump.hl7"))
	g.accept(message("pcd/testdata/delivery_complete.hl7"))
	infusions := s.snapshot(token, "ICU").Beds[1].Infusions
	if len(infusions) != 1 || infusions[0].Status != "complete" || infusions[0].Drug != "Dopamine" || infusions[0].Remaining != "0" || infusions[0].VTBI != "250.0" {
		t.Errorf("the pump's channel is %+v", infusions)
	}
	if code := g.send(message("pcd/testdata/pcd03_rgv_o15_dopamine.hl7")); code != "CR" {
		t.Errorf("an order to a pump was answered %s", code)
	}
	if listed := s.mustCommand("", "quarantine", "list"); !strings.Contains(listed, "never commands a device") {
		t.Errorf("the quarantine says\n%s", listed)
	}
}
