// Package mqtt lets devices publish what they measure to us: an embedded
// broker whose acknowledgement (PUBACK, PUBREC) means that the message is in
// the record. A device publishes under its own topics and those that the ward
// file gives it, and reads nobody's. What its payload means, a mapping says;
// what cannot be read goes to quarantine with its bytes, never to silence.
package mqtt

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"wardlight/ingest"
	"wardlight/ward"
)

const (
	// MaxPacket is the largest packet, in bytes.
	MaxPacket = 256 << 10
	// MaxClients is how many devices may be connected at once.
	MaxClients = 4096
	// DefaultPatience is how long a device waits for the record before it is
	// cut off to send again.
	DefaultPatience = 30 * time.Second
)

// Config is what a broker works with.
type Config struct {
	Listener net.Listener
	TLS      *tls.Config    // nil: plain
	Allow    []netip.Prefix // networks that may connect; none: all
	Sink     ingest.Sink
	Who      Who
	Reader   *Reader
	Now      func() time.Time
	Log      *slog.Logger
	Patience time.Duration // 0: DefaultPatience
	// WriteTimeout is how long a device may leave what we say unread; 0:
	// DefaultWriteTimeout.
	WriteTimeout time.Duration
}

// Broker is an MQTT 3.1.1 and 5 broker for devices.
type Broker struct {
	Config
	server   *mochi.Server
	listener *listener
	guard    *guard
	repeats  *repeats
	links    links
	ctx      context.Context
	stop     context.CancelFunc
	upkeep   sync.WaitGroup
	closing  sync.Once
}

// New makes a broker on an open listener. Nothing happens before Serve.
func New(c Config) (*Broker, error) {
	if c.Patience == 0 {
		c.Patience = DefaultPatience
	}
	if c.WriteTimeout == 0 {
		c.WriteTimeout = DefaultWriteTimeout
	}
	b := &Broker{Config: c, guard: newGuard(c.Who, c.Now), repeats: newRepeats()}
	b.ctx, b.stop = context.WithCancel(context.Background())
	can := mochi.NewDefaultServerCapabilities()
	can.MaximumClients = MaxClients
	can.MaximumPacketSize = MaxPacket
	can.MaximumSessionExpiryInterval = uint32(maxSession / time.Second)
	can.TopicAliasMaximum = 0 // rights are checked by the topic's name
	can.SharedSubAvailable = 0
	can.ReceiveMaximum = 64
	can.MaximumClientWritesPending = 64
	b.server = mochi.New(&mochi.Options{
		Capabilities: can,
		// The library logs whole packets, and with them what patients have.
		Logger:                 slog.New(slog.DiscardHandler),
		SysTopicResendInterval: int64((24 * time.Hour) / time.Second),
	})
	b.listener = newListener(c)
	err := errors.Join(b.server.AddHook(&hook{b: b}, nil), b.server.AddListener(b.listener))
	return b, err
}

// Serve takes connections until Close.
func (b *Broker) Serve() error {
	if err := b.server.Serve(); err != nil {
		return err
	}
	b.upkeep.Go(b.checkRights)
	return nil
}

// Addr is where it listens.
func (b *Broker) Addr() string { return b.Listener.Addr().String() }

// Links lists who is connected.
func (b *Broker) Links() []ward.Link { return b.links.list() }

// Close cuts all devices off and waits until nothing of theirs is handled any
// more. What was not acknowledged they will send again.
func (b *Broker) Close() (err error) {
	b.closing.Do(func() {
		b.stop()
		err = b.server.Close()
		b.listener.wait()
		b.upkeep.Wait()
	})
	return err
}

// checkEvery is how old a device's right to be connected may be.
const checkEvery = 30 * time.Second

// checkRights cuts off devices whose token was revoked.
func (b *Broker) checkRights() {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			b.expel(b.guard.revoked(b.ctx))
		case <-b.ctx.Done():
			return
		}
	}
}

// expel disconnects the devices that signed in with these credentials.
func (b *Broker) expel(out []credential) {
	for _, c := range out {
		for _, cl := range b.links.of(c) {
			b.Log.Warn("mqtt: token revoked, device cut off", "device", c.name)
			b.drop(cl, packets.ErrNotAuthorized)
		}
	}
}

// drop ends a connection. MQTT 5 is told why; in MQTT 3.1.1 a server has no
// word for it.
func (b *Broker) drop(cl *mochi.Client, why packets.Code) {
	if cl.Properties.ProtocolVersion == 5 {
		_ = b.server.DisconnectClient(cl, why)
		return
	}
	cl.Stop(why)
}
