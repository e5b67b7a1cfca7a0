package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wardlight/ward"
	"wardlight/ward/fault"
)

// A message that panics its decoder is refused; what the panic quotes is not
// logged.
func TestDecodeSafely(t *testing.T) {
	var log bytes.Buffer
	e, err := decodeSafely(slog.New(slog.NewTextHandler(&log, nil)), func() (ward.Event, error) { panic("Okafor, Ngozi") })
	if e != nil || fault.KindOf(err) != fault.Invalid {
		t.Errorf("%v, %v", e, err)
	}
	if !strings.Contains(log.String(), "a decoder panicked") || strings.Contains(log.String(), "Okafor") {
		t.Errorf("log: %s", log.String())
	}
}

// All processes whose messages are in the spool must be known to the record,
// not only the first.
func TestEpochsOf(t *testing.T) {
	got := epochsOf([]ward.Input{{ID: "e1-7"}, {ID: "e1-9"}, {ID: "e2-1"}, {ID: "e1-10"}})
	if diff := cmp.Diff([]string{"e1", "e2"}, got); diff != "" {
		t.Error(diff)
	}
}
