package live

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wardlight/ward"
	"wardlight/ward/device"
	"wardlight/ward/fault"
	"wardlight/ward/staff"
)

// drawer is a spool that does as it is told.
type drawer struct {
	mu      sync.Mutex
	kept    []ward.Input
	aside   int
	cleared int
	room    int   // messages; 0: no end of them
	err     error // of every Keep
}

func (d *drawer) Keep(inputs []ward.Input) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return 0, d.err
	}
	if d.room > 0 && len(d.kept)+len(inputs) > d.room {
		n := d.room - len(d.kept)
		d.kept = append(d.kept, inputs[:n]...)
		return n, fault.New(fault.Unavailable, "full")
	}
	d.kept = append(d.kept, inputs...)
	return len(inputs), nil
}

func (d *drawer) Clear() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kept, d.cleared = nil, d.cleared+1
	return nil
}

func (d *drawer) SetAside() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kept, d.aside = nil, d.aside+1
	return nil
}

func (d *drawer) ids() (out []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, in := range d.kept {
		out = append(out, in.Message.ControlID)
	}
	return out
}

func withSpool(d *drawer) func(*Config) { return func(c *Config) { c.Spool = d } }

func isAway(context.Context, []ward.Entry) error { return errAway }

// hangs is a database that does not even refuse.
func hangs(ctx context.Context, _ []ward.Entry) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestMessagesAreAnsweredFromTheSpoolWhileTheRecordIsAway(t *testing.T) {
	for name, outage := range map[string]func(context.Context, []ward.Entry) error{"refuses": isAway, "hangs": hangs} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, r, d := &told{}, &memory{}, &drawer{}
				gone := newGate()
				l := start(t, r, withSpool(d))
				synctest.Wait()
				r.answers(func(ctx context.Context, e []ward.Entry) error {
					select {
					case <-gone.opened:
						return nil
					default:
						ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
						defer cancel()
						return outage(ctx, e)
					}
				})
				enqueue(t, l, o, "m0", "12", "80")
				enqueue(t, l, o, "m1", "12", "81")
				if err := l.Enqueue(t.Context(), ward.Refused{Reason: "no MSH", Code: "100"},
					ward.NewMessage("GW1", "bad", "", "", []byte("bad"), time.Now()), o.as("bad")); err != nil {
					t.Fatal(err)
				}
				time.Sleep(ward.NotRecordingAfter - time.Second)
				if got := o.names(); len(got) > 0 {
					t.Fatalf("told %v within %v", got, ward.NotRecordingAfter)
				}
				time.Sleep(2*time.Second + 500*time.Millisecond)
				synctest.Wait()
				want := []string{"m0", "m1", "bad"}
				if diff := cmp.Diff(want, o.names()); diff != "" {
					t.Fatalf("acknowledged (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(want, d.ids()); diff != "" {
					t.Fatalf("kept (-want +got):\n%s", diff)
				}
				enqueue(t, l, o, "m2", "12", "82")
				enqueue(t, l, o, "m2 again", "12", "82") // another message
				e, m := heartRate("m0", "12", "80")
				if err := l.Enqueue(t.Context(), e, m, o.as("m0 repeated")); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				time.Sleep(time.Second)
				synctest.Wait()
				if got := o.kind(t, "m2"); got != "" {
					t.Errorf("m2: %v", got)
				}
				if got := o.kind(t, "m0 repeated"); got != "" {
					t.Errorf("a repeat of what is kept: %v", got)
				}
				v := l.View()
				if v.Spooled.Messages != 5 || v.Spooled.Since.IsZero() || v.Tally.Spooled != 5 || v.Tally.Repeated != 1 {
					t.Errorf("view: %+v %+v", v.Spooled, v.Tally)
				}
				if hasSystemAlarm(l, ward.CodeGatewayBlocked) || !hasSystemAlarm(l, ward.CodeNotRecording) {
					t.Errorf("alarms: %+v", l.View().Ward.SystemAlarms())
				}
				if shownRate(l, "12") != "82" {
					t.Errorf("bed 12 shows %s", shownRate(l, "12"))
				}
				gone.open()
				time.Sleep(31 * time.Second)
				synctest.Wait()
				if diff := cmp.Diff([]string{"m0", "m1", "bad?", "m2", "m2 again"}, r.messages()); diff != "" {
					t.Errorf("record (-want +got):\n%s", diff)
				}
				if v := l.View(); v.Spooled != (Spooled{}) || len(d.ids()) > 0 || d.cleared != 1 || d.aside != 0 {
					t.Errorf("after the outage: %+v, %v kept, cleared %d times", v.Spooled, d.ids(), d.cleared)
				}
			})
		})
	}
}

