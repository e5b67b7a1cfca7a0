package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"wardlight/ingest/hl7"
	"wardlight/ingest/mllp"
)

// binary is the program under test, built once for the package.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "wardlight-e2e-")
	if err != nil {
		return "", err
	}
	built = append(built, dir)
	path := filepath.Join(dir, "wardlight")
	cmd := exec.Command("go", "build", "-o", path, "wardlight/cmd/wardlight")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// built are folders to remove when all tests are done.
var built []string

func TestMain(m *testing.M) {
	code := m.Run()
	closeBrowser()
	for _, dir := range built {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// station is a running wardlight process and its private database.
type station struct {
	t       *testing.T
	dataDir string
	HTTP    string // host:port
	MLLP    string
	MQTT    string
	cmd     *exec.Cmd
	log     *lockedBuffer
	out     *lockedBuffer
	exited  chan struct{}
}

// serve starts `wardlight serve` on a fresh data directory and stops it when
// the test ends.
func serve(t *testing.T, wardYAML string, args ...string) *station {
	t.Helper()
	dir := dataDir(t)
	file := filepath.Join(dir, "ward.yaml")
	if err := os.WriteFile(file, []byte(wardYAML), 0o644); err != nil {
		t.Fatal(err)
	}
	s := &station{t: t, dataDir: filepath.Join(dir, "data")}
	s.start(append([]string{"serve", "--ward", file}, args...)...)
	t.Cleanup(s.stop)
	return s
}

// dataDir is a folder that the database's own user may enter, unlike
// t.TempDir.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "wardlight-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// start runs the binary until it says ready.
func (s *station) start(args ...string) {
	s.t.Helper()
	bin, err := binary()
	if err != nil {
		s.t.Fatal(err)
	}
	args = append(args, "--data-dir", s.dataDir, "--listen", orFree(s.HTTP), "--mllp", orFree(s.MLLP), "--mqtt", orFree(s.MQTT))
	s.cmd = exec.Command(bin, args...)
	s.log, s.out = &lockedBuffer{}, &lockedBuffer{}
	s.cmd.Stderr = s.log
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ready, exited := make(chan string, 1), make(chan struct{})
	s.exited = exited
	cmd, out := s.cmd, s.out
	go func() {
		scan := bufio.NewScanner(stdout)
		for scan.Scan() {
			fmt.Fprintln(out, scan.Text())
			if strings.HasPrefix(scan.Text(), "ready ") {
				ready <- scan.Text()
			}
		}
		_ = cmd.Wait()
		close(exited)
	}()
	select {
	case line := <-ready:
		s.addresses(line)
	case <-exited:
		s.t.Fatalf("wardlight %v ended before it was ready:\n%s", args, s.log)
	case <-time.After(2 * time.Minute):
		_ = s.cmd.Process.Kill()
		s.t.Fatalf("wardlight %v was not ready within two minutes:\n%s", args, s.log)
	}
}

func orFree(addr string) string {
	if addr == "" {
		return "127.0.0.1:0"
	}
	return addr
}

func (s *station) addresses(ready string) {
	for _, field := range strings.Fields(ready) {
		if addr, ok := strings.CutPrefix(field, "http="); ok {
			s.HTTP = addr
		}
		if addr, ok := strings.CutPrefix(field, "mllp="); ok {
			s.MLLP = addr
		}
		if addr, ok := strings.CutPrefix(field, "mqtt="); ok {
			s.MQTT = addr
		}
	}
}

// restart starts the same command again on the same addresses and data.
func (s *station) restart() {
	s.t.Helper()
	s.start("serve")
}

// signal sends the process a signal.
func (s *station) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatalf("signal %v: %v", sig, err)
	}
}

// kill ends the process without any chance to say good-bye.
func (s *station) kill() {
	s.t.Helper()
	s.signal(syscall.SIGKILL)
	<-s.exited
}

func (s *station) stop() {
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	select {
	case <-s.exited: // as the test wanted
	default:
		s.terminate()
	}
	if s.t.Failed() {
		s.t.Logf("log of wardlight:\n%s", s.log)
	}
}

// terminate asks the process to stop, and wants it to do so in order.
func (s *station) terminate() {
	_ = s.cmd.Process.Signal(syscall.SIGCONT)
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.exited:
		if code := s.cmd.ProcessState.ExitCode(); code != 0 {
			s.t.Errorf("wardlight ended with exit code %d after SIGTERM", code)
		}
	case <-time.After(30 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.exited
		s.t.Error("wardlight did not stop within 30 s of SIGTERM")
	}
}

