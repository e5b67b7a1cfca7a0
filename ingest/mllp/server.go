package mllp

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"wardlight/ward"
)

// Defaults of a Server.
const (
	DefaultFrameTimeout = 30 * time.Second
	DefaultIdle         = 10 * time.Minute
	DefaultMaxConns     = 4096
	DefaultPatience     = 30 * time.Second
	DefaultMemory       = 256 << 20
)

const (
	// window is how many messages of one connection may wait for their
	// answers. A sender that goes on is not read until some are sent.
	window = 256
	// writeTimeout is how long a sender may leave its answers unread.
	writeTimeout = 30 * time.Second
	// handshakeTimeout is how long a TLS handshake may take.
	handshakeTimeout = 10 * time.Second
	// linger is how long a connection that this side ends is still read, so
	// that the last answer is not lost to a reset.
	linger = time.Second
)

// Peer is the other end of a connection.
type Peer struct {
	Conn int64  // number of the connection since the server started, from 1
	Addr string // remote address with port
	Name string // subject of the client certificate; empty: none
}

// Refusal is a frame that was not handed over, or that a handler panicked on.
type Refusal struct {
	// Err is ErrTooLarge, ErrInterrupted, ErrTimeout, ErrTruncated or ErrPanic.
	Err error
	// Head is the beginning of the message, at most MaxHead bytes.
	Head []byte
	// Raw is the whole message after ErrPanic, else nil.
	Raw []byte
}

// Handler takes what a Server receives.
type Handler interface {
	// Receive takes one message. It is called in the order of arrival, one
	// message of a connection at a time, and should return as soon as the
	// message's place in the order is settled: while it runs, nothing more is
	// read from that connection, which is how a handler holds a sender back.
	//
	// Then, from any goroutine, reply is called once with the messages that
	// answer this one, none for no answer. Answers are sent in the order in
	// which messages came, whatever the order of the calls. Every message
	// must be replied to, or those after it stay unanswered; later calls are
	// ignored. The handler owns raw. ctx ends only when the server gives up
	// on a shutdown, not when the sender goes away.
	Receive(ctx context.Context, from Peer, raw []byte, reply func(messages [][]byte))

	// Refused is told of every frame that Receive was not given, and of one
	// that it panicked on. It returns the messages to answer it with, which
	// are sent in their turn. After ErrInterrupted and ErrPanic the connection
	// goes on, else it is closed.
	Refused(from Peer, refusal Refusal) (replies [][]byte)
}

// Server receives on one listener. Set the fields before Serve.
type Server struct {
	Listener net.Listener
	Handler  Handler

	Max          int           // bytes in a message; 0: DefaultMax
	FrameTimeout time.Duration // from a frame's first byte to its last; 0: DefaultFrameTimeout
	Idle         time.Duration // longest pause between frames; 0: DefaultIdle
	Memory       int64         // bytes of large messages under way on all connections; 0: DefaultMemory. Beyond it, connections are not read.
	MaxConns     int           // further ones are closed at once; 0: DefaultMaxConns
	Patience     time.Duration // how long a sender that sends no more may wait for answers; 0: DefaultPatience
	Log          *slog.Logger  // nil: none. No message content is logged.

	// Allow is where connections may come from; empty: anywhere. Others are
	// closed before they are read.
	Allow []netip.Prefix
	// TLS encrypts connections (IHE ATNA); nil: plain TCP. With ClientCAs and
	// RequireAndVerifyClientCert, only senders with a certificate get in.
	TLS *tls.Config

	room    [len(steps)]*semaphore.Weighted // of Memory, for what grows beyond each step
	mu      sync.Mutex
	conns   map[*conn]struct{}
	last    int64                    // number of the newest connection
	full    bool                     // MaxConns is reached and was logged
	turned  map[netip.Addr]time.Time // when a stranger's refusal was logged last
	closing bool
	ctx     context.Context // ends when a shutdown gives up
	giveUp  context.CancelFunc
	running sync.WaitGroup
}

