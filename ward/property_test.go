package ward_test

import (
	stdcmp "cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/staff"
	"wardlight/ward/vitals"
)

// story draws whatever may happen to a ward, and lives through it.
type story struct {
	*timeline
	inputs   []ward.Input
	outcome  [][]ward.Change
	pending  []string // commands on their way into the record
	past     []ward.Report
	episodes map[alarm.ID]alarm.Episode // as the changes so far tell
	bonds    map[device.ID]device.Association
	stays    map[census.EncounterID]census.Encounter
	// isCompared: the ward that each input is given is held against itself
	// afterwards, which takes long.
	isCompared bool
}

func newStory(t *rapid.T) *story {
	s := &story{
		timeline: &timeline{t: t},
		episodes: map[alarm.ID]alarm.Episode{}, bonds: map[device.ID]device.Association{},
		stays: map[census.EncounterID]census.Encounter{},
	}
	s.live(t, configure(0))
	return s
}

var limitsOf = []alarm.Band{
	{Low: "50", High: "120", ExtremeLow: "40", ExtremeHigh: "140"},
	{Low: "60", High: "100"},
	{ExtremeHigh: "140"},
	{},
}

func configure(limits int) ward.Configure {
	icu := unit("ICU", "adult-icu", "1", "2")
	icu.Limits = map[vitals.Code]alarm.Band{vitals.HeartRate: limitsOf[limits]}
	return ward.Configure{Units: []ward.UnitConfig{icu, unit("STEPDOWN", "adult", "3")}, Digest: fmt.Sprint(limits), By: "admin"}
}

// movements are all kinds of census events; two records become one rarely,
// since there are only three patients.
var movements = slices.Concat(
	slices.Repeat([]census.MovementKind{census.Admit, census.Transfer, census.Discharge, census.Update}, 3),
	[]census.MovementKind{
		census.Register, census.UpdatePerson, census.CancelAdmit, census.CancelTransfer, census.CancelDischarge, census.Merge,
	},
)

var (
	beds     = []string{"ICU-1", "ICU-2", "STEPDOWN-3", "ICU-99", ""}
	patients = []string{"", "M1", "M2", "M3"}
	sources  = []string{"MON1", "MON2", "WEAR1"}
	people   = []staff.Person{kim, lee, {ID: "mo", Role: staff.Viewer}}
)

func (s *story) event(t *rapid.T) ward.Event {
	switch rapid.IntRange(0, 22).Draw(t, "what") {
	case 21:
		return s.leave(t)
	case 22:
		return s.byHands(t)
	case 0, 1:
		m := census.Movement{
			Kind:    rapid.SampledFrom(movements).Draw(t, "movement"),
			At:      s.now().Add(time.Duration(rapid.IntRange(-60, 5).Draw(t, "happened")) * time.Second),
			Patient: census.Demographics{Identifiers: []census.Identifier{{Value: rapid.SampledFrom(patients[1:]).Draw(t, "patient"), Type: "MR"}}},
			To:      place(rapid.SampledFrom(beds).Draw(t, "to")),
		}
		if v := rapid.IntRange(0, 2).Draw(t, "visit"); v > 0 {
			m.Visit = census.Identifier{Value: fmt.Sprint("V", v)}
		}
		if m.Kind == census.Merge {
			m.Prior = []census.Identifier{{Value: rapid.SampledFrom(patients[1:]).Draw(t, "prior"), Type: "MR"}}
		}
		return ward.Moved{Movement: m}
	case 2, 3, 4:
		return s.click(t)
	case 5:
		if len(s.pending) > 0 {
			return ward.Withdraw{Command: s.settle()}
		}
	case 6, 7:
		if len(s.pending) > 0 {
			return ward.Confirm{Command: s.settle()}
		}
	case 8:
		return configure(rapid.IntRange(0, len(limitsOf)-1).Draw(t, "limits"))
	case 9:
		if len(s.past) > 0 {
			return ward.Reports{rapid.SampledFrom(s.past).Draw(t, "again")}
		}
	case 13, 14:
		return s.assignment(t)
	case 10, 11, 12:
		behind := time.Duration(rapid.IntRange(0, 5).Draw(t, "behind")) * time.Second
		return ward.Tick{RecordedAt: s.now().Add(-behind), Waiting: rapid.SampledFrom([][]string{nil, {"GW"}}).Draw(t, "waiting")}
	}
	r := s.draw(t)
	s.past = append(s.past, r)
	return ward.Reports{r}
}