// command runs another wardlight command beside the station.
func (s *station) command(stdin string, args ...string) (stdout, stderr string, code int) {
	s.t.Helper()
	bin, err := binary()
	if err != nil {
		s.t.Fatal(err)
	}
	var out, errs bytes.Buffer
	cmd := exec.Command(bin, append(args, "--data-dir", s.dataDir)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		s.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// mustCommand is command where failing fails the test.
func (s *station) mustCommand(stdin string, args ...string) string {
	s.t.Helper()
	out, errs, code := s.command(stdin, args...)
	if code != 0 {
		s.t.Fatalf("wardlight %v: exit %d: %s", args, code, errs)
	}
	return out
}

// user adds a person who can sign in with the password "correct horse".
func (s *station) user(login, name, role string) {
	s.t.Helper()
	s.mustCommand("correct horse\n", "user", "add", login, "--name", name, "--role", role)
}

// token adds a machine's token.
func (s *station) token(name string) string {
	s.t.Helper()
	return strings.TrimSpace(s.mustCommand("", "token", "add", name, "--role", "machine"))
}

// snapshot reads a unit as a machine would.
func (s *station) snapshot(token, unit string) snapshot {
	s.t.Helper()
	var snap snapshot
	s.getJSON(token, "/api/units/"+unit+"/snapshot", &snap)
	return snap
}

func (s *station) getJSON(token, path string, into any) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, "http://"+s.HTTP+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		s.t.Fatalf("GET %s: %s: %s", path, res.Status, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		s.t.Fatalf("GET %s: %v in %s", path, err, body)
	}
}

// snapshot is what the tests read of a unit's snapshot.
type snapshot struct {
	Unit        string `json:"unit"`
	Epoch       string `json:"epoch"`
	Seq         uint64 `json:"seq"`
	RecordedSeq uint64 `json:"recorded_seq"`
	Beds        []struct {
		Bed     string `json:"bed"`
		Patient *struct {
			ID, MRN, Name string
		} `json:"patient"`
		Vitals []struct {
			Code, Value, Unit, Freshness, Quality string
			At                                    time.Time
			AgeS                                  float64 `json:"age_s"`
		} `json:"vitals"`
		Infusions []struct {
			Device, Channel, Status, Drug, Rate, Dose string
			DoseUnit                                  string `json:"dose_unit"`
			VTBI, Infused, Remaining                  string
			EmptyAt                                   *time.Time `json:"empty_at"`
		} `json:"infusions"`
		Alarms []snapshotAlarm `json:"alarms"`
	} `json:"beds"`
	Alarms     []snapshotAlarm `json:"alarms"`
	Unassigned []struct {
		Device, Kind, Location string
	} `json:"unassigned"`
}

type snapshotAlarm struct {
	ID             string  `json:"id"`
	Version        int     `json:"version"`
	Code           string  `json:"code"`
	Label          string  `json:"label"`
	Category       string  `json:"category"`
	Priority       string  `json:"priority"`
	Origin         string  `json:"origin"`
	State          string  `json:"state"`
	AcknowledgedBy *string `json:"acknowledged_by"`
	Value          string  `json:"value"`
	Limit          string  `json:"limit"`
	Bed            string  `json:"bed"`
}

// gateway is a connection as a hospital's gateway would open it.
type gateway struct {
	t *testing.T
	*mllp.Client
}

func (s *station) gateway() *gateway {
	s.t.Helper()
	c, err := mllp.Dial(s.t.Context(), s.MLLP)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	return &gateway{t: s.t, Client: c}
}

// accept sends a message and wants it accepted.
func (g *gateway) accept(message []byte) {
	g.t.Helper()
	if code := g.send(message); code != "CA" && code != "AA" {
		g.t.Fatalf("answered %s to\n%s", code, strings.ReplaceAll(string(message), "\r", "\n"))
	}
}

// send sends a message and gives the acknowledgement code.
func (g *gateway) send(message []byte) string {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), time.Minute)
	defer cancel()
	answer, err := g.Send(ctx, message)
	if err != nil {
		g.t.Fatalf("send: %v", err)
	}
	return ackCode(answer)
}

func ackCode(answer []byte) string {
	m, err := hl7.Parse(answer)
	if err != nil {
		return "unreadable"
	}
	code, _, _ := m.Acknowledgement()
	return code
}

// eventually waits until what it asks for is so, and says how long it took.
func eventually(t *testing.T, limit time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !ok() {
		if time.Since(began) > limit {
			t.Fatalf("%s: not within %v", what, limit)
		}
		time.Sleep(20 * time.Millisecond)
	}
	took := time.Since(began)
	t.Logf("%s: %.2f s", what, took.Seconds())
	return took
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
