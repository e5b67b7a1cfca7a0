package live

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/fault"
	"wardlight/ward/staff"
	"wardlight/ward/vitals"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	errAway   = fault.New(fault.Unavailable, "the database is away")
	errPoison = fault.New(fault.Internal, "a constraint says no")
	errLate   = fault.New(fault.NotSaved, "too late")
	kim       = staff.Person{ID: "u1", Name: "Kim R.", Role: staff.Nurse}
)

// memory is a record that does as it is told. It keeps an entry once, as the
// real one does.
type memory struct {
	mu      sync.Mutex
	entries []ward.Entry
	known   map[string]bool
	calls   [][]ward.Entry
	// answer decides what becomes of a call; nil: it is recorded.
	answer func(ctx context.Context, entries []ward.Entry) error
}

func (m *memory) Record(ctx context.Context, _ string, entries []ward.Entry) error {
	m.mu.Lock()
	answer := m.answer
	m.calls = append(m.calls, entries)
	m.mu.Unlock()
	if answer != nil {
		if err := answer(ctx, entries); err != nil {
			return err
		}
	}
	m.keep(entries)
	return nil
}

func (m *memory) keep(entries []ward.Entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil {
		m.known = make(map[string]bool)
	}
	for _, e := range entries {
		if !m.known[e.Input.ID] {
			m.known[e.Input.ID] = true
			m.entries = append(m.entries, e)
		}
	}
}

func (m *memory) answers(f func(ctx context.Context, entries []ward.Entry) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answer = f
}

func (m *memory) all() []ward.Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.entries)
}

// messages lists the control ids that are in the record, in order; those in
// quarantine with a question mark.
func (m *memory) messages() []string {
	var out []string
	for _, e := range m.all() {
		if e.Input.Message == nil {
			continue
		}
		id := e.Input.Message.ControlID
		if isRefused(e.Input.Event) {
			id += "?"
		}
		out = append(out, id)
	}
	return out
}

func (m *memory) requests() int {
	n := 0
	for _, e := range m.all() {
		for _, c := range e.Changes {
			if _, ok := c.What.(ward.AcknowledgementRequested); ok {
				n++
			}
		}
	}
	return n
}

// gate makes calls wait until it is opened.
type gate struct {
	opened chan struct{}
	open   func()
}

func newGate() gate {
	c := make(chan struct{})
	return gate{c, sync.OnceFunc(func() { close(c) })}
}

func (g gate) pass(ctx context.Context, _ []ward.Entry) error {
	select {
	case <-g.opened:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func testWard(at time.Time) ward.Ward {
	unit := func(code UnitCode, beds ...census.BedCode) ward.UnitConfig {
		return ward.UnitConfig{Unit: census.Unit{Code: code, Name: string(code), Zone: "UTC", CareArea: "adult-icu", TrustGateway: true, Beds: beds}}
	}
	w, changes := ward.Apply(ward.Ward{}, ward.Input{ID: "config", At: at, Event: ward.Configure{
		Units: []ward.UnitConfig{unit("ICU", "1", "2", "12"), unit("WARD", "1")},
	}})
	if err := declinedIn(changes); err != nil {
		panic(err)
	}
	return w
}

// start runs a loop until the test ends.
func start(t *testing.T, r Recorder, adjust ...func(*Config)) *Loop {
	t.Helper()
	c := Config{Ward: testWard(time.Now()), Recorder: r, Epoch: "e1"}
	for _, f := range adjust {
		f(&c)
	}
	l := New(c)
	run(t, l)
	return l
}

func run(t *testing.T, l *Loop) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() { _ = stop() })
	return stop
}

// heartRate is a message with one value from the monitor of a bed.
func heartRate(id string, bed census.BedCode, value string) (ward.Event, *ward.Message) {
	metric, _ := vitals.ByCode(vitals.HeartRate)
	v, err := vitals.ParseDecimal(value)
	if err != nil {
		panic(err)
	}
	now := time.Now()
	m := ward.NewMessage("GW1", id, "ORU^R01", "", []byte("MSH|"+id), now)
	return ward.Reports{{
		Device: device.Identity{ID: device.ID("MON" + bed), Kind: device.Monitor},
		Location: census.Location{
			Unit: "ICU", Bed: string(bed),
		},
		SentAt:       now,
		Observations: []vitals.Observation{{Metric: metric, Value: v, DeviceAt: now, Quality: vitals.OK}},
	}}, m
}

// told collects outcomes by name.
type told struct {
	mu    sync.Mutex
	order []string
	by    map[string]ward.Outcome
}

func (o *told) as(name string) func(ward.Outcome) {
	return func(out ward.Outcome) {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.by == nil {
			o.by = make(map[string]ward.Outcome)
		}
		if _, twice := o.by[name]; twice {
			panic("told twice: " + name)
		}
		o.by[name] = out
		o.order = append(o.order, name)
	}
}

func (o *told) names() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.order)
}

func (o *told) of(name string) (ward.Outcome, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	out, ok := o.by[name]
	return out, ok
}

func (o *told) kind(t *testing.T, name string) fault.Kind {
	t.Helper()
	out, ok := o.of(name)
	if !ok {
		t.Fatalf("no outcome of %s was told", name)
	}
	return fault.KindOf(out.Err)
}

func enqueue(t *testing.T, l *Loop, o *told, id string, bed census.BedCode, value string) {
	t.Helper()
	e, m := heartRate(id, bed, value)
	if err := l.Enqueue(t.Context(), e, m, o.as(id)); err != nil {
		t.Fatalf("Enqueue %s: %v", id, err)
	}
	synctest.Wait()
}

func acknowledge(t *testing.T, l *Loop, o *told, name string, e alarm.Episode) {
	t.Helper()
	if err := l.Enqueue(t.Context(), ward.Acknowledge{Alarm: e.ID, Version: e.Version, By: kim}, nil, o.as(name)); err != nil {
		t.Fatalf("Enqueue %s: %v", name, err)
	}
	synctest.Wait()
}

// lostAlarm waits until the monitor of bed 12, which spoke once, is missed.
func lostAlarm(t *testing.T, l *Loop) alarm.Episode {
	t.Helper()
	e, m := heartRate("first", "12", "80")
	if o := l.Submit(t.Context(), e, m); o.Err != nil {
		t.Fatal(o.Err)
	}
	time.Sleep(35 * time.Second)
	synctest.Wait()
	return bedAlarm(t, l)
}

func bedAlarm(t *testing.T, l *Loop) alarm.Episode {
	t.Helper()
	bed, _ := l.View().Ward.Bed(census.BedID{Unit: "ICU", Bed: "12"})
	for _, e := range bed.Episodes {
		if e.Code == ward.CodeDeviceLost {
			return e
		}
	}
	t.Fatal("the silent monitor raised no alarm")
	return alarm.Episode{}
}

func hasSystemAlarm(l *Loop, code string) bool {
	return slices.ContainsFunc(l.View().Ward.SystemAlarms(), func(e alarm.Episode) bool { return e.Code == code })
}

func shownRate(l *Loop, bed census.BedCode) string {
	b, _ := l.View().Ward.Bed(census.BedID{Unit: "ICU", Bed: bed})
	for _, v := range b.Vitals(time.Now()) {
		return fmt.Sprint(v.Now.Value)
	}
	return ""
}
