package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"wardlight/ingest/hl7"
	"wardlight/ingest/mllp"
)

// What cannot be taken in is refused, listed and never lost in silence, and
// none of it disturbs another sender.
func TestRefusals(t *testing.T) {
	t.Parallel()
	const frameTimeout = 2 * time.Second
	s := serve(t, nineBeds, "--mllp-frame-timeout", frameTimeout.String())
	token := s.token("test")
	s.occupied(2)
	all := s.senders(2, 8, 20*time.Millisecond)

	// goesOn fails when the others were held up.
	goesOn := func(t *testing.T) {
		t.Helper()
		before := all.acked()
		eventually(t, 3*time.Second, "another sender goes on", func() bool { return all.acked() > before+20 })
	}

	t.Run("unknown bed", func(t *testing.T) {
		if code := s.gateway().send(vitals("STRAY1", time.Now(), "99", "MRN9", hr(80))); code != "CA" {
			t.Errorf("answered %s, want CA", code)
		}
		stray := s.snapshot(token, "ICU").Unassigned
		if len(stray) != 1 || stray[0].Kind != "monitor" || stray[0].Location != "ICU^^99" {
			t.Errorf("unassigned: %+v", stray)
		}
		if n := s.database().count(`SELECT count(*) FROM observed_value v WHERE v.at > now() - interval '1 minute' AND v.value = 80`); n != 1 {
			t.Errorf("the stray value is recorded %d times", n)
		}
		goesOn(t)
	})

	undecodable := map[string]struct {
		raw   []byte
		code  string // of the acknowledgement
		why   string // ERR-3, HL7 table 0357
		shown string // what `quarantine show` prints of it
	}{
		"no HL7":            {[]byte("good morning"), "AR", "100", "good morning"},
		"no send time":      {withoutSendTime("BAD1"), "CR", "101", "|BAD1|"},
		"an infusion order": {sample(t, "pcd03_rgv_o15_dopamine.hl7"), "CR", "200", "1234^Dopamine"},
		"another event":     {bytes.Replace(sample(t, "pcd04_low_spo2_start.hl7"), []byte("ORU^R40^ORU_R40"), []byte("ORU^R32^ORU_R32"), 1), "CR", "201", "MDC_EVT_LO"},
	}
	for name, c := range undecodable {
		t.Run(name, func(t *testing.T) {
			g := s.gateway()
			answer, err := g.Send(t.Context(), c.raw)
			if err != nil {
				t.Fatal(err)
			}
			if code, why := refusal(t, answer); code != c.code || why != c.why {
				t.Errorf("answered %s, reason %s, want %s, %s:\n%s", code, why, c.code, c.why, readable(answer))
			}
			if code := g.send(vitals("AFTER"+fmt.Sprint(len(c.raw)), time.Now(), "12", "MRN1012", hr(80))); code != "CA" {
				t.Errorf("the next message on this connection is answered %s", code)
			}
			if shown := s.mustCommand("", "quarantine", "show", s.quarantined(t)[0].number); !strings.Contains(shown, c.shown) || !strings.Contains(shown, "refused with "+c.why) {
				t.Errorf("quarantine show prints:\n%s", shown)
			}
			goesOn(t)
		})
	}

	t.Run("replay of what still cannot be decoded", func(t *testing.T) {
		_, errs, code := s.command("", "quarantine", "replay", s.quarantined(t)[0].number)
		wantFailure(t, errs, code)
		_, errs, code = s.command("", "quarantine", "replay", "4711")
		wantFailure(t, errs, code)
	})

	t.Run("a frame that never ends", func(t *testing.T) {
		nc := s.dial(t)
		began := time.Now()
		fmt.Fprintf(nc, "\x0bMSH|^~\\&|SLOW|GENHOSP|||20260113120005+0000||ORU^R01^ORU_R01|ENDLESS|P|2.6\r")
		stop := make(chan struct{})
		defer close(stop)
		go func() { // goes on for ever, a byte at a time
			for {
				select {
				case <-stop:
					return
				case <-time.After(100 * time.Millisecond):
					if _, err := nc.Write([]byte("X")); err != nil {
						return
					}
				}
			}
		}()
		s.wantCutOff(t, nc)
		took := time.Since(began)
		t.Logf("dropped after %.1f s (limit: %v)", took.Seconds(), frameTimeout)
		if took < frameTimeout || took > 3*frameTimeout {
			t.Errorf("dropped after %v", took)
		}
		if code := s.gateway().send(vitals("AFTERSLOW", time.Now(), "12", "MRN1012", hr(80))); code != "CA" {
			t.Errorf("the next connection is answered %s", code)
		}
		goesOn(t)
	})

	t.Run("a message of 17 MiB", func(t *testing.T) {
		nc := s.dial(t)
		go func() {
			fmt.Fprintf(nc, "\x0bMSH|^~\\&|HUGE|GENHOSP|||20260113120005+0000||ORU^R01^ORU_R01|HUGE1|P|2.6|||AL|NE\rOBX|1|ED|")
			_, _ = nc.Write(bytes.Repeat([]byte("A"), 17<<20)) // fails when the station has had enough
			_, _ = nc.Write([]byte("\r\x1c\r"))
		}()
		s.wantCutOff(t, nc)
		listed := s.quarantined(t)[0]
		if !strings.Contains(listed.line, "207") {
			t.Errorf("listed as %s", listed.line)
		}
		if shown := s.mustCommand("", "quarantine", "show", listed.number); !strings.Contains(shown, "the body was not kept") {
			t.Errorf("quarantine show prints %d bytes: %.300s", len(shown), shown)
		}
		_, errs, code := s.command("", "quarantine", "replay", listed.number)
		wantFailure(t, errs, code)
		goesOn(t)
	})

	t.Run("a message that the database refuses", func(t *testing.T) {
		owner := s.database().connect()
		run := func(sql string) {
			t.Helper()
			if _, err := owner.Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
		run(`ALTER TABLE observation ADD CONSTRAINT poison CHECK (119 <> ALL (value))`)
		g := s.gateway()
		answer, err := g.Send(t.Context(), vitals("POISON", time.Now(), "12", "MRN1012", hr(119)))
		if err != nil {
			t.Fatal(err)
		}
		if code, why := refusal(t, answer); code != "CE" || why != "207" {
			t.Errorf("answered %s, reason %s:\n%s", code, why, readable(answer))
		}
		goesOn(t)
		listed := s.quarantined(t)[0]
		if !strings.Contains(listed.line, "POISON") {
			t.Fatalf("listed as %s", listed.line)
		}
		run(`ALTER TABLE observation DROP CONSTRAINT poison`)
		g.accept(vitals("AFTERPOISON", time.Now(), "12", "MRN1012", hr(81)))
		s.mustCommand("", "quarantine", "replay", listed.number)
		if shown := s.snapshot(token, "ICU").value("12", "8867-4"); shown != "81" {
			t.Errorf("after the replay of an older message the bed shows %s", shown)
		}
		if n := s.database().count(`SELECT count(*) FROM observed_value WHERE mdc = 147842 AND value = 119`); n != 1 {
			t.Errorf("after the replay its value is recorded %d times", n)
		}
		if again := s.quarantined(t)[0]; again.number != listed.number || !strings.HasSuffix(again.line, "Z") {
			t.Errorf("after the replay it is listed as %s", again.line)
		}
	})

	all.finish(t)
	all.check(t, s.database())
}

// sample is a message as IHE's technical framework prints it.
func sample(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "ingest", "hl7", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// withoutSendTime is a report whose MSH-7, which PCD-01 requires, is empty.
func withoutSendTime(id string) []byte {
	at := time.Now()
	return bytes.Replace(vitals(id, at, "12", "MRN1012", hr(80)), []byte("|||"+stamp(at)+"||ORU"), []byte("|||||ORU"), 1)
}

// refusal reads MSA-1 and ERR-3 of an answer.
func refusal(t *testing.T, answer []byte) (code, why string) {
	t.Helper()
	m, err := hl7.Parse(answer)
	if err != nil {
		t.Fatalf("answer: %v", err)
	}
	code, _, _ = m.Acknowledgement()
	if segment, ok := m.First("ERR"); ok {
		why = segment.Field(3).Component(1).String()
	}
	return code, why
}

func readable(raw []byte) string { return strings.ReplaceAll(string(raw), "\r", "\n") }

// dial opens a socket of which the test knows every byte.
func (s *station) dial(t *testing.T) net.Conn {
	t.Helper()
	nc, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.MLLP)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	return nc
}

// wantCutOff wants one refusal, and then the end of the connection.
func (s *station) wantCutOff(t *testing.T, nc net.Conn) {
	t.Helper()
	if err := nc.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	in := mllp.NewReader(nc, 0)
	answer, err := in.Next()
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	if code, why := refusal(t, answer); !strings.HasSuffix(code, "R") || why != "207" {
		t.Errorf("answered %s, reason %s", code, why)
	}
	var timeout net.Error
	if more, err := in.Next(); err == nil || errors.As(err, &timeout) && timeout.Timeout() {
		t.Errorf("the connection is still open: %q, %v", more, err)
	} else if !errors.Is(err, io.EOF) {
		t.Logf("the connection ended with: %v", err)
	}
}

// listing is a line of `wardlight quarantine list`.
type listing struct{ number, line string }

var beginsWithNumber = regexp.MustCompile(`^\d+`)

// quarantined lists what is in quarantine, the newest first.
func (s *station) quarantined(t *testing.T) (list []listing) {
	t.Helper()
	for _, line := range strings.Split(s.mustCommand("", "quarantine", "list"), "\n") {
		if number := beginsWithNumber.FindString(line); number != "" {
			list = append(list, listing{number, strings.TrimSpace(line)})
		}
	}
	if len(list) == 0 {
		t.Fatal("nothing is in quarantine")
	}
	return list
}

// wantFailure wants exit code 1 and one line that says why.
func wantFailure(t *testing.T, errs string, code int) {
	t.Helper()
	if code != 1 || strings.Count(errs, "\n") != 1 || !strings.HasPrefix(errs, "wardlight: ") {
		t.Errorf("exit %d, want 1 and one line:\n%s", code, errs)
	}
}
