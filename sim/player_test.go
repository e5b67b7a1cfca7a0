package sim

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"wardlight/ingest/hl7"
	"wardlight/ingest/mllp"
	"wardlight/sim/recording"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSameSeedSameBytes(t *testing.T) {
	hear := func(seed uint64) map[string][]string {
		s, out := &station{}, map[string][]string{}
		script := Demo(seed)
		perform(t, Config{Script: script}, s, func() { pass(100 * time.Second) })
		for _, r := range s.take() {
			// A pump and the admission of its patient may be due at the same
			// moment, on two connections: whether the pump's first word waits
			// for its next is the one thing that no seed decides.
			if r.gateway != "PUMPGW" || !namesNewcomer(script, r.raw) {
				out[r.gateway] = append(out[r.gateway], string(r.raw))
			}
		}
		for _, list := range out {
			slices.Sort(list) // devices that are due at once may speak in any order
		}
		return out
	}
	one := hear(42)
	if diff := cmp.Diff(one, hear(42)); diff != "" {
		t.Errorf("same seed:\n%.2000s", diff)
	}
	if cmp.Equal(one, hear(43)) {
		t.Error("another seed says the same")
	}
	want := []string{"ADT", "HOMEGW", "ICUGW", "PUMPGW", "WARDGW"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(one))); diff != "" {
		t.Error(diff)
	}
	for gateway, list := range one {
		if n := len(slices.Compact(slices.Clone(list))); n != len(list) {
			t.Errorf("%s repeats itself", gateway)
		}
	}
}

// namesNewcomer reports whether a message is about a patient who arrives
// while the script plays.
func namesNewcomer(s Script, raw []byte) bool {
	for _, u := range s.Units {
		for _, b := range u.Beds {
			if p := b.Patient; p != nil && p.Admitted > 0 && bytes.Contains(raw, []byte("|"+p.MRN+"^")) {
				return true
			}
		}
	}
	return false
}

func TestDemoSpeaksAtThePaceOfBedsides(t *testing.T) {
	s, script := &station{}, Demo(42)
	perform(t, Config{Script: script}, s, func() { pass(60*time.Second - time.Millisecond) })
	all := s.take()
	for _, u := range script.Units {
		for _, b := range u.Beds {
			for _, d := range b.Devices {
				got, want := of(all, d.Label), int(time.Minute/d.Schedule.Period)
				if b.Patient.Admitted > 0 || len(d.Overlays) > 0 || d.Kind == SpotCheck {
					continue
				}
				if len(got) != want {
					t.Errorf("%s spoke %d times in a minute, want %d", d.Label, len(got), want)
				}
			}
		}
	}
	for _, r := range all {
		if late := r.at.Sub(r.sent(t)); late < 0 || late > time.Millisecond {
			t.Fatalf("%s came %v after it was sent", r.id, late)
		}
	}
}

// The station hears of an admission, and has answered it, before it hears
// anything of that patient.
func TestAdmissionsComeFirst(t *testing.T) {
	s := &station{}
	s.ignore("ADT")
	script := Demo(42)
	perform(t, Config{Script: script}, s, func() {
		pass(10 * time.Second)
		early := s.take()
		if len(early) == 0 || len(from(early, "ADT")) != len(early) {
			t.Errorf("%d messages, %d admissions before one was answered", len(early), len(from(early, "ADT")))
		}
		s.shut() // the answers never come, so that the gateway asks again
		s.hear()
		s.open()
		pass(100 * time.Second)
	})
	known, at := map[string]bool{}, map[string]time.Time{}
	for _, r := range s.take() {
		pid, _ := r.message.First("PID")
		pv1, _ := r.message.First("PV1")
		mrn := pid.Text(3, 1)
		if r.gateway == "ADT" {
			known[mrn] = true
			when, _, err := hl7.ParseTime(pv1.Text(44, 1), nil)
			if err != nil {
				t.Fatal(err)
			}
			at[mrn] = when
		} else if mrn != "" && (!known[mrn] || r.measured(t).Before(at[mrn])) {
			t.Errorf("%s speaks of %s before the admission", r.id, mrn)
		}
	}
	if len(known) != len(arrivals(script)) {
		t.Errorf("%d admitted, want %d", len(known), len(arrivals(script)))
	}
}

