package mllp

import (
	"context"
	"errors"
	"net"
	"sync"
)

// ErrClosed is what unanswered messages get when the client is closed.
var ErrClosed = errors.New("mllp: client closed")

var errUnasked = errors.New("mllp: an answer to nothing")

// Client sends messages over one connection and matches the answers by their
// order: every message must be one that the receiver answers exactly once. It
// does not reconnect; after any error it is of no more use. Its methods may
// be called from several goroutines.
type Client struct {
	net  net.Conn
	done chan struct{}

	writing sync.Mutex // held while a message is written, and before waiting is

	mu      sync.Mutex
	waiting []func(answer []byte, err error)
	err     error
}

// Dial connects to an address such as 127.0.0.1:2575.
func Dial(ctx context.Context, addr string) (*Client, error) {
	var d net.Dialer
	nc, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return NewClient(nc), nil
}

// NewClient uses a connection that exists already, and closes it in the end.
func NewClient(nc net.Conn) *Client {
	c := &Client{net: nc, done: make(chan struct{})}
	go c.read()
	return c
}

// Post sends a message without waiting for the answers of those before it.
// It returns when the message is written, which waits while the receiver does
// not read. answered is called exactly once, with the answer or with why
// there is none, in the order of the messages; it must not block, nor call
// Post or Close.
func (c *Client) Post(message []byte, answered func(answer []byte, err error)) {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.Lock()
	err := c.err
	if err == nil {
		c.waiting = append(c.waiting, answered)
	}
	c.mu.Unlock()
	if err != nil {
		answered(nil, err)
		return
	}
	if _, err := (deadlineWriter{c.net}).Write(Frame(message)); err != nil {
		c.fail(err)
	}
}

// Send sends a message and waits for its answer. When ctx ends first the
// message may still arrive; its answer is then dropped.
func (c *Client) Send(ctx context.Context, message []byte) (answer []byte, err error) {
	type result struct {
		answer []byte
		err    error
	}
	got := make(chan result, 1)
	go c.Post(message, func(answer []byte, err error) { got <- result{answer, err} })
	select {
	case r := <-got:
		return r.answer, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Waiting returns how many messages are not answered yet.
func (c *Client) Waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.waiting)
}

// Done is closed when the connection has ended and every message has been
// answered or given up.
func (c *Client) Done() <-chan struct{} { return c.done }

// Close ends the connection. Messages without an answer get ErrClosed.
func (c *Client) Close() error {
	c.fail(ErrClosed)
	<-c.done
	return nil
}

func (c *Client) read() {
	defer close(c.done)
	in := NewReader(c.net, 0)
	for {
		answer, err := in.Next()
		if err == nil {
			err = c.answered(answer)
		}
		if err != nil {
			c.fail(err)
			c.giveUp()
			return
		}
	}
}

func (c *Client) answered(answer []byte) error {
	c.mu.Lock()
	if c.err != nil || len(c.waiting) == 0 {
		c.mu.Unlock()
		return errUnasked
	}
	first := c.waiting[0]
	c.waiting[0] = nil
	c.waiting = c.waiting[1:]
	c.mu.Unlock()
	first(answer, nil)
	return nil
}

// fail ends the connection; the first reason stays.
func (c *Client) fail(err error) {
	c.mu.Lock()
	if c.err == nil {
		c.err = err
	}
	c.mu.Unlock()
	_ = c.net.Close()
}

// giveUp tells whoever still waits. No one is added once err is set.
func (c *Client) giveUp() {
	c.mu.Lock()
	waiting, err := c.waiting, c.err
	c.waiting = nil
	c.mu.Unlock()
	for _, answered := range waiting {
		answered(nil, err)
	}
}
