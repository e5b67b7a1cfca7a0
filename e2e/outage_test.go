package e2e

import (
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"wardlight/ingest/mllp"
)

const notRecording = "WARDLIGHT_NOT_RECORDING"

// The database hangs for 20 s: its processes are there and say nothing.
func TestDatabaseFrozen(t *testing.T) {
	t.Parallel()
	o := newOutage(t)
	thaw := o.database().freeze()
	o.lasts(20 * time.Second)
	thaw()
	o.ends()
}

// The database is shut down hard, and again each time that it comes back.
func TestDatabaseShutDown(t *testing.T) {
	t.Parallel()
	o := newOutage(t)
	release := o.database().keepDown(syscall.SIGQUIT, syscall.SIGKILL)
	o.lasts(10 * time.Second)
	release()
	o.ends()
}

// A command that the database may or may not have when it stops answering
// takes no effect later than its time, whatever was told meanwhile.
func TestAcknowledgementInDoubt(t *testing.T) {
	t.Parallel()
	s := serve(t, nineBeds)
	s.user("kim", "Kim R.", "nurse")
	token := s.token("test")
	a := s.raise(s.occupied(0), token, "HIGH")
	kim := s.signedIn("kim")
	_, page := kim.get("/alarms/" + a.ID)

	thaw := s.database().freeze()
	status, answer := kim.answer(page, a)
	thaw()
	if status != http.StatusServiceUnavailable {
		t.Errorf("acknowledged while nothing can be recorded: %d: %s", status, answer)
	}
	t.Logf("told that it is not known yet: %v", strings.Contains(answer, "not known yet"))
	eventually(t, 30*time.Second, "the command is settled and the alarm can be acknowledged", func() bool {
		now, ok := s.snapshot(token, "ICU").alarm("12", tooFast)
		if !ok || now.AcknowledgedBy != nil {
			t.Fatalf("the late acknowledgement took effect: %+v", now)
		}
		status, _ := kim.acknowledge(now)
		return status == http.StatusSeeOther
	})
	if n := s.database().count(`SELECT count(*) FROM alarm_event WHERE what = 'acknowledge'`); n != 1 {
		t.Errorf("%d acknowledgements are recorded, want the second one only", n)
	}
}

// outage is a station in full work whose database goes away.
type outage struct {
	*station
	token   string
	all     senders
	nurse   *person
	gateway *mllp.Client
	said    chan string // the answer to the message of bed 12
	stood   snapshotAlarm
}

func newOutage(t *testing.T) *outage {
	t.Helper()
	o := &outage{station: serve(t, nineBeds, "--spool-max", "off"), said: make(chan string, 1)}
	o.user("kim", "Kim R.", "nurse")
	o.token = o.station.token("test")
	g := o.occupied(4)
	g.accept(vitals("LOW", time.Now(), "12", "MRN1012", hr(45)))
	var ok bool
	if o.stood, ok = o.snapshot(o.token, "ICU").alarm("12", "MDC_EVT_LO"); !ok {
		t.Fatal("a heart rate of 45 makes no alarm")
	}
	o.gateway = g.Client
	o.nurse = o.signedIn("kim")
	if _, page := o.nurse.get("/central/ICU"); !strings.Contains(page, `data-alarm="`+o.stood.ID+`"`) {
		t.Errorf("the nurse does not see the alarm %+v in\n%s", o.stood, page)
	}
	o.all = o.senders(4, 24, 20*time.Millisecond)
	eventually(t, 30*time.Second, "messages are acknowledged", func() bool { return o.all.acked() > 200 })
	return o
}

