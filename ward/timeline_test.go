package ward_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/staff"
	"wardlight/ward/vitals"
)

// noon is second 0 of every timeline.
var noon = time.Date(2026, 1, 13, 12, 0, 0, 0, time.UTC)

// timeline plays what happens to a ward, second by second, as the loop would:
// a tick each second, ids that count, commands that wait for the record.
type timeline struct {
	t       tester
	ward    ward.Ward
	second  float64
	inputs  int
	changes []ward.Change // since they were last looked at
}

// tester is a test, or a drawn case of one.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// newTimeline begins with an intensive care unit and a stepdown unit.
func newTimeline(t tester) *timeline {
	t.Helper()
	l := &timeline{t: t}
	l.Do(ward.Configure{Units: []ward.UnitConfig{unit("ICU", "adult-icu", "1", "2", "12"), unit("STEPDOWN", "adult-ward", "3", "4")}, Digest: "d1", By: "admin"})
	l.wantAccepted()
	return l
}

func unit(code census.UnitCode, area string, beds ...census.BedCode) ward.UnitConfig {
	return ward.UnitConfig{Unit: census.Unit{Code: code, Name: string(code), Zone: "Europe/London", CareArea: area, TrustGateway: true, Beds: beds}}
}

func (l *timeline) now() time.Time { return second(l.second) }

func second(s float64) time.Time { return noon.Add(time.Duration(s * float64(time.Second))) }

// Do applies an event now.
func (l *timeline) Do(e ward.Event) []ward.Change {
	l.inputs++
	var changes []ward.Change
	l.ward, changes = ward.Apply(l.ward, ward.Input{ID: fmt.Sprintf("i%d", l.inputs), At: l.now(), Event: e, Message: messageOf(e)})
	l.changes = append(l.changes, changes...)
	return changes
}

// messageOf is the message in which a report comes: each device has a gateway
// of its own.
func messageOf(e ward.Event) *ward.Message {
	r, ok := e.(ward.Reports)
	if !ok || len(r) == 0 {
		return nil
	}
	return &ward.Message{Source: "GW-" + string(r[0].Device.ID), Peer: "10.20.0.7:40100"}
}

// At lets time pass, a tick each second, while the record keeps up.
func (l *timeline) At(s float64) *timeline {
	for l.second+1 <= s {
		l.second++
		l.Do(ward.Tick{RecordedAt: l.now()})
	}
	l.second = s
	return l
}

// monitor is a device that speaks at a place, perhaps of a patient.
type monitor struct {
	l        *timeline
	identity device.Identity
	at       census.Location
	patient  []census.Identifier
	skew     time.Duration // what its gateway's clock lags behind
}

// Monitor is a monitor in a bed ("ICU-12"); its gateway knows no patient.
func (l *timeline) Monitor(id, bed string) *monitor {
	return &monitor{l: l, identity: device.Identity{ID: device.ID(id), Label: id, Kind: device.Monitor}, at: place(bed)}
}

func place(bed string) census.Location {
	u, b, _ := strings.Cut(bed, "-")
	return census.Location{Unit: u, Room: b}
}

func (m *monitor) Of(mrn string) *monitor {
	of := *m
	of.patient = []census.Identifier{{Value: mrn, Type: "MR"}}
	return &of
}

func (m *monitor) Kind(k device.Kind) *monitor {
	of := *m
	of.identity.Kind = k
	return &of
}

// value is one value in a report, so many seconds old.
type value struct {
	mdc     int
	text    string // "" is no value
	age     float64
	quality vitals.Quality
}

const (
	hrMDC, spo2MDC, pulseMDC, rrMDC, nibpMDC, tempMDC = 147842, 150456, 149530, 151578, 150021, 150344
)

func hr(v string) value    { return value{mdc: hrMDC, text: v} }
func spo2(v string) value  { return value{mdc: spo2MDC, text: v} }
func pulse(v string) value { return value{mdc: pulseMDC, text: v} }
func rr(v string) value    { return value{mdc: rrMDC, text: v} }
func nibp(v string) value  { return value{mdc: nibpMDC, text: v} }

