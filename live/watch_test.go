package live

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wardlight/ward"
	"wardlight/ward/census"
)

func next(t *testing.T, w *Watch) Update {
	t.Helper()
	u, err := w.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestWatchMergesWhatASlowReaderMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &told{}
		l := start(t, &memory{})
		w := l.Watch("ICU")
		defer w.Close()
		asked := time.Now()
		first := next(t, w)
		if waited := time.Since(asked); waited > 0 {
			t.Errorf("the first update came after %v", waited)
		}
		if first.After != 0 || first.Seq == 0 || first.View.Epoch != "e1" {
			t.Errorf("first update %d→%d of %q, want everything", first.After, first.Seq, first.View.Epoch)
		}
		for i, bed := range []census.BedCode{"2", "12", "2"} {
			enqueue(t, l, o, fmt.Sprint("m", i), bed, fmt.Sprint(80+i))
		}
		u := next(t, w)
		if diff := cmp.Diff([]census.BedCode{"12", "2"}, u.Beds); diff != "" {
			t.Errorf("beds (-want +got):\n%s", diff)
		}
		if u.After != first.Seq || u.Seq <= u.After || u.Seq != l.View().Seq("ICU") {
			t.Errorf("update %d→%d after %d", u.After, u.Seq, first.Seq)
		}
		if b, _ := u.View.Ward.Bed(census.BedID{Unit: "ICU", Bed: "2"}); len(b.Devices) != 1 {
			t.Error("the view is older than its number")
		}
	})
}

func TestWatchSaysWhatKindOfThingChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, o := &memory{}, &told{}
		l := start(t, r)
		icu, other := l.Watch("ICU"), l.Watch("WARD")
		defer icu.Close()
		defer other.Close()
		next(t, icu)
		seq := next(t, other).Seq

		enqueue(t, l, o, "m0", "12", "80") // its monitor is new, and found its bed
		if u := next(t, icu); !u.Pool || u.Tick {
			t.Errorf("new device: %s", flags(u))
		}
		if u := next(t, other); !u.Pool || u.Seq != seq+1 || len(u.Beds) > 0 {
			t.Errorf("new device, seen from another unit: %s", flags(u))
		}
		enqueue(t, l, o, "m1", "12", "81")
		if u := next(t, icu); u.Pool || u.Alarms || len(u.Beds) != 1 {
			t.Errorf("a value: %s", flags(u))
		}
		enqueue(t, l, o, "m2", "no such bed", "80")
		if u := next(t, icu); !u.Pool || len(u.Beds) > 0 {
			t.Errorf("a monitor of no bed: %s", flags(u))
		}
		next(t, other)
		enqueue(t, l, o, "m3", "no such bed", "81")
		if seq := l.View().Seq("WARD"); seq != 3 {
			t.Errorf("WARD is at %d: what a known monitor of no bed says must not redraw every unit", seq)
		}
		g := newGate()
		r.answers(g.pass)
		defer g.open()
		time.Sleep(ward.NotRecordingAfter + 2*time.Second)
		synctest.Wait()
		if u := next(t, other); !u.Tick || !u.System || u.Alarms || u.RecordedSeq >= u.Seq {
			t.Errorf("the record is away: %s", flags(u))
		}
		g.open()
		synctest.Wait()
		next(t, other)
		units := ward.Configure{Units: []ward.UnitConfig{{Unit: census.Unit{Code: "WARD", Zone: "UTC", Beds: []census.BedCode{"1", "9"}}}}}
		if err := l.Enqueue(t.Context(), units, nil, o.as("units")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if u := next(t, other); !u.Redefined {
			t.Errorf("the unit has a new bed: %s", flags(u))
		}
	})
}

func flags(u Update) string {
	return fmt.Sprintf("%d→%d recorded %d, beds %v, alarms %v, system %v, pool %v, redefined %v, tick %v",
		u.After, u.Seq, u.RecordedSeq, u.Beds, u.Alarms, u.System, u.Pool, u.Redefined, u.Tick)
}

func TestWatchTicksWhenNothingHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, &memory{})
		w := l.Watch("ICU")
		defer w.Close()
		u := next(t, w)
		for range 5 {
			last, at := u, time.Now()
			u = next(t, w)
			if !u.Tick || u.After != last.Seq || u.Seq != last.Seq || time.Since(at) > time.Second {
				t.Fatalf("%v after %v", flags(u), time.Since(at))
			}
			if u.RecordedSeq != u.Seq {
				t.Errorf("%v: all is recorded", flags(u))
			}
		}
	})
}

func TestWatchCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, &memory{})
		w := l.Watch("ICU")
		next(t, w)
		ended := make(chan error, 1)
		go func() { _, err := w.Next(context.Background()); ended <- err }()
		synctest.Wait()
		w.Close()
		w.Close()
		if err := <-ended; !errors.Is(err, ErrClosed) {
			t.Errorf("Next: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		open := l.Watch("ICU")
		next(t, open)
		if _, err := open.Next(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Next with an ended context: %v", err)
		}
		open.Close()
		if n := len(l.hub.byUnit); n != 0 {
			t.Errorf("%d units are still watched", n)
		}
	})
}

// TestManyReadersSeeNoGap runs in real time, so that the race detector sees
// real concurrency: readers of every pace, one that never reads, several
// senders.
func TestManyReadersSeeNoGap(t *testing.T) {
	const senders, each, readers = 4, 200, 16
	l := start(t, &memory{})
	idle := l.Watch("ICU")
	defer idle.Close()
	var reading, sending sync.WaitGroup
	problems := make(chan error, readers)
	final := make(chan struct{})
	for i := range readers {
		w := l.Watch("ICU")
		reading.Go(func() {
			defer w.Close()
			if err := follow(t.Context(), w, final, i); err != nil {
				problems <- err
			}
		})
	}
	for s := range senders {
		sending.Go(func() {
			for i := range each {
				e, m := heartRate(fmt.Sprintf("s%d-%d", s, i), census.BedCode([]string{"1", "2", "12", "1"}[s]), fmt.Sprint(60+i%40))
				if o := l.Submit(t.Context(), e, m); o.Err != nil {
					t.Errorf("s%d-%d: %v", s, i, o.Err)
				}
			}
		})
	}
	sending.Wait()
	close(final)
	reading.Wait()
	close(problems)
	for err := range problems {
		t.Error(err)
	}
	if u := next(t, idle); u.After != 0 || u.Seq != l.View().Seq("ICU") {
		t.Errorf("who never read gets %s, want everything at once", flags(u))
	}
}

// follow reads until a tick comes after the senders have ended.
func follow(ctx context.Context, w *Watch, final <-chan struct{}, pace int) error {
	var last uint64
	for {
		u, err := w.Next(ctx)
		if err != nil {
			return err
		}
		if u.After != last || u.Seq < u.After || u.RecordedSeq > u.Seq || u.Seq != u.View.Seq("ICU") {
			return fmt.Errorf("reader %d after %d: %s", pace, last, flags(u))
		}
		last = u.Seq
		select {
		case <-final:
			if u.Tick {
				return nil
			}
		default:
			if pace%4 == 3 {
				time.Sleep(time.Duration(pace) * time.Millisecond)
			}
		}
	}
}
