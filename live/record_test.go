package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wardlight/ward"
	"wardlight/ward/fault"
)

func TestRecordAwayThenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, r := &told{}, &memory{}
		l := start(t, r)
		synctest.Wait()
		tries := 0
		r.answers(func(context.Context, []ward.Entry) error {
			if tries++; tries > 6 {
				return nil
			}
			return errAway
		})
		enqueue(t, l, o, "m0", "12", "80")
		from := len(r.calls) - 1
		enqueue(t, l, o, "m1", "12", "81")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		for i, call := range r.calls[from : from+6] {
			if len(call) != 1 || call[0].Input.Message.ControlID != "m0" {
				t.Errorf("try %d holds %d entries: the same batch must be tried again", i, len(call))
			}
		}
		if diff := cmp.Diff([]string{"m0", "m1"}, r.messages()); diff != "" {
			t.Errorf("record (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"m0", "m1"}, o.names()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

func TestPauseStartsAnewWithEachOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, o := &memory{}, &told{}
		l := start(t, r)
		for range 2 {
			r.answers(func(context.Context, []ward.Entry) error { return errAway })
			time.Sleep(20 * time.Second)
			r.answers(nil)
			time.Sleep(3*time.Second + 250*time.Millisecond) // ends between two ticks
			synctest.Wait()
		}
		tries := 0
		r.answers(func(context.Context, []ward.Entry) error { tries++; return errAway })
		enqueue(t, l, o, "m0", "12", "80")
		time.Sleep(firstPause + 2*firstPause)
		synctest.Wait()
		if tries != 3 {
			t.Errorf("%d tries soon after the record went away, want 3", tries)
		}
		r.answers(nil)
		time.Sleep(lastPause)
		synctest.Wait()
	})
}

func TestAnswerLostAfterTheCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, r := &told{}, &memory{}
		l := start(t, r)
		synctest.Wait()
		lost := false
		r.answers(func(_ context.Context, entries []ward.Entry) error {
			if !lost {
				lost = true
				r.keep(entries)
				return errAway
			}
			return nil
		})
		enqueue(t, l, o, "m0", "12", "80")
		time.Sleep(time.Second)
		synctest.Wait()
		if diff := cmp.Diff([]string{"m0"}, r.messages()); diff != "" {
			t.Errorf("record (-want +got):\n%s", diff)
		}
		if got := o.kind(t, "m0"); got != "" {
			t.Errorf("outcome kind %q", got)
		}
	})
}

func TestPoisonIsFoundAndQuarantined(t *testing.T) {
	for _, poison := range []int{0, 3, 7} {
		t.Run(fmt.Sprint(poison), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, o, r := newGate(), &told{}, &memory{}
				r.answers(g.pass)
				l := start(t, r)
				bad := fmt.Sprint("m", poison)
				var want []string
				for i := range 8 {
					id := fmt.Sprint("m", i)
					enqueue(t, l, o, id, "12", fmt.Sprint(80+i))
					if id == bad {
						id += "?"
					}
					want = append(want, id)
				}
				r.answers(func(_ context.Context, entries []ward.Entry) error {
					if slices.ContainsFunc(entries, func(e ward.Entry) bool {
						return e.Input.Message != nil && e.Input.Message.ControlID == bad && !isRefused(e.Input.Event)
					}) {
						return errPoison
					}
					return nil
				})
				g.open()
				synctest.Wait()
				if diff := cmp.Diff(want, r.messages()); diff != "" {
					t.Errorf("record (-want +got):\n%s", diff)
				}
				for i := range 8 {
					wantKind := fault.Kind("")
					if i == poison {
						wantKind = fault.Internal
					}
					if got := o.kind(t, fmt.Sprint("m", i)); got != wantKind {
						t.Errorf("m%d: kind %q, want %q", i, got, wantKind)
					}
				}
				if v := l.View(); v.Recorded("ICU") != v.Seq("ICU") {
					t.Errorf("recorded %d of %d", v.Recorded("ICU"), v.Seq("ICU"))
				}
			})
		})
	}
}

func TestRecordThatRefusesEverythingStopsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &memory{answer: func(context.Context, []ward.Entry) error { panic("a fault in the recorder") }}
		l := start(t, r)
		e, m := heartRate("m", "12", "80")
		if o := l.Submit(t.Context(), e, m); fault.KindOf(o.Err) != fault.NotSaved {
			t.Errorf("outcome of what not even quarantine takes: %v", o.Err)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if !hasSystemAlarm(l, ward.CodeNotRecording) {
			t.Error("nobody says NOT RECORDING")
		}
		if time.Since(l.View().At) > time.Second {
			t.Error("the clock stands still")
		}
		r.answers(nil)
		time.Sleep(time.Second)
		synctest.Wait()
		if v := l.View(); v.Recorded("ICU") != v.Seq("ICU") {
			t.Errorf("recorded %d of %d once the record is mended", v.Recorded("ICU"), v.Seq("ICU"))
		}
	})
}

// step is one move of a random run.
type step struct {
	Message int // 0: none; repeats are frequent
	Pause   time.Duration
	Fate    int // of the recorder's next call
}

// TestWhateverHappensToTheRecord: with a record that hangs, fails, loses its
// answer or refuses at random, each message is told one outcome, accepted
// ones are durable before that, and nothing is durable twice or out of order.
func TestWhateverHappensToTheRecord(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) step {
			return step{
				rapid.IntRange(0, 12).Draw(rt, "message"),
				time.Duration(rapid.IntRange(0, 3).Draw(rt, "pause")) * 700 * time.Millisecond,
				rapid.IntRange(0, 5).Draw(rt, "fate"),
			}
		}), 1, 60).Draw(rt, "steps")
		poison := rapid.IntRange(0, 24).Draw(rt, "poison")
		var problem error
		synctest.Test(t, func(t *testing.T) { problem = play(t, steps, fmt.Sprint("m", poison)) })
		if problem != nil {
			rt.Fatal(problem)
		}
	})
}

func play(t *testing.T, steps []step, poison string) error {
	r, o := &memory{}, &told{}
	fates := make(chan int, len(steps))
	r.answers(func(ctx context.Context, entries []ward.Entry) error {
		if slices.ContainsFunc(entries, func(e ward.Entry) bool {
			return e.Input.Message != nil && e.Input.Message.ControlID == poison && !isRefused(e.Input.Event)
		}) {
			return errPoison
		}
		select {
		case fate := <-fates:
			switch fate {
			case 1:
				return errAway
			case 2:
				r.keep(entries)
				return errAway
			case 3:
				time.Sleep(4 * time.Second)
			}
		default:
		}
		return nil
	})
	l := start(t, r)
	var problem error
	sent := 0
	for i, s := range steps {
		fates <- s.Fate
		if s.Message > 0 {
			sent++
			name := fmt.Sprint(i)
			e, m := heartRate(fmt.Sprint("m", s.Message), "12", fmt.Sprint(60+s.Message))
			note := o.as(name)
			err := l.Enqueue(context.Background(), e, m, func(out ward.Outcome) {
				note(out)
				durable := slices.Contains(r.messages(), m.ControlID)
				if out.Err == nil && !durable && problem == nil {
					problem = fmt.Errorf("%s accepted before it is durable", m.ControlID)
				}
			})
			if err != nil {
				return err
			}
		}
		time.Sleep(s.Pause)
	}
	time.Sleep(time.Duration(len(steps)+10) * 5 * time.Second)
	synctest.Wait()
	return errors.Join(problem, judge(l, r, o, sent, poison))
}

func judge(l *Loop, r *memory, o *told, sent int, poison string) error {
	if got := len(o.names()); got != sent {
		return fmt.Errorf("%d outcomes of %d inputs", got, sent)
	}
	once := make(map[string]bool)
	for _, id := range r.messages() {
		if once[id] && id != poison+"?" { // what failed is tried again when it repeats
			return fmt.Errorf("%s is in the record twice", id)
		}
		once[id] = true
	}
	last := 0
	for _, e := range r.all() {
		var n int
		if _, err := fmt.Sscanf(e.Input.ID, "e1-%d", &n); err != nil || n <= last {
			return fmt.Errorf("entry %s after e1-%d", e.Input.ID, last)
		}
		last = n
	}
	if v := l.View(); v.Recorded("ICU") != v.Seq("ICU") {
		return fmt.Errorf("recorded %d of %d in the end", v.Recorded("ICU"), v.Seq("ICU"))
	}
	return nil
}
