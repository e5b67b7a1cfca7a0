package sim

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wardlight/ingest/mqtt"
	"wardlight/ward"
	"wardlight/ward/census"
)

// broker is the station's, with a record that takes everything.
type broker struct{ reports chan ward.Report }

func (b broker) Enqueue(_ context.Context, e ward.Event, _ *ward.Message, done func(ward.Outcome)) error {
	for _, r := range e.(ward.Reports) {
		b.reports <- r
	}
	done(ward.Outcome{})
	return nil
}

func (b broker) Device(_ context.Context, name string, hash [sha256.Size]byte) (bool, error) {
	return hash == sha256.Sum256([]byte("token of "+name)), nil
}

func startBroker(t *testing.T) (broker, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := broker{make(chan ward.Report, 16)}
	m, err := mqtt.New(mqtt.Config{
		Listener: ln, Sink: b, Who: b, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Reader: &mqtt.Reader{
			Topics: func() []ward.Topic { return nil },
			Bed:    func(string) (census.BedID, bool) { return census.BedID{}, false },
			Zone:   func(string) *time.Location { return time.UTC },
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Serve(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return b, m.Addr()
}

func (b broker) dial(t *testing.T, addr, device, token string) *mqttWire {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	w := newMQTTWire(nc, device, token)
	t.Cleanup(func() { _ = w.Close() })
	return w
}

// What a wearable publishes arrives as it measured it, and each message is
// answered.
func TestWearableSpeaksMQTT(t *testing.T) {
	b, addr := startBroker(t)
	s, err := New(Demo(1))
	if err != nil {
		t.Fatal(err)
	}
	unit := s.Script().Units[2]
	bed := unit.Beds[0]
	device := bed.Devices[0]
	line := Timeline{time.Now().Add(-time.Hour), 1}
	w := b.dial(t, addr, device.Label, "token of "+device.Label)
	codes := make(chan string, 3)
	for i := range 3 {
		report := s.Report(unit, bed, device, time.Duration(i)*time.Minute)
		e := Envelope{ControlID: "1", Sent: line.At(report.At)}
		w.post(&outgoing{Envelope: e, raw: WearableMessage(e, line, report)}, func(code string, err error) { codes <- code })
		got := <-b.reports
		if string(got.Device.ID) != device.Label || !got.SentAt.Equal(e.Sent.UTC().Truncate(time.Millisecond)) {
			t.Errorf("from %s, sent %v", got.Device.ID, got.SentAt)
		}
		values, want := map[string]string{}, map[string]string{}
		for _, o := range got.Observations {
			if o.HasValue() {
				values[o.Metric.RefID] = o.Value.String()
			}
		}
		for _, x := range report.Readings {
			if x.Flag == "" {
				want[x.Metric.RefID] = x.Value
			}
		}
		if diff := cmp.Diff(want, values); diff != "" || len(want) == 0 {
			t.Errorf("-measured +arrived:\n%s", diff)
		}
	}
	for range 3 {
		if code := <-codes; code != "CA" {
			t.Errorf("answered %q", code)
		}
	}
}

// One that is turned away, or cut off, says so of all that it sent.
func TestWearableIsTurnedAway(t *testing.T) {
	b, addr := startBroker(t)
	w := b.dial(t, addr, "HOME1", "wrong")
	told := make(chan error, 1)
	w.post(&outgoing{raw: []byte(`{"values":{}}`)}, func(_ string, err error) { told <- err })
	if err := <-told; err == nil {
		t.Error("answered though it was turned away")
	}
	<-w.Done()
}

func TestWhichUnitsSpeakMQTT(t *testing.T) {
	script := Demo(1)
	m := &MQTT{Units: []string{"WARD", "HOME"}, Tokens: map[string]string{}}
	if m.speaks(script.Units[2]) {
		t.Error("devices without tokens speak")
	}
	for _, u := range script.Units {
		for _, bed := range u.Beds {
			for _, d := range bed.Devices {
				m.Tokens[d.Label] = "x"
			}
		}
	}
	for i, want := range []bool{false, false, true} { // WARD has spot checks, which do not
		if got := m.speaks(script.Units[i]); got != want {
			t.Errorf("%s speaks MQTT: %v", script.Units[i].Code, got)
		}
	}
	if (*MQTT)(nil).speaks(script.Units[2]) {
		t.Error("it speaks though nobody asked")
	}
}
