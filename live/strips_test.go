package live

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// stripBench is a ward whose monitor in bed 12 sends a waveform, and keeps
// strips.
type stripBench struct {
	*Loop
	memory *memory
	waves  *Waves
	first  time.Time
}

func newStripBench(t *testing.T) *stripBench {
	m := &memory{}
	l := New(Config{Ward: testWard(time.Now()), Recorder: m, Epoch: "e1"})
	b := &stripBench{l, m, NewWaves(l.View, 0, nil), time.Now()}
	s := NewStrips(l, b.waves, time.Now, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { s.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	run(t, l)
	return b
}

// send sends waveforms for a while, and no numbers.
func (b *stripBench) send(lasts time.Duration) {
	for end := time.Now().Add(lasts); time.Now().Before(end); {
		w := packet(0)
		w.Start = time.Now()
		time.Sleep(250 * time.Millisecond)
		b.waves.Take("MON12", []vitals.Wave{w}, time.Now(), time.Now())
	}
}

func (b *stripBench) strips() (out []ward.KeepStrip) {
	for _, e := range b.memory.all() {
		for _, c := range e.Changes {
			if k, ok := c.What.(ward.StripKept); ok {
				out = append(out, k.KeepStrip)
			}
		}
	}
	return out
}

func TestAnAlarmKeepsItsStrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStripBench(t)
		e, m := heartRate("first", "12", "80")
		if o := b.Submit(t.Context(), e, m); o.Err != nil {
			t.Fatal(o.Err)
		}
		b.send(35 * time.Second) // the numbers are missed after half a minute
		alarmed := bedAlarm(t, b.Loop)
		if alarmed.Priority != alarm.Medium || len(b.strips()) != 0 {
			t.Fatalf("%s, %d strips", alarmed.Priority, len(b.strips()))
		}
		// The alarm is over before the strip is taken: it is kept all the same.
		e, m = heartRate("second", "12", "81")
		if o := b.Submit(t.Context(), e, m); o.Err != nil {
			t.Fatal(o.Err)
		}
		b.send(15 * time.Second)
		synctest.Wait()
		got := b.strips()
		if len(got) != 1 || got[0].Alarm != alarmed.ID || got[0].Bed.Bed != "12" || len(got[0].Waves) != 1 {
			t.Fatalf("got %+v", got)
		}
		w := got[0].Waves[0]
		from, to := w.Start.Sub(alarmed.Onset), w.End().Sub(alarmed.Onset)
		if w.Device != "MON12" || w.Label != "II" || (from+20*time.Second).Abs() > 50*time.Millisecond || (to-10*time.Second).Abs() > 50*time.Millisecond {
			t.Errorf("%s of %s from %v to %v", w.Label, w.Device, from, to)
		}
	})
}

// What the monitor measured after it went to another bed is not this bed's.
func TestAStripEndsWithTheAssociation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStripBench(t)
		e, m := heartRate("first", "12", "80")
		if o := b.Submit(t.Context(), e, m); o.Err != nil {
			t.Fatal(o.Err)
		}
		b.send(35 * time.Second)
		onset := bedAlarm(t, b.Loop).Onset
		e, m = heartRate("second", "12", "81")
		e.(ward.Reports)[0].Location.Bed = "1"
		if o := b.Submit(t.Context(), e, m); o.Err != nil {
			t.Fatal(o.Err)
		}
		moved, _ := b.View().Ward.Device("MON12")
		b.send(15 * time.Second)
		synctest.Wait()
		got := b.strips()
		if len(got) != 1 || moved.Bed.Bed != "1" {
			t.Fatalf("%d strips, bed %s", len(got), moved.Bed)
		}
		if w := got[0].Waves[0]; w.End().After(moved.Since.Add(10*time.Millisecond)) || !w.End().After(onset) {
			t.Errorf("the strip ends %v after the monitor left", w.End().Sub(moved.Since))
		}
	})
}

// A monitor that is back before the strip is taken has measured somebody else
// meanwhile.
func TestAStripEndsThoughTheMonitorIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStripBench(t)
		says := func(id string, bed census.BedCode) time.Time {
			e, m := heartRate(id, "12", "80")
			e.(ward.Reports)[0].Location.Bed = string(bed)
			if o := b.Submit(t.Context(), e, m); o.Err != nil {
				t.Fatal(o.Err)
			}
			d, _ := b.View().Ward.Device("MON12")
			if d.Bed.Bed != bed {
				t.Fatalf("the monitor reports for %s", d.Bed)
			}
			return d.Since
		}
		says("first", "12")
		b.send(35 * time.Second)
		left := says("second", "1")
		b.send(2 * time.Second)
		says("third", "12")
		b.send(15 * time.Second)
		synctest.Wait()
		got := b.strips()
		if len(got) == 0 {
			t.Fatal("no strip")
		}
		for _, w := range got[0].Waves {
			if w.End().After(left.Add(10 * time.Millisecond)) {
				t.Errorf("the strip goes on for %v after the monitor left", w.End().Sub(left))
			}
		}
	})
}

func TestAnEmptyStripIsNotKept(t *testing.T) {
	w := testWard(noon)
	k := ward.KeepStrip{Alarm: "a1", Bed: census.BedID{Unit: "ICU", Bed: "12"}, Waves: []ward.StripWave{{Device: device.ID("m1"), Wave: vitals.Wave{Rate: 1, Samples: []int16{vitals.NoSample}}}}}
	if _, changes := ward.Apply(w, ward.Input{ID: "1", At: noon, Event: k}); len(changes) != 0 {
		t.Errorf("got %+v", changes)
	}
	k.Waves[0].Samples = append(k.Waves[0].Samples, 1)
	_, changes := ward.Apply(w, ward.Input{ID: "1", At: noon, Event: k})
	if len(changes) != 1 || changes[0].Bed != "12" {
		t.Errorf("got %+v", changes)
	}
}

// An alarm that is known only later, out of a buffer, has no strip: what is
// measured now is not what it was about.
func TestAMissedAlarmKeepsNoStrip(t *testing.T) {
	b := &Strips{wake: make(chan struct{}, 1)}
	past := alarm.Episode{ID: "late", Bed: census.BedID{Unit: "ICU", Bed: "12"}, Priority: alarm.High, State: alarm.Closed, Closed: alarm.Late}
	now := past
	now.ID, now.State, now.Closed = "now", alarm.ActiveUnacknowledged, ""
	for _, e := range []alarm.Episode{past, now} {
		b.note(testWard(time.Now()), []ward.Change{{What: ward.EpisodeChanged{Episode: e, Event: alarm.Event{What: alarm.EventOnset}}}})
	}
	if len(b.due) != 1 || b.due[0].alarm != "now" {
		t.Errorf("due: %+v", b.due)
	}
}
