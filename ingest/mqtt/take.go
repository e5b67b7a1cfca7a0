package mqtt

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"wardlight/ward"
	"wardlight/ward/fault"
)

// take hands a publication to the ward and waits until it is in the record,
// for as long as the broker is patient. What is kept in quarantine is kept.
func (b *Broker) take(cl *mochi.Client, pk packets.Packet) error {
	now := b.Now()
	first, isKnown := b.repeats.find(cl.ID, pk, now)
	p := Publication{
		Device: nameOf(cl), Topic: pk.TopicName, Payload: pk.Payload,
		IsRetained: pk.FixedHeader.Retain, IsRepeat: pk.FixedHeader.Dup && !isKnown, ReceivedAt: first.at,
	}
	m := b.readSafely(p)
	if m.Flags > 0 {
		b.Log.Debug("mqtt: values not charted", "device", p.Device, "values", m.Flags)
	}
	b.links.count(cl, now, m.IsRefused())
	ctx, cancel := context.WithTimeout(b.ctx, b.Patience)
	defer cancel()
	told := make(chan ward.Outcome, 1)
	if err := b.Sink.Enqueue(ctx, m.Event, p.message(m, first.key, cl.Net.Remote), func(o ward.Outcome) { told <- o }); err != nil {
		return err
	}
	select {
	case o := <-told:
		return unkept(o.Err)
	case <-ctx.Done():
		return fault.New(fault.Unavailable, "the record does not answer")
	}
}

// unkept is the error of a message that is not in the record, nor in
// quarantine.
func unkept(err error) error {
	switch fault.KindOf(err) {
	case fault.Unavailable, fault.NotSaved, fault.Unsettled:
		return err
	}
	return nil
}

// message is what the record keeps of a publication. The digest of one that
// says when it was measured, or could not be read, is that of what it is;
// another's is told apart from all that look the same by key.
func (p Publication) message(m Meaning, key repeatKey, peer string) *ward.Message {
	msg := &ward.Message{
		Source: Source(p.Device), ControlID: m.Number, Type: "MQTT", Raw: p.envelope(), Peer: peer, ReceivedAt: p.ReceivedAt,
	}
	of := sha256.New()
	for _, part := range []string{p.Device, p.Topic, string(p.Payload)} {
		of.Write([]byte(part))
		of.Write([]byte{0})
	}
	if !m.IsDated && !m.IsRefused() {
		of.Write(key[:])
	}
	of.Sum(msg.Digest[:0])
	return msg
}

// Source names a device as the sender of a message.
func Source(device string) string { return "mqtt:" + device }

// envelopeMark begins the first line of a kept publication.
const envelopeMark = "MQTT "

// envelope is a publication as it is kept: a line of what it is, then the
// payload.
type envelope struct {
	Device   string `json:"device"`
	Topic    string `json:"topic"`
	Retained bool   `json:"retained,omitempty"`
	Repeat   bool   `json:"repeat,omitempty"` // of nobody knows what age
}

func (p Publication) envelope() []byte {
	head, err := json.Marshal(envelope{p.Device, p.Topic, p.IsRetained, p.IsRepeat})
	if err != nil {
		head = []byte("{}") // strings always marshal
	}
	return append(append(append([]byte(envelopeMark), head...), '\n'), p.Payload...)
}

// IsKept reports whether raw is a publication as the record keeps it.
func IsKept(raw []byte) bool {
	return strings.HasPrefix(string(raw[:min(len(raw), len(envelopeMark))]), envelopeMark)
}

// Again reads a publication that the record keeps once more, as of the time
// at which it came. It fails as it did before if it still cannot be read.
func (r *Reader) Again(raw []byte, receivedAt time.Time) (ward.Event, error) {
	head, payload, _ := strings.Cut(strings.TrimPrefix(string(raw), envelopeMark), "\n")
	var e envelope
	if err := json.Unmarshal([]byte(head), &e); err != nil {
		return nil, fault.New(fault.Invalid, "this is not a publication as the record keeps it")
	}
	m := r.Read(Publication{
		Device: e.Device, Topic: e.Topic, Payload: []byte(payload), IsRetained: e.Retained, IsRepeat: e.Repeat, ReceivedAt: receivedAt,
	})
	if refused, ok := m.Event.(ward.Refused); ok {
		return nil, fault.New(fault.Invalid, "%s", refused.Reason)
	}
	return m.Event, nil
}
