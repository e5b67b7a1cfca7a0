package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wardlight/ingest/hl7"
	"wardlight/sim/recording"
)

// demo is a running `wardlight demo` in a folder that was empty, with the
// passwords that it printed.
type demo struct {
	*station
	passwords map[string]string // by login
	ready     time.Time
}

var printedSignIn = regexp.MustCompile(`^  (\w+) +(\S+) +(nurse|charge-nurse|physician|admin)$`)

func startDemo(t *testing.T, args ...string) *demo {
	t.Helper()
	d := &demo{station: &station{t: t, dataDir: dataDir(t) + "/data"}, passwords: map[string]string{}}
	began := time.Now()
	d.start(append([]string{"demo"}, args...)...)
	d.ready = time.Now()
	t.Logf("ready after %.1f s", d.ready.Sub(began).Seconds())
	t.Cleanup(d.stop)
	for line := range strings.Lines(d.out.String()) {
		if m := printedSignIn.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
			d.passwords[m[1]] = m[2]
		}
	}
	return d
}

// signedIn is one of the demo's people, without script.
func (d *demo) signedIn(login string) *person {
	d.t.Helper()
	p := d.person()
	if !p.signIn(login, d.passwords[login]) {
		d.t.Fatalf("%s cannot sign in with the printed password %q", login, d.passwords[login])
	}
	return p
}

// reads is a unit as a signed-in person may read it.
func (p *person) reads(unit string) snapshot {
	p.t.Helper()
	status, body := p.get("/api/units/" + unit + "/snapshot")
	var snap snapshot
	if err := json.Unmarshal([]byte(body), &snap); status != http.StatusOK || err != nil {
		p.t.Fatalf("snapshot of %s: %d %v: %s", unit, status, err, body)
	}
	return snap
}

// names are the patients by their beds.
func (s snapshot) names() map[string]string {
	out := map[string]string{}
	for _, b := range s.Beds {
		if b.Patient != nil {
			out[b.Bed] = b.Patient.Name
		}
	}
	return out
}

// In an empty folder one command is a live ward.
func TestDemo(t *testing.T) {
	d := startDemo(t)
	nurse := d.signedIn("nurse")
	by(t, d.ready, 10*time.Second, "every occupied ICU bed has fresh HR and SpO2", func() bool {
		occupied, fresh := 0, 0
		for _, b := range nurse.reads("ICU").Beds {
			if b.Patient == nil {
				continue
			}
			occupied++
			looks := map[string]string{}
			for _, v := range b.Vitals {
				looks[v.Code] = v.Freshness
			}
			if looks["8867-4"] == "fresh" && looks["59408-5"] == "fresh" {
				fresh++
			}
		}
		return occupied >= 13 && fresh == occupied
	})
	for _, login := range []string{"charge", "doctor", "admin"} {
		if status, _ := d.signedIn(login).get("/central/ICU"); status != http.StatusOK {
			t.Errorf("%s gets %d for the central station", login, status)
		}
	}
	for unit, beds := range map[string]int{"ICU": 16, "WARD": 24, "HOME": 8} {
		if snap := nurse.reads(unit); len(snap.Beds) != beds || len(snap.names()) < beds*3/4 {
			t.Errorf("%s has %d beds, %d of them occupied; wanted %d", unit, len(snap.Beds), len(snap.names()), beds)
		}
	}
	if _, page := nurse.get("/central/ICU"); !strings.Contains(page, "Demo ward, simulated patients") {
		t.Error("the page does not say that this is a demo")
	}

	t.Run("pumps", func(t *testing.T) {
		statuses := map[string]int{}
		for _, b := range nurse.reads("ICU").Beds {
			for _, c := range b.Infusions {
				statuses[c.Status]++
				if c.Drug == "" {
					t.Errorf("channel %s/%s has no drug", c.Device, c.Channel)
				}
			}
		}
		if statuses["infusing"] < 5 {
			t.Errorf("channels by status: %v", statuses)
		}
	})
}

// kindsOfAlarm counts the categories and the kinds of alarms that stand.
func (p *person) kindsOfAlarm(units ...string) (categories, kinds int) {
	p.t.Helper()
	seen := [2]map[string]bool{{}, {}}
	for _, unit := range units {
		for _, b := range p.reads(unit).Beds {
			for _, a := range b.Alarms {
				seen[0][a.Category], seen[1][a.Code+a.Label] = true, true
			}
		}
	}
	return len(seen[0]), len(seen[1])
}

