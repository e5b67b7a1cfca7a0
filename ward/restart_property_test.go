package ward_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
)

// whoIsWhere is what the census, the gateways and people have said of patients
// and devices.
func (s *story) whoIsWhere() (lines []string) {
	for _, u := range s.ward.Units() {
		lines = append(lines, fmt.Sprint("unit ", u.UnitConfig))
		for _, b := range u.Beds {
			lines = append(lines, fmt.Sprint("bed ", b.ID, " lost by ", slices.Sorted(slices.Values(b.Displaced))))
			if b.Patient != nil {
				lines = append(lines, fmt.Sprintf("  %s %v, %s of %s since %v, away %+v", b.Patient.ID, b.Patient.Identifiers,
					b.Encounter.ID, b.Encounter.Patient, b.Encounter.LocatedAt, b.Away()))
			}
			for _, d := range b.Devices {
				lines = append(lines, fmt.Sprintf("  %s for %q since %v by %s", d.ID, d.Encounter, d.Since, d.By))
			}
		}
	}
	for _, d := range s.ward.Devices() {
		lines = append(lines, fmt.Sprintf("device %v of %s at %v, by hand %+v", d.Identity, d.Gateway, d.Location, d.Hand))
	}
	for _, mrn := range patients[1:] {
		lines = append(lines, mrn+" is "+s.known(mrn))
	}
	return lines
}

// values are all numbers that the ward shows as the last word, and whose it is, but for the
// moment in which a device spoke for two. Of a device that a person gave to a
// bed since a time that was past, the record knows more.
func (s *story) values() map[string]bool {
	out := map[string]bool{}
	for _, u := range s.ward.Units() {
		for _, b := range u.Beds {
			for _, d := range b.Devices {
				if d.AssignedBy() != "" {
					continue
				}
				for _, r := range d.Readings {
					if r.Now.HasValue() && !r.Was.At.Equal(d.Since) {
						out[fmt.Sprint(b.ID, " ", d.ID, " ", d.Encounter, " ", r.Now.Metric.Label, " ", r.Was.Value, " at ", r.Was.At.Round(0))] = true
					}
				}
				for _, c := range d.Channels {
					if c.At.Equal(d.Since) {
						continue
					}
					out[fmt.Sprint(b.ID, " ", d.ID, " ", d.Encounter, " channel ", c.Channel, " ", c.Status, " at ", c.At.Round(0))] = true
				}
			}
		}
	}
	return out
}

// known is what becomes of a patient's stays when the census next speaks.
func (s *story) known(mrn string) string {
	w, _ := ward.Apply(s.ward, ward.Input{ID: "probe", At: s.now(), Event: ward.Moved{Movement: census.Movement{
		Kind: census.Update, At: s.now(), Patient: census.Demographics{Identifiers: []census.Identifier{{Value: mrn, Type: "MR"}}},
	}}})
	var stays []string
	for id := range s.stays {
		if e, ok := w.Encounter(id); ok {
			stays = append(stays, fmt.Sprintf("%s of %s bed %v assigned %v open %v cancelled %v", e.ID, e.Patient, e.Bed, e.Assigned, e.IsOpen(), e.Cancelled))
		}
	}
	slices.Sort(stays)
	return strings.Join(stays, "; ")
}

// However a process ends, the next one shows the alarms that the record has.
func TestWhateverHappensBeforeARestart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newStory(t)
		for range rapid.IntRange(1, 40).Draw(t, "length") {
			s.goOn(t)
		}
		var all []ward.Change
		for _, changes := range s.outcome {
			all = append(all, changes...)
		}
		s.changes = all
		before, whoIsWhere, values := s.open(), s.whoIsWhere(), s.values()
		s.restart()
		after := s.open()
		for v := range s.values() {
			if !values[v] {
				t.Fatalf("shows %s, and did not before the restart: %v", v, values)
			}
		}
		if diff := cmp.Diff(whoIsWhere, s.whoIsWhere()); diff != "" {
			t.Fatalf("-before the restart +after:\n%s", diff)
		}
		for _, e := range before {
			i := slices.IndexFunc(after, func(o alarm.Episode) bool { return o.ID == e.ID })
			switch {
			case e.Origin == alarm.FromDevice && e.Category == alarm.Technical && i < 0: // its device is elsewhere
			case e.Origin == alarm.FromSystem && e.Code != ward.CodeBedConflict:
				if i >= 0 {
					t.Fatalf("%q is not found anew but taken over", e.Label)
				}
			case i < 0 && e.Request == nil:
				t.Fatalf("%q in %s is lost: %s", e.Label, e.Bed, s.closedAs(e.ID))
			case i >= 0 && e.Category == alarm.Physiological && after[i].State.Shown() == "active":
				t.Fatalf("%q is active before its source has spoken", e.Label)
			}
		}
		s.second++
		s.Do(ward.Tick{RecordedAt: s.now()})
	})
}