// When the spool is full, or its disk, what it does not hold is not
// acknowledged; what it holds is not lost.
func TestASpoolThatTakesNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, r, d := &told{}, &memory{}, &drawer{room: 2}
		l := start(t, r, withSpool(d))
		synctest.Wait()
		r.answers(isAway)
		for n := range 4 {
			enqueue(t, l, o, fmt.Sprint("m", n), "12", fmt.Sprint(80+n))
		}
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if diff := cmp.Diff([]string{"m0", "m1"}, o.names()); diff != "" {
			t.Fatalf("acknowledged (-want +got):\n%s", diff)
		}
		if v := l.View(); v.Spooled.Trouble != "full" || !hasSystemAlarm(l, ward.CodeGatewayBlocked) {
			t.Errorf("it does not say so: %+v", v.Spooled)
		}
		if !hasSystemAlarm(l, ward.CodeSpoolFull) {
			t.Error("no alarm says so")
		}
		d.mu.Lock()
		d.room = 0
		d.mu.Unlock()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if got := o.names(); len(got) != 4 || l.View().Spooled.Trouble != "" {
			t.Errorf("with room again: acknowledged %v, %+v", got, l.View().Spooled)
		}
		time.Sleep(10 * time.Second)
		r.answers(nil)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if hasSystemAlarm(l, ward.CodeSpoolFull) {
			t.Error("the alarm about the spool stands although it has room")
		}
		if diff := cmp.Diff([]string{"m0", "m1", "m2", "m3"}, r.messages()); diff != "" {
			t.Errorf("record (-want +got):\n%s", diff)
		}
	})
}

func TestWithoutASpoolNothingIsAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, r := &told{}, &memory{}
		l := start(t, r)
		synctest.Wait()
		r.answers(isAway)
		enqueue(t, l, o, "m0", "12", "80")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if got := o.names(); len(got) > 0 {
			t.Errorf("told %v", got)
		}
		r.answers(nil)
		time.Sleep(2 * time.Second)
		synctest.Wait()
	})
}

// What a person does is refused at once while the record is away, and has no
// effect, spool or not.
func TestByHandWhileTheRecordIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, r := &told{}, &memory{}
		l := start(t, r, withSpool(&drawer{}))
		alarm := lostAlarm(t, l)
		r.answers(isAway)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		seq := l.View().Seq("ICU")
		replay, m := heartRate("r", "12", "80")
		m.IsReplay = true
		for name, e := range map[string]ward.Event{
			"assign":    ward.Assign{Device: device.ID("MON12"), By: staff.Person{ID: "u1"}},
			"release":   ward.Release{Device: device.ID("MON12"), By: staff.Person{ID: "u1"}},
			"configure": ward.Configure{},
			"admit":     ward.Moved{By: staff.Person{ID: "u1"}},
			"replay":    replay,
		} {
			var message *ward.Message
			if name == "replay" {
				message = m
			}
			before := time.Now()
			if got := l.Submit(t.Context(), e, message); fault.KindOf(got.Err) != fault.Unavailable || time.Since(before) > 0 {
				t.Errorf("%s: %v after %v", name, got.Err, time.Since(before))
			}
		}
		if got := l.View().Seq("ICU"); got != seq {
			t.Errorf("the unit went from %d to %d", seq, got)
		}
		acknowledge(t, l, o, "ack", alarm)
		time.Sleep(ward.CommandTTL + time.Second)
		synctest.Wait()
		if got := o.kind(t, "ack"); got != fault.NotSaved && got != fault.Unsettled {
			t.Errorf("the acknowledgement: %v", got)
		}
		r.answers(nil)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if o := l.Submit(t.Context(), ward.Configure{Units: []ward.UnitConfig{}}, nil); fault.KindOf(o.Err) == fault.Unavailable {
			t.Errorf("with the record back: %v", o.Err)
		}
	})
}

// What an earlier process kept is recorded first, each input as of its time;
// what it had recorded too counts once.
func TestWhatAnEarlierProcessKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		r, d := &memory{}, &drawer{}
		var kept []ward.Input
		for n := range 3 {
			e, m := heartRate(fmt.Sprint("m", n), "12", fmt.Sprint(80+n))
			kept = append(kept, ward.Input{ID: fmt.Sprint("e0-", n), At: m.ReceivedAt.Add(time.Duration(n) * time.Second), Event: e, Message: m})
		}
		time.Sleep(time.Minute)
		l := start(t, r, withSpool(d), func(c *Config) {
			c.Ward, c.Kept, c.Seen = testWard(began), kept, []Digest{kept[0].Message.Digest}
		})
		time.Sleep(5 * time.Second)
		synctest.Wait()
		var got []string
		for _, e := range r.all() {
			if e.Input.Message != nil {
				got = append(got, fmt.Sprint(e.Input.ID, " ", e.Input.Message.ControlID, " ", e.Input.At.Sub(began)))
			}
		}
		if diff := cmp.Diff([]string{"e0-1 m1 1s", "e0-2 m2 2s"}, got); diff != "" {
			t.Errorf("record (-want +got):\n%s", diff)
		}
		if d.cleared != 1 || l.View().Spooled.Messages != 0 {
			t.Errorf("cleared %d times, %+v", d.cleared, l.View().Spooled)
		}
		lost := bedAlarm(t, l)
		if want := began.Add(2 * time.Second); !lost.OnsetAt.Equal(want) {
			t.Errorf("the monitor is missed since %v, want %v", lost.OnsetAt.Sub(began), 2*time.Second)
		}
	})
}

