package mqtt

import (
	"strings"
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
	go func() {
		for c.trySend(big) == nil { // until it is cut off
		}
	}()
	b.record.await(t, 64)
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
