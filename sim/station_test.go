package sim

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wardlight/ingest/hl7"
	"wardlight/ingest/mllp"
)

// station is what the player speaks to: a server that answers every message,
// unless it is deaf to its sender.
type station struct {
	mu       sync.Mutex
	received []received
	deaf     map[string]bool // by sender
	held     []func()        // the answers it owes
	code     hl7.Kind        // of every answer

	server *mllp.Server
	served chan error
	pipes  chan net.Conn // nil while it is away
}

type received struct {
	gateway, id string
	at          time.Time
	raw         []byte
	message     *hl7.Message
}

func (s *station) Receive(_ context.Context, _ mllp.Peer, raw []byte, reply func([][]byte)) {
	m, err := hl7.Parse(raw)
	if err != nil {
		panic(err)
	}
	h := m.Header()
	from := h.Sender.Component(1).String()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received = append(s.received, received{from, h.ControlID, time.Now(), raw, m})
	answer := func() { reply(hl7.Reply(m, hl7.Outcome{Kind: s.code}, time.Now(), func() string { return "ack" })) }
	if s.deaf[from] {
		s.held = append(s.held, answer)
		return
	}
	answer()
}

func (s *station) Refused(_ mllp.Peer, r mllp.Refusal) [][]byte { panic(r.Err) }

// ignore leaves a sender without answers, and hear gives everybody theirs.
func (s *station) ignore(sender string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deaf = map[string]bool{sender: true}
}

func (s *station) hear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, answer := range s.held {
		answer()
	}
	s.deaf, s.held = nil, nil
}

// take is what came since it was last asked.
func (s *station) take() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.received
	s.received = nil
	return out
}

// open lets gateways connect, and shut ends all connections without answers.
func (s *station) open() {
	l := &pipeListener{make(chan net.Conn), make(chan struct{}), sync.Once{}}
	s.server = &mllp.Server{Listener: l, Handler: s}
	s.served = make(chan error, 1)
	server, served := s.server, s.served
	go func() { served <- server.Serve() }()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pipes = l.incoming
}

func (s *station) shut() {
	s.mu.Lock()
	s.pipes = nil
	s.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = s.server.Shutdown(ctx)
	<-s.served
}

func (s *station) dial(ctx context.Context, _ string) (net.Conn, error) {
	s.mu.Lock()
	incoming := s.pipes
	s.mu.Unlock()
	if incoming == nil {
		return nil, errors.New("nobody there")
	}
	ours, theirs := net.Pipe()
	select {
	case incoming <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type pipeListener struct {
	incoming chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.incoming:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}
func (l *pipeListener) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// perform plays to a station for as long as test runs, on the clock of a
// bubble.
func perform(t *testing.T, c Config, s *station, test func()) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s.open()
		c.Target, c.Dial = "station", s.dial
		ctx, stop := context.WithCancel(context.Background())
		played := make(chan error, 1)
		go func() { played <- Run(ctx, c) }()
		test()
		stop()
		if err := <-played; err != nil {
			t.Errorf("Run: %v", err)
		}
		s.shut()
	})
}

// pass lets time go by, and waits until all is done that is due by then.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func from(all []received, gateway string) (out []received) {
	for _, r := range all {
		if r.gateway == gateway {
			out = append(out, r)
		}
	}
	return out
}

// of are the messages of one device, by the label in their control ids.
func of(all []received, label string) (out []received) {
	for _, r := range all {
		if strings.Split(r.id, ".")[1] == label {
			out = append(out, r)
		}
	}
	return out
}

// measured is OBR-7.
func (r received) measured(t *testing.T) time.Time {
	t.Helper()
	obr, _ := r.message.First("OBR")
	at, _, err := hl7.ParseTime(obr.Text(7, 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func (r received) sent(t *testing.T) time.Time {
	t.Helper()
	at, _, err := r.message.Header().SentAt(nil)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
