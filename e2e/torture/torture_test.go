package main

import (
	"encoding/json"
	"log"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// The one-minute form of make torture. Nothing is asserted of times: the
// machine may have other things to do.
func TestTorture(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	bin := filepath.Join(t.TempDir(), "wardlight")
	if out, err := exec.Command("go", "build", "-o", bin, "wardlight/cmd/wardlight").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	f, err := torture(t.Context(), options{
		binary: bin, rate: 600, seed: uint64(time.Now().UnixNano()),
		gentle: 5 * time.Second, log: log.New(t.Output(), "", log.Ltime),
	})
	if line, jsonErr := json.Marshal(f); jsonErr == nil {
		t.Logf("%s", line)
	}
	if err != nil {
		t.Fatal(err)
	}
	if f.Acked == 0 || len(f.Faults) == 0 {
		t.Errorf("nothing was acknowledged, or nothing broken: %+v", f)
	}
}