// A kept message that not even quarantine takes is not forgotten.
func TestAKeptMessageThatIsNeverRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, r, d := &told{}, &memory{}, &drawer{}
		l := start(t, r, withSpool(d))
		synctest.Wait()
		r.answers(isAway)
		enqueue(t, l, o, "bad", "12", "80")
		enqueue(t, l, o, "good", "12", "81")
		time.Sleep(5 * time.Second)
		r.answers(func(_ context.Context, entries []ward.Entry) error {
			if slices.ContainsFunc(entries, func(e ward.Entry) bool { return e.Input.Message != nil && e.Input.Message.ControlID == "bad" }) {
				return errPoison
			}
			return nil
		})
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if d.aside != 1 || d.cleared != 0 {
			t.Errorf("set aside %d times, cleared %d times", d.aside, d.cleared)
		}
		if diff := cmp.Diff([]string{"good"}, r.messages()); diff != "" {
			t.Errorf("record (-want +got):\n%s", diff)
		}
	})
}

// However outages and a crash fall, what was acknowledged is in the record or
// in the spool, and nothing is in the record twice.
func TestAcknowledgedIsNeverLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.SampledFrom([]string{"message", "message", "message", "second", "2 seconds", "away", "hangs", "back", "full", "room", "lost answer"}), 5, 60).Draw(rt, "steps")
		synctest.Test(t, func(t *testing.T) {
			o, r, d := &told{}, &memory{}, &drawer{}
			c := Config{Ward: testWard(time.Now()), Recorder: r, Epoch: "e1", Spool: d}
			l := New(c)
			ctx, crash := context.WithCancel(context.Background())
			ended := make(chan struct{})
			go func() { defer close(ended); _ = l.Run(ctx) }()
			for n, step := range steps {
				switch step {
				case "message":
					e, m := heartRate(fmt.Sprint("m", n), "12", fmt.Sprint(60+n))
					_ = l.Enqueue(t.Context(), e, m, o.as(m.ControlID))
				case "second":
					time.Sleep(time.Second)
				case "2 seconds":
					time.Sleep(2 * time.Second)
				case "away":
					r.answers(isAway)
				case "hangs":
					r.answers(func(ctx context.Context, e []ward.Entry) error {
						ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
						defer cancel()
						return hangs(ctx, e)
					})
				case "lost answer":
					r.answers(func(_ context.Context, e []ward.Entry) error { r.keep(e); return errAway })
				case "back":
					r.answers(nil)
				case "full", "room":
					d.mu.Lock()
					d.err = map[string]error{"full": errAway}[step]
					d.mu.Unlock()
				}
				synctest.Wait()
			}
			r.answers(isAway) // nothing gets through any more
			here := map[string]int{}
			for _, id := range r.messages() {
				here[id]++
			}
			for id, n := range here {
				if n != 1 {
					t.Errorf("%s is recorded %d times", id, n)
				}
			}
			for _, id := range d.ids() {
				here[id]++
			}
			for _, id := range o.names() {
				if out, _ := o.of(id); out.Err == nil && here[id] == 0 {
					t.Errorf("%s was acknowledged and is neither recorded nor kept, after %v", id, steps)
				}
			}
			crash()
			<-ended
			synctest.Wait()
		})
	})
}

// Senders that go on as fast as they are answered do not keep the spool from
// emptying, and are not cut off while it does.
func TestTheSpoolEmptiesHoweverFastSendersAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, d := &memory{}, &drawer{}
		l := start(t, r, withSpool(d))
		synctest.Wait()
		r.answers(isAway)
		answered := make(chan struct{}, 1000)
		send := func(n int) {
			e, m := heartRate(fmt.Sprint("m", n), "12", fmt.Sprint(60+n%40))
			if err := l.Enqueue(t.Context(), e, m, func(ward.Outcome) { answered <- struct{}{} }); err != nil {
				t.Error(err)
			}
		}
		n, silence, last := 0, time.Duration(0), time.Now()
		for range 500 {
			send(n)
			n++
		}
		// One more for each that is answered, but never more than 10,000 a second.
		pump := func(until func() bool) {
			for !until() {
				time.Sleep(time.Millisecond)
				for range min(10, len(answered)) {
					<-answered
					silence, last = max(silence, time.Since(last)), time.Now()
					send(n)
					n++
				}
			}
		}
		began := time.Now()
		pump(func() bool { return time.Since(began) > 6*time.Second })
		if got := l.View().Spooled.Messages; got < 5000 {
			t.Fatalf("%d in the spool after the outage", got)
		}
		r.answers(func(context.Context, []ward.Entry) error { time.Sleep(100 * time.Millisecond); return nil })
		began, silence, last = time.Now(), 0, time.Now()
		pump(func() bool { return l.View().Spooled.Messages == 0 || time.Since(began) > time.Minute })
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%d still in the spool after %v", l.View().Spooled.Messages, took)
		}
		if silence > 2*time.Second {
			t.Errorf("nobody was answered for %v while the spool emptied", silence)
		}
		r.answers(nil)
		time.Sleep(3 * time.Second)
		synctest.Wait()
	})
}
