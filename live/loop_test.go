package live

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/fault"
)

func TestNothingIsAcceptedBeforeItIsDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, o := newGate(), &told{}
		r := &memory{answer: g.pass}
		l := start(t, r)
		for i := range 3 {
			enqueue(t, l, o, fmt.Sprint("m", i), "12", fmt.Sprint(80+i))
			time.Sleep(time.Millisecond)
		}
		if got := shownRate(l, "12"); got != "82" {
			t.Errorf("bed shows %q before the commit, want 82", got)
		}
		if got := o.names(); len(got) != 0 {
			t.Fatalf("told %v although nothing is durable", got)
		}
		if v := l.View(); v.Recorded("ICU") >= v.Seq("ICU") {
			t.Errorf("recorded %d of %d although nothing is durable", v.Recorded("ICU"), v.Seq("ICU"))
		}
		g.open()
		synctest.Wait()
		if diff := cmp.Diff([]string{"m0", "m1", "m2"}, o.names()); diff != "" {
			t.Errorf("outcomes in order (-want +got):\n%s", diff)
		}
		if v := l.View(); v.Recorded("ICU") != v.Seq("ICU") {
			t.Errorf("recorded %d of %d after the commit", v.Recorded("ICU"), v.Seq("ICU"))
		}
	})
}

func TestRebuildIsRecordedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &memory{}
		change := ward.Change{Unit: "ICU", Bed: "12", What: ward.EpisodeChanged{Episode: alarm.Episode{ID: "a1"}}}
		start(t, r, func(c *Config) { c.Changes = []ward.Change{change} })
		synctest.Wait()
		first := r.all()[0]
		if len(first.Changes) != 1 || first.Input.ID != "e1-1" {
			t.Errorf("first entry %q holds %d changes, want e1-1 with the one of the rebuild", first.Input.ID, len(first.Changes))
		}
	})
}

func TestRepeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, o := newGate(), &told{}
		r := &memory{answer: g.pass}
		_, known := heartRate("known", "1", "70")
		l := start(t, r, func(c *Config) { c.Seen = []Digest{known.Digest} })
		e, m := heartRate("m", "12", "80")
		for _, name := range []string{"first", "in flight"} {
			if err := l.Enqueue(t.Context(), e, m, o.as(name)); err != nil {
				t.Fatal(err)
			}
		}
		enqueue(t, l, o, "known", "1", "70")
		if diff := cmp.Diff([]string{"known"}, o.names()); diff != "" {
			t.Fatalf("before the commit (-want +got):\n%s", diff)
		}
		seq := l.View().Seq("ICU")
		g.open()
		synctest.Wait()
		if got := l.Submit(t.Context(), e, m); !got.Duplicate || got.Err != nil {
			t.Errorf("a repeat of a recorded message: %+v", got)
		}
		if diff := cmp.Diff([]string{"known", "first", "in flight"}, o.names()); diff != "" {
			t.Errorf("after the commit (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"m"}, r.messages()); diff != "" {
			t.Errorf("record (-want +got):\n%s", diff)
		}
		if got := l.View().Seq("ICU"); got != seq {
			t.Errorf("a repeat changed the unit: seq %d, was %d", got, seq)
		}
	})
}

func TestWhatLiesInQuarantineMayComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &memory{}
		l := start(t, r)
		e, m := heartRate("m", "12", "80")
		refused := ward.Refused{Reason: "no PID", Code: "101"}
		steps := []struct {
			event     ward.Event
			duplicate bool
		}{{refused, false}, {refused, true}, {e, false}, {e, true}, {refused, true}}
		for i, s := range steps {
			if got := l.Submit(t.Context(), s.event, m); got.Duplicate != s.duplicate || got.Err != nil {
				t.Errorf("step %d: %+v, want duplicate %v", i, got, s.duplicate)
			}
		}
		tooLarge := ward.NewMessage("GW1", "", "", "", nil, time.Now())
		for range 2 { // without bytes nobody can tell that it is the same
			if got := l.Submit(t.Context(), refused, tooLarge); got.Duplicate {
				t.Error("a message without bytes counts as a repeat")
			}
		}
	})
}

