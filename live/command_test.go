package live

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/fault"
)

func TestAcknowledgementTakesEffectOnceRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, o := &memory{}, &told{}
		l := start(t, r)
		e := lostAlarm(t, l)
		g := newGate()
		r.answers(g.pass)
		acknowledge(t, l, o, "kim", e)
		if got := bedAlarm(t, l); got.State.IsAcknowledged() || got.Request == nil {
			t.Errorf("before the commit the alarm is %s with request %v", got.State, got.Request)
		}
		acknowledge(t, l, o, "second", e)
		if got := o.kind(t, "second"); got != fault.Conflict {
			t.Errorf("a second nurse: kind %q, want an answer at once", got)
		}
		if len(o.names()) != 1 {
			t.Error("the first nurse was told before the commit")
		}
		g.open()
		synctest.Wait()
		if got := o.kind(t, "kim"); got != "" {
			t.Errorf("outcome kind %q", got)
		}
		if got := bedAlarm(t, l); got.State != alarm.ActiveAcknowledged || got.Acknowledged.Name != kim.Name {
			t.Errorf("after the commit: %s by %v", got.State, got.Acknowledged)
		}
		if r.requests() != 1 {
			t.Errorf("%d requests in the record, want 1", r.requests())
		}
	})
}

// unacknowledged checks that a withdrawn request left nothing behind.
func unacknowledged(t *testing.T, l *Loop, r *memory) {
	t.Helper()
	if got := bedAlarm(t, l); got.State.IsAcknowledged() || got.Request != nil {
		t.Errorf("alarm is %s with request %v, want as if nobody had asked", got.State, got.Request)
	}
	if r.requests() != 0 {
		t.Error("the withdrawn request is in the record")
	}
}

func TestQueuedCommandIsWithdrawn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, o := &memory{}, &told{}
		l := start(t, r)
		e := lostAlarm(t, l)
		g := newGate()
		r.answers(g.pass)
		enqueue(t, l, o, "ahead", "1", "80") // the recorder hangs on this one
		asked := time.Now()
		acknowledge(t, l, o, "kim", e)
		time.Sleep(ward.CommandTTL - time.Since(asked) - time.Millisecond)
		synctest.Wait()
		if _, early := o.of("kim"); early {
			t.Error("told before the deadline")
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if got := o.kind(t, "kim"); got != fault.NotSaved {
			t.Errorf("at the deadline: kind %q", got)
		}
		g.open()
		synctest.Wait()
		unacknowledged(t, l, r)

		acknowledge(t, l, o, "again", bedAlarm(t, l))
		if got := o.kind(t, "again"); got != "" {
			t.Errorf("asked again: kind %q", got)
		}
		if v := l.View(); v.Recorded("ICU") != v.Seq("ICU") {
			t.Errorf("recorded %d of %d", v.Recorded("ICU"), v.Seq("ICU"))
		}
	})
}

func hasCommand(entries []ward.Entry) bool {
	return slices.ContainsFunc(entries, func(e ward.Entry) bool { return !e.Deadline.IsZero() })
}

// TestCommandInDoubt: the deadline passes while the recorder has the command.
func TestCommandInDoubt(t *testing.T) {
	tests := []struct {
		name   string
		answer error // once the hanging call returns
		stands bool
	}{
		{"durable after all", nil, true},
		{"too late", errLate, false},
		{"cannot be recorded", errPoison, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, o := &memory{}, &told{}
				l := start(t, r)
				e := lostAlarm(t, l)
				g := newGate()
				r.answers(func(ctx context.Context, entries []ward.Entry) error {
					if !hasCommand(entries) {
						return nil
					}
					if err := g.pass(ctx, entries); err != nil {
						return err
					}
					return test.answer
				})
				acknowledge(t, l, o, "kim", e)
				enqueue(t, l, o, "behind", "1", "80")
				time.Sleep(ward.CommandTTL)
				synctest.Wait()
				if got := o.kind(t, "kim"); got != fault.Unsettled {
					t.Fatalf("at the deadline: kind %q", got)
				}
				if got := bedAlarm(t, l); got.State.IsAcknowledged() {
					t.Error("acknowledged while in doubt")
				}
				g.open()
				synctest.Wait()
				if test.stands {
					if got := bedAlarm(t, l); got.State != alarm.ActiveAcknowledged {
						t.Errorf("alarm is %s although the request is durable", got.State)
					}
				} else {
					unacknowledged(t, l, r)
				}
				if got := o.kind(t, "behind"); got != "" {
					t.Errorf("what came behind: kind %q", got)
				}
			})
		})
	}
}

