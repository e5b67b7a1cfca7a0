package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// nineBeds is a ward in which eight beds may stream while the ninth waits.
const nineBeds = `
units:
  - code: ICU
    name: Intensive care
    zone: Europe/London
    care_area: adult-icu
    trust_gateway: true
    beds: ["1", "2", "3", "4", "5", "6", "7", "8", "12"]
`

// occupied admits a patient to each of the beds 1 to n, and Ngozi Okafor to
// bed 12, and gives the gateway that did.
func (s *station) occupied(n int) *gateway {
	s.t.Helper()
	g := s.gateway()
	at := time.Now().Add(-time.Minute)
	for bed := 1; bed <= n; bed++ {
		g.accept(admission(fmt.Sprintf("ADM%d", bed), at, fmt.Sprint(bed), fmt.Sprintf("MRN100%d", bed), "Stream", fmt.Sprint("Bed", bed)))
	}
	g.accept(admission("ADM12", at, "12", "MRN1012", "Okafor", "Ngozi"))
	return g
}

const tooFast = "MDC_EVT_HI" // with the heart rates that these tests send

// raise makes the monitor of bed 12 report a heart rate beyond its limit, and
// returns the alarm once it is in the snapshot.
func (s *station) raise(g *gateway, token, id string) snapshotAlarm {
	s.t.Helper()
	g.accept(vitals(id, time.Now(), "12", "MRN1012", hr(150), spo2(97)))
	a, ok := s.snapshot(token, "ICU").alarm("12", tooFast)
	if !ok || a.State != "active" || a.Priority != "high" {
		s.t.Fatalf("heart rate 150: alarm %+v", a)
	}
	return a
}

// The process is killed ten times in mid-stream, and stopped once. Nothing
// that was acknowledged is lost or doubled, and an alarm that was recorded
// stands again after each start: indeterminate until its monitor speaks.
func TestKillNine(t *testing.T) {
	t.Parallel()
	const kills = 10
	s := serve(t, nineBeds)
	token := s.token("test")
	raised := s.raise(s.occupied(4), token, "HIGH0")
	all := s.senders(4, 24, 20*time.Millisecond)

	var ready []time.Duration
	for n := 1; n <= kills; n++ {
		before := all.acked()
		eventually(t, 30*time.Second, "messages are acknowledged", func() bool { return all.acked() > before+500 })
		time.Sleep(rand.N(300 * time.Millisecond)) // a kill may come at any moment
		s.kill()
		began := time.Now()
		s.restart()
		ready = append(ready, time.Since(began))

		again, ok := s.snapshot(token, "ICU").alarm("12", tooFast)
		if !ok || again.ID != raised.ID || again.State != "indeterminate" || again.AcknowledgedBy != nil {
			t.Fatalf("after kill %d the alarm is %+v, want %s indeterminate", n, again, raised.ID)
		}
		if now := s.raise(s.gateway(), token, fmt.Sprint("HIGH", n)); now.ID != raised.ID {
			t.Fatalf("after kill %d the monitor's word made another alarm %s of %s", n, now.ID, raised.ID)
		}
	}
	slices.Sort(ready)
	t.Logf("ready after a kill: median %.2f s, longest %.2f s", ready[kills/2].Seconds(), ready[kills-1].Seconds())

	s.stop()
	s.restart()
	all.finish(t)
	d := s.database()
	all.check(t, d)
	if gaps := d.count(`SELECT count(*) FROM no_surveillance`); gaps != kills+1 {
		t.Errorf("%d gaps without surveillance are recorded, want %d", gaps, kills+1)
	}
	if n := d.count(`SELECT count(*) FROM alarm_episode WHERE code = $1`, tooFast); n != 1 {
		t.Errorf("%d alarms are recorded, want the one", n)
	}
	if out := s.mustCommand("", "audit", "verify"); !strings.Contains(out, "none changed") {
		t.Errorf("audit verify: %s", out)
	}
}