// A bed shows what its patient's recording says at the place that the message
// names; and the same seed is the same ward.
func TestRecordings(t *testing.T) {
	t.Parallel()
	yaml, err := os.ReadFile("../cmd/wardlight/demo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, string(yaml))
	tap := tapped(t, s.MLLP)
	play(t, "--target", tap.addr, "--seed", "1", "--units", "ICU")
	token := s.token("e2e")

	checked := map[string]bool{} // bed and code, held against its recording
	eventually(t, time.Minute, "values of ten beds held against their recordings", func() bool {
		tap.compare(t, s.snapshot(token, "ICU"), checked)
		return len(checked) >= 20
	})
	t.Logf("%d values of the screen are the recordings'", len(checked))

	again := serve(t, string(yaml))
	play(t, "--target", again.MLLP, "--seed", "1", "--units", "ICU")
	other := again.token("e2e")
	eventually(t, 30*time.Second, "the second ward is occupied", func() bool {
		return len(again.snapshot(other, "ICU").names()) >= 13
	})
	first := s.snapshot(token, "ICU").names()
	for bed, name := range again.snapshot(other, "ICU").names() {
		if diff := cmp.Diff(first[bed], name); diff != "" {
			t.Errorf("bed %s with the same seed: %s", bed, diff)
		}
	}
}

// play runs `wardlight sim` until the test ends.
func play(t *testing.T, args ...string) {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	log := &lockedBuffer{}
	cmd := exec.Command(bin, append([]string{"sim"}, args...)...)
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Logf("sim: %v\n%s", err, log)
		}
	})
}

// tap stands between gateways and the station and remembers what was said.
type tap struct {
	addr string

	mu   sync.Mutex
	said map[string]noted // by bed, code and time of measurement
}

// noted is a value as a message gave it, with the note below it.
type noted struct{ value, note string }

func tapped(t *testing.T, target string) *tap {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	x := &tap{addr: ln.Addr().String(), said: map[string]noted{}}
	go func() {
		for {
			in, err := ln.Accept()
			if err != nil {
				return
			}
			go x.relay(in, target)
		}
	}()
	return x
}

func (x *tap) relay(in net.Conn, target string) {
	defer in.Close()
	out, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer out.Close()
	go func() {
		_, _ = io.Copy(in, out) // ends with either side
		_ = in.Close()
	}()
	_, _ = io.Copy(io.MultiWriter(out, &frames{each: x.note}), in)
}

// frames cuts a stream into the messages between MLLP's start and end.
type frames struct {
	pending []byte
	each    func(message []byte)
}

func (f *frames) Write(p []byte) (int, error) {
	for _, b := range p {
		switch b {
		case 0x0b:
			f.pending = nil
		case 0x1c:
			f.each(f.pending)
		default:
			f.pending = append(f.pending, b)
		}
	}
	return len(p), nil
}

// codes are the metrics that the test compares, as devices and as the
// snapshot name them.
var codes = map[string]string{"147842": "8867-4", "150456": "59408-5", "151578": "9279-1"}

func (x *tap) note(raw []byte) {
	m, err := hl7.Parse(raw)
	if err != nil {
		return
	}
	pv1, _ := m.First("PV1")
	obr, _ := m.First("OBR")
	var code string
	var now noted
	keep := func() {
		if code != "" && now.note != "" {
			x.mu.Lock()
			defer x.mu.Unlock()
			x.said[key(pv1.Text(3, 3), code, obr.Text(7, 1))] = now
		}
	}
	for _, s := range m.All() {
		switch s.Name() {
		case "OBX":
			code, now = codes[s.Text(3, 1)], noted{value: s.Text(5, 1)}
		case "NTE":
			now.note = s.Text(3, 1)
			keep()
			code = ""
		}
	}
}

func key(bed, code, at string) string { return bed + " " + code + " " + at }

var place = regexp.MustCompile(`^(derived from )?recording (\S+) (\S+) (minute|sample) (\d+)$`)

// compare holds what the beds show against the messages, and those against
// the recordings that they name.
func (x *tap) compare(t *testing.T, snap snapshot, checked map[string]bool) {
	t.Helper()
	for _, b := range snap.Beds {
		for _, v := range b.Vitals {
			x.mu.Lock()
			said, ok := x.said[key(b.Bed, v.Code, v.At.UTC().Format("20060102150405.000")+"+0000")]
			x.mu.Unlock()
			at := place.FindStringSubmatch(said.note)
			if !ok || at == nil || checked[b.Bed+v.Code] {
				continue
			}
			index, _ := strconv.Atoi(at[5]) // the expression takes digits only
			recorded, known := recordedValue(t, at[2], at[3], v.Code, index)
			if !known {
				continue
			}
			if v.Value != said.value || said.value != recorded {
				t.Errorf("bed %s, %s: shown %s, sent %s, %s has %s", b.Bed, v.Code, v.Value, said.value, said.note, recorded)
			}
			checked[b.Bed+v.Code] = true
		}
	}
}

// recordedValue is what a recording holds, rounded as a monitor shows it; a
// rate is worked out from the waveform.
func recordedValue(t *testing.T, record, signal, code string, index int) (value string, ok bool) {
	t.Helper()
	if record == recording.ICUDay {
		n, err := recording.OpenNumerics(record)
		if err != nil {
			t.Fatal(err)
		}
		got := n.At(signal, index)
		return fmt.Sprint(math.Round(got.Float())), got.State == recording.Present
	}
	r, err := recording.Open(record)
	if err != nil {
		t.Fatal(err)
	}
	s, ok := r.Signal(signal)
	if !ok {
		t.Fatalf("%s has no signal %s", record, signal)
	}
	track := recording.HeartRate(s)
	if code == "9279-1" {
		track = recording.RespRate(s)
	}
	rate, ok := track.At(time.Duration(float64(index) / s.Rate * float64(time.Second)))
	return fmt.Sprint(math.Round(rate)), ok
}
