package handlers

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

// ids are ours and differ with every change of how inputs are counted.
var ids = regexp.MustCompile(`"e1[^"]*"`)

// TestTheSnapshotKeepsItsForm compares with testdata/snapshot.json, which
// programs rely on: add to it, change nothing.
func TestTheSnapshotKeepsItsForm(t *testing.T) {
	s := newStation(t)
	amount := func(v, unit string) *infusion.Quantity {
		return &infusion.Quantity{Value: vitals.MustDecimal(v), Unit: unit}
	}
	s.submit(ward.Reports{{
		Device: device.Identity{ID: "PUMP5", Kind: device.Pump}, Location: census.Location{Unit: "ICU", Bed: "1"}, SentAt: noon,
		Channels: []infusion.Channel{{
			Channel: "1", Status: infusion.Infusing, Drug: "Dopamine", Rate: amount("15.0", "mL/h"), Dose: amount("5.00", "ug/kg/min"),
			VTBI: amount("250.0", "mL"), Infused: amount("60.0", "mL"), Remaining: amount("190.0", "mL"), TimeLeft: 12 * time.Hour, DeviceAt: noon,
		}},
	}, {
		Device: device.Identity{ID: "PUMP9", Kind: device.Pump}, Location: census.Location{Unit: "ICU", Bed: "14"}, SentAt: noon,
		Channels: []infusion.Channel{{Channel: "1", Status: infusion.Unknown, DeviceAt: noon}},
	}})
	s.measure(14, "1", "130", "97.0")

	w := s.get("kim", "/api/units/ICU/snapshot")
	if w.Code != http.StatusOK {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	var got bytes.Buffer
	if err := json.Indent(&got, w.Body.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	text := ids.ReplaceAllString(got.String(), `"ID"`)
	text = regexp.MustCompile(`("(?:recorded_)?seq": )\d+`).ReplaceAllString(text, "${1}1")
	golden := filepath.Join("testdata", "snapshot.json")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("programs read this (UPDATE_GOLDEN=1 writes it anew):\n%s", diff)
	}
}
