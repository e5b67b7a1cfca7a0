package main

import (
	"context"
	"net"
	"strings"
	"sync"
	"time"

	"wardlight/ingest/mllp"
)

// poisoner sends messages that cannot be decoded, each until it is answered.
type poisoner struct {
	mu      sync.Mutex
	refused []string // control ids of those answered
}

func (p *poisoner) answered() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.refused)
}

func (p *poisoner) run(ctx context.Context, h *harness) {
	for n := 0; ctx.Err() == nil; {
		c, err := mllp.Dial(ctx, h.station.mllp)
		if err != nil {
			wait(ctx, 50*time.Millisecond)
			continue
		}
		for ctx.Err() == nil {
			name, raw := poison(n)
			asked, cancel := context.WithTimeout(ctx, 30*time.Second)
			answer, err := c.Send(asked, raw)
			cancel()
			if err != nil {
				break
			}
			p.mu.Lock()
			if strings.Contains(string(answer), "|CR|"+name) || strings.Contains(string(answer), "|CE|"+name) {
				p.refused = append(p.refused, name)
			}
			p.mu.Unlock()
			n++
			wait(ctx, 200*time.Millisecond)
		}
		_ = c.Close()
	}
}

// dribble is a peer that sends a byte now and then, and never a whole frame.
func dribble(ctx context.Context, h *harness) {
	pester(ctx, h, func(nc net.Conn) error {
		_, err := nc.Write([]byte{mllp.Frame([]byte("MSH|"))[0]})
		for err == nil && ctx.Err() == nil {
			wait(ctx, 500*time.Millisecond)
			_, err = nc.Write([]byte("M"))
		}
		return err
	})
}

// deaf is a peer that sends messages and reads no answer.
func deaf(ctx context.Context, h *harness) {
	pester(ctx, h, func(nc net.Conn) (err error) {
		for n := 0; err == nil && ctx.Err() == nil; n++ {
			_, raw := poison(4*n + 1_000_000) // never checked: nobody hears the answer
			_, err = nc.Write(mllp.Frame(raw))
			wait(ctx, time.Second)
		}
		return err
	})
}

// halfOpen is a peer that dies without a word in the middle of a message.
func halfOpen(ctx context.Context, h *harness) {
	pester(ctx, h, func(nc net.Conn) error {
		raw := mllp.Frame(vitals(0, 0, time.Now()))
		_, err := nc.Write(raw[:len(raw)/2])
		wait(ctx, 2*time.Second)
		if tcp, ok := nc.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		return err
	})
}

// pester connects again and again.
func pester(ctx context.Context, h *harness, how func(net.Conn) error) {
	for ctx.Err() == nil {
		var d net.Dialer
		nc, err := d.DialContext(ctx, "tcp", h.station.mllp)
		if err == nil {
			_ = how(nc)
			_ = nc.Close()
		}
		wait(ctx, 100*time.Millisecond)
	}
}
