package mqtt

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/mochi-mqtt/server/v2/listeners"
)

const (
	// knockTimeout is how long a connection may take to say who it is.
	knockTimeout = 10 * time.Second
	// maxKnocking is how many connections of one address may be about to.
	maxKnocking = 64
	// acceptPause is how long no connection is taken when one could not be.
	acceptPause = 50 * time.Millisecond
)

// listener takes connections for the library, and what the library leaves
// open: a bound on connections that have not said who they are, the time that
// they may take, and a fault that ends one connection and not the process.
type listener struct {
	net   net.Listener
	tls   *tls.Config
	allow []netip.Prefix
	log   *slog.Logger
	// patience is how long one write may take.
	patience time.Duration

	mu       sync.Mutex
	isClosed bool
	open     map[net.Conn]bool // true: has said who it is
	knocking map[string]int
	handling sync.WaitGroup
}

func newListener(c Config) *listener {
	return &listener{net: c.Listener, tls: c.TLS, allow: c.Allow, log: c.Log, patience: c.WriteTimeout, open: map[net.Conn]bool{}, knocking: map[string]int{}}
}

// Init, ID, Address and Protocol are the library's interface.
func (l *listener) Init(*slog.Logger) error { return nil }

// ID names the listener to the library.
func (l *listener) ID() string { return "devices" }

// Address is where it listens.
func (l *listener) Address() string { return l.net.Addr().String() }

// Protocol is the network.
func (l *listener) Protocol() string { return l.net.Addr().Network() }

// Serve takes connections until Close.
func (l *listener) Serve(establish listeners.EstablishFn) {
	for {
		nc, err := l.net.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors, for example: it passes
			l.log.Warn("mqtt: a connection could not be taken", "err", err)
			time.Sleep(acceptPause)
			continue
		}
		if !l.isAllowed(nc.RemoteAddr()) {
			l.log.Warn("mqtt: connection from a network that may not", "peer", nc.RemoteAddr().String())
			_ = nc.Close()
			continue
		}
		nc = newPatientConn(nc, l.patience)
		if l.tls != nil {
			nc = tls.Server(nc, l.tls)
		}
		if !l.admit(nc) {
			_ = nc.Close()
			continue
		}
		go l.handle(nc, establish)
	}
}

func (l *listener) handle(nc net.Conn, establish listeners.EstablishFn) {
	defer l.handling.Done()
	defer l.leave(nc)
	defer func() {
		if r := recover(); r != nil {
			l.log.Error("mqtt: a connection panicked", "panic", fmt.Sprintf("%T", r), "stack", string(debug.Stack()))
		}
	}()
	_ = nc.SetDeadline(time.Now().Add(knockTimeout))
	if err := establish(l.ID(), nc); err != nil {
		l.log.Debug("mqtt: connection ended", "peer", nc.RemoteAddr().String(), "reason", err)
	}
}

func (l *listener) isAllowed(a net.Addr) bool {
	if len(l.allow) == 0 {
		return true
	}
	p, err := netip.ParseAddrPort(a.String())
	addr := p.Addr().Unmap()
	return err == nil && slices.ContainsFunc(l.allow, func(n netip.Prefix) bool { return n.Contains(addr) })
}

func (l *listener) admit(nc net.Conn) bool {
	from := host(nc.RemoteAddr().String())
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isClosed || l.knocking[from] >= maxKnocking {
		return false
	}
	l.knocking[from]++
	l.open[nc] = false
	l.handling.Add(1)
	return true
}

// letIn notes that a connection has said who it is.
func (l *listener) letIn(nc net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if isIn, ok := l.open[nc]; ok && !isIn {
		l.open[nc] = true
		l.stopKnocking(nc)
	}
}

func (l *listener) leave(nc net.Conn) {
	_ = nc.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.open[nc] {
		l.stopKnocking(nc)
	}
	delete(l.open, nc)
}

func (l *listener) stopKnocking(nc net.Conn) {
	from := host(nc.RemoteAddr().String())
	if l.knocking[from]--; l.knocking[from] <= 0 {
		delete(l.knocking, from)
	}
}

// Close takes no more connections, lets the library say good-bye to those
// that are in, and ends the others.
func (l *listener) Close(goodBye listeners.CloseFn) {
	l.mu.Lock()
	l.isClosed = true
	l.mu.Unlock()
	_ = l.net.Close()
	goodBye(l.ID())
	l.mu.Lock()
	defer l.mu.Unlock()
	for nc := range l.open {
		_ = nc.Close()
	}
}

// wait returns when no connection is handled any more.
func (l *listener) wait() { l.handling.Wait() }