func TestDevicesWaitForALaterAdmissionToo(t *testing.T) {
	s, script := &station{}, oneMonitor()
	script.Units[0].Beds[0].Patient.Admitted = 30 * time.Second
	script.Pumps = []Pump{{
		Label: "PUMP1", Patient: script.Units[0].Beds[0].Patient, Schedule: Schedule{0, time.Second},
		Channels: []Channel{{Program: dopamine, Infused: "60.0", Ending: KeepOpen, NewBagWait: time.Minute}},
	}}
	perform(t, Config{Script: script}, s, func() {
		s.ignore("ADT")
		pass(45 * time.Second)
		if got := s.take(); len(got) != 1 || got[0].gateway != "ADT" {
			t.Errorf("%d messages, want the admission alone", len(got))
		}
		s.hear()
		pass(2 * time.Second)
		if got := s.take(); len(of(got, "MON1")) == 0 || len(of(got, "PUMP1")) == 0 {
			t.Errorf("%d messages after it was answered", len(got))
		}
	})
}

// At most so many are in flight; the other gateways do not notice; what could
// not be said meanwhile is not said later.
func TestSilentStationGetsNoStaleValues(t *testing.T) {
	s := &station{}
	var acks int
	c := Config{Script: Demo(42), InFlight: 20}
	var mu sync.Mutex
	c.OnAck = func(a Ack) {
		mu.Lock()
		defer mu.Unlock()
		acks++
		if !a.Accepted() || a.ControlID == "" {
			t.Errorf("%+v", a)
		}
	}
	perform(t, c, s, func() {
		pass(5 * time.Second)
		s.take()
		s.ignore("ICUGW")
		pass(30 * time.Second)
		held := s.take()
		if n := len(from(held, "ICUGW")); n != 20 {
			t.Errorf("%d in flight, want 20", n)
		}
		if n := len(from(held, "WARDGW")); n < 250 {
			t.Errorf("the other unit sent %d", n)
		}
		start := time.Now()
		s.hear()
		pass(3 * time.Second)
		again := from(s.take(), "ICUGW")
		if len(again) < 30 || len(again) > 60 {
			t.Errorf("%d in the 3 s after the answers, from 13 monitors", len(again))
		}
		for _, r := range again {
			if age := start.Sub(r.measured(t)); age > 2*time.Second {
				t.Errorf("%s is %v old", r.id, age)
			}
		}
	})
	if acks == 0 {
		t.Error("no answer was told of")
	}
}

// What was held up says when it was sent in truth, so that it looks as old as
// it is.
func TestLateAnswersLetTheNewestThrough(t *testing.T) {
	s := &station{}
	script := oneMonitor()
	script.Units[0].Beds[0].Devices[0].Schedule.Period = 10 * time.Second
	perform(t, Config{Script: script, InFlight: 1}, s, func() {
		s.ignore("ICUGW")
		pass(34 * time.Second)
		if n := len(of(s.take(), "MON1")); n != 1 {
			t.Errorf("%d in flight, want 1", n)
		}
		s.hear()
		pass(time.Second)
		got := of(s.take(), "MON1")
		if len(got) != 1 || got[0].id != "7.MON1.30000" || got[0].sent(t).Sub(got[0].measured(t)) != 4*time.Second {
			t.Errorf("%d messages; the first, %s, is %v old", len(got), got[0].id, got[0].sent(t).Sub(got[0].measured(t)))
		}
	})
}

// oneMonitor is a script with one monitor, whose patient came the day before
// yesterday.
func oneMonitor(overlays ...Overlay) Script {
	script := oneBed(Window{recording.ICUDay, 653 * time.Minute, time.Hour}, overlays...)
	script.Units[0].Beds[0].Patient.Admitted = -48 * time.Hour
	script.Units[0].Beds[0].Patient.Visit = "VN1"
	return script
}

func TestReconnectsWhenTheStationComesBack(t *testing.T) {
	s := &station{}
	perform(t, Config{Script: oneMonitor()}, s, func() {
		pass(3 * time.Second)
		if len(of(s.take(), "MON1")) != 4 {
			t.Error("did not begin")
		}
		for range 3 {
			s.shut()
			pass(2 * time.Minute)
			s.open()
			pass(lastRetry + time.Second)
			if got := s.take(); len(of(got, "MON1")) == 0 || len(from(got, "ADT")) != 0 {
				t.Errorf("after it came back: %d values, %d admissions", len(of(got, "MON1")), len(from(got, "ADT")))
			}
		}
	})
}

func TestRefusedAdmissionHoldsNobodyBack(t *testing.T) {
	s := &station{code: hl7.Error}
	perform(t, Config{Script: oneMonitor()}, s, func() { pass(3 * time.Second) })
	if len(of(s.take(), "MON1")) == 0 {
		t.Error("the monitor says nothing")
	}
}

