package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"wardlight/ingest/mllp"
)

// DefaultInFlight is how many messages a gateway sends ahead of their answers.
const DefaultInFlight = 64

// Config says what is played, to whom, and how.
type Config struct {
	Target string // address of the station's MLLP listener, host:port
	Script Script

	Start    time.Time     // when the script begins; zero: now
	Speed    float64       // script seconds per second; 0: 1
	History  time.Duration // of the past, uploaded when a device begins; 0: none
	Waves    bool          // monitors send what their recordings hold of waveforms, if Speed is 1
	InFlight int           // messages per gateway without an answer; 0: DefaultInFlight

	// MQTT is how the wearables of some units speak; nil: they all have their
	// unit's HL7 gateway.
	MQTT *MQTT

	Log   *slog.Logger // nil: none. No patient data is logged.
	OnAck func(Ack)    // told of every answer, from several goroutines; nil: nobody

	// Dial opens a gateway's connection; nil: TCP.
	Dial func(ctx context.Context, target string) (net.Conn, error)
}

// Ack is the station's answer to one message.
type Ack struct {
	Gateway   string
	ControlID string
	Code      string        // MSA-1; empty: the answer could not be read
	Waited    time.Duration // from sending to the answer
}

// Accepted reports whether the station took the message on.
func (a Ack) Accepted() bool { return a.Code == "AA" || a.Code == "CA" }

// Run plays a script to a station until ctx ends, and then returns nil. Its
// gateways are the admissions system, one for the devices of each unit, and
// one for all pumps; each has a connection of its own and waits for no other,
// but that nothing is said of patients before the station has heard of their
// admission. A station that is away, or goes away, is tried again for ever.
func Run(ctx context.Context, c Config) error {
	p, err := newPlayer(c)
	if err != nil {
		return err
	}
	admissions, devices := p.gateways()
	var playing sync.WaitGroup
	playing.Go(func() { admissions.run(ctx) })
	for _, g := range devices {
		playing.Go(func() {
			select {
			case <-p.register.open:
				g.run(ctx)
			case <-ctx.Done():
			}
		})
	}
	playing.Wait()
	return nil
}

// player is what the gateways of one run have in common.
type player struct {
	Config
	simulation *Simulation
	line       Timeline
	register   *register
}

func newPlayer(c Config) (*player, error) {
	c.Speed = cmp.Or(c.Speed, 1)
	c.InFlight = cmp.Or(c.InFlight, DefaultInFlight)
	if c.Start.IsZero() {
		c.Start = time.Now()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.OnAck == nil {
		c.OnAck = func(Ack) {}
	}
	if c.Dial == nil {
		c.Dial = func(ctx context.Context, target string) (net.Conn, error) {
			return (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", target)
		}
	}
	switch {
	case c.Target == "":
		return nil, errors.New("no address to send to")
	case c.Speed < 0:
		return nil, fmt.Errorf("a speed of %g", c.Speed)
	case c.History < 0:
		return nil, fmt.Errorf("a history of %v", c.History)
	case c.InFlight < 0:
		return nil, fmt.Errorf("%d messages in flight", c.InFlight)
	}
	simulation, err := New(c.Script)
	if err != nil {
		return nil, err
	}
	p := &player{Config: c, simulation: simulation, line: Timeline{c.Start, c.Speed}}
	p.register = newRegister(c.Script)
	return p, nil
}

// now is the script time.
func (p *player) now() time.Duration { return p.line.Elapsed(time.Now()) }

// envelope heads the message of a sender about what happened at a script time.
// The same seed, source and time give the same control id.
func (p *player) envelope(s Sender, source string, t time.Duration, sent time.Time) Envelope {
	return Envelope{Sender: s, ControlID: fmt.Sprintf("%d.%s.%d", p.Script.Seed, source, t.Milliseconds()), Sent: sent}
}

// onTime is how late a message may leave and still say that it was sent when
// it was due.
const onTime = time.Second

// sent is the time at which a live message is sent: when it was due, so that
// the same script gives the same bytes, or the true time if it was held up.
func (p *player) sent(due time.Duration) time.Time {
	at, now := p.line.At(due), time.Now()
	if late := now.Sub(at); late > onTime {
		return now
	}
	return at
}

func (p *player) gateways() (admissions *gateway, devices []*gateway) {
	admissions = p.gateway("ADT", 0)
	admissions.feeds = []feed{&admissionFeed{p, admissions.sender, arrivals(p.Script)}}
	for i, u := range p.Script.Units {
		if p.MQTT.speaks(u) {
			devices = append(devices, p.wearers(u)...)
			continue
		}
		devices = append(devices, p.unitGateway(u, i+1))
		if g := p.waveGateway(u, i+1); len(g.feeds) > 0 {
			devices = append(devices, g)
		}
	}
	if len(p.Script.Pumps) > 0 {
		devices = append(devices, p.pumpGateway(len(p.Script.Units)+1))
	}
	return admissions, devices
}

func (p *player) unitGateway(u Unit, number int) *gateway {
	g := p.gateway(u.Code+"GW", number)
	for _, b := range u.Beds {
		for _, d := range b.Devices {
			g.add(u, b, d, MonitorMessage)
		}
	}
	return g
}

// add makes a device speak over the gateway.
func (g *gateway) add(u Unit, b Bed, d Device, encode func(Envelope, Timeline, Report) []byte) {
	f := &deviceFeed{player: g.player, sender: g.sender, unit: u, bed: b, device: d, encode: encode, next: d.Schedule.Phase, told: -never}
	if g.History >= time.Minute {
		f.isHeld = true
		g.uploads = append(g.uploads, &upload{device: f, at: -g.History.Truncate(time.Minute)})
	}
	g.feeds = append(g.feeds, f)
}

func (p *player) pumpGateway(number int) *gateway {
	g := p.gateway("PUMPGW", number)
	for _, pump := range p.Script.Pumps {
		g.feeds = append(g.feeds, &pumpFeed{player: p, sender: g.sender, pump: pump, next: pump.Schedule.Phase})
	}
	return g
}

func (p *player) gateway(name string, number int) *gateway {
	return &gateway{
		player: p, sender: Sender{Name: name, ID: identity(0, number)}, log: p.Log.With("gateway", name),
		target: p.Target, open: func(nc net.Conn) wire { return hl7Wire{mllp.NewClient(nc)} },
	}
}
