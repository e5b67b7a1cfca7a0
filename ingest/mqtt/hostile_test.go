package mqtt

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

func subscribe(id uint16, filters ...string) packets.Packet {
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe}, PacketID: id}
	for _, f := range filters {
		pk.Filters = append(pk.Filters, packets.Subscription{Filter: f})
	}
	return pk
}

// A device that sends and never reads what is sent to it holds up nobody: not
// its own next connection, and not our end.
func TestWhoNeverReads(t *testing.T) {
	b := start(t, func(c *Config) { c.WriteTimeout = 200 * time.Millisecond })
	never := func(pk *packets.Packet) { pk.Connect.Keepalive = 0 }
	c := b.signIn(t, "watch", "1", never)
	c.send(subscribe(1, "wardlight/watch/#"))
	c.wantType(packets.Suback)
	big := publish("wardlight/watch/x", strings.Repeat("x", 200<<10), 0, 0)
	for range 128 { // until it is cut off, or nobody reads what it is sent
		if c.trySend(big) != nil {
			break
		}
	}
	again := b.signIn(t, "watch", "1", never)
	again.send(publish("wardlight/watch", dated, 1, 7))
	again.wantType(packets.Puback)

	closed := make(chan error, 1)
	go func() { closed <- b.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("the broker does not end")
	}
}

// What a session subscribes to is bounded, in number, length and depth.
func TestSubscriptionsAreBounded(t *testing.T) {
	b := start(t)
	c := b.signIn(t, "watch", "1")
	wantGranted := func(pk packets.Packet, want bool) {
		t.Helper()
		c.send(pk)
		for i, code := range c.wantType(packets.Suback).ReasonCodes {
			if got := code < packets.ErrUnspecifiedError.Code; got != want {
				t.Errorf("filter %d of %d bytes: granted %t", i, len(pk.Filters[i].Filter), got)
			}
		}
	}
	wantGranted(subscribe(1, "wardlight/watch/"+strings.Repeat("x", maxFilter)), false)
	wantGranted(subscribe(2, "wardlight/watch"+strings.Repeat("/x", maxLevels)), false)
	var many []string
	for n := range maxSubscriptions {
		many = append(many, fmt.Sprint("wardlight/watch/", n))
	}
	wantGranted(subscribe(3, many...), true)
	wantGranted(subscribe(4, "wardlight/watch/more"), false)
	wantGranted(subscribe(5, many[0]), true) // it has it
	if n := atomic.LoadInt64(&b.server.Info.Subscriptions); n != maxSubscriptions {
		t.Errorf("%d subscriptions are kept", n)
	}
}

// A device that comes under ever new client ids leaves few sessions behind,
// and one that says at its end that it stays for ever does not.
func TestSessionsAreBounded(t *testing.T) {
	b := start(t)
	end := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}}
	stay := func(pk *packets.Packet) { pk.Connect.Clean = false }
	for n := range 3 * maxLeft {
		c := b.signIn(t, "watch", fmt.Sprint(n), stay)
		c.send(subscribe(1, fmt.Sprint("wardlight/watch/", n)))
		c.wantType(packets.Suback)
		c.send(end)
		c.wantEnd()
	}
	b.signIn(t, "watch", "last")
	if n := b.server.Clients.Len(); n > maxLeft+1 {
		t.Errorf("%d sessions are kept", n)
	}

	five := b.dial(t, 5)
	pk := connect("hub", "5")
	pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = 60, true
	five.send(pk)
	five.wantType(packets.Connack)
	end.Properties.SessionExpiryInterval, end.Properties.SessionExpiryIntervalFlag = 1<<32-1, true
	five.send(end)
	five.wantEnd()
	if err := b.Close(); err != nil { // nothing is written any more
		t.Error(err)
	}
	cl, ok := b.server.Clients.Get("hub/5")
	if !ok || cl.Properties.Props.SessionExpiryInterval > uint32(maxSession.Seconds()) {
		t.Errorf("the session is there: %t, for %d s", ok, cl.Properties.Props.SessionExpiryInterval)
	}
}

// The record remembers a last will, not the broker.
func TestLastWillIsNotRetained(t *testing.T) {
	b := start(t)
	c := b.signIn(t, "patch", "1", will("patch"))
	_ = c.nc.Close()
	if all := b.record.await(t, 1); !strings.Contains(string(all[0].message.Raw), `"retained":true`) {
		t.Errorf("kept as %q", all[0].message.Raw)
	}
	if _, ok := b.server.Topics.Retained.Get("wardlight/patch/status"); ok {
		t.Error("the broker keeps it")
	}
}
