package sim

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// MQTT is how wearables speak for themselves, each over a connection of its
// own: under wardlight/<label>, signed in as its label.
type MQTT struct {
	Target string            // address of the station's MQTT listener
	Units  []string          // whose wearables do
	Tokens map[string]string // of each device, by label
}

// speaks reports whether the devices of a unit speak for themselves: all of
// them are wearables that have a token.
func (m *MQTT) speaks(u Unit) bool {
	if m == nil {
		return false
	}
	isAsked := false
	for _, code := range m.Units {
		isAsked = isAsked || code == u.Code
	}
	for _, b := range u.Beds {
		for _, d := range b.Devices {
			if d.Kind != Wearable || m.Tokens[d.Label] == "" {
				return false
			}
		}
	}
	return isAsked
}

// wearers are the connections of a unit's wearables.
func (p *player) wearers(u Unit) (out []*gateway) {
	for _, b := range u.Beds {
		for _, d := range b.Devices {
			g := p.gateway(d.Label, 0)
			g.target = p.MQTT.Target
			g.open = func(nc net.Conn) wire { return newMQTTWire(nc, d.Label, p.MQTT.Tokens[d.Label]) }
			g.add(u, b, d, WearableMessage)
			out = append(out, g)
		}
	}
	return out
}

// WearableMessage writes what a wearable says in the station's own form.
func WearableMessage(e Envelope, l Timeline, r Report) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `{"at":%q,"sent":%q,"seq":%q,"values":{`, instant(l.At(r.At)), instant(e.Sent), e.ControlID)
	for i, x := range r.Readings {
		if i > 0 {
			b.WriteByte(',')
		}
		value := x.Value
		if x.Flag != "" {
			value = "null"
		}
		if x.At != r.At {
			value = fmt.Sprintf(`{"value":%s,"at":%q}`, value, instant(l.At(x.At)))
		}
		fmt.Fprintf(&b, "%q:%s", x.Metric.RefID, value)
	}
	b.WriteString("}}")
	return []byte(b.String())
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// mqttWire publishes over one MQTT 3.1.1 connection, with quality of service
// 1, and matches the acknowledgements by their order.
type mqttWire struct {
	net    net.Conn
	device string
	done   chan struct{}

	writing sync.Mutex
	mu      sync.Mutex
	waiting []published
	last    uint16
	err     error
}

type published struct {
	id   uint16
	told func(code string, err error)
}

// The packets that are spoken (MQTT 3.1.1, chapter 3).
const (
	packetConnect = 0x10
	packetConnack = 0x20
	packetPublish = 0x32 // QoS 1
	packetPuback  = 0x40
)

var (
	errClosed   = errors.New("closed")
	errProtocol = errors.New("the station does not speak MQTT as it should")
)

// newMQTTWire signs in over a connection. What fails shows at Done.
func newMQTTWire(nc net.Conn, device, token string) *mqttWire {
	w := &mqttWire{net: nc, device: device, done: make(chan struct{})}
	go w.read()
	const cleanSession, password, user = 0x02, 0x40, 0x80
	body := field(nil, "MQTT")
	body = append(body, 4, cleanSession|password|user, 0, 0) // level 4; no keep alive: it speaks often
	body = field(field(field(body, device), device), token)
	w.write(packetConnect, body)
	return w
}

// field appends a string with its length (§1.5.3).
func field(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

func (w *mqttWire) write(kind byte, body []byte) {
	raw := []byte{kind}
	for n := len(body); ; { // remaining length (§2.2.3)
		digit := byte(n % 128)
		if n /= 128; n > 0 {
			digit |= 128
		}
		raw = append(raw, digit)
		if n == 0 {
			break
		}
	}
	_ = w.net.SetWriteDeadline(time.Now().Add(dialTimeout))
	if _, err := w.net.Write(append(raw, body...)); err != nil {
		w.fail(err)
	}
}

func (w *mqttWire) post(m *outgoing, told func(code string, err error)) {
	w.writing.Lock()
	defer w.writing.Unlock()
	w.mu.Lock()
	err := w.err
	if err == nil {
		if w.last++; w.last == 0 {
			w.last = 1
		}
		w.waiting = append(w.waiting, published{w.last, told})
	}
	id := w.last
	w.mu.Unlock()
	if err != nil {
		told("", err)
		return
	}
	body := binary.BigEndian.AppendUint16(field(nil, "wardlight/"+w.device), id)
	w.write(packetPublish, append(body, m.raw...))
}

// read takes the acknowledgements until the connection ends.
func (w *mqttWire) read() {
	defer close(w.done)
	in := bufio.NewReader(w.net)
	var err error
	for err == nil {
		var head, body [2]byte
		if _, err = io.ReadFull(in, head[:]); err != nil {
			break
		}
		if head[1] != 2 { // both packets that come are two bytes long
			err = errProtocol
			break
		}
		if _, err = io.ReadFull(in, body[:]); err == nil {
			err = w.take(head[0], body)
		}
	}
	w.fail(err)
	w.mu.Lock()
	waiting, err := w.waiting, w.err
	w.waiting = nil
	w.mu.Unlock()
	for _, p := range waiting {
		p.told("", err)
	}
}

func (w *mqttWire) take(kind byte, body [2]byte) error {
	if kind == packetConnack && body[1] == 0 {
		return nil
	}
	if kind == packetConnack {
		return fmt.Errorf("turned away: %d", body[1])
	}
	w.mu.Lock()
	if kind != packetPuback || len(w.waiting) == 0 || w.waiting[0].id != binary.BigEndian.Uint16(body[:]) {
		w.mu.Unlock()
		return errProtocol
	}
	first := w.waiting[0]
	w.waiting = w.waiting[1:]
	w.mu.Unlock()
	first.told("CA", nil)
	return nil
}

// fail ends the connection; the first reason stays.
func (w *mqttWire) fail(err error) {
	w.mu.Lock()
	if w.err == nil {
		w.err = err
	}
	w.mu.Unlock()
	_ = w.net.Close()
}

// Done is closed when the connection is over and all have been told.
func (w *mqttWire) Done() <-chan struct{} { return w.done }

// Close ends the connection.
func (w *mqttWire) Close() error {
	w.fail(errClosed)
	<-w.done
	return nil
}