// The past of each device begins before its present, and comes oldest first,
// all of it, and once, though the connection breaks in the middle.
func TestHistory(t *testing.T) {
	s := &station{}
	s.ignore("ICUGW")
	perform(t, Config{Script: oneMonitor(), History: 24 * time.Hour}, s, func() {
		pass(time.Second)
		first := of(s.take(), "MON1")
		if len(first) != DefaultInFlight {
			t.Errorf("%d in flight, want %d", len(first), DefaultInFlight)
		}
		s.shut()
		s.hear()
		s.open()
		begun := time.Now()
		pass(5 * time.Second)
		got := of(s.take(), "MON1")
		if !bytes.Equal(got[0].raw, first[0].raw) {
			t.Error("what was not answered is not sent again as it was")
		}
		start := begun.Add(-time.Second)
		var past, live []received
		for _, r := range got {
			if r.measured(t).Before(start) {
				past = append(past, r)
			} else {
				live = append(live, r)
			}
		}
		if len(past) != 24*60 || len(live) < 4 {
			t.Fatalf("%d messages of the past and %d of now", len(past), len(live))
		}
		for i, r := range past {
			if at := start.Add(time.Duration(i)*time.Minute - 24*time.Hour); !r.measured(t).Equal(at) {
				t.Fatalf("message %d is of %v, want %v", i, r.measured(t), at)
			}
			if r.sent(t).Before(start) {
				t.Fatalf("message %d was sent %v", i, r.sent(t))
			}
		}
	})
}

// Who has a long past is not silent about now until all of it is told.
func TestNowComesBetweenThePast(t *testing.T) {
	s := &station{}
	perform(t, Config{Script: oneMonitor(), History: 24 * time.Hour}, s, func() { pass(time.Second) })
	got := of(s.take(), "MON1")
	if !got[0].measured(t).Before(got[1].measured(t)) || got[1].measured(t).Before(got[0].measured(t).Add(24*time.Hour)) {
		t.Errorf("the first two messages are of %v and %v", got[0].measured(t), got[1].measured(t))
	}
}

func TestHistoryIsThatOfTheRecording(t *testing.T) {
	s := &station{}
	var start time.Time
	perform(t, Config{Script: oneMonitor(), History: 10 * time.Minute}, s, func() {
		start = time.Now()
		pass(time.Second)
	})
	day, err := recording.OpenNumerics(recording.ICUDay)
	if err != nil {
		t.Fatal(err)
	}
	past := slices.DeleteFunc(of(s.take(), "MON1"), func(r received) bool { return !r.measured(t).Before(start) })
	if len(past) != 10 {
		t.Fatalf("%d messages of ten minutes", len(past))
	}
	for i, r := range past {
		minute := 653 - 10 + i
		obx, note := rowOf(t, r.message, "147842")
		want := whole(day.At("HR", minute).Float())
		if obx.Text(5, 1) != want || note != fmt.Sprintf("recording %s HR minute %d", recording.ICUDay, minute) {
			t.Errorf("message %d: HR %s, %s; want %s of minute %d", i, obx.Text(5, 1), note, want, minute)
		}
	}
}

// The past of the whole demo is of those who were there, and of no time before
// their admission.
func TestHistoryOfTheDemo(t *testing.T) {
	s := &station{}
	script := Demo(42)
	var start time.Time
	perform(t, Config{Script: script, History: 3 * time.Hour}, s, func() {
		start = time.Now()
		pass(time.Second)
	})
	minutes := map[string]int{}
	for _, r := range s.take() {
		if r.gateway == "ADT" || r.gateway == "PUMPGW" || !r.measured(t).Before(start) {
			continue
		}
		minutes[strings.Split(r.id, ".")[1]]++
		for obx := range r.message.Segments("OBX") {
			if at, _, err := hl7.ParseTime(obx.Text(14, 1), nil); err == nil && at.After(r.measured(t)) {
				t.Fatalf("%s holds a value of %v", r.id, at)
			}
		}
	}
	for _, u := range script.Units {
		for _, b := range u.Beds {
			for _, d := range b.Devices {
				want := int(min(3*time.Hour, max(0, -b.Patient.Admitted)) / time.Minute)
				if got := minutes[d.Label]; d.Kind != SpotCheck && got != want || d.Kind == SpotCheck && (got < want/6 || got > want/2) {
					t.Errorf("%s has %d messages of the past, want %d", d.Label, got, want)
				}
			}
		}
	}
}

func TestLostDeviceSaysNothing(t *testing.T) {
	s := &station{}
	perform(t, Config{Script: oneMonitor(Overlay{DeviceLost, 10 * time.Second, time.Hour, 20 * time.Second, 0})}, s, func() {
		pass(9*time.Second + 500*time.Millisecond)
		if n := len(of(s.take(), "MON1")); n != 10 {
			t.Errorf("%d before", n)
		}
		pass(20 * time.Second)
		if n := len(of(s.take(), "MON1")); n != 0 {
			t.Errorf("%d while lost", n)
		}
		pass(10 * time.Second)
		if n := len(of(s.take(), "MON1")); n != 10 {
			t.Errorf("%d after", n)
		}
	})
}