func TestSeenKeepsTheNewest(t *testing.T) {
	key := func(i int) Digest { return Digest{byte(i)} }
	s := newSeen(3, []Digest{key(0), key(1), key(2), key(3)})
	s.add(key(3), true)
	s.add(key(4), true)
	for i, want := range []bool{false, false, true, true, true} {
		if got := s.has(key(i), ward.Reports{}); got != want {
			t.Errorf("has(%d) = %v, want %v", i, got, want)
		}
	}
}

func TestMarksKeepTheNewestOfEachUnit(t *testing.T) {
	var marks []mark
	for i := range uint64(1000) { // a long outage, tick by tick
		marks = withMarks(marks, []mark{{"ICU", 2 * i}, {"WARD", i}})
	}
	if diff := cmp.Diff([]mark{{"ICU", 1998}, {"WARD", 999}}, marks, cmp.AllowUnexported(mark{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRefusedInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		l := start(t, &memory{answer: g.pass})
		o := l.Submit(t.Context(), ward.Configure{Units: []ward.UnitConfig{{Unit: census.Unit{Code: "no such code"}}}}, nil)
		if fault.KindOf(o.Err) != fault.Invalid {
			t.Errorf("bad ward file: %v, want it refused at once", o.Err)
		}
		o = l.Submit(t.Context(), ward.Tick{}, nil)
		if fault.KindOf(o.Err) != fault.Invalid {
			t.Errorf("a tick from outside: %v", o.Err)
		}
		g.open()
	})
}

func TestPanickingRuleDropsOneInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &memory{}
		l := New(Config{Ward: testWard(time.Now()), Recorder: r, Epoch: "e1"})
		l.apply = func(w ward.Ward, in ward.Input) (ward.Ward, []ward.Change) {
			if in.Message != nil && in.Message.ControlID == "bad" {
				panic("Okafor, Ngozi")
			}
			return ward.Apply(w, in)
		}
		run(t, l)
		for _, s := range []struct {
			id   string
			kind fault.Kind
		}{{"a", ""}, {"bad", fault.Internal}, {"b", ""}} {
			e, m := heartRate(s.id, "12", "80")
			if o := l.Submit(t.Context(), e, m); fault.KindOf(o.Err) != s.kind {
				t.Errorf("%s: %v, want kind %q", s.id, o.Err, s.kind)
			}
		}
		if diff := cmp.Diff([]string{"a", "bad?", "b"}, r.messages()); diff != "" {
			t.Errorf("record (-want +got):\n%s", diff)
		}
	})
}

func TestPanickingTickStopsTheClockVisibly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{Ward: testWard(time.Now()), Recorder: &memory{}, Epoch: "e1"})
		l.apply = func(w ward.Ward, in ward.Input) (ward.Ward, []ward.Change) {
			if _, ok := in.Event.(ward.Tick); ok {
				panic("tick")
			}
			return ward.Apply(w, in)
		}
		run(t, l)
		time.Sleep(10 * time.Second)
		e, m := heartRate("m", "12", "80")
		if o := l.Submit(t.Context(), e, m); o.Err != nil {
			t.Errorf("inputs must go on: %v", o.Err)
		}
		if age := time.Since(l.View().At); age < 10*time.Second {
			t.Errorf("View.At is %v old, want the time of the last good tick", age)
		}
	})
}

func TestBoundHoldsMessagesBackButNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, o := newGate(), &told{}
		r := &memory{answer: g.pass}
		l := start(t, r, func(c *Config) { c.MaxUnrecorded = 3 * entryWeight })
		enqueue(t, l, o, "m0", "12", "80")
		enqueue(t, l, o, "m1", "12", "81")

		e, m := heartRate("m2", "12", "82")
		entered := make(chan error, 1)
		go func() { entered <- l.Enqueue(t.Context(), e, m, o.as("m2")) }()
		synctest.Wait()
		select {
		case err := <-entered:
			t.Fatalf("Enqueue returned %v beyond the bound", err)
		default:
		}
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		e3, m3 := heartRate("m3", "12", "83")
		if err := l.Enqueue(impatient, e3, m3, o.as("m3")); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("Enqueue after its context ended: %v", err)
		}
		before := l.View().At
		if err := l.Enqueue(t.Context(), ward.Audited{Actor: "u1", Action: "sign-in"}, nil, o.as("audit")); err != nil {
			t.Errorf("an action was held back: %v", err)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if !l.View().At.After(before) {
			t.Error("the clock stands still at the bound")
		}
		g.open()
		synctest.Wait()
		if err := <-entered; err != nil {
			t.Errorf("Enqueue after the bound was released: %v", err)
		}
		if diff := cmp.Diff([]string{"m0", "m1", "m2"}, r.messages()); diff != "" {
			t.Errorf("record (-want +got):\n%s", diff)
		}
	})
}

func TestClockGoesOnWhileRecordingHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, o := &memory{}, &told{}
		l := start(t, r)
		time.Sleep(5500 * time.Millisecond)
		synctest.Wait()
		if hasSystemAlarm(l, ward.CodeNotRecording) {
			t.Fatal("NOT RECORDING on an idle ward whose record is fine")
		}
		g := newGate()
		r.answers(g.pass)
		enqueue(t, l, o, "m0", "12", "80")
		time.Sleep(ward.NotRecordingAfter + 1100*time.Millisecond)
		synctest.Wait()
		if !hasSystemAlarm(l, ward.CodeNotRecording) || !hasSystemAlarm(l, ward.CodeGatewayBlocked) {
			t.Errorf("after %v: system alarms %v", ward.NotRecordingAfter, l.View().Ward.SystemAlarms())
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if age := time.Since(l.View().At); age > time.Second {
			t.Errorf("last tick %v ago", age)
		}
		calls := len(r.calls)
		g.open()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if hasSystemAlarm(l, ward.CodeNotRecording) || hasSystemAlarm(l, ward.CodeGatewayBlocked) {
			t.Error("system alarms stand although the record is back")
		}
		if n := len(r.calls[calls]); n > 10 {
			t.Errorf("%d entries waited after ten idle minutes: ticks that change nothing must not pile up", n)
		}
		if diff := cmp.Diff([]string{"m0"}, o.names()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

// What the process knows of its ground comes with every tick.
func TestTicksCarryTheGround(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var free atomic.Uint64
		free.Store(1 << 30)
		ground := func() ward.Ground {
			return ward.Ground{Disks: []ward.Disk{{Holds: "database", Free: free.Load(), Total: 100 << 30}}}
		}
		l := start(t, &memory{}, func(c *Config) { c.Ground = ground })
		time.Sleep(1100 * time.Millisecond)
		synctest.Wait()
		if !hasSystemAlarm(l, ward.CodeDiskLow) {
			t.Error("a full disk makes no alarm")
		}
		free.Store(50 << 30)
		time.Sleep(time.Second)
		synctest.Wait()
		if hasSystemAlarm(l, ward.CodeDiskLow) {
			t.Error("the alarm stands although there is room")
		}
	})
}

func TestAnotherProcessTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		r := &memory{answer: func(ctx context.Context, e []ward.Entry) error {
			if err := g.pass(ctx, e); err != nil {
				return err
			}
			return fault.New(fault.Forbidden, "epoch e2 writes this record")
		}}
		l := New(Config{Ward: testWard(time.Now()), Recorder: r, Epoch: "e1"})
		w := l.Watch("ICU")
		ended := make(chan error, 1)
		go func() { ended <- l.Run(t.Context()) }()
		o := &told{}
		enqueue(t, l, o, "m0", "12", "80")
		g.open()
		if err := <-ended; fault.KindOf(err) != fault.Forbidden {
			t.Errorf("Run: %v", err)
		}
		if got := o.kind(t, "m0"); got != fault.Unavailable {
			t.Errorf("outcome kind %q", got)
		}
		if _, err := w.Next(t.Context()); err != nil {
			t.Errorf("the last update is lost: %v", err)
		}
		if _, err := w.Next(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("Next after the end: %v", err)
		}
		if err := l.Enqueue(t.Context(), ward.Audited{}, nil, o.as("late")); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("Enqueue after the end: %v", err)
		}
		if err := l.Run(t.Context()); err == nil {
			t.Error("ran a second time")
		}
	})
}

func TestEndRecordsWhatIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, o := newGate(), &told{}
		r := &memory{answer: g.pass}
		l := New(Config{Ward: testWard(time.Now()), Recorder: r, Epoch: "e1"})
		stop := run(t, l)
		enqueue(t, l, o, "m0", "12", "80")
		time.AfterFunc(time.Second, g.open)
		if err := stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
		if got := o.kind(t, "m0"); got != "" {
			t.Errorf("outcome kind %q, want it recorded", got)
		}
	})
}

func TestEndDoesNotWaitForADeadRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &told{}
		r := &memory{answer: newGate().pass}
		l := New(Config{Ward: testWard(time.Now()), Recorder: r, Epoch: "e1"})
		stop := run(t, l)
		enqueue(t, l, o, "m0", "12", "80")
		if err := stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
		if got := o.kind(t, "m0"); got != fault.Unavailable {
			t.Errorf("outcome kind %q", got)
		}
	})
}

func TestEndTakesTheRecordersLastWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &told{}
		r := &memory{answer: func(context.Context, []ward.Entry) error { time.Sleep(flushWithin + time.Second); return nil }}
		l := New(Config{Ward: testWard(time.Now()), Recorder: r, Epoch: "e1"})
		e, m := heartRate("m0", "12", "80")
		go func() {
			if err := l.Enqueue(t.Context(), e, m, o.as("m0")); err != nil {
				t.Error(err)
			}
		}()
		synctest.Wait()
		stop := run(t, l)
		time.Sleep(flushWithin + 2*time.Second) // the opening entry is durable, m0 is handed
		if err := stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
		if got := o.kind(t, "m0"); got != "" {
			t.Errorf("outcome kind %q although it was committed in the end", got)
		}
	})
}

func TestEndFreesWhoWaitsAtTheBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &told{}
		l := New(Config{Ward: testWard(time.Now()), Recorder: &memory{answer: newGate().pass}, Epoch: "e1", MaxUnrecorded: 1})
		stop := run(t, l)
		enqueue(t, l, o, "m0", "12", "80")
		entered := make(chan error, 1)
		go func() {
			e, m := heartRate("m1", "12", "81")
			entered <- l.Enqueue(context.Background(), e, m, o.as("m1"))
		}()
		synctest.Wait()
		if err := stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
		if err := <-entered; fault.KindOf(err) != fault.Unavailable {
			t.Errorf("Enqueue: %v", err)
		}
	})
}

func TestSubmitStopsWaitingWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, r := newGate(), &memory{}
		r.answers(g.pass)
		l := start(t, r)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		e, m := heartRate("m0", "12", "80")
		if o := l.Submit(ctx, e, m); fault.KindOf(o.Err) != fault.Unsettled {
			t.Errorf("outcome: %v", o.Err)
		}
		g.open()
		synctest.Wait()
		if diff := cmp.Diff([]string{"m0"}, r.messages()); diff != "" {
			t.Errorf("it goes on without the caller (-want +got):\n%s", diff)
		}
	})
}
