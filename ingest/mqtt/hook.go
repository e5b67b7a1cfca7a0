package mqtt

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"wardlight/ward"
)

// hook is where the library asks. It calls on the goroutine that reads the
// one connection, so that what waits here holds up nobody else.
type hook struct {
	mochi.HookBase
	b *Broker
}

// ID names the hook in the library's log.
func (h *hook) ID() string { return "wardlight" }

// Provides lists what is asked.
func (h *hook) Provides(what byte) bool {
	return bytes.IndexByte([]byte{
		mochi.OnConnect, mochi.OnConnectAuthenticate, mochi.OnSessionEstablished, mochi.OnDisconnect,
		mochi.OnACLCheck, mochi.OnSubscribe, mochi.OnPacketRead, mochi.OnPublish, mochi.OnWill, mochi.OnWillSent,
		mochi.OnClientExpired,
	}, what) >= 0
}

// OnConnect lets a device in, or says why not. Its session is its own: two
// devices with the same client id do not meet.
func (h *hook) OnConnect(cl *mochi.Client, pk packets.Packet) error {
	b := h.b
	c := credential{name: string(pk.Connect.Username), hash: hashOf(pk.Connect.Password)}
	switch verdict := b.guard.admit(b.ctx, c, host(cl.Net.Remote)); {
	case verdict == admitted && !h.mayLeaveWill(c.name, pk):
		return h.turnAway(cl, c, packets.ErrBadUsernameOrPassword, "its last will is on a topic that is not its own")
	case verdict == wrong:
		return h.turnAway(cl, c, packets.ErrBadUsernameOrPassword, "name and token do not belong together")
	case verdict == tooMany:
		return h.turnAway(cl, c, packets.ErrServerUnavailable, "")
	case verdict == unknown:
		return h.turnAway(cl, c, packets.ErrServerUnavailable, "the record cannot be asked who it is")
	}
	cl.ID = c.name + "/" + cl.ID
	b.boundSessions(cl)
	cl.Properties.Will.WillDelayInterval = 0 // who is gone is gone at once
	b.listener.letIn(cl.Net.Conn)
	b.links.open(cl, c, b.TLS != nil, b.Now())
	return nil
}

func (h *hook) mayLeaveWill(name string, pk packets.Packet) bool {
	return !pk.Connect.WillFlag || h.b.mayPublish(name, pk.Connect.WillTopic)
}

// turnAway refuses a connection and logs it, unless why is empty: too often
// already. The log quotes a name only where it can be one.
func (h *hook) turnAway(cl *mochi.Client, c credential, code packets.Code, why string) error {
	if why != "" {
		name := c.name
		if !isPrintable(name) {
			name = ""
		}
		h.b.Log.Warn("mqtt: device refused", "peer", cl.Net.Remote, "device", name, "reason", why)
	}
	_ = h.b.server.SendConnack(cl, code, false, nil)
	return code
}

// OnConnectAuthenticate is asked after OnConnect, which has decided.
func (h *hook) OnConnectAuthenticate(*mochi.Client, packets.Packet) bool { return true }

// OnSessionEstablished logs a connection.
func (h *hook) OnSessionEstablished(cl *mochi.Client, _ packets.Packet) {
	h.b.Log.Info("mqtt: connected", "device", nameOf(cl), "peer", cl.Net.Remote, "version", cl.Properties.ProtocolVersion)
}

// OnDisconnect logs its end.
func (h *hook) OnDisconnect(cl *mochi.Client, err error, _ bool) {
	h.b.links.close(cl)
	reason := "in order"
	if err != nil {
		reason = err.Error()
	}
	h.b.Log.Info("mqtt: disconnected", "device", nameOf(cl), "peer", cl.Net.Remote, "reason", reason)
}

// OnACLCheck says what a device may publish and read.
func (h *hook) OnACLCheck(cl *mochi.Client, topic string, write bool) bool {
	name := nameOf(cl)
	if !write {
		return isOwn(name, topic)
	}
	if h.b.mayPublish(name, topic) {
		return true
	}
	h.b.links.count(cl, h.b.Now(), true)
	h.b.Log.Warn("mqtt: topic refused", "device", name, "topic", shown(topic))
	return false
}

// OnPacketRead ends a connection that publishes where nobody may: the library
// would leave such a message without an answer for ever. What a device says
// of its session when it leaves is held to the bound on what it said when it
// came.
func (h *hook) OnPacketRead(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	if pk.FixedHeader.Type == packets.Disconnect {
		pk.Properties.SessionExpiryInterval = min(pk.Properties.SessionExpiryInterval, uint32(maxSession/time.Second))
	}
	if pk.FixedHeader.Type == packets.Publish && (pk.TopicName == "" || !mochi.IsValidFilter(pk.TopicName, true)) {
		h.b.drop(cl, packets.ErrTopicNameInvalid)
		return pk, packets.ErrRejectPacket
	}
	return pk, nil
}

// OnPublish returns once the message is in the record, and only then the
// library acknowledges it. If it is not, the one error on which MQTT 3.1.1 is
// not acknowledged all the same is ErrRejectPacket; and only a connection that
// ends makes a device send again.
func (h *hook) OnPublish(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	if err := h.b.take(cl, pk); err != nil {
		h.b.Log.Warn("mqtt: not recorded, device cut off to send again", "device", nameOf(cl), "reason", err)
		h.b.drop(cl, packets.ErrServerBusy)
		return pk, packets.ErrRejectPacket
	}
	pk.FixedHeader.Retain = false // the record remembers, not the broker
	return pk, nil
}

// OnWill keeps the library from keeping a last will: the record remembers.
func (h *hook) OnWill(_ *mochi.Client, will mochi.Will) (mochi.Will, error) {
	will.Retain = false
	return will, nil
}

// OnWillSent takes in a last will. Our own end, or a new connection of the
// same session, is not the device's.
func (h *hook) OnWillSent(cl *mochi.Client, pk packets.Packet) {
	pk.FixedHeader.Retain = cl.Properties.Will.Retain
	if h.b.ctx.Err() != nil || h.b.links.isTakenOver(cl) {
		return
	}
	pk.FixedHeader.Dup, pk.FixedHeader.Qos = false, 0
	if err := h.b.take(cl, pk); err != nil {
		h.b.Log.Warn("mqtt: a last will is not recorded", "device", nameOf(cl), "reason", err)
	}
}

func (b *Broker) mayPublish(name, topic string) bool {
	_, ok := entryFor(b.Reader.Topics(), name, topic)
	return ok
}

// nameOf is the device that signed in.
func nameOf(cl *mochi.Client) string { return string(cl.Properties.Username) }

func host(remote string) string {
	i := strings.LastIndexByte(remote, ':')
	if i < 0 {
		return remote
	}
	return remote[:i]
}

// readSafely keeps a fault in a mapping from ending the process: the message
// goes to quarantine.
func (b *Broker) readSafely(p Publication) (m Meaning) {
	defer func() {
		if r := recover(); r != nil {
			what := fmt.Sprintf("%T", r) // its value may quote a patient's
			if err, ok := r.(runtime.Error); ok {
				what = err.Error()
			}
			b.Log.Error("mqtt: a mapping panicked", "panic", what, "stack", string(debug.Stack()))
			m = Meaning{Event: ward.Refused{Reason: "could not be read: a fault in this system", Code: "207"}}
		}
	}()
	return b.Reader.Read(p)
}