// assignment is somebody's word on a device: mostly right, hurried at times.
func (s *story) assignment(t *rapid.T) ward.Event {
	id := device.ID(rapid.SampledFrom(sources).Draw(t, "device"))
	by := rapid.SampledFrom([]staff.Person{lee, ada}).Draw(t, "by")
	if rapid.IntRange(0, 2).Draw(t, "release") == 0 {
		r := ward.Release{Device: id, By: by, Reason: "seen", Confirmed: rapid.Bool().Draw(t, "confirmed")}
		if d, ok := s.ward.Device(id); ok {
			r.Seen = d.Since
		}
		return r
	}
	name := rapid.SampledFrom(beds[:3]).Draw(t, "bed")
	a := s.to(id, name, by)
	a.Reason, a.Confirmed = "moved", rapid.Bool().Draw(t, "confirmed")
	a.Identifiers = [2]string{}
	if b := s.Bed(name); b.Patient != nil {
		a.Identifiers = [2]string{b.Patient.MRN(), string(b.ID.Bed)}
	}
	if rapid.Bool().Draw(t, "reads back") {
		a.ReadBack = stdcmp.Or(a.Identifiers[0], string(a.Bed.Bed))
	}
	if back := rapid.SampledFrom([]int{0, 0, 1, 20}).Draw(t, "since"); back > 0 {
		a.From = s.now().Add(-time.Duration(back) * time.Second)
	}
	return a
}

// leave is somebody who goes away, or comes back.
func (s *story) leave(t *rapid.T) ward.Event {
	bed := s.Bed(rapid.SampledFrom([]string{"ICU-1", "ICU-2", "STEPDOWN-3"}).Draw(t, "who"))
	e := ward.GoAway{Where: "imaging", By: lee}
	if bed.Encounter != nil {
		e.Encounter = bed.Encounter.ID
	}
	if minutes := rapid.IntRange(0, 3).Draw(t, "minutes"); minutes > 0 {
		e.Until = s.now().Add(time.Duration(minutes) * time.Minute)
	}
	return e
}

// byHands is a nurse's word of who is where.
func (s *story) byHands(t *rapid.T) ward.Event {
	bed := s.Bed(rapid.SampledFrom([]string{"ICU-1", "ICU-2", "STEPDOWN-3"}).Draw(t, "who"))
	e := ward.Moved{By: lee, Reason: "asked", Confirmed: rapid.Bool().Draw(t, "confirmed")}
	e.Kind = rapid.SampledFrom([]census.MovementKind{census.Admit, census.Transfer, census.Discharge, census.Update, census.CancelDischarge}).Draw(t, "by hand")
	e.To = place(rapid.SampledFrom(beds).Draw(t, "to"))
	if mrn := rapid.SampledFrom(patients).Draw(t, "patient"); mrn != "" {
		e.Patient.Identifiers = []census.Identifier{{Value: mrn}}
	}
	if bed.Encounter != nil {
		e.Encounter = bed.Encounter.ID
	}
	return e
}

func (s *story) settle() string {
	command := s.pending[0]
	s.pending = s.pending[1:]
	return command
}

func (s *story) click(t *rapid.T) ward.Event {
	open := s.open()
	if len(open) == 0 {
		return ward.Tick{RecordedAt: s.now()}
	}
	e := rapid.SampledFrom(open).Draw(t, "alarm")
	return ward.Acknowledge{
		Alarm: e.ID, Version: e.Version + rapid.IntRange(-2, 1).Draw(t, "seen"),
		By: rapid.SampledFrom(people).Draw(t, "by"), Reason: "seen",
	}
}

// open lists what the ward shows, in its own order.
func (s *story) open() (open []alarm.Episode) {
	open = append(open, s.ward.SystemAlarms()...)
	for _, u := range s.ward.Units() {
		for _, b := range u.Beds {
			open = append(open, b.Episodes...)
		}
	}
	return open
}

