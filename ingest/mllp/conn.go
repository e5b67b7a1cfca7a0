package mllp

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"wardlight/ward"
)

// conn is one connection of a Server. One goroutine reads and hands over, one
// writes the answers; between them stands the queue of messages that wait.
type conn struct {
	server *Server
	net    net.Conn
	peer   Peer
	log    *slog.Logger
	in     *Reader

	queue   chan *pending
	claimed int           // steps of the message that is read; see Server.claims
	held    atomic.Int64  // bytes of the messages in the queue
	freed   chan struct{} // told when held falls
	broken  chan struct{} // closed when answers can no longer be sent
	tooLate chan struct{} // closed when the answers that are missing are given up

	mu      sync.Mutex
	stopped bool // a shutdown wants no more read
	told    ward.Link
}

// pending is a message that waits for its answer.
type pending struct {
	size   int
	answer chan [][]byte // holds one
}

func newConn(s *Server, nc net.Conn, peer Peer) *conn {
	c := &conn{
		server: s, net: nc, peer: peer,
		log:     s.Log.With("conn", peer.Conn, "peer", peer.Addr),
		in:      NewReader(nc, s.Max),
		queue:   make(chan *pending, window),
		freed:   make(chan struct{}, 1),
		broken:  make(chan struct{}),
		tooLate: make(chan struct{}),
		told:    ward.Link{Protocol: "hl7", Peer: peer.Addr, Since: time.Now()},
	}
	c.in.claim = c.claim
	return c
}

func (c *conn) serve() {
	defer c.net.Close()
	if err := c.handshake(); err != nil {
		c.log.Warn("mllp: TLS handshake failed", "error", err)
		return
	}
	c.log.Info("mllp: connected", "name", c.peer.Name)
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.write()
	}()
	err := c.read()
	close(c.queue)
	c.awaitAnswers(written)
	if !errors.Is(err, io.EOF) {
		c.lingerClose()
	}
	if n := c.in.Skipped(); n > 0 {
		c.log.Warn("mllp: bytes outside frames dropped", "bytes", n)
	}
	c.log.Info("mllp: disconnected", "reason", err)
}

