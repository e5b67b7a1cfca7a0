package mqtt

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
	"go.uber.org/goleak"

	"wardlight/ward"
	"wardlight/ward/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tokens are who may come in: the name is the token too.
type tokens struct {
	mu    sync.Mutex
	valid map[string]bool
	away  bool
	asked int
}

func (w *tokens) Device(_ context.Context, name string, hash [sha256.Size]byte) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	if w.away {
		return false, errors.New("away")
	}
	return w.valid[name] && hash == sha256.Sum256([]byte("token of "+name)), nil
}

func (w *tokens) set(change func(*tokens)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(w)
}

// record is a sink that remembers; while held, nothing is told.
type record struct {
	mu      sync.Mutex
	held    []func(ward.Outcome)
	isHeld  bool
	err     error
	entries []entry
	more    chan struct{}
}

type entry struct {
	event   ward.Event
	message *ward.Message
}

func (r *record) Enqueue(_ context.Context, e ward.Event, m *ward.Message, done func(ward.Outcome)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries = append(r.entries, entry{e, m})
	if r.isHeld {
		r.held = append(r.held, done)
	} else {
		done(ward.Outcome{Err: r.err})
	}
	select {
	case r.more <- struct{}{}:
	default:
	}
	return nil
}

func (r *record) hold() { r.mu.Lock(); r.isHeld = true; r.mu.Unlock() }

// release lets everything be told, with an outcome.
func (r *record) release(o ward.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, done := range r.held {
		done(o)
	}
	r.held, r.isHeld = nil, false
}

func (r *record) all() []entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]entry(nil), r.entries...)
}

// await waits until n publications have come.
func (r *record) await(t *testing.T, n int) []entry {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		if all := r.all(); len(all) >= n {
			return all
		}
		select {
		case <-r.more:
		case <-limit:
			t.Fatalf("%d publications came, want %d", len(r.all()), n)
		}
	}
}

// bench is a broker with what is around it.
type bench struct {
	*Broker
	who    *tokens
	record *record
	log    *lockedBuffer
}

func start(t *testing.T, change ...func(*Config)) *bench {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{
		who:    &tokens{valid: map[string]bool{"watch": true, "patch": true, "hub": true}},
		record: &record{more: make(chan struct{}, 1)}, log: &lockedBuffer{},
	}
	c := Config{
		Listener: ln, Sink: b.record, Who: b.who, Reader: reader(), Now: time.Now,
		Log: slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Patience: 20 * time.Second,
	}
	for _, f := range change {
		f(&c)
	}
	if b.Broker, err = New(c); err != nil {
		t.Fatal(err)
	}
	if err := b.Serve(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
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

// client speaks MQTT packet by packet.
type client struct {
	t  *testing.T
	nc net.Conn
	in *bufio.Reader
	v  byte
}

func (b *bench) dial(t *testing.T, version byte) *client {
	t.Helper()
	nc, err := net.Dial("tcp", b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	return &client{t, nc, bufio.NewReader(nc), version}
}

func connect(name, id string) packets.Packet {
	return packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Connect},
		Connect: packets.ConnectParams{
			ProtocolName: []byte("MQTT"), Clean: true, Keepalive: 60, ClientIdentifier: id,
			UsernameFlag: true, Username: []byte(name), PasswordFlag: true, Password: []byte("token of " + name),
		},
	}
}

// signIn connects as a device, and wants to be let in.
func (b *bench) signIn(t *testing.T, name, id string, change ...func(*packets.Packet)) *client {
	t.Helper()
	c := b.dial(t, 4)
	pk := connect(name, id)
	for _, f := range change {
		f(&pk)
	}
	c.send(pk)
	if ack := c.read(); ack.FixedHeader.Type != packets.Connack || ack.ReasonCode != 0 {
		t.Fatalf("%s is turned away: %d", name, ack.ReasonCode)
	}
	return c
}

func (c *client) send(pk packets.Packet) {
	c.t.Helper()
	if err := c.trySend(pk); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) trySend(pk packets.Packet) error {
	pk.ProtocolVersion = c.v
	var buf bytes.Buffer
	var err error
	switch pk.FixedHeader.Type {
	case packets.Connect:
		err = pk.ConnectEncode(&buf)
	case packets.Publish:
		err = pk.PublishEncode(&buf)
	case packets.Pubrel:
		pk.FixedHeader.Qos = 1
		err = pk.PubrelEncode(&buf)
	case packets.Subscribe:
		pk.FixedHeader.Qos = 1
		err = pk.SubscribeEncode(&buf)
	case packets.Disconnect:
		err = pk.DisconnectEncode(&buf)
	case packets.Pingreq:
		err = pk.PingreqEncode(&buf)
	}
	if err != nil {
		return err
	}
	_, err = c.nc.Write(buf.Bytes())
	return err
}

func publish(topic, payload string, qos byte, id uint16) packets.Packet {
	return packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos}, TopicName: topic, Payload: []byte(payload), PacketID: id,
	}
}

func again(pk packets.Packet) packets.Packet { pk.FixedHeader.Dup = true; return pk }

// next reads a packet; an error means that the connection is over.
func (c *client) next(limit time.Duration) (pk packets.Packet, err error) {
	_ = c.nc.SetReadDeadline(time.Now().Add(limit))
	first, err := c.in.ReadByte()
	if err != nil {
		return pk, err
	}
	if err := pk.FixedHeader.Decode(first); err != nil {
		return pk, err
	}
	n, _, err := packets.DecodeLength(c.in)
	if err != nil {
		return pk, err
	}
	pk.FixedHeader.Remaining, pk.ProtocolVersion = n, c.v
	body := make([]byte, n)
	if _, err := io.ReadFull(c.in, body); err != nil {
		return pk, err
	}
	switch pk.FixedHeader.Type {
	case packets.Connack:
		err = pk.ConnackDecode(body)
	case packets.Puback:
		err = pk.PubackDecode(body)
	case packets.Pubrec:
		err = pk.PubrecDecode(body)
	case packets.Pubcomp:
		err = pk.PubcompDecode(body)
	case packets.Suback:
		err = pk.SubackDecode(body)
	case packets.Publish:
		err = pk.PublishDecode(body)
	case packets.Disconnect:
		err = pk.DisconnectDecode(body)
	}
	return pk, err
}

func (c *client) read() packets.Packet {
	c.t.Helper()
	pk, err := c.next(20 * time.Second)
	if err != nil {
		c.t.Fatalf("no packet: %v", err)
	}
	return pk
}

// wantType reads a packet of a type.
func (c *client) wantType(kind byte) packets.Packet {
	c.t.Helper()
	pk := c.read()
	if pk.FixedHeader.Type != kind {
		c.t.Fatalf("%s, want %s", packets.PacketNames[pk.FixedHeader.Type], packets.PacketNames[kind])
	}
	return pk
}

// wantEnd wants the connection to end without another packet.
func (c *client) wantEnd() {
	c.t.Helper()
	pk, err := c.next(20 * time.Second)
	if err == nil && pk.FixedHeader.Type == packets.Disconnect {
		pk, err = c.next(20 * time.Second) // the library's good-bye
	}
	if err == nil {
		c.t.Fatalf("%s, want the connection to end", packets.PacketNames[pk.FixedHeader.Type])
	}
	if isTimeout(err) {
		c.t.Fatal("the connection goes on")
	}
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

var errAway = fault.New(fault.Unavailable, "away")