func (s *story) draw(t *rapid.T) ward.Report {
	m := s.Monitor(rapid.SampledFrom(sources).Draw(t, "device"), rapid.SampledFrom(beds).Draw(t, "at"))
	if mrn := rapid.SampledFrom(patients).Draw(t, "of"); mrn != "" {
		m = m.Of(mrn)
	}
	m.skew = time.Duration(rapid.SampledFrom([]int{0, 0, 0, 1, 3, 3600, -10}).Draw(t, "skew")) * time.Second
	var values []value
	for _, mdc := range []int{hrMDC, spo2MDC, pulseMDC, nibpMDC} {
		if !rapid.Bool().Draw(t, "measured") {
			continue
		}
		v := value{mdc: mdc, text: rapid.SampledFrom([]string{"", "38", "45", "52", "75", "85", "89", "92", "97", "118", "125", "145", "205"}).Draw(t, "value")}
		v.age = float64(rapid.SampledFrom([]int{0, 0, 0, 1, 5, 20, 300}).Draw(t, "age"))
		values = append(values, v.judged(rapid.SampledFrom([]vitals.Quality{"", "", "", vitals.Questionable}).Draw(t, "quality")))
	}
	r := m.report(values...)
	for _, channel := range []string{"1", "2"} {
		if rapid.IntRange(0, 3).Draw(t, "pumps") == 0 {
			status := rapid.SampledFrom([]infusion.Status{infusion.Infusing, infusion.Paused}).Draw(t, "status")
			r.Channels = append(r.Channels, infusion.Channel{Channel: channel, Status: status, DeviceAt: r.SentAt})
		}
	}
	if rapid.IntRange(0, 2).Draw(t, "alarms") == 0 {
		r.Alerts = append(r.Alerts, s.alert(t, r.SentAt))
	}
	return r
}

func (s *story) alert(t *rapid.T, sent time.Time) alarm.Alert {
	phase := rapid.SampledFrom([]alarm.Phase{
		alarm.PhaseStart, alarm.PhaseUpdate, alarm.PhaseContinue, alarm.PhaseEnd, alarm.PhaseEnd, alarm.PhaseTimePoint, alarm.PhaseAcknowledged,
	}).Draw(t, "phase")
	priority := rated(rapid.SampledFrom([]alarm.Priority{"", alarm.Low, alarm.Medium, alarm.High, alarm.High}).Draw(t, "priority"))
	a := lowSpO2(phase, 0, rapid.SampledFrom([]string{"80", "84"}).Draw(t, "value"), priority)
	if rapid.Bool().Draw(t, "occlusion") {
		a = occlusion(phase, 0, priority)
	}
	a.DeviceAt = sent.Add(-time.Duration(rapid.SampledFrom([]int{0, 0, 1, 5, 300}).Draw(t, "happened")) * time.Second)
	return a
}

// live applies an event and checks all that must always be so.
func (s *story) live(t *rapid.T, e ward.Event) {
	in := ward.Input{ID: fmt.Sprintf("i%d", len(s.inputs)), At: s.now(), Event: e, Message: messageOf(e)}
	given, before := s.ward, ""
	if s.isCompared {
		before = ward.Dump(given)
	}
	var changes []ward.Change
	s.ward, changes = ward.Apply(s.ward, in)
	s.inputs, s.outcome = append(s.inputs, in), append(s.outcome, changes)
	if s.isCompared && ward.Dump(given) != before {
		t.Fatalf("%T changed the ward that it was given", e)
	}
	if _, ok := e.(ward.Acknowledge); ok && declined(changes) == nil {
		s.pending = append(s.pending, in.ID)
	}
	s.checkChanges(t, e, changes)
	s.checkWard(t)
}

func (s *story) checkChanges(t *rapid.T, e ward.Event, changes []ward.Change) {
	_, isTick := e.(ward.Tick)
	_, isMove := e.(ward.Moved)
	_, isAway := e.(ward.GoAway)
	for _, c := range changes {
		switch w := c.What.(type) {
		case ward.EpisodeChanged:
			s.checkEvent(t, w.Episode, w.Event)
			isPatients := w.Episode.Category == alarm.Physiological
			if isTick && isPatients && (w.Event.What == alarm.EventOnset || !w.Episode.IsOpen()) {
				t.Fatalf("a tick began or ended %q: %s", w.Episode.Label, w.Event.What)
			}
			if was := s.episodes[w.Episode.ID]; was.State.IsAcknowledged() && !w.Episode.State.IsAcknowledged() && w.Episode.IsOpen() &&
				w.Event.What != alarm.EventPriorityUp && w.Event.What != alarm.EventRestored && w.Event.What != alarm.EventTransfer {
				t.Fatalf("%q lost its acknowledgement by %q", was.Label, w.Event.What)
			}
			s.episodes[w.Episode.ID] = w.Episode
		case ward.AcknowledgementRequested:
			s.checkEvent(t, w.Episode, w.Event)
			e := s.episodes[w.Episode.ID]
			e.Version = w.Episode.Version
			s.episodes[w.Episode.ID] = e
		case ward.Associated:
			if last, ok := s.bonds[w.Device]; ok && (last.IsOpen() || w.From.Before(last.To)) {
				t.Fatalf("%s speaks for two beds: %+v, then %+v", w.Device, last, w.Association)
			}
			s.bonds[w.Device] = w.Association
		case ward.Released:
			if last := s.bonds[w.Device]; !last.IsOpen() || !last.From.Equal(w.From) || last.Bed != w.Bed || last.Encounter != w.Encounter || w.To.Before(w.From) {
				t.Fatalf("%+v ends %+v", w.Association, last)
			}
			s.bonds[w.Device] = w.Association
		case ward.PatientKnown:
			if !isMove {
				t.Fatalf("%T made a %T: only the census may", e, w)
			}
		case ward.EncounterChanged:
			was := s.stays[w.ID]
			was.Away, s.stays[w.ID] = w.Away, w.Encounter
			if !isMove && !isAway && !(w.Away == nil && w.Equal(was)) {
				t.Fatalf("%T made %+v of %+v: only the census may, but for a return", e, w, was)
			}
		}
	}
}