// handshake agrees on encryption, where the server asks for it, and learns
// the name in the sender's certificate.
func (c *conn) handshake() error {
	secure, ok := c.net.(*tls.Conn)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(c.server.ctx, handshakeTimeout)
	defer cancel()
	if err := secure.HandshakeContext(ctx); err != nil {
		return err
	}
	if certs := secure.ConnectionState().PeerCertificates; len(certs) > 0 {
		c.peer.Name = certs[0].Subject.CommonName
		if len(certs[0].DNSNames) > 0 {
			c.peer.Name = certs[0].DNSNames[0]
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told.IsTLS, c.told.Name = true, c.peer.Name
	return nil
}

func (c *conn) link() ward.Link {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.told
}

// count adds a message, or a frame that was refused, to what Links tells.
func (c *conn) count(isRefused bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told.LastAt = time.Now()
	if isRefused {
		c.told.Refused++
		return
	}
	c.told.Messages++
}

// awaitAnswers waits until all is answered. A sender that sends no more may
// only have closed its half, and is answered still; but most have gone, to
// connect again, and while answers are long in coming their connections must
// not pile up until no new one is let in. A shutdown has its own limit.
func (c *conn) awaitAnswers(written <-chan struct{}) {
	if !c.isStopped() {
		patience := time.AfterFunc(c.server.Patience, func() { close(c.tooLate) })
		defer patience.Stop()
	}
	<-written
}

// read hands over frame by frame until the connection ends or is to end.
func (c *conn) read() error {
	defer c.release()
	for {
		c.release()
		c.readUntil(c.server.Idle)
		if err := c.in.Await(); err != nil {
			return err
		}
		c.readUntil(c.server.FrameTimeout)
		raw, err := c.in.Body()
		if err != nil && c.isStopped() {
			return err // cut by our own shutdown: the sender will send it again
		}
		var refused *FrameError
		switch {
		case err == nil:
			err = c.receive(raw)
		case errors.As(err, &refused):
			err = c.refuse(refusalOf(refused))
		}
		if err != nil {
			return err
		}
	}
}

// claim waits until there is room for a message that grows beyond a step. It
// is not refused for want of room, which is not its sender's fault: the
// connection ends, and it is sent again.
func (c *conn) claim(step int) error {
	room, n := c.server.room[step], c.server.claims(step)
	if !room.TryAcquire(n) {
		ctx, cancel := context.WithTimeout(c.server.ctx, c.server.FrameTimeout)
		defer cancel()
		if err := room.Acquire(ctx, n); err != nil {
			return errNoRoom
		}
		c.readUntil(c.server.FrameTimeout) // it has its time anew
	}
	c.claimed++
	return nil
}

var errNoRoom = errors.New("mllp: too many large messages at once")

// release gives back what the last message had claimed. Whoever was handed it
// has bounds of its own.
func (c *conn) release() {
	for ; c.claimed > 0; c.claimed-- {
		c.server.room[c.claimed-1].Release(c.server.claims(c.claimed - 1))
	}
}

// receive gives the message its place among the answers and hands it over.
func (c *conn) receive(raw []byte) (err error) {
	p, err := c.enqueue(len(raw))
	if err != nil {
		return err
	}
	c.count(false)
	head := raw[:min(len(raw), MaxHead)]
	defer func() {
		if r := recover(); r != nil {
			c.logPanic(r)
			p.reply(c.refused(Refusal{Err: ErrPanic, Head: head, Raw: raw}))
		}
	}()
	c.server.Handler.Receive(c.server.ctx, c.peer, raw, p.reply)
	return nil
}

// refuse reports a frame and queues its answer. Its error, if any, is why the
// connection cannot go on.
func (c *conn) refuse(r Refusal) error {
	c.log.Warn("mllp: frame refused", "reason", r.Err)
	c.count(true)
	replies := c.refused(r)
	p, err := c.enqueue(0)
	if err != nil {
		return err
	}
	p.reply(replies)
	if errors.Is(r.Err, ErrInterrupted) {
		return nil
	}
	return r.Err
}

func (c *conn) refused(r Refusal) (replies [][]byte) {
	defer func() {
		if r := recover(); r != nil {
			c.logPanic(r)
		}
	}()
	return c.server.Handler.Refused(c.peer, r)
}

// logPanic keeps to what cannot hold a patient's data: a value that is no
// runtime error is named by its type alone.
func (c *conn) logPanic(value any) {
	what := fmt.Sprintf("%T", value)
	if err, ok := value.(runtime.Error); ok {
		what = err.Error()
	}
	c.log.Error("mllp: handler panicked", "panic", what, "stack", string(debug.Stack()))
}

// enqueue waits for room. The queue is bounded by messages and by bytes: one
// message of the largest size always fits.
func (c *conn) enqueue(size int) (*pending, error) {
	for c.held.Load() > 0 && c.held.Load()+int64(size) > 2*int64(c.server.Max) {
		select {
		case <-c.freed:
		case <-c.broken:
			return nil, errBroken
		}
	}
	p := &pending{size: size, answer: make(chan [][]byte, 1)}
	c.held.Add(int64(size))
	select {
	case c.queue <- p:
		return p, nil
	case <-c.broken:
		return nil, errBroken
	}
}

var errBroken = errors.New("mllp: answers cannot be sent")

func (p *pending) reply(messages [][]byte) {
	select {
	case p.answer <- messages:
	default: // answered before
	}
}

// write sends the answers. If it cannot, the connection is over.
func (c *conn) write() {
	defer close(c.broken)
	if err := c.writeAnswers(); err != nil {
		_ = c.net.Close()
	}
}

// writeAnswers keeps the order of the queue. It flushes when it would have to
// wait, so that a commit of many messages is answered in one packet.
func (c *conn) writeAnswers() error {
	out := bufio.NewWriterSize(deadlineWriter{c.net}, 4096)
	for p := range c.queue {
		messages, err := c.answer(p, out)
		if err != nil {
			return err
		}
		for _, m := range messages {
			if err := writeFrame(out, m); err != nil {
				return err
			}
		}
		c.held.Add(-int64(p.size))
		select {
		case c.freed <- struct{}{}:
		default:
		}
		if len(c.queue) > 0 {
			continue
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func (c *conn) answer(p *pending, out *bufio.Writer) ([][]byte, error) {
	select {
	case messages := <-p.answer:
		return messages, nil
	default:
	}
	if err := out.Flush(); err != nil {
		return nil, err
	}
	select {
	case messages := <-p.answer:
		return messages, nil
	case <-c.tooLate:
		return nil, errBroken
	case <-c.server.ctx.Done():
		return nil, errBroken
	}
}

// readUntil gives the reads that follow a time to end, unless reading is over.
func (c *conn) readUntil(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stopped {
		_ = c.net.SetReadDeadline(time.Now().Add(d))
	}
}

func (c *conn) stopReading() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	_ = c.net.SetReadDeadline(time.Unix(1, 0))
}

func (c *conn) isStopped() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stopped
}

// lingerClose says that nothing more comes and reads for a moment what the
// sender still sends: closing with bytes unread would reset the connection,
// and with it the answers that are on their way.
func (c *conn) lingerClose() {
	half, ok := c.net.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	_ = c.net.SetReadDeadline(time.Now().Add(linger))
	_, _ = io.Copy(io.Discard, c.net)
}

// deadlineWriter gives every write to the connection its time.
type deadlineWriter struct{ net.Conn }

func (w deadlineWriter) Write(b []byte) (int, error) {
	_ = w.SetWriteDeadline(time.Now().Add(writeTimeout))
	return w.Conn.Write(b)
}

func refusalOf(e *FrameError) Refusal {
	if errors.Is(e.Err, os.ErrDeadlineExceeded) {
		return Refusal{Err: ErrTimeout, Head: e.Head}
	}
	if errors.Is(e.Err, ErrTooLarge) || errors.Is(e.Err, ErrInterrupted) {
		return Refusal{Err: e.Err, Head: e.Head}
	}
	return Refusal{Err: ErrTruncated, Head: e.Head} // ended or reset
}
