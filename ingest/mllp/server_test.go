package mllp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// station is a Handler of a test. Without receive it answers "ack MESSAGE".
type station struct {
	receive  func(from Peer, raw []byte, reply func([][]byte))
	refused  func(Refusal) [][]byte
	refusals chan Refusal
}

func (h *station) Receive(_ context.Context, from Peer, raw []byte, reply func([][]byte)) {
	if h.receive != nil {
		h.receive(from, raw, reply)
		return
	}
	reply([][]byte{append([]byte("ack "), raw...)})
}

func (h *station) Refused(_ Peer, r Refusal) [][]byte {
	h.refusals <- r
	if h.refused != nil {
		return h.refused(r)
	}
	return [][]byte{[]byte("refused")}
}

// run serves until the test ends.
func run(t *testing.T, s *Server, h *station) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.refusals = make(chan Refusal, 2000)
	s.Listener, s.Handler = l, h
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return l.Addr().String()
}

func dial(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(patience))
	return nc.(*net.TCPConn)
}

func send(t *testing.T, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

func frame(message string) string { return string(Frame([]byte(message))) }

func next(t *testing.T, in *Reader) string {
	t.Helper()
	message, err := in.Next()
	if err != nil {
		t.Fatal(err)
	}
	return string(message)
}

func refusal(t *testing.T, h *station) Refusal {
	t.Helper()
	select {
	case r := <-h.refusals:
		return r
	case <-time.After(patience):
		t.Fatal("no refusal")
		return Refusal{}
	}
}

func TestServerAnswersWhateverTheFraming(t *testing.T) {
	addr := run(t, &Server{}, &station{})
	tests := map[string][]string{ // what is written, one write each
		"several in one write": {frame("1") + frame("2") + frame("3")},
		"byte by byte":         strings.Split(frame("1")+frame("2")+frame("3"), ""),
		"garbage between":      {"noise" + frame("1") + "\r\n", "more" + frame("2"), "\x1C\r" + frame("3")},
		"split anywhere":       {"\x0B", "1", "\x1C", "\r\x0B2\x1C\r\x0B3", "\x1C\r"},
	}
	for name, writes := range tests {
		t.Run(name, func(t *testing.T) {
			nc := dial(t, addr)
			in := NewReader(nc, 0)
			for _, w := range writes {
				send(t, nc, w)
			}
			for _, want := range []string{"ack 1", "ack 2", "ack 3"} {
				if got := next(t, in); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			}
		})
	}
}

// 200 messages wait at once; they are completed in the opposite order, and
// answered in the order in which they came.
func TestServerPipelines(t *testing.T) {
	const n = 200
	var order []string
	var replies []func([][]byte)
	all := make(chan struct{})
	h := &station{receive: func(_ Peer, raw []byte, reply func([][]byte)) {
		order = append(order, string(raw))
		replies = append(replies, reply)
		if len(replies) == n {
			close(all)
		}
	}}
	nc := dial(t, run(t, &Server{}, h))
	var want, wantAnswers []string
	for i := range n {
		want = append(want, fmt.Sprint(i))
		wantAnswers = append(wantAnswers, fmt.Sprint("ack ", i))
		send(t, nc, frame(want[i]))
	}
	<-all
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("handed over (-want +got)\n%s", diff)
	}
	for i := n - 1; i >= 0; i-- {
		replies[i]([][]byte{[]byte("ack " + order[i])})
		replies[i]([][]byte{[]byte("a second answer is ignored")})
	}
	in := NewReader(nc, 0)
	var got []string
	for range n {
		got = append(got, next(t, in))
	}
	if diff := cmp.Diff(wantAnswers, got); diff != "" {
		t.Errorf("answered (-want +got)\n%s", diff)
	}
}