// Serve accepts connections until Shutdown, then returns nil. Any other
// return means that the listener failed.
func (s *Server) Serve() error {
	s.init()
	for {
		nc, err := s.Listener.Accept()
		switch {
		case err == nil:
			s.start(nc)
		case s.isClosing():
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		default: // e.g. out of file descriptors: some connection will end
			s.Log.Error("mllp: accept", "error", err)
			select {
			case <-time.After(100 * time.Millisecond):
			case <-s.ctx.Done():
			}
		}
	}
}

// Shutdown stops accepting and reading, sends the answers of all messages
// already handed over, and closes the connections. When ctx ends first it
// drops what is left and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.init()
	s.mu.Lock()
	s.closing = true
	for c := range s.conns {
		c.stopReading()
	}
	s.mu.Unlock()
	_ = s.Listener.Close()

	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	defer s.giveUp()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.net.Close()
	}
	return ctx.Err()
}

func (s *Server) init() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns != nil {
		return
	}
	s.conns = make(map[*conn]struct{})
	s.ctx, s.giveUp = context.WithCancel(context.Background())
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Max <= 0 {
		s.Max = DefaultMax
	}
	if s.FrameTimeout <= 0 {
		s.FrameTimeout = DefaultFrameTimeout
	}
	if s.Idle <= 0 {
		s.Idle = DefaultIdle
	}
	if s.Memory <= 0 {
		s.Memory = DefaultMemory
	}
	for step := range s.room { // one message of the largest size always fits
		s.room[step] = semaphore.NewWeighted(max(s.Memory/int64(len(steps)), s.claims(step)))
	}
	if s.MaxConns <= 0 {
		s.MaxConns = DefaultMaxConns
	}
	if s.Patience <= 0 {
		s.Patience = DefaultPatience
	}
}

// claims is how much room a message needs that grows beyond a step: as much as
// it may have up to the next one. It is claimed at once, and only the steps
// before are held meanwhile, so that messages never wait for each other in a
// circle.
func (s *Server) claims(step int) int64 {
	if step+1 < len(steps) {
		return int64(min(steps[step+1], s.Max))
	}
	return int64(s.Max)
}

func (s *Server) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

func (s *Server) start(nc net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.admits(nc) {
		_ = nc.Close()
		return
	}
	if s.closing || len(s.conns) >= s.MaxConns {
		_ = nc.Close()
		if !s.full && !s.closing {
			s.full = true
			s.Log.Warn("mllp: too many connections, closing new ones", "max", s.MaxConns)
		}
		return
	}
	s.full = false
	s.last++
	addr := nc.RemoteAddr().String()
	if s.TLS != nil {
		nc = tls.Server(nc, s.TLS)
	}
	c := newConn(s, nc, Peer{Conn: s.last, Addr: addr})
	s.conns[c] = struct{}{}
	s.running.Go(func() {
		c.serve()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.conns, c)
	})
}

// admits reports whether connections may come from where nc does. A stranger
// is logged once a minute.
func (s *Server) admits(nc net.Conn) bool {
	if len(s.Allow) == 0 {
		return true
	}
	from, err := netip.ParseAddrPort(nc.RemoteAddr().String())
	addr := from.Addr().Unmap()
	if err == nil && slices.ContainsFunc(s.Allow, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		return true
	}
	if now := time.Now(); now.Sub(s.turned[addr]) > time.Minute {
		if s.turned == nil || len(s.turned) > DefaultMaxConns {
			s.turned = map[netip.Addr]time.Time{}
		}
		s.turned[addr] = now
		s.Log.Warn("mllp: connection from an address that is not allowed, closed", "peer", addr)
	}
	return false
}

// Links lists the open connections, the oldest first.
func (s *Server) Links() []ward.Link {
	s.mu.Lock()
	defer s.mu.Unlock()
	links := make([]ward.Link, 0, len(s.conns))
	for c := range s.conns {
		links = append(links, c.link())
	}
	slices.SortFunc(links, func(a, b ward.Link) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Peer, b.Peer)) })
	return links
}