func TestSpotCheckSpeaksWhenTaken(t *testing.T) {
	script := oneMonitor()
	d := &script.Units[0].Beds[0].Devices[0]
	d.Kind, d.Checks, d.Schedule.Period = SpotCheck, 5*time.Minute, 10*time.Second
	d.Window = Window{recording.BIDMC, 0, time.Minute}
	s := &station{}
	perform(t, Config{Script: script}, s, func() { pass(time.Hour) })
	got := of(s.take(), "MON1")
	if len(got) < 12 || len(got) > 13 {
		t.Errorf("%d checks in an hour, one each 5 min", len(got))
	}
	for _, r := range got[1:] {
		bp, _ := rowOf(t, r.message, "150021")
		taken, _, err := hl7.ParseTime(bp.Text(14, 1), nil)
		if err != nil {
			taken = r.measured(t)
		}
		if late := r.at.Sub(taken); late < 0 || late > 10*time.Second {
			t.Errorf("told %v after it was taken", late)
		}
	}
}

func TestPumpTellsChangesAtOnce(t *testing.T) {
	script := oneMonitor()
	script.Pumps = []Pump{{
		ID: "05", Label: "PUMP1", Unit: "ICU", Bed: "1", Patient: script.Units[0].Beds[0].Patient, Schedule: Schedule{0, 10 * time.Second},
		Channels: []Channel{{
			Label: "1", Program: Program{Drug: "Saline", SetRate: "360.0", VTBI: "100.0"}, Infused: "90.0",
			Ending: Finish, NewBagWait: time.Hour,
		}},
	}}
	s := &station{}
	perform(t, Config{Script: script}, s, func() { pass(115 * time.Second) })
	var times []string
	for _, r := range of(s.take(), "PUMP1") {
		times = append(times, strings.TrimPrefix(r.id, "7.PUMP1."))
	}
	want := strings.Fields("0 10000 20000 30000 40000 50000 60000 70000 80000 90000 100000 110000")
	if diff := cmp.Diff(want, times); diff != "" { // 10 mL at 360 mL/h take 100 s: a change on schedule is told once
		t.Error(diff)
	}

	script.Pumps[0].Channels[0].Infused = "90.7"
	perform(t, Config{Script: script}, s, func() { pass(115 * time.Second) })
	got := of(s.take(), "PUMP1")
	i := slices.IndexFunc(got, func(r received) bool { return r.id == "7.PUMP1.93000" })
	if i < 0 {
		t.Fatal("the end of the infusion was not told when it came")
	}
	if status, _ := rowOf(t, got[i].message, "184519"); status.Text(5, 2) != "pump-status-not-infusing" {
		t.Errorf("%s", status.Raw())
	}
}

func TestSpeed(t *testing.T) {
	s := &station{}
	perform(t, Config{Script: oneMonitor(), Speed: 4}, s, func() { pass(10*time.Second - time.Millisecond) })
	got := of(s.take(), "MON1")
	if len(got) != 40 {
		t.Errorf("%d messages in 10 s at four times the pace of 1 s", len(got))
	}
	for _, r := range got {
		if late := r.at.Sub(r.measured(t)); late < -time.Millisecond || late > time.Second {
			t.Errorf("%s is %v old", r.id, late)
		}
	}
}

func TestRunRefusesWhatCannotBePlayed(t *testing.T) {
	for name, c := range map[string]Config{
		"no target":   {Script: oneMonitor()},
		"speed":       {Target: "x", Script: oneMonitor(), Speed: -1},
		"history":     {Target: "x", Script: oneMonitor(), History: -time.Hour},
		"in flight":   {Target: "x", Script: oneMonitor(), InFlight: -1},
		"bad program": {Target: "x", Script: Script{Pumps: []Pump{{}}}},
	} {
		if err := Run(context.Background(), c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// The same over a real socket.
func TestRunOverTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &station{}
	server := &mllp.Server{Listener: l, Handler: s}
	served := make(chan error, 1)
	go func() { served <- server.Serve() }()
	ctx, stop := context.WithCancel(context.Background())
	acks := make(chan Ack, 1000)
	played := make(chan error, 1)
	go func() {
		played <- Run(ctx, Config{
			Target: l.Addr().String(), Script: oneMonitor(), History: time.Hour, Speed: 50,
			OnAck: func(a Ack) { acks <- a },
		})
	}()
	for range 70 { // an admission, an hour, and some that are live
		if a := <-acks; !a.Accepted() {
			t.Errorf("%+v", a)
		}
	}
	stop()
	if err := <-played; err != nil {
		t.Error(err)
	}
	if err := server.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}
