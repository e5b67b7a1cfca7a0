package e2e

import (
	"bytes"
	"context"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// homes is a unit whose devices speak MQTT.
const homes = `
units:
  - code: HOME
    name: Homes
    zone: Europe/London
    care_area: home
    beds: ["1", "2", "3"]
mqtt:
  - name: watch of HOME-1
    filter: wardlight/watch/#
    clients: [watch]
    mapping: wardlight
    bed: HOME-1
  - name: patch of HOME-2
    filter: wardlight/patch/#
    clients: [patch]
    mapping: wardlight
    bed: HOME-2
  - name: hub of HOME-3
    filter: ble/hub
    clients: [hub]
    mapping: ble-gatt
    bed: HOME-3
`

// mosquitto runs one of Mosquitto's clients as a device, and gives its output.
// code is -1 where it was ended because it took longer than limit.
func (s *station) mosquitto(limit time.Duration, tool, device, token string, args ...string) (out string, code int) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), limit)
	defer cancel()
	cmd := s.mosquittoCommand(ctx, tool, device, token, args...)
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		s.t.Fatalf("%s: %v (tools/install mosquitto)", tool, err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

func (s *station) mosquittoCommand(ctx context.Context, tool, device, token string, args ...string) *exec.Cmd {
	host, port, err := net.SplitHostPort(s.MQTT)
	if err != nil {
		s.t.Fatalf("MQTT listens on %q", s.MQTT)
	}
	return exec.CommandContext(ctx, tool, append([]string{"-h", host, "-p", port, "-u", device, "-P", token, "-d"}, args...)...)
}

// publish is mosquitto_pub, which must succeed.
func (s *station) publish(device, token string, args ...string) {
	s.t.Helper()
	if out, code := s.mosquitto(time.Minute, "mosquitto_pub", device, token, args...); code != 0 {
		s.t.Fatalf("mosquitto_pub %v: exit %d\n%s", args, code, out)
	}
}

// wiretap is the station behind a relay for one connection that keeps what the
// broker sends.
func (s *station) wiretap() (*station, *lockedBuffer) {
	s.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	answers, behind := &lockedBuffer{}, s.MQTT
	go func() {
		device, err := ln.Accept()
		_ = ln.Close()
		if err != nil {
			return
		}
		defer device.Close()
		broker, err := net.Dial("tcp", behind)
		if err != nil {
			return
		}
		go func() {
			_, _ = io.Copy(broker, device)
			_ = broker.Close()
		}()
		_, _ = io.Copy(io.MultiWriter(device, answers), broker)
	}()
	return &station{t: s.t, MQTT: ln.Addr().String()}, answers
}

func TestMQTT(t *testing.T) {
	t.Parallel()
	s := serve(t, homes)
	viewer := s.token("viewer")
	watch, patch, hub := s.token("watch"), s.token("patch"), s.token("hub")
	shows := func(bed, code, value string) func() bool {
		return func() bool { return s.snapshot(viewer, "HOME").value(bed, code) == value }
	}
	offline := func(bed string) func() bool {
		return func() bool {
			_, ok := s.snapshot(viewer, "HOME").alarm(bed, "WARDLIGHT_DEVICE_LOST")
			return ok
		}
	}

	for qos, value := range map[string]string{"0": "70", "1": "71", "2": "72"} {
		s.publish("watch", watch, "-q", qos, "-t", "wardlight/watch/8867-4", "-m", value)
		eventually(t, 20*time.Second, "QoS "+qos+" is shown", shows("1", "8867-4", value))
	}
	s.publish("hub", hub, "-V", "mqttv5", "-q", "1", "-t", "ble/hub", "-m", `{"device":"C4:64:E3:01:02:03","characteristic":"2A5F","hex":"00 61 00 48 00"}`)
	eventually(t, 20*time.Second, "a GATT frame is shown", shows("3", "59408-5", "97"))

	for name, device := range map[string]struct{ name, token, topic string }{
		"a wrong token":          {"watch", "wrong", "wardlight/watch/8867-4"},
		"another device's token": {"watch", patch, "wardlight/watch/8867-4"},
		"another device's topic": {"watch", watch, "wardlight/patch/8867-4"},
		"a topic of nobody's":    {"watch", watch, "attic/temperature"},
		"the broker's own topic": {"watch", watch, "$SYS/broker/uptime"},
	} {
		out, code := s.mosquitto(30*time.Second, "mosquitto_pub", device.name, device.token, "-q", "1", "-t", device.topic, "-m", "99")
		if code == 0 || strings.Contains(out, "received PUBACK") {
			t.Errorf("%s: exit %d\n%s", name, code, out)
		}
	}
	if strings.Contains(s.log.String(), watch) {
		t.Error("the log quotes a token")
	}
	out, code := s.mosquitto(30*time.Second, "mosquitto_sub", "watch", watch, "-t", "#", "-W", "3")
	if !strings.Contains(out, "denied") {
		t.Errorf("subscribed to everybody's topics: exit %d\n%s", code, out)
	}
	if n := s.database().count(`SELECT count(*) FROM observed_value WHERE value = 99`); n != 0 {
		t.Errorf("%d values came in by a topic that was refused", n)
	}

	// Of a retained value without a time nobody knows the age.
	s.publish("patch", patch, "-r", "-q", "1", "-t", "wardlight/patch/8867-4", "-m", "61")
	if n := s.database().count(`SELECT count(*) FROM observed_value WHERE value = 61`); n != 1 {
		t.Errorf("the retained value is recorded %d times", n)
	}
	if v := s.snapshot(viewer, "HOME").value("2", "8867-4"); v != "" {
		t.Errorf("the retained value is shown as %s", v)
	}

	// What cannot be read is kept.
	s.publish("patch", patch, "-q", "1", "-t", "wardlight/patch/8867-4", "-m", "sixty")
	if list := s.mustCommand("", "quarantine", "list"); !strings.Contains(list, "mqtt:patch") || !strings.Contains(list, "not a number") {
		t.Errorf("quarantine:\n%s", list)
	}

	// A device that dies is offline at once, and back with its next word.
	will := []string{"-i", "w", "--will-topic", "wardlight/watch/status", "--will-payload", "offline", "--will-qos", "1"}
	alive := s.mosquittoCommand(t.Context(), "mosquitto_pub", "watch", watch, append(will, "-q", "1", "-l", "-t", "wardlight/watch/8867-4")...)
	say, err := alive.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var told bytes.Buffer
	alive.Stdout, alive.Stderr = &told, &told
	if err := alive.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := say.Write([]byte("64\n")); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "the living device is shown", shows("1", "8867-4", "64"))
	_ = alive.Process.Kill()
	_ = alive.Wait()
	eventually(t, 20*time.Second, "the dead device is offline", offline("1"))
	s.publish("watch", watch, "-q", "1", "-t", "wardlight/watch/8867-4", "-m", "65")
	eventually(t, 20*time.Second, "the device is back", func() bool { return !offline("1")() && shows("1", "8867-4", "65")() })

	// A token that is taken back lets nobody in.
	s.mustCommand("", "token", "revoke", "watch")
	if out, code := s.mosquitto(30*time.Second, "mosquitto_pub", "watch", watch, "-q", "1", "-t", "wardlight/watch/8867-4", "-m", "66"); code == 0 {
		t.Errorf("a revoked token: exit %d\n%s", code, out)
	}
}