// checkEvent follows an alarm's versions from its onset on.
func (s *story) checkEvent(t *rapid.T, e alarm.Episode, event alarm.Event) {
	was, known := s.episodes[e.ID]
	switch {
	case !known && (event.What != alarm.EventOnset || e.Version != 1):
		t.Fatalf("%s begins with %q, version %d", e.ID, event.What, e.Version)
	case known && !was.IsOpen():
		t.Fatalf("%q after %s had closed", event.What, e.ID)
	case event.What == "" && e.Version != was.Version, event.What != "" && e.Version != was.Version+1:
		t.Fatalf("%s: %q made version %d of %d", e.ID, event.What, e.Version, was.Version)
	case event.What != "" && (event.Episode != e.ID || event.Version != e.Version || event.To != e.State):
		t.Fatalf("the event %+v does not tell what became of %+v", event, e)
	}
}

func (s *story) checkWard(t *rapid.T) {
	s.checkAlarms(t)
	lies := map[census.PatientID]string{}
	speaks := map[device.ID]string{}
	for _, u := range s.ward.Units() {
		for _, b := range u.Beds {
			if (b.Patient == nil) != (b.Encounter == nil) {
				t.Fatalf("%s has half a patient", b.ID)
			}
			if b.Patient != nil {
				if b.Encounter.Patient != b.Patient.ID || b.Encounter.Bed != b.ID || !b.Encounter.IsOpen() {
					t.Fatalf("%s: %+v is not the stay of %+v", b.ID, b.Encounter, b.Patient)
				}
				if other, ok := lies[b.Patient.ID]; ok && countCode(b.Episodes, ward.CodeTwoBeds) != 1 {
					t.Fatalf("%s lies in %s and %s", b.Patient.ID, other, b.ID)
				}
				lies[b.Patient.ID] = b.ID.String()
				if known, _ := s.ward.Patient(b.Patient.ID); known != b.Patient {
					t.Fatalf("%s shows another %s", b.ID, b.Patient.ID)
				}
			}
			for _, d := range b.Devices {
				if other, ok := speaks[d.ID]; ok {
					t.Fatalf("%s speaks for %s and %s", d.ID, other, b.ID)
				}
				speaks[d.ID] = b.ID.String()
				if known, _ := s.ward.Device(d.ID); known != d {
					t.Fatalf("%s shows another %s", b.ID, d.ID)
				}
				if want := census.EncounterID(""); d.Bed != b.ID || b.Encounter != nil && d.Encounter != b.Encounter.ID || b.Encounter == nil && d.Encounter != want {
					t.Fatalf("%s in %s speaks for %s, %s", d.ID, b.ID, d.Bed, d.Encounter)
				}
			}
			if b.Away() != nil && countCode(b.Episodes, ward.CodeDeviceLost)+countCode(b.Episodes, ward.CodeNoData) > 0 {
				t.Fatalf("%s is told to be silent though its patient is away: %v", b.ID, describe(b.Episodes))
			}
			if conflicts := countCode(b.Episodes, ward.CodeBedConflict); conflicts != len(b.Displaced) {
				t.Fatalf("%s: %d conflicts, %d alarms about them", b.ID, len(b.Displaced), conflicts)
			}
		}
	}
	for _, d := range s.ward.Unassigned() {
		if bed, ok := speaks[d.ID]; ok || !d.Bed.IsZero() || d.Held == "" {
			t.Fatalf("%s is unassigned (%q) and speaks for %s", d.ID, d.Held, bed)
		}
	}
}