// A sender that does not get answers is held back, not read without end.
func TestServerHoldsBack(t *testing.T) {
	tests := map[string]struct {
		max, size    int
		least, most  int // messages handed over while none is answered
		messages     int
		repliesEmpty bool
	}{
		"by messages": {0, 1, window, window + 2, 3 * window, false},
		"by bytes":    {1000, 1000, 2, 2, 20, false},
		"no answers":  {1000, 1000, 2, 2, 20, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			waiting := make(chan func([][]byte), tt.messages)
			h := &station{receive: func(_ Peer, _ []byte, reply func([][]byte)) { waiting <- reply }}
			nc := dial(t, run(t, &Server{Max: tt.max}, h))
			go func() { _, _ = nc.Write(bytes.Repeat(Frame(make([]byte, tt.size)), tt.messages)) }()
			var held []func([][]byte)
			for len(held) < tt.least {
				held = append(held, <-waiting)
			}
			answer := [][]byte{[]byte("ok")}
			if tt.repliesEmpty {
				answer = nil
			}
			in := NewReader(nc, 0)
			for i := range tt.messages {
				if len(held)+len(waiting) > tt.most {
					t.Fatalf("%d messages wait, want at most %d", len(held)+len(waiting), tt.most)
				}
				held[0](answer)
				if held = held[1:]; answer != nil {
					next(t, in)
				}
				if i < tt.messages-tt.least {
					held = append(held, <-waiting)
				}
			}
		})
	}
}

