package sim

import (
	"context"
	"log/slog"
	"math"
	"net"
	"time"

	"wardlight/ingest/hl7"
	"wardlight/ingest/mllp"
)

const (
	dialTimeout = 5 * time.Second
	firstRetry  = 250 * time.Millisecond // doubles with every failure
	lastRetry   = 5 * time.Second
)

// never is when a feed has nothing more to say.
const never = time.Duration(math.MaxInt64)

// feed is one source of live messages.
type feed interface {
	// due is the script time from which it has something to say.
	due() time.Duration
	// say gives what there is to say at now, when it is due, and ok false for
	// nothing. What was due in between and not asked for is lost.
	say(now time.Duration) (m *outgoing, ok bool)
}

// outgoing is a message to send, or sent and not answered.
type outgoing struct {
	Envelope
	raw      []byte
	isKept   bool   // sent again if the connection ends before the answer
	answered func() // nil: nobody wants to know
	posted   time.Time
}

// gateway sends what its feeds say over one connection at a time. One
// goroutine owns all of it.
type gateway struct {
	*player
	sender  Sender
	log     *slog.Logger
	open    func(net.Conn) wire
	target  string
	feeds   []feed
	uploads []*upload // the past, device by device

	flying []*outgoing // sent and not answered, in their order
	owed   []*outgoing // to be sent again
	isMute bool        // all that may be in flight is, and somebody was told
	retry  time.Duration
}

func (g *gateway) run(ctx context.Context) {
	for ctx.Err() == nil {
		g.retry = min(max(2*g.retry, firstRetry), lastRetry)
		if nc, err := g.Dial(ctx, g.target); err != nil {
			g.log.Warn("station cannot be reached", "err", err, "retry", g.retry)
		} else {
			g.log.Info("connected")
			g.play(ctx, g.open(nc))
			g.log.Info("disconnected", "unanswered", len(g.owed))
		}
		pause(ctx, g.retry)
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// wire is a connection to the station.
type wire interface {
	// post sends a message; told gets the answer's code, or why there is
	// none, in the order of the messages, and must not block.
	post(m *outgoing, told func(code string, err error))
	// Done is closed when the connection is over and all have been told.
	Done() <-chan struct{}
	Close() error
}

// hl7Wire sends HL7 over MLLP.
type hl7Wire struct{ *mllp.Client }

func (w hl7Wire) post(m *outgoing, told func(code string, err error)) {
	w.Post(m.raw, func(raw []byte, err error) { told(acknowledged(raw, m.ControlID), err) })
}

// answer is what a connection has to say to a message, in their order.
type answer struct {
	code string
	err  error
}

// play sends until the connection or ctx ends.
func (g *gateway) play(ctx context.Context, c wire) {
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	answers := make(chan answer, g.InFlight)
	for g.step(ctx, c, answers) {
	}
	_ = c.Close()
	g.landed(answers)
}

// step sends one message, or waits until there is a reason to look again. It
// is false when the connection is over.
func (g *gateway) step(ctx context.Context, c wire, answers chan answer) bool {
	due := never
	if len(g.flying) < g.InFlight {
		if m, ok := g.next(); ok {
			m.posted = time.Now()
			g.flying = append(g.flying, m)
			c.post(m, func(code string, err error) { answers <- answer{code, err} })
			return ctx.Err() == nil
		}
		due = g.due()
	} else {
		g.mute()
	}
	var wake <-chan time.Time
	if due != never {
		timer := time.NewTimer(g.line.wall(max(due-g.now(), 0)))
		defer timer.Stop()
		wake = timer.C
	}
	select {
	case a := <-answers:
		return g.settle(a)
	case <-wake:
		return true
	case <-c.Done():
		return false
	}
}

// mute tells once that the station keeps this gateway waiting. An upload waits
// by its nature.
func (g *gateway) mute() {
	if !g.isMute && len(g.uploads) == 0 && len(g.owed) == 0 {
		g.isMute = true
		g.log.Warn("waiting for answers", "unanswered", len(g.flying))
	}
}

// due is when the first feed has something to say.
func (g *gateway) due() time.Duration {
	first := never
	for _, f := range g.feeds {
		first = min(first, f.due())
	}
	return first
}

// next is what to send now: what is owed, then what is live, the longest
// overdue first, then the past.
func (g *gateway) next() (*outgoing, bool) {
	if len(g.owed) > 0 {
		m := g.owed[0]
		g.owed = g.owed[1:]
		return m, true
	}
	now := g.now()
	for {
		f := g.overdue(now)
		if f == nil {
			return g.past()
		}
		if m, ok := f.say(now); ok {
			return m, true
		}
	}
}

func (g *gateway) overdue(now time.Duration) feed {
	var first feed
	for _, f := range g.feeds {
		if f.due() <= now && (first == nil || f.due() < first.due()) {
			first = f
		}
	}
	return first
}

// past is the next message of the uploads. A device goes live with its first,
// from which on the station knows where it stands; the others follow between
// what is live, device by device. A spot check goes live when all is sent.
func (g *gateway) past() (*outgoing, bool) {
	for len(g.uploads) > 0 {
		u := g.uploads[0]
		if m, ok := u.next(); ok {
			if u.device.isHeld && u.device.device.Kind != SpotCheck {
				u.device.isHeld = false
				g.uploads = append(g.uploads[1:], u)
			}
			return m, true
		}
		u.device.isHeld = false
		g.uploads = g.uploads[1:]
		if g.due() <= g.now() {
			return g.next()
		}
	}
	return nil, false
}

// settle takes an answer to the message that has waited longest. It is false
// when there is none, because the connection ended.
func (g *gateway) settle(a answer) bool {
	if a.err != nil {
		return false
	}
	m := g.flying[0]
	g.flying = g.flying[1:]
	g.retry = 0
	if g.isMute {
		g.isMute = false
		g.log.Info("answers come again", "waited", time.Since(m.posted))
	}
	ack := Ack{Gateway: g.sender.Name, ControlID: m.ControlID, Code: a.code, Waited: time.Since(m.posted)}
	if !ack.Accepted() {
		g.log.Warn("message refused", "control_id", m.ControlID, "code", ack.Code)
	}
	if m.answered != nil {
		m.answered()
	}
	g.OnAck(ack)
	return true
}

// acknowledged is MSA-1 of an answer to a message, empty if it is none.
func acknowledged(raw []byte, controlID string) string {
	m, err := hl7.Parse(raw)
	if err != nil {
		return ""
	}
	if code, id, ok := m.Acknowledgement(); ok && id == controlID {
		return code
	}
	return ""
}

// landed sorts what was in flight when the connection ended: the answers that
// still came, what must be sent again, and live values that are let go, since
// newer ones follow.
func (g *gateway) landed(answers chan answer) {
	for len(answers) > 0 {
		g.settle(<-answers)
	}
	var owed []*outgoing
	for _, m := range g.flying {
		if m.isKept {
			owed = append(owed, m)
		}
	}
	g.flying, g.isMute = nil, false
	g.owed = append(owed, g.owed...)
}
