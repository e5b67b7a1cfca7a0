package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The database hangs for more than 20 s. A gateway whose messages wait is
// answered all the same, from the outage spool, and its beds go on. Then the
// process is killed. The next one records everything that was acknowledged,
// once, before it listens.
func TestOutageSpool(t *testing.T) {
	t.Parallel()
	s := serve(t, nineBeds)
	s.user("kim", "Kim R.", "nurse")
	token := s.token("test")
	raised := s.raise(s.occupied(8), token, "HIGH")
	nurse := s.signedIn("kim")
	nurse.get("/central/ICU")
	all := s.senders(8, 8, 50*time.Millisecond)
	eventually(t, 30*time.Second, "messages are acknowledged", func() bool { return all.acked() > 200 })

	thaw := s.database().freeze()
	began := time.Now()
	acked, since := all.acked(), began
	eventually(t, 30*time.Second, "the messages in flight wait", func() bool {
		if now := all.acked(); now != acked {
			acked, since = now, time.Now()
		}
		return time.Since(since) > 500*time.Millisecond
	})
	eventually(t, 30*time.Second, "acknowledgements go on", func() bool { return all.acked() > acked })
	t.Logf("acknowledged again %.1f s after the database froze (wanted: 3 to 4 s)", time.Since(began).Seconds())
	inSpool := all.acked()
	eventually(t, 90*time.Second, "a thousand more are acknowledged", func() bool { return all.acked() > inSpool+1000 })
	eventually(t, 30*time.Second, "the page says so", func() bool {
		return nurse.sees("/central/ICU", "NOT RECORDING") && nurse.sees("/central/ICU", "Kept in the outage spool: ")
	})
	if _, blocked := s.snapshot(token, "ICU").alarm("", "WARDLIGHT_GATEWAY_BLOCKED"); blocked {
		t.Error("a gateway that is answered counts as blocked")
	}
	if status, answer := nurse.acknowledge(raised); status != 503 || !strings.Contains(answer, "NOT SAVED") && !strings.Contains(answer, "not known yet") {
		t.Errorf("an alarm was acknowledged while nothing can be recorded: %d: %s", status, answer)
	}
	eventually(t, time.Minute, "the outage lasts 20 s", func() bool { return time.Since(began) > 20*time.Second })

	s.kill()
	thaw()
	file := filepath.Join(s.dataDir, "spool", "outage.spool")
	if info, err := os.Stat(file); err != nil || info.Size() == 0 {
		t.Fatalf("the spool of the killed process: %v", err)
	}
	s.restart()
	eventually(t, 30*time.Second, "the spool is empty", func() bool {
		_, err := os.Stat(file)
		return os.IsNotExist(err)
	})
	all.finish(t)
	d := s.database()
	all.check(t, d)
	if n := d.count(`SELECT count(*) FROM audit WHERE action = 'outage-spool-recorded'`); n != 1 {
		t.Errorf("it is audited %d times that the spool was recorded", n)
	}
	if n := d.count(`SELECT count(*) FROM alarm_episode WHERE code = $1`, tooFast); n != 1 {
		t.Errorf("%d alarms are recorded, want the one that stood throughout", n)
	}
	if out := s.mustCommand("", "audit", "verify"); !strings.Contains(out, "none changed") {
		t.Errorf("audit verify: %s", out)
	}
}

// What was acknowledged is not ignored because the spool is switched off, nor
// recorded in another ward because its folder came along.
func TestSpoolThatIsLeft(t *testing.T) {
	t.Parallel()
	s := serve(t, nineBeds)
	s.occupied(2)
	all := s.senders(2, 8, 50*time.Millisecond)
	eventually(t, 30*time.Second, "messages are acknowledged", func() bool { return all.acked() > 20 })
	thaw := s.database().freeze()
	file := filepath.Join(s.dataDir, "spool", "outage.spool")
	eventually(t, time.Minute, "messages are kept", func() bool {
		info, err := os.Stat(file)
		return err == nil && info.Size() > 0
	})
	s.kill()
	thaw()

	refused := func(at *station, want string, args ...string) {
		t.Helper()
		_, errs, code := at.command("", append([]string{"serve", "--listen", "off", "--mllp", "off"}, args...)...)
		if code != 1 || !strings.Contains(errs, want) {
			t.Errorf("exit %d: %s", code, errs)
		}
	}
	refused(s, "start once without --spool-max off", "--spool-max", "off")
	left, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	other := serve(t, nineBeds)
	other.terminate()
	if err := os.WriteFile(filepath.Join(other.dataDir, "spool", "outage.spool"), left, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(other, "kept for another record")
	other.start("serve", "--spool-adopt")
	if n := other.database().count(`SELECT count(*) FROM message`); n == 0 {
		t.Error("what was adopted is not recorded")
	}

	s.restart()
	all.finish(t)
	all.check(t, s.database())
}
