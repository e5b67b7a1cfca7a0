package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// wardFile writes a ward file beside the station's data.
func (s *station) wardFile(t *testing.T, yaml string) string {
	t.Helper()
	file, err := os.CreateTemp(filepath.Dir(s.dataDir), "ward-*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(yaml); err != nil {
		t.Fatal(err)
	}
	return file.Name()
}

// beds are the beds that the snapshot of the ICU shows.
func (s *station) beds(token string) string {
	s.t.Helper()
	var names []string
	for _, b := range s.snapshot(token, "ICU").Beds {
		names = append(names, b.Bed)
	}
	return strings.Join(names, " ")
}

// Every command beside a running station and without one.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	s := serve(t, twoBeds)
	token := s.token("test")

	t.Run("ward apply", func(t *testing.T) {
		s.mustCommand("", "ward", "apply", s.wardFile(t, strings.Replace(twoBeds, `"2",`, `"2", "3",`, 1)))
		if got := s.beds(token); got != "1 2 3 12" {
			t.Errorf("beds %s after a bed was added", got)
		}
		for why, yaml := range map[string]string{
			"bedz":                strings.Replace(twoBeds, "beds", "bedz", 1),
			"care_area":           strings.Replace(twoBeds, "adult-icu", "garage", 1),
			"Atlantis":            strings.Replace(twoBeds, "Europe/London", "Atlantis", 1),
			"extreme_low 95":      twoBeds + "    limits: {spo2: {low: \"90\", extreme_low: \"95\"}}\n",
			"names no units":      "units: []\n",
			"unit ICU is in the ": twoBeds + strings.TrimPrefix(twoBeds, "\nunits:\n"),
		} {
			_, errs, code := s.command("", "ward", "apply", s.wardFile(t, yaml))
			wantFailure(t, errs, code)
			if !strings.Contains(errs, why) {
				t.Errorf("refused with %q, want it to name %q", errs, why)
			}
		}
		s.gateway().accept(admission("A1", time.Now().Add(-time.Minute), "12", "MRN1001", "Okafor", "Ngozi"))
		_, errs, code := s.command("", "ward", "apply", s.wardFile(t, strings.Replace(twoBeds, `, "12"`, "", 1)))
		wantFailure(t, errs, code)
		if !strings.Contains(errs, "ICU-12 is in use") {
			t.Errorf("a bed with a patient is refused with %q", errs)
		}
		if got := s.beds(token); got != "1 2 3 12" {
			t.Errorf("beds %s after files that were refused", got)
		}
	})

	t.Run("ward export", func(t *testing.T) {
		first := s.mustCommand("", "ward", "export")
		s.mustCommand(first, "ward", "apply", "-")
		if again := s.mustCommand("", "ward", "export"); again != first || s.beds(token) != "1 2 3 12" {
			t.Errorf("exported, applied and exported again:\n%s\nwas\n%s", again, first)
		}
	})

	t.Run("user", func(t *testing.T) {
		s.user("kim", "Kim R.", "nurse")
		kim := s.signedIn("kim")
		if s.person().signIn("kim", "wrong horses") {
			t.Error("a wrong password opens the door")
		}
		s.mustCommand("battery staple\n", "user", "password", "kim")
		if s.person().signIn("kim", "correct horse") || !s.person().signIn("kim", "battery staple") {
			t.Error("the old password still opens the door, or the new one does not")
		}
		s.mustCommand("", "user", "disable", "kim")
		if s.person().signIn("kim", "battery staple") {
			t.Error("a disabled person can sign in")
		}
		if status, _ := kim.get("/central/ICU"); status != http.StatusSeeOther {
			t.Errorf("a disabled person still sees the ward: %d", status)
		}
		for _, args := range [][]string{
			{"user", "add", "kim", "--name", "Kim R.", "--role", "nurse"}, // there already
			{"user", "add", "lee", "--name", "Lee M.", "--role", "cook"},
			{"user", "add", "lee", "--name", "Lee M.", "--role", "nurse", "--unit", "NOWHERE"},
			{"user", "password", "nobody"},
			{"user", "disable", "nobody"},
		} {
			_, errs, code := s.command("correct horse\n", args...)
			wantFailure(t, errs, code)
		}
		_, errs, code := s.command("short\n", "user", "add", "lee", "--name", "Lee M.", "--role", "nurse")
		wantFailure(t, errs, code)
	})

	t.Run("token", func(t *testing.T) {
		out := s.mustCommand("", "token", "add", "dashboard", "--role", "machine")
		if strings.Count(out, "\n") != 1 || len(strings.TrimSpace(out)) < 20 || strings.Contains(strings.TrimSpace(out), " ") {
			t.Fatalf("token add prints %q, want the token alone", out)
		}
		bearer := strings.TrimSpace(out)
		if status := s.status(t, bearer); status != http.StatusOK {
			t.Errorf("with the token: %d", status)
		}
		_, errs, code := s.command("", "token", "add", "dashboard", "--role", "machine")
		wantFailure(t, errs, code)
		s.mustCommand("", "token", "revoke", "dashboard")
		eventually(t, 3*time.Second, "the revoked token is refused", func() bool { return s.status(t, bearer) == http.StatusUnauthorized })
		_, errs, code = s.command("", "token", "revoke", "dashboard")
		wantFailure(t, errs, code)
	})

	t.Run("a second serve", func(t *testing.T) {
		_, errs, code := s.command("", "serve", "--listen", "127.0.0.1:0", "--mllp", "127.0.0.1:0", "--mqtt", "127.0.0.1:0")
		holder := fmt.Sprintf("process %d", s.cmd.Process.Pid)
		if code != 1 || !strings.Contains(errs, holder) {
			t.Errorf("exit %d, want 1 and who holds the ward (%s):\n%s", code, holder, errs)
		}
	})

	t.Run("audit verify", func(t *testing.T) {
		s.mustCommand("", "audit", "verify")
		owner := s.database().connect()
		edit := func(sql string) {
			t.Helper()
			if _, err := owner.Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
		edit(`UPDATE audit SET subject = 'somebody' WHERE row = 2`)
		_, errs, code := s.command("", "audit", "verify")
		wantFailure(t, errs, code)
		if !strings.Contains(errs, "row 2 was changed") {
			t.Errorf("a changed line is told as %q", errs)
		}
		edit(`UPDATE audit SET row = 1000000 WHERE row = 2`)
		_, errs, code = s.command("", "audit", "verify")
		wantFailure(t, errs, code)
		if !strings.Contains(errs, "row 2 is missing") {
			t.Errorf("a missing line is told as %q", errs)
		}
		edit(`SET ROLE wardlight_app`)
		for _, sql := range []string{`UPDATE audit SET subject = ''`, `DELETE FROM audit`, `DELETE FROM message`, `UPDATE observation SET value = '{}'`} {
			if _, err := owner.Exec(t.Context(), sql); err == nil {
				t.Errorf("the application may %s", sql)
			}
		}
		if n := s.database().count(`SELECT count(*) FROM audit WHERE actor LIKE 'cli:%' AND action = 'user-disable'`); n != 1 {
			t.Errorf("disabling a person is in the audit trail %d times", n)
		}
	})

	t.Run("wrong usage", func(t *testing.T) {
		for _, args := range [][]string{{"fly"}, {"serve", "--wings"}, {"ward", "apply"}, {"migrate"}, {"serve", "--mllp-max", "lots"}} {
			if _, errs, code := s.command("", args...); code != 2 || !strings.HasPrefix(errs, "wardlight: ") {
				t.Errorf("wardlight %v: exit %d, want 2: %s", args, code, errs)
			}
		}
	})

	t.Run("without a station", func(t *testing.T) {
		running := s.mustCommand("", "ward", "export")
		s.stop()
		if alone := s.mustCommand("", "ward", "export"); alone != running {
			t.Errorf("exported without a station:\n%s\nbeside it:\n%s", alone, running)
		}
		s.mustCommand("", "ward", "apply", s.wardFile(t, strings.Replace(twoBeds, `"2",`, `"2", "3", "4",`, 1)))
		s.user("lee", "Lee M.", "charge-nurse")
		night := s.token("night")
		s.mustCommand("", "quarantine", "list")
		_, errs, code := s.command("", "quarantine", "show", "4711")
		wantFailure(t, errs, code)
		s.restart()
		if got := s.beds(night); got != "1 2 3 4 12" {
			t.Errorf("beds %s after a file was applied without a station", got)
		}
		s.signedIn("lee")
	})
}

// status is how the snapshot answers a token.
func (s *station) status(t *testing.T, token string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.HTTP+"/api/units/ICU/snapshot", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

// On a machine without a PostgreSQL server one line says what to install.
func TestWithoutPostgreSQL(t *testing.T) {
	t.Parallel()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "serve", "--data-dir", filepath.Join(dataDir(t), "data"), "--listen", "127.0.0.1:0", "--mllp", "off", "--mqtt", "off")
	cmd.Env = append(os.Environ(), "PG_BINDIR="+t.TempDir())
	errs, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatal("it runs without a database")
	}
	wantFailure(t, string(errs), cmd.ProcessState.ExitCode())
	if !strings.Contains(string(errs), "apt-get install postgresql") {
		t.Errorf("it says %q", errs)
	}
}

// Flags have twins in the environment.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	s := serve(t, twoBeds)
	cmd := exec.Command(s.cmd.Path, "ward", "export")
	cmd.Env = append(os.Environ(), "WARDLIGHT_DATA_DIR="+s.dataDir)
	out, err := cmd.Output()
	if err != nil || !strings.Contains(string(out), "Intensive care") {
		t.Errorf("%v: %s", err, out)
	}
}