func TestLateCommandDoesNotTakeItsBatchAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, o := &memory{}, &told{}
		l := start(t, r)
		e := lostAlarm(t, l)
		first := newGate()
		r.answers(first.pass)
		enqueue(t, l, o, "ahead", "1", "80")
		acknowledge(t, l, o, "kim", e)
		enqueue(t, l, o, "with it", "1", "81")
		r.answers(func(_ context.Context, entries []ward.Entry) error {
			if hasCommand(entries) {
				return errLate // the record's clock is ahead of ours
			}
			return nil
		})
		first.open()
		synctest.Wait()
		if got := o.kind(t, "kim"); got != fault.NotSaved {
			t.Errorf("kind %q", got)
		}
		if got := o.kind(t, "with it"); got != "" {
			t.Errorf("its neighbour in the batch: kind %q", got)
		}
		unacknowledged(t, l, r)
	})
}

// TestCommandBehindABisectedBatch: its batch was refused as a whole, so that
// it is certainly not durable while the other half is tried.
func TestCommandBehindABisectedBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, o := &memory{}, &told{}
		l := start(t, r)
		e := lostAlarm(t, l)
		first, half := newGate(), newGate()
		r.answers(first.pass)
		enqueue(t, l, o, "ahead", "1", "80")
		enqueue(t, l, o, "half", "1", "81")
		acknowledge(t, l, o, "kim", e)
		r.answers(func(ctx context.Context, entries []ward.Entry) error {
			if len(entries) > 1 {
				return errPoison
			}
			return half.pass(ctx, entries)
		})
		first.open()
		time.Sleep(ward.CommandTTL)
		synctest.Wait()
		if got := o.kind(t, "kim"); got != fault.NotSaved {
			t.Errorf("at the deadline: kind %q", got)
		}
		half.open()
		synctest.Wait()
		unacknowledged(t, l, r)
	})
}

func TestTwoCommandsInALateBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, o := &memory{}, &told{}
		l := start(t, r)
		e := lostAlarm(t, l)
		enqueue(t, l, o, "other", "1", "80")
		time.Sleep(35 * time.Second)
		bed, _ := l.View().Ward.Bed(census.BedID{Unit: "ICU", Bed: "1"})
		first := newGate()
		r.answers(first.pass)
		enqueue(t, l, o, "ahead", "2", "80")
		acknowledge(t, l, o, "kim", e)
		time.Sleep(time.Second)
		acknowledge(t, l, o, "later", bed.Episodes[0])
		late := e
		r.answers(func(_ context.Context, entries []ward.Entry) error {
			for _, entry := range entries {
				if a, ok := entry.Input.Event.(ward.Acknowledge); ok && a.Alarm == late.ID {
					return errLate
				}
			}
			return nil
		})
		first.open()
		synctest.Wait()
		if got := o.kind(t, "kim"); got != fault.NotSaved {
			t.Errorf("the late one: kind %q", got)
		}
		if got := o.kind(t, "later"); got != "" {
			t.Errorf("the one in time: kind %q", got)
		}
	})
}

func TestAwayRecordLeavesTheCommandInDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, o := &memory{}, &told{}
		l := start(t, r)
		e := lostAlarm(t, l)
		var away atomic.Bool
		away.Store(true)
		r.answers(func(_ context.Context, entries []ward.Entry) error {
			if away.Load() && hasCommand(entries) {
				r.keep(entries) // durable, but the answer is lost
				return errAway
			}
			return nil
		})
		acknowledge(t, l, o, "kim", e)
		time.Sleep(ward.CommandTTL)
		synctest.Wait()
		if got := o.kind(t, "kim"); got != fault.Unsettled {
			t.Errorf("at the deadline: kind %q", got)
		}
		away.Store(false)
		time.Sleep(lastPause)
		synctest.Wait()
		if got := bedAlarm(t, l); got.State != alarm.ActiveAcknowledged {
			t.Errorf("alarm is %s although the request is durable", got.State)
		}
	})
}

func TestRiseInPriorityVoidsTheAcknowledgement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, r := &told{}, &memory{}
		l := New(Config{Ward: testWard(time.Now()), Recorder: r, Epoch: "e1"})
		l.apply = func(w ward.Ward, in ward.Input) (ward.Ward, []ward.Change) {
			w, changes := ward.Apply(w, in)
			if _, ok := in.Event.(ward.Confirm); ok {
				changes = append(changes, ward.Change{What: ward.Declined{Err: fault.New(fault.Conflict, "rose")}})
			}
			return w, changes
		}
		run(t, l)
		acknowledge(t, l, o, "kim", lostAlarm(t, l))
		if got := o.kind(t, "kim"); got != fault.Conflict {
			t.Errorf("kind %q, want what the confirmation says", got)
		}
	})
}
