package handlers

import (
	"net/http"
	"strings"
	"testing"

	"wardlight/ward"
)

func TestMetricsNameNobody(t *testing.T) {
	s := newStation(t)
	s.h.Warnings = []string{"the clocks differ"}
	s.on(ward.Ground{
		Disks: []ward.Disk{{Holds: "database", Free: 250, Total: 1000}, {Holds: "outage spool", Free: 1, Total: 2}},
		Spool: ward.SpoolLevel{Used: 1, Max: 4},
	})
	s.measure(2, "1", "150", "97") // an alarm stands
	watch := s.loop.Watch("ICU")
	defer watch.Close()
	w := s.get("", "/metrics")
	body := w.Body.String()
	if w.Code != http.StatusOK {
		t.Fatalf("got %d: %s", w.Code, body)
	}
	for _, want := range []string{
		"wardlight_messages_received_total 0", "wardlight_messages_acknowledged_total 0", "wardlight_messages_refused_total 0",
		"wardlight_record_lag_seconds 0", "wardlight_unrecorded_bytes 0",
		"wardlight_spool_messages 0", "wardlight_spool_blocked 0", "wardlight_spool_used_ratio 0.25",
		`wardlight_disk_free_bytes{holds="database"} 250`, `wardlight_disk_free_ratio{holds="database"} 0.25`,
		`wardlight_disk_free_ratio{holds="outage spool"} 0.5`, "wardlight_start_warnings 1",
		"wardlight_watchers 1", `wardlight_connections{protocol="hl7"} 1`,
		`wardlight_alarms_open{category="technical",priority="low"} 0`,
		`wardlight_alarms_open{category="physiological",priority="high"} 1`, `wardlight_build_info{version="v1"} 1`,
		"go_goroutines ",
	} {
		if !strings.Contains(body, "\n"+want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, secret := range []string{"Okafor", "MRN1001", "ICU", "GW1", "10.0.0.7", "MON1"} {
		if strings.Contains(body, secret) {
			t.Errorf("it names %s", secret)
		}
	}
}