func countCode(episodes []alarm.Episode, code string) (n int) {
	for _, e := range episodes {
		if e.Code == code {
			n++
		}
	}
	return n
}

// checkAlarms: what people see is what the changes told, all of it and no
// more; one alarm for each device, quantity and side of its limits.
func (s *story) checkAlarms(t *rapid.T) {
	shown := map[alarm.ID]bool{}
	type key struct {
		bed    census.BedID
		device device.ID
		own    string // its own name for the alarm
		code   string
		metric vitals.Code
		side   alarm.Side
		stay   census.EncounterID
	}
	seen := map[key]bool{}
	for _, e := range s.open() {
		told, known := s.episodes[e.ID]
		if !known || told.State != e.State || told.Version != e.Version || told.Priority != e.Priority || told.Bed != e.Bed {
			t.Fatalf("shown as %+v, told as %+v", e, told)
		}
		if (e.Acknowledged != nil) != e.State.IsAcknowledged() {
			t.Fatalf("%s is %s, acknowledged by %v", e.ID, e.State, e.Acknowledged)
		}
		shown[e.ID] = true
		k := key{e.Bed, e.Device, string(e.Origin) + e.DeviceKey, e.Code, e.Metric, e.Side, ""}
		if e.Code == ward.CodeBedConflict {
			k.stay = e.Encounter
		}
		if seen[k] {
			t.Fatalf("two open alarms for %+v", k)
		}
		seen[k] = true
	}
	for id, e := range s.episodes {
		if e.IsOpen() && !shown[id] {
			t.Fatalf("%s, %q in %s, is lost: nobody said that it closed", id, e.Label, e.Bed)
		}
	}
}

func (s *story) goOn(t *rapid.T) {
	s.second += rapid.SampledFrom([]float64{0, 0.3, 1, 1, 1, 2, 5, 12, 40}).Draw(t, "pass")
	s.live(t, s.event(t))
}

func TestWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newStory(t)
		s.isCompared = rapid.IntRange(0, 3).Draw(t, "compared") == 0
		for range rapid.IntRange(1, 60).Draw(t, "length") {
			s.goOn(t)
		}
	})
}

// The same inputs give the same changes: nothing depends on the order of a
// map or on a clock.
func TestReplayIsIdentical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newStory(t)
		for range rapid.IntRange(1, 40).Draw(t, "length") {
			s.goOn(t)
		}
		var again ward.Ward
		for i, in := range s.inputs {
			var changes []ward.Change
			again, changes = ward.Apply(again, in)
			if a, b := ward.Dump(s.outcome[i]), ward.Dump(changes); a != b {
				t.Fatalf("input %d, %T:\n%s\nthen\n%s", i, in.Event, a, b)
			}
		}
		if ward.Dump(again) != ward.Dump(s.ward) {
			t.Fatal("the ward is another one")
		}
	})
}

// A message that comes a second time, or a value that newer ones have
// overtaken, changes nothing that a nurse sees.
func TestDuplicatesAndLateDataChangeNothingLive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newStory(t)
		s.ADT(census.Admit, "M1", "ICU-1", -3600)
		m := s.Monitor("MON1", "ICU-1").Of("M1")
		for range rapid.IntRange(1, 20).Draw(t, "length") {
			s.second++
			rate := rapid.SampledFrom([]string{"38", "45", "75", "125", "145"}).Draw(t, "rate")
			report := m.report(hr(rate), spo2("85"))
			s.Do(ward.Reports{report})
			before := seen(s.Bed("ICU-1"), s.now())
			again := report
			if rapid.Bool().Draw(t, "late") {
				again = m.report(hr(rapid.SampledFrom([]string{"30", "75", "160"}).Draw(t, "other")).old(float64(rapid.IntRange(1, 30).Draw(t, "age"))))
			}
			s.Do(ward.Reports{again})
			if after := seen(s.Bed("ICU-1"), s.now()); after != before {
				t.Fatalf("before %s\nafter  %s", before, after)
			}
		}
	})
}

// seen is what a bed shows: its alarms and its values.
func seen(b *ward.Bed, at time.Time) string {
	var values []string
	for _, v := range b.Vitals(at) {
		values = append(values, fmt.Sprint(v.Now.Metric.Label, v.Was.Value, v.Was.At, v.Freshness))
	}
	return fmt.Sprint(describe(b.Episodes), values)
}