func TestServerFrameThatNeverEnds(t *testing.T) {
	h := &station{}
	addr := run(t, &Server{FrameTimeout: 30 * time.Millisecond}, h)
	nc := dial(t, addr)
	send(t, nc, frame("first")+"\x0BMSH|^~\\&|GW")
	r := refusal(t, h)
	if !errors.Is(r.Err, ErrTimeout) || string(r.Head) != `MSH|^~\&|GW` || r.Raw != nil {
		t.Errorf("refusal %v, head %q", r.Err, r.Head)
	}
	if diff := cmp.Diff([]string{"ack first", "refused", "EOF"}, readAll(NewReader(nc, 0))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	again := dial(t, addr)
	send(t, again, frame("second"))
	if got := next(t, NewReader(again, 0)); got != "ack second" {
		t.Errorf("got %q", got)
	}
}

func TestServerIdleConnectionIsClosed(t *testing.T) {
	h := &station{}
	nc := dial(t, run(t, &Server{Idle: 30 * time.Millisecond}, h))
	send(t, nc, frame("first")+"noise")
	if diff := cmp.Diff([]string{"ack first", "EOF"}, readAll(NewReader(nc, 0))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(h.refusals) > 0 {
		t.Error("an idle connection was refused")
	}
}

// While nothing can be answered, a gateway gives up waiting and connects
// again, over and over. Those that have gone must not use up the connections.
func TestServerForgetsSendersThatHaveGone(t *testing.T) {
	h := &station{receive: func(Peer, []byte, func([][]byte)) {}} // never answers
	nc := dial(t, run(t, &Server{Patience: 10 * time.Millisecond}, h))
	send(t, nc, frame("first"))
	_ = nc.CloseWrite()
	if diff := cmp.Diff([]string{"EOF"}, readAll(NewReader(nc, 0))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// The sender writes all of its message before it reads, and still learns why.
func TestServerTooLarge(t *testing.T) {
	const limit = 1 << 20
	h := &station{}
	addr := run(t, &Server{Max: limit}, h)
	nc := dial(t, addr)
	send(t, nc, frame("first")+frame("MSH|large"+strings.Repeat("x", limit+limit/16)))
	r := refusal(t, h)
	if !errors.Is(r.Err, ErrTooLarge) || len(r.Head) != MaxHead || !bytes.HasPrefix(r.Head, []byte("MSH|large")) || r.Raw != nil {
		t.Errorf("refusal %v, head %q", r.Err, r.Head)
	}
	if diff := cmp.Diff([]string{"ack first", "refused", "EOF"}, readAll(NewReader(nc, 0))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestServerInterruptedAndTruncated(t *testing.T) {
	h := &station{refused: func(Refusal) [][]byte { return nil }}
	nc := dial(t, run(t, &Server{}, h))
	send(t, nc, "\x0BMSH|1\r"+frame("MSH|2")+"\x0BMSH|3")
	if err := nc.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"ack MSH|2", "EOF"}, readAll(NewReader(nc, 0))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, want := range []struct {
		err  error
		head string
	}{{ErrInterrupted, "MSH|1\r"}, {ErrTruncated, "MSH|3"}} {
		if r := refusal(t, h); !errors.Is(r.Err, want.err) || string(r.Head) != want.head {
			t.Errorf("refusal %v %q, want %v %q", r.Err, r.Head, want.err, want.head)
		}
	}
}

func TestServerHalfClosedConnectionIsAnswered(t *testing.T) {
	replies := make(chan func([][]byte), 3)
	h := &station{receive: func(_ Peer, _ []byte, reply func([][]byte)) { replies <- reply }}
	nc := dial(t, run(t, &Server{}, h))
	send(t, nc, frame("1")+frame("2")+frame("3"))
	if err := nc.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		reply := <-replies
		go reply([][]byte{fmt.Append(nil, "CA ", i), fmt.Append(nil, "AA ", i)})
	}
	want := []string{"CA 0", "AA 0", "CA 1", "AA 1", "CA 2", "AA 2", "EOF"}
	if diff := cmp.Diff(want, readAll(NewReader(nc, 0))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestServerSurvivesPanics(t *testing.T) {
	var log bytes.Buffer
	h := &station{
		receive: func(_ Peer, raw []byte, reply func([][]byte)) {
			switch string(raw) {
			case "Okafor":
				panic("Okafor, Ngozi")
			case "index":
				reply(nil)
				_ = raw[len(raw)+1]
			}
			reply([][]byte{raw})
		},
		refused: func(r Refusal) [][]byte {
			if string(r.Raw) == "index" {
				panic(errors.New("Okafor, Ngozi"))
			}
			return [][]byte{[]byte("AE")}
		},
	}
	t.Run("", func(t *testing.T) { // the server has stopped before the log is read
		nc := dial(t, run(t, &Server{Log: slog.New(slog.NewTextHandler(&log, nil))}, h))
		send(t, nc, frame("1")+frame("Okafor")+frame("2")+frame("index")+frame("3"))
		in := NewReader(nc, 0)
		for _, want := range []string{"1", "AE", "2", "3"} {
			if got := next(t, in); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		if r := refusal(t, h); !errors.Is(r.Err, ErrPanic) || string(r.Raw) != "Okafor" || string(r.Head) != "Okafor" {
			t.Errorf("refusal %+v", r)
		}
	})
	if strings.Contains(log.String(), "Okafor") || !strings.Contains(log.String(), "index out of range") {
		t.Errorf("log:\n%s", log.String())
	}
}

func TestServerManyDribblingConnections(t *testing.T) {
	const n = 1000
	h := &station{}
	addr := run(t, &Server{}, h)
	var dribbles []net.Conn
	for range n {
		nc := dial(t, addr)
		send(t, nc, "\x0BM")
		dribbles = append(dribbles, nc)
	}
	good, err := Dial(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	defer good.Close()
	for i := range n {
		send(t, dribbles[i], "S")
		if answer, err := good.Send(t.Context(), fmt.Append(nil, i)); err != nil || string(answer) != fmt.Sprint("ack ", i) {
			t.Fatalf("message %d: %q, %v", i, answer, err)
		}
	}
}

func TestServerMaxConns(t *testing.T) {
	addr := run(t, &Server{MaxConns: 1}, &station{})
	first := dial(t, addr)
	send(t, first, frame("1"))
	in := NewReader(first, 0)
	next(t, in)
	if _, err := dial(t, addr).Read(make([]byte, 1)); err == nil {
		t.Error("a second connection is served")
	}
	send(t, first, frame("2"))
	if got := next(t, in); got != "ack 2" {
		t.Errorf("the first connection got %q", got)
	}
}

func TestServerShutdownAnswersWhatItTook(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	replies := make(chan func([][]byte), 1)
	h := &station{receive: func(_ Peer, _ []byte, reply func([][]byte)) { replies <- reply }, refusals: make(chan Refusal, 9)}
	s := &Server{Listener: l, Handler: h}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	nc := dial(t, l.Addr().String())
	send(t, nc, frame("taken")+"\x0Bhalf")
	reply := <-replies

	stopped := make(chan error, 1)
	go func() { stopped <- s.Shutdown(t.Context()) }()
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	select {
	case err := <-stopped:
		t.Fatalf("Shutdown returned %v before the answer", err)
	default:
	}
	reply([][]byte{[]byte("ack")})
	if diff := cmp.Diff([]string{"ack", "EOF"}, readAll(NewReader(nc, 0))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	nc.Close()
	if err := <-stopped; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if len(h.refusals) > 0 {
		t.Error("a message cut by the shutdown was reported as the sender's fault")
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("the listener is still open")
	}
}

func TestServerShutdownGivesUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	taken := make(chan struct{})
	h := &station{receive: func(Peer, []byte, func([][]byte)) { close(taken) }} // never answered
	s := &Server{Listener: l, Handler: h}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	nc := dial(t, l.Addr().String())
	send(t, nc, frame("x"))
	<-taken
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown = %v", err)
	}
	if _, err := nc.Read(make([]byte, 1)); err == nil {
		t.Error("an answer to what was given up")
	}
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestServeReturnsWhenTheListenerFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := (&Server{Listener: l, Handler: &station{}}).Serve(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve = %v", err)
	}
}

func TestClientPostsInOrder(t *testing.T) {
	addr := run(t, &Server{}, &station{})
	c, err := Dial(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const n = 2000 // far more than a server holds at once
	var got []string
	var all sync.WaitGroup
	all.Add(n)
	for i := range n {
		c.Post(fmt.Append(nil, i), func(answer []byte, err error) {
			defer all.Done()
			got = append(got, fmt.Sprint(string(answer), err))
		})
	}
	all.Wait()
	for i, g := range got {
		if want := fmt.Sprintf("ack %d<nil>", i); g != want {
			t.Fatalf("answer %d = %q, want %q", i, g, want)
		}
	}
	if c.Waiting() != 0 {
		t.Errorf("%d still wait", c.Waiting())
	}
}

func TestClientGivesUp(t *testing.T) {
	taken := make(chan func([][]byte), 9)
	h := &station{receive: func(_ Peer, _ []byte, reply func([][]byte)) { taken <- reply }}
	addr := run(t, &Server{}, h)
	c, err := Dial(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var first func([][]byte)
	go func() {
		first = <-taken
		cancel()
	}()
	if _, err := c.Send(ctx, []byte("1")); !errors.Is(err, context.Canceled) {
		t.Errorf("Send = %v", err)
	}
	failed := make(chan error, 2)
	c.Post([]byte("2"), func(_ []byte, err error) { failed <- err })
	second := <-taken
	first([][]byte{[]byte("ack 1")})
	c.Close()
	second(nil)
	if err := <-failed; !errors.Is(err, ErrClosed) {
		t.Errorf("waiting message: %v", err)
	}
	c.Post([]byte("3"), func(_ []byte, err error) { failed <- err })
	if err := <-failed; !errors.Is(err, ErrClosed) {
		t.Errorf("message after Close: %v", err)
	}
	if _, err := Dial(t.Context(), "127.0.0.1:1"); err == nil {
		t.Error("Dial reaches nobody")
	}
}

// An answer nobody waits for would be taken for the next message's.
func TestClientRefusesAnUnaskedAnswer(t *testing.T) {
	h := &station{receive: func(_ Peer, _ []byte, reply func([][]byte)) {
		reply([][]byte{[]byte("CA"), []byte("AA")})
	}}
	c, err := Dial(t.Context(), run(t, &Server{}, h))
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := c.Send(t.Context(), []byte("1")); err != nil || string(answer) != "CA" {
		t.Errorf("%q, %v", answer, err)
	}
	<-c.Done()
	if _, err := c.Send(t.Context(), []byte("2")); !errors.Is(err, errUnasked) {
		t.Errorf("got %v", err)
	}
	c.Close()
}

// Many large messages at once wait for each other, so that they do not use up
// the memory of the station; small ones do not wait, and none is refused.
func TestServerBoundsLargeMessages(t *testing.T) {
	const most, connections = 4, 24
	large := strings.Repeat("x", 2*steps[0])
	var now, peak atomic.Int64
	h := &station{receive: func(_ Peer, raw []byte, reply func([][]byte)) {
		if len(raw) >= len(large) {
			n := now.Add(1)
			for p := peak.Load(); n > p && !peak.CompareAndSwap(p, n); p = peak.Load() {
			}
			time.Sleep(20 * time.Millisecond) // as one that waits for room in the record
			now.Add(-1)
		}
		reply([][]byte{raw[:1]})
	}}
	addr := run(t, &Server{Max: 4 * steps[0], Memory: 2 * most * 4 * int64(steps[0])}, h)
	var senders sync.WaitGroup
	for range connections {
		nc := dial(t, addr)
		senders.Go(func() {
			_, _ = io.WriteString(nc, frame(large))
			if answer, err := NewReader(nc, 0).Next(); err != nil || string(answer) != "x" {
				t.Errorf("answered %q, %v", answer, err)
			}
		})
	}
	quick := dial(t, addr)
	send(t, quick, frame("small"))
	next(t, NewReader(quick, 0))
	senders.Wait()
	if got := peak.Load(); got > most {
		t.Errorf("%d large messages at once, want at most %d", got, most)
	}
	if len(h.refusals) > 0 {
		t.Errorf("refused: %v", (<-h.refusals).Err)
	}
}