func (v value) old(seconds float64) value           { v.age = seconds; return v }
func (v value) judged(quality vitals.Quality) value { v.quality = quality; return v }

// report is the message that says these values now.
func (m *monitor) report(values ...value) ward.Report {
	sent := m.l.now().Add(-m.skew)
	r := ward.Report{Device: m.identity, Patient: m.patient, Location: m.at, SentAt: sent}
	for _, v := range values {
		metric, ok := vitals.ByMDC(v.mdc)
		if !ok {
			m.l.t.Fatalf("no metric %d", v.mdc)
		}
		o := vitals.Observation{Metric: metric, DeviceAt: sent.Add(-time.Duration(v.age * float64(time.Second))), Quality: vitals.OK}
		switch {
		case v.text == "":
			o.Quality = vitals.Invalid
		default:
			o.Value = vitals.MustDecimal(v.text)
		}
		if v.quality != "" {
			o.Quality = v.quality
		}
		r.Observations = append(r.Observations, o)
	}
	return r
}

// Says reports values now.
func (m *monitor) Says(values ...value) []ward.Change {
	return m.l.Do(ward.Reports{m.report(values...)})
}

// Keeps says the values each second from now until second s.
func (m *monitor) Keeps(s float64, values ...value) {
	m.Says(values...)
	for m.l.second+1 <= s {
		m.l.At(m.l.second + 1)
		m.Says(values...)
	}
}

// Pumps reports a channel now.
func (m *monitor) Pumps(c infusion.Channel) []ward.Change {
	c.DeviceAt = m.l.now()
	r := m.Kind(device.Pump).report()
	r.Channels = []infusion.Channel{c}
	return m.l.Do(ward.Reports{r})
}

// ADT applies an event of the hospital's census. when is the second at which
// it happened; it is told now, or then if that is later.
func (l *timeline) ADT(kind census.MovementKind, mrn, bed string, when float64, edit ...func(*census.Movement)) []ward.Change {
	m := census.Movement{
		Kind: kind, At: second(when), To: place(bed),
		Patient: census.Demographics{Identifiers: []census.Identifier{{Value: mrn, Assigner: "GENHOSP", Type: "MR"}}},
	}
	l.second = max(l.second, when)
	for _, e := range edit {
		e(&m)
	}
	return l.Do(ward.Moved{Movement: m})
}

func visit(number string) func(*census.Movement) {
	return func(m *census.Movement) { m.Visit = census.Identifier{Value: number, Type: "VN"} }
}

// Bed is a bed as it is now ("ICU-12").
func (l *timeline) Bed(name string) *ward.Bed {
	l.t.Helper()
	u, b, _ := strings.Cut(name, "-")
	bed, ok := l.ward.Bed(census.BedID{Unit: census.UnitCode(u), Bed: census.BedCode(b)})
	if !ok {
		l.t.Fatalf("no bed %s", name)
	}
	return bed
}

// Alarm finds the bed's alarm with the label.
func (l *timeline) Alarm(bed, label string) alarm.Episode {
	l.t.Helper()
	for _, e := range l.Bed(bed).Episodes {
		if e.Label == label {
			return e
		}
	}
	l.t.Fatalf("%s has no alarm %q, only %q", bed, label, describe(l.Bed(bed).Episodes))
	return alarm.Episode{}
}

// Want compares the bed's alarms, in worklist order, with lines such as
// "!!! HR low active" or "!! SpO2 low indeterminate ✓Kim R.".
func (l *timeline) Want(bed string, alarms ...string) {
	l.t.Helper()
	if diff := cmp.Diff(alarms, describe(l.Bed(bed).Episodes)); diff != "" {
		l.t.Errorf("%s at %v s, -want +got:\n%s", bed, l.second, diff)
	}
}

// WantSystem compares the alarms about the system itself.
func (l *timeline) WantSystem(alarms ...string) {
	l.t.Helper()
	if diff := cmp.Diff(alarms, describe(l.ward.SystemAlarms())); diff != "" {
		l.t.Errorf("the system at %v s, -want +got:\n%s", l.second, diff)
	}
}

