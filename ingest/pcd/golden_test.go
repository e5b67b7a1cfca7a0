package pcd_test

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"wardlight/ingest/hl7"
	"wardlight/ingest/pcd"
	"wardlight/ward"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

// After a change, go test ./ingest/pcd -run Golden -update writes the files
// anew; each difference is then to be read against the message.
var update = flag.Bool("update", false, "write the golden files anew")

// Everything that is read out of each message, as a page that a person can
// hold against the message.
func TestGolden(t *testing.T) {
	messages, err := filepath.Glob(filepath.Join("testdata", "*.hl7"))
	if err != nil || len(messages) == 0 {
		t.Fatalf("no messages: %v", err)
	}
	for _, name := range messages {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := hl7.Parse(raw)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if h := m.Header(); h.Code != "ORU" || h.Event != "R01" && h.Event != "W01" {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(name), ".hl7"), func(t *testing.T) {
			reports, waves, err := pcd.Decode(m, pcd.Options{})
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(name, ".hl7")+".golden", page(reports, waves))
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("%v; -update writes it", err)
	}
	if diff := gocmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func page(reports ward.Reports, waves []pcd.Waves) string {
	var b strings.Builder
	for _, r := range reports {
		fmt.Fprintf(&b, "%s %q, id %s, sent %s\n", r.Device.Kind, r.Device.Label, r.Device.ID, moment(r.SentAt))
		for _, id := range r.Patient {
			fmt.Fprintf(&b, "  patient    %s\n", strings.TrimSpace(fmt.Sprintf("%s %s %s", id.Value, id.Assigner, id.Type)))
		}
		fmt.Fprintf(&b, "  location   %s\n", r.Location)
		for _, o := range r.Observations {
			fmt.Fprintf(&b, "  value      %s\n", observationLine(o))
		}
		for _, c := range r.Corrections {
			fmt.Fprintf(&b, "  correction %s\n", correctionLine(c))
		}
		for _, c := range r.Channels {
			channelLines(&b, c)
		}
		for _, f := range r.Flags {
			fmt.Fprintf(&b, "  flag       %s\n", f)
		}
	}
	for _, of := range waves {
		for _, w := range of.Waves {
			fmt.Fprintf(&b, "wave of %s: %s (%d %s), %d samples of %g /s from %s, %g %s a step\n",
				of.Device, w.Label, w.MDC, w.RefID, len(w.Samples), w.Rate, moment(w.Start), w.Scale, cmp.Or(w.Unit, "(no unit)"))
		}
	}
	return b.String()
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func observationLine(o vitals.Observation) string {
	value := o.Value.String() + " " + o.Metric.Unit
	if !o.HasValue() {
		value = "none"
	}
	line := fmt.Sprintf("%s %d %s = %s @%s %s", o.Metric.Code, o.Metric.MDC, o.Metric.Label, value, moment(o.DeviceAt), o.Quality)
	for _, more := range []struct{ name, text string }{
		{"method", string(o.Method)}, {"limits", o.Limits}, {"status", o.Status},
	} {
		if more.text != "" {
			line += fmt.Sprintf(" %s %q", more.name, more.text)
		}
	}
	return line
}

func correctionLine(c vitals.Correction) string {
	line := fmt.Sprintf("%s %d %s @%s %s", c.Metric.Code, c.Metric.MDC, c.Metric.Label, moment(c.DeviceAt), c.Kind)
	if c.Value != nil {
		line += fmt.Sprintf(" by %s %s %s", c.Value, c.Metric.Unit, c.Quality)
	}
	return line
}

func channelLines(b *strings.Builder, c infusion.Channel) {
	fmt.Fprintf(b, "  channel    %s %s @%s\n", c.Channel, c.Status, moment(c.DeviceAt))
	if c.Drug != "" {
		fmt.Fprintf(b, "               drug %s\n", c.Drug)
	}
	for _, q := range []struct {
		name string
		of   *infusion.Quantity
	}{
		{"rate", c.Rate},
		{"dose", c.Dose},
		{"concentration", c.Concentration},
		{"weight", c.Weight},
		{"VTBI", c.VTBI},
		{"infused", c.Infused},
		{"remaining", c.Remaining},
	} {
		if q.of != nil {
			fmt.Fprintf(b, "               %s %s %s\n", q.name, q.of.Value, q.of.Unit)
		}
	}
	if c.TimeLeft != 0 {
		fmt.Fprintf(b, "               left %s\n", c.TimeLeft)
	}
}
