package ingest_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wardlight/ward"
	"wardlight/ward/census"
)

var update = flag.Bool("update", false, "write the golden files anew; read them against the messages before they are kept")

// Every message about the census, our own and those of others: the movement
// that it means and the answer that its sender gets.
func TestADTGolden(t *testing.T) {
	var files []string
	for _, pattern := range []string{"adt/testdata/*.hl7", "hl7/testdata/ADT*.hl7", "hl7/testdata/lfh_*.hl7"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".hl7")
		t.Run(name, func(t *testing.T) {
			s, answer := receive(t, message(t, file), ward.Outcome{})
			got := describeEvent(s.got[0]) + "\nanswer\n" + anonymous(answer)
			golden := filepath.Join("testdata", "adt", name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(message(t, golden), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func describeEvent(e ward.Event) string {
	switch e := e.(type) {
	case ward.Refused:
		return fmt.Sprintf("refused    %s %s\n", e.Code, e.Reason)
	case ward.Moved:
		return describeMovement(e.Movement)
	}
	return fmt.Sprintf("%T\n", e)
}

func describeMovement(m census.Movement) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-10s %s\n", name, value)
		}
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.RFC3339Nano)
	}
	field := func(f census.Field) string {
		if f.Given && f.Value == "" {
			return "(deleted)"
		}
		return f.Value
	}
	line("movement", string(m.Kind))
	line("happened", at(m.At))
	for _, n := range m.Patient.Identifiers {
		line("patient", describeNumber(n))
	}
	line("family", field(m.Patient.Family))
	line("given", field(m.Patient.GivenName))
	line("middle", field(m.Patient.Middle))
	line("sex", field(m.Patient.Sex))
	line("born", field(m.Patient.BirthDate))
	line("visit", describeNumber(m.Visit))
	line("to", describePlace(m.To))
	line("from", describePlace(m.From))
	for _, n := range m.Prior {
		line("replaces", describeNumber(n))
	}
	line("admitted", at(m.AdmittedAt))
	line("discharged", at(m.DischargedAt))
	return b.String()
}

func describeNumber(n census.Identifier) string {
	if n.IsZero() {
		return ""
	}
	return fmt.Sprintf("%q of %q, type %q", n.Value, n.Assigner, n.Type)
}

func describePlace(l census.Location) string {
	if l.IsZero() {
		return ""
	}
	return fmt.Sprintf("unit %q room %q bed %q of %q", l.Unit, l.Room, l.Bed, l.Facility)
}

var controlID = regexp.MustCompile(`(?m)^(MSH(?:\|[^|\r]*){8}\|)[^|\r]*`)

// anonymous is an answer without the control id that it was given, a segment
// on each line.
func anonymous(answer string) string {
	return strings.ReplaceAll(controlID.ReplaceAllString(answer, "${1}(id)"), "\r", "\n")
}