func describe(episodes []alarm.Episode) (lines []string) {
	for _, e := range episodes {
		line := e.Priority.Mark() + " " + e.Label + " " + e.State.Shown()
		if e.Acknowledged != nil {
			line += " ✓" + e.Acknowledged.Name
		}
		if e.Request != nil {
			line += " (" + e.Request.Name + " …)"
		}
		lines = append(lines, line)
	}
	return lines
}

// WantVital compares what the bed shows of a quantity, "88 fresh" or "" for
// nothing.
func (l *timeline) WantVital(bed string, code vitals.Code, want string) {
	l.t.Helper()
	got := ""
	for _, s := range l.Bed(bed).Vitals(l.now()) {
		if s.Now.Metric.Code == code {
			got = s.Was.Value.String() + " " + string(s.Freshness)
			if !s.Now.HasValue() {
				got = "none"
			}
		}
	}
	if got != want {
		l.t.Errorf("%s shows %q for %s at %v s, want %q", bed, got, code, l.second, want)
	}
}

// WantPool compares the unassigned devices and why they are.
func (l *timeline) WantPool(devices ...string) {
	l.t.Helper()
	var got []string
	for _, d := range l.ward.Unassigned() {
		got = append(got, string(d.ID)+": "+d.Held)
	}
	if diff := cmp.Diff(devices, got); diff != "" {
		l.t.Errorf("unassigned at %v s, -want +got:\n%s", l.second, diff)
	}
}

var (
	kim = staff.Person{ID: "kim", Name: "Kim R.", Role: staff.Nurse, Unit: "ICU"}
	lee = staff.Person{ID: "lee", Name: "Lee S.", Role: staff.ChargeNurse}
)

// asks is a nurse's click on an alarm as she saw it. It gives the command's
// id, or why it was declined.
func (l *timeline) asks(by staff.Person, e alarm.Episode, version int) (command string, err error) {
	changes := l.Do(ward.Acknowledge{Alarm: e.ID, Version: version, By: by, Reason: "seen"})
	return fmt.Sprintf("i%d", l.inputs), declined(changes)
}

// acknowledges asks and has it recorded.
func (l *timeline) acknowledges(by staff.Person, bed, label string) {
	l.t.Helper()
	e := l.Alarm(bed, label)
	command, err := l.asks(by, e, e.Version)
	if err == nil {
		err = declined(l.Do(ward.Confirm{Command: command}))
	}
	if err != nil {
		l.t.Fatalf("%s could not acknowledge %q: %v", by.Name, label, err)
	}
}

func declined(changes []ward.Change) error {
	for _, c := range changes {
		if d, ok := c.What.(ward.Declined); ok {
			return d.Err
		}
	}
	return nil
}

func (l *timeline) wantAccepted() {
	l.t.Helper()
	if err := declined(l.changes); err != nil {
		l.t.Fatal(err)
	}
}

// history gives the events of an alarm among the changes so far.
func (l *timeline) history(id alarm.ID) (events []string) {
	for _, c := range l.changes {
		switch w := c.What.(type) {
		case ward.EpisodeChanged:
			if w.Episode.ID == id && w.Event.What != "" {
				events = append(events, string(w.Event.What))
			}
		case ward.AcknowledgementRequested:
			if w.Episode.ID == id {
				events = append(events, string(w.Event.What))
			}
		}
	}
	return events
}

// closedAs is why an alarm closed, by the changes so far.
func (l *timeline) closedAs(id alarm.ID) alarm.Reason {
	for _, c := range slices.Backward(l.changes) {
		if w, ok := c.What.(ward.EpisodeChanged); ok && w.Episode.ID == id {
			return w.Episode.Closed
		}
	}
	return ""
}

// changesOf picks the changes of one sort.
func changesOf[W ward.What](changes []ward.Change) (out []W) {
	for _, c := range changes {
		if w, ok := c.What.(W); ok {
			out = append(out, w)
		}
	}
	return out
}

func wantAlready(t *testing.T, err error, name string) {
	t.Helper()
	var already ward.AlreadyAcknowledged
	if !errors.As(err, &already) || already.Name != name {
		t.Errorf("declined with %v, want: already acknowledged by %s", err, name)
	}
}