// With a database that refuses every commit, and no spool, nothing is
// acknowledged on the wire; once it takes them again, the message that the
// device kept sending is there once.
func TestMQTTNotRecorded(t *testing.T) {
	t.Parallel()
	s := serve(t, homes, "--spool-max", "off")
	viewer, watch := s.token("viewer"), s.token("watch")
	message := func(value string) []string {
		return []string{"-q", "1", "-i", "w", "-t", "wardlight/watch", "-m", `{"at":"` + time.Now().UTC().Format(time.RFC3339Nano) + `","values":{"8867-4":` + value + `}}`}
	}
	s.publish("watch", watch, message("70")...)

	conn := s.database().connect()
	defer conn.Close(context.Background())
	run := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	run(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$`)
	run(`CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON message_key DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()`)

	args := message("71")
	const connack = "\x20\x02\x00\x00"
	for range 2 {
		wire, answers := s.wiretap()
		out, code := wire.mosquitto(5*time.Second, "mosquitto_pub", "watch", watch, args...)
		if code == 0 {
			t.Errorf("mosquitto_pub takes it for delivered:\n%s", out)
		}
		if got := answers.String(); got != connack {
			t.Errorf("on the wire is %x, want the CONNACK alone", got)
		}
	}
	if v := s.snapshot(viewer, "HOME").value("1", "8867-4"); v != "71" {
		t.Errorf("HOME-1 shows %q, want what came and is not recorded", v)
	}
	run(`DROP TRIGGER refuse ON message_key`)
	s.publish("watch", watch, args...)
	d := s.database()
	if n := d.count(`SELECT count(*) FROM message WHERE source = 'mqtt:watch'`); n != 2 {
		t.Errorf("%d messages are recorded, want the one before and the one", n)
	}
	if n := d.count(`SELECT count(*) FROM observed_value WHERE value = 71`); n != 1 {
		t.Errorf("the value is recorded %d times, want once", n)
	}
}
