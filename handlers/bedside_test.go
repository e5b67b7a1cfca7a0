package handlers

import (
	"strings"
	"testing"

	"wardlight/ward/census"
)

func TestTheFeedOfOneBedDrawsItsBedside(t *testing.T) {
	s := newStation(t)
	s.measure(1, "1", "78", "97")
	scene, view, err := s.h.scene("ICU")
	if err != nil {
		t.Fatal(err)
	}
	board := s.h.boards.of("ICU")
	for only, want := range map[census.BedCode]string{"1": `id=\"bedside-ICU-1\"`, "": `id=\"bed-ICU-1\"`} {
		body, err := board.snapshot(scene, view, only, "b")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(body), want) {
			t.Errorf("the snapshot for bed %q does not hold %s", only, want)
		}
	}
	bed, _ := scene.Unit.Bed("1")
	drawn, err := board.shown(scene, bed, "1")
	if err != nil {
		t.Fatal(err)
	}
	values := valuesOf(drawn, 1, 0).Values
	for code, want := range map[string]string{"8867-4": "78", "59408-5": "97", "8480-6": ""} {
		if got, ok := values[code]; !ok || got.Value != want {
			t.Errorf("%s: got %q (there: %t), want %q", code, got.Value, ok, want)
		}
	}
}
