package web

import (
	"context"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// CloseNotSignedIn is the close code that tells a page that its session or token has ended.
const CloseNotSignedIn = 4401

// pace holds the times of one connection.
type pace struct {
	write    time.Duration // for one message to leave
	ping     time.Duration // between pings
	pong     time.Duration // without a sign of life
	recheck  time.Duration // between questions whether the session is still valid
	farewell time.Duration // for the other side to answer a close
}

var usualPace = pace{write: 5 * time.Second, ping: 25 * time.Second, pong: 60 * time.Second, recheck: time.Minute, farewell: time.Second}

// compressHTML is the size in bytes from which a text message is worth deflating.
const compressHTML = 1024

// Conn is one open websocket. Its methods never wait for the reader at the other end and may be called by anyone at
// any time; after the connection has ended they do nothing. A message is not copied: do not change it afterwards.
type Conn struct {
	ws   *websocket.Conn
	pace pace

	mu    sync.Mutex
	lanes lanes
	why   *ending // set once, by the first who closes

	wake    chan struct{} // something waits to be written
	closing chan struct{} // closed together with setting why
}

// ending is why a connection ends.
type ending struct {
	code   int
	reason string
}

func newConn(ws *websocket.Conn, p pace) *Conn {
	return &Conn{ws: ws, pace: p, wake: make(chan struct{}, 1), closing: make(chan struct{})}
}

// HTML queues a text message that is never dropped: a reader too slow for it is closed with 1013 (try again later) and
// starts afresh.
func (c *Conn) HTML(body []byte) {
	if !c.queue(func(l *lanes) bool { return l.addHTML(body) }) {
		c.Close(websocket.CloseTryAgainLater, "too slow")
	}
}

// Values queues a text message of which only the latest per key matters.
func (c *Conn) Values(key string, body []byte) {
	c.queue(func(l *lanes) bool { l.setValue(key, body); return true })
}

// Tick queues a text message that is written after everything queued before it; only the latest matters.
func (c *Conn) Tick(body []byte) {
	c.queue(func(l *lanes) bool { l.setTick(body); return true })
}

// Waves queues a binary message in place of one that still waits; everything else is written before it.
func (c *Conn) Waves(body []byte) {
	c.queue(func(l *lanes) bool { l.wave = body; return true })
}

// WavesWait reports whether the last binary message still waits, so that another one would drop it.
func (c *Conn) WavesWait() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lanes.wave != nil
}

// Close ends the connection with a close code and a reason of at most 123 bytes. The first call counts.
func (c *Conn) Close(code int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.why != nil {
		return
	}
	c.why = &ending{code, reason}
	c.lanes = lanes{}
	close(c.closing)
	// A write that is stuck now must not hold up the end.
	_ = c.ws.NetConn().SetWriteDeadline(time.Now().Add(c.pace.farewell))
}

func (c *Conn) queue(add func(*lanes) bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.why != nil {
		return true
	}
	ok := add(&c.lanes)
	c.signal()
	return ok
}

func (c *Conn) signal() {
	select {
	case c.wake <- struct{}{}:
	default: // the writer has yet to look at an earlier one
	}
}

// take hands the next message to the writer, and wakes it again when more wait: one at a time lets pings and the end
// have their turn.
func (c *Conn) take() (message, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, ok := c.lanes.next()
	if !c.lanes.empty() {
		c.signal()
	}
	return m, ok
}

// write is the only writer of the connection, until it closes or a write fails.
func (c *Conn) write(ctx context.Context) {
	ping := time.NewTicker(c.pace.ping)
	defer ping.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-c.closing:
			c.farewell()
			return
		case <-ping.C:
			err = c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(c.pace.write))
		case <-c.wake:
			if m, ok := c.take(); ok {
				err = c.send(m)
			}
		}
		if err != nil {
			c.Close(websocket.CloseAbnormalClosure, "write failed")
			_ = c.ws.Close() // frees the reader at once
			return
		}
	}
}

func (c *Conn) send(m message) error {
	kind := websocket.TextMessage
	if m.binary {
		kind = websocket.BinaryMessage
	}
	c.ws.EnableWriteCompression(!m.binary && len(m.body) >= compressHTML)
	if err := c.ws.SetWriteDeadline(time.Now().Add(c.pace.write)); err != nil {
		return err
	}
	return c.ws.WriteMessage(kind, m.body)
}

// farewell says why, and gives the other side a moment to answer: closing at once could throw the frame away.
func (c *Conn) farewell() {
	until := time.Now().Add(c.pace.farewell)
	frame := websocket.FormatCloseMessage(c.why.code, c.why.reason)
	if err := c.ws.WriteControl(websocket.CloseMessage, frame, until); err != nil {
		_ = c.ws.Close()
		return
	}
	_ = c.ws.SetReadDeadline(until)
}

// read hands every text message to receive until the connection ends.
func (c *Conn) read(receive func([]byte)) {
	c.ws.SetReadLimit(maxIncoming)
	alive := func(string) error { return c.stillAlive() }
	c.ws.SetPongHandler(alive)
	_ = c.stillAlive() // a broken connection shows at the first read
	for {
		kind, body, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		switch {
		case c.ended():
		case kind != websocket.TextMessage:
			c.Close(websocket.CloseUnsupportedData, "text only")
		default:
			receive(body)
		}
	}
}

// stillAlive moves the reader's deadline, unless the connection is already saying goodbye.
func (c *Conn) stillAlive() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.why != nil {
		return nil
	}
	return c.ws.SetReadDeadline(time.Now().Add(c.pace.pong))
}

func (c *Conn) ended() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.why != nil
}

// watch closes the connection once its session or token has ended.
func (c *Conn) watch(ctx context.Context, valid func(context.Context) bool) {
	again := time.NewTicker(c.pace.recheck)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
			if !valid(ctx) {
				c.Close(CloseNotSignedIn, "signed out")
				return
			}
		}
	}
}
