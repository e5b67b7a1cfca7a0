package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"

	"wardlight/ingest/mllp"
)

// gateways are the senders of a run.
type gateways struct {
	senders int
	depth   int // messages that one may have unanswered
	rate    int // messages per second of all together
}

// sender is a gateway that never stops. It connects again whenever the
// station went away, and sends again, byte for byte, what was not
// acknowledged. It keeps the truth: which messages it made, and which were
// acknowledged.
type sender struct {
	h      *harness
	number int
	depth  int
	random *rand.Rand // only speak uses it

	mu      sync.Mutex
	conn    net.Conn
	made    [][sha256.Size]byte // of message n at n-1
	acked   []bool
	count   int // of acked
	waiting map[int][]byte
	last    [bedsPerSender]time.Time // of each monitor's newest message
	owed    float64                  // messages due by the pace
	again   int
	repeats int
	recent  [][]byte // acknowledged, to be sent again all the same
	wrong   []string // answers that nobody should get
}

func newSender(h *harness, number, depth int) *sender {
	return &sender{
		h: h, number: number, depth: depth, waiting: map[int][]byte{},
		random: rand.New(rand.NewPCG(h.seed, uint64(number))),
	}
}

func (x *sender) run(ctx context.Context) {
	for ctx.Err() == nil {
		var d net.Dialer
		nc, err := d.DialContext(ctx, "tcp", x.h.station.mllp)
		if err != nil {
			wait(ctx, 20*time.Millisecond)
			continue
		}
		x.mu.Lock()
		x.conn = nc
		x.mu.Unlock()
		c := mllp.NewClient(nc)
		x.speak(ctx, c)
		_ = c.Close()
	}
}

// speak sends over one connection until it ends.
func (x *sender) speak(ctx context.Context, c *mllp.Client) {
	for _, n := range x.unacknowledged() {
		x.post(c, n)
	}
	const beat = 10 * time.Millisecond
	beats := time.NewTicker(beat)
	defer beats.Stop()
	for last := time.Now(); ; {
		select {
		case now := <-beats.C:
			x.owe(now.Sub(last))
			last = now
		case <-c.Done():
			return
		case <-ctx.Done():
			return
		}
		due := x.next()
		if len(due) > 1 && x.random.IntN(10) == 0 { // out of order
			due[0], due[len(due)-1] = due[len(due)-1], due[0]
		}
		for _, n := range due {
			x.post(c, n)
		}
		for _, raw := range x.toRepeat() {
			c.Post(raw, x.repeated)
		}
	}
}

// owe lets time pass: at most one second's worth of messages is made up for.
func (x *sender) owe(d time.Duration) {
	pace := x.h.pace.Load() / float64(len(x.h.senders))
	x.mu.Lock()
	defer x.mu.Unlock()
	x.owed = min(x.owed+pace*d.Seconds(), pace)
}

// next makes the messages that are due, unless enough are in flight.
func (x *sender) next() (due []int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for ; x.owed >= 1 && len(x.waiting) < x.depth; x.owed-- {
		n := len(x.made) + 1
		raw := message(x.number, n, x.clock(n%bedsPerSender))
		x.made = append(x.made, sha256.Sum256(raw))
		x.acked = append(x.acked, false)
		x.waiting[n] = raw
		due = append(due, n)
	}
	return due
}

// clock is the time of a monitor's next message: no two have the same.
func (x *sender) clock(monitor int) time.Time {
	at := time.Now().Truncate(time.Millisecond)
	if last := x.last[monitor]; !at.After(last) {
		at = last.Add(time.Millisecond)
	}
	x.last[monitor] = at
	return at
}

// unacknowledged are the messages to send again, in order.
func (x *sender) unacknowledged() []int {
	x.mu.Lock()
	defer x.mu.Unlock()
	var list []int
	for n := range x.waiting {
		list = append(list, n)
	}
	slices.Sort(list)
	x.again += len(list)
	return list
}

func (x *sender) post(c *mllp.Client, n int) {
	x.mu.Lock()
	raw, ok := x.waiting[n]
	x.mu.Unlock()
	if !ok {
		return
	}
	c.Post(raw, func(answer []byte, err error) {
		if err == nil {
			x.answered(n, raw, answer)
		}
	})
}

func (x *sender) answered(n int, raw, answer []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !bytes.Contains(answer, []byte("MSA|CA|"+id(x.number, n))) {
		x.wrong = append(x.wrong, fmt.Sprintf("%s: %.200q", id(x.number, n), answer))
		return
	}
	delete(x.waiting, n)
	if !x.acked[n-1] {
		x.acked[n-1] = true
		x.count++
	}
	if n%101 == 0 {
		x.recent = append(x.recent, raw)
	}
}

// toRepeat are messages that the station knows already.
func (x *sender) toRepeat() [][]byte {
	x.mu.Lock()
	defer x.mu.Unlock()
	list := x.recent
	x.recent = nil
	x.repeats += len(list)
	return list
}

func (x *sender) repeated(answer []byte, err error) {
	if err == nil && !bytes.Contains(answer, []byte("MSA|CA|T")) {
		x.mu.Lock()
		x.wrong = append(x.wrong, fmt.Sprintf("a repeat: %.200q", answer))
		x.mu.Unlock()
	}
}

// reset cuts the connection off as a broken switch does.
func (x *sender) reset() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if tcp, ok := x.conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
		_ = tcp.Close()
	}
}

func (x *sender) inFlight() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.waiting)
}

func (x *sender) acknowledged() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.count
}

// wait waits, unless ctx ends first.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
