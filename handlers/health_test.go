package handlers

import (
	"net/http"
	"strings"
	"testing"

	"wardlight/ward"
)

func TestHealthSaysWhatSomebodyShouldMend(t *testing.T) {
	s := newStation(t)
	s.h.Warnings = []string{"the database server does not notice data that its disk changed"}
	s.on(ward.Ground{
		Disks: []ward.Disk{{Holds: "database", Free: 70 << 30, Total: 1000 << 30}},
		Spool: ward.SpoolLevel{Used: 90, Max: 100},
	})
	s.measure(1, "1", "150", "97") // with an alarm about a patient
	want := `{"ready":true,"reasons":["Outage spool 90 % full","DISK LOW: database disk 7 % free","the database server does not notice data that its disk changed"]}`
	if w := s.get("", "/readyz"); w.Code != http.StatusOK || strings.TrimSpace(w.Body.String()) != want {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if w := s.get("ed", "/admin/gateways"); !strings.Contains(w.Body.String(), "<li>"+s.h.Warnings[0]+"</li>") {
		t.Error("the engineer is not told what was found at the start")
	}
	s.on(ward.Ground{Disks: []ward.Disk{{Holds: "database", Free: 700 << 30, Total: 1000 << 30}}, Spool: ward.SpoolLevel{Max: 100}})
	s.h.Warnings = nil
	s.measure(1, "1", "78", "97")
	if w := s.get("", "/readyz"); strings.TrimSpace(w.Body.String()) != `{"ready":true,"reasons":[]}` {
		t.Errorf("with room again: got %d %s", w.Code, w.Body)
	}
	if w := s.get("ed", "/admin/gateways"); strings.Contains(w.Body.String(), "data-warnings") {
		t.Error("the engineer is told of nothing")
	}
}