// lasts looks at everything that must hold while the database is away.
func (o *outage) lasts(d time.Duration) {
	t := o.t
	t.Helper()
	began := time.Now()
	acked, since := -1, began
	eventually(t, 10*time.Second, "no acknowledgement comes, with at least 64 messages in flight", func() bool {
		if now := o.all.acked(); now != acked {
			acked, since = now, time.Now()
		}
		return o.all.inFlight() >= 64 && time.Since(since) > 300*time.Millisecond
	})

	// What arrives is shown, and alarmed.
	o.gateway.Post(vitals("HIGH", time.Now(), "12", "MRN1012", hr(150), spo2(96)), func(answer []byte, err error) {
		if err != nil {
			o.said <- err.Error()
			return
		}
		o.said <- ackCode(answer)
	})
	eventually(t, 3*time.Second, "the value and its alarm are shown", func() bool {
		snap := o.snapshot(o.token, "ICU")
		_, alarmed := snap.alarm("12", tooFast)
		return snap.value("12", "8867-4") == "150" && snap.value("12", "59408-5") == "96" && alarmed
	})

	// Every screen says so.
	const wanted = 5 * time.Second
	eventually(t, 3*wanted-time.Since(began), "NOT RECORDING stands", func() bool {
		_, ok := o.snapshot(o.token, "ICU").alarm("", notRecording)
		return ok && o.nurse.sees("/central/ICU", "NOT RECORDING")
	})
	t.Logf("NOT RECORDING %.1f s after the database went away (wanted: %v)", time.Since(began).Seconds(), wanted)

	eventually(t, 10*time.Second, "the alarm that the gateways are blocked stands", func() bool {
		a, ok := o.snapshot(o.token, "ICU").alarm("", "WARDLIGHT_GATEWAY_BLOCKED")
		return ok && strings.Contains(a.Label, "TESTGW")
	})

	// An acknowledgement is not pretended.
	alarm, _ := o.snapshot(o.token, "ICU").alarm("12", tooFast)
	asked := time.Now()
	status, answer := o.nurse.acknowledge(alarm)
	took := time.Since(asked)
	if status != http.StatusServiceUnavailable || !strings.Contains(answer, "NOT SAVED") && !strings.Contains(answer, "not known yet") {
		t.Errorf("acknowledged while nothing can be recorded: %d: %s", status, answer)
	}
	t.Logf("the acknowledgement is answered after %.1f s", took.Seconds())
	if took > 15*time.Second {
		t.Errorf("the nurse waited %v for an answer", took)
	}

	eventually(t, 30*time.Second, "time passes", func() bool { return time.Since(began) >= d })
	o.standsUnacknowledged()
	if d > 15*time.Second && o.isReady() {
		t.Error("the station says that it is ready")
	}
	if now := o.all.acked(); now != acked {
		t.Errorf("%d messages were acknowledged while nothing could be recorded", now-acked)
	}
	select {
	case said := <-o.said:
		t.Errorf("the message of bed 12 was answered %q while nothing could be recorded", said)
	default:
	}
	if waiting := o.all.inFlight(); waiting < 64 {
		t.Errorf("only %d messages are in flight", waiting)
	}
}

func (o *outage) isReady() bool {
	o.t.Helper()
	status, _ := o.nurse.get("/readyz")
	return status == http.StatusOK
}

func (o *outage) standsUnacknowledged() {
	o.t.Helper()
	if a, ok := o.snapshot(o.token, "ICU").alarm("12", tooFast); !ok || a.AcknowledgedBy != nil || a.State != "active" {
		o.t.Errorf("the alarm is %+v, want it to stand unacknowledged", a)
	}
}

// ends looks at everything that must hold once the database is back.
func (o *outage) ends() {
	t := o.t
	t.Helper()
	began := time.Now()
	select {
	case said := <-o.said:
		if said != "CA" {
			t.Errorf("the message of bed 12 was answered %q", said)
		}
	case <-time.After(time.Minute):
		t.Fatal("the message of bed 12 was not acknowledged within a minute")
	}
	t.Logf("acknowledgements come again after %.1f s", time.Since(began).Seconds())
	eventually(t, 30*time.Second, "NOT RECORDING ends", func() bool {
		others := slices.DeleteFunc(o.snapshot(o.token, "ICU").Alarms, func(a snapshotAlarm) bool {
			return a.Code == "WARDLIGHT_DISK_LOW" // of the machine that runs the test
		})
		return len(others) == 0 && o.isReady()
	})
	if o.nurse.sees("/central/ICU", "NOT RECORDING") {
		t.Error("the page still says NOT RECORDING")
	}
	o.standsUnacknowledged()

	o.all.finish(t)
	d := o.database()
	o.all.check(t, d)
	if n := d.count(`SELECT count(*) FROM message WHERE control_id IN ('LOW', 'HIGH')`); n != 2 {
		t.Errorf("of the two messages of bed 12, %d are recorded", n)
	}
	if n := d.count(`SELECT count(*) FROM alarm_event WHERE what = 'acknowledge'`); n != 0 {
		t.Errorf("%d acknowledgements are recorded, want the withdrawn one not to be", n)
	}
	if n := d.count(`SELECT count(*) FROM alarm_episode WHERE code = $1`, tooFast); n != 1 {
		t.Errorf("%d alarms are recorded, want the one", n)
	}

	// The same nurse, once it can be recorded.
	alarm, _ := o.snapshot(o.token, "ICU").alarm("12", tooFast)
	if status, answer := o.nurse.acknowledge(alarm); status != http.StatusSeeOther {
		t.Fatalf("acknowledged once all is well: %d: %s", status, answer)
	}
	if a, _ := o.snapshot(o.token, "ICU").alarm("12", tooFast); a.AcknowledgedBy == nil || *a.AcknowledgedBy != "Kim R." {
		t.Errorf("after the acknowledgement: %+v", a)
	}
}
