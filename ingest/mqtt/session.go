package mqtt

import (
	"cmp"
	"slices"
	"strings"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// A device may come back to its session, so that it knows what it has to send
// again. What sessions hold is bounded: the library bounds none of it.
const (
	// maxSession is how long a session without a connection is kept.
	maxSession = time.Hour
	// maxLeft is how many sessions without a connection one device may have.
	maxLeft = 8
	// maxSubscriptions, maxFilter (bytes) and maxLevels bound what one session
	// subscribes to. The library keeps a node for each level.
	maxSubscriptions = 32
	maxFilter        = 512
	maxLevels        = 16
)

// OnSubscribe grants quality of service 0: the broker keeps nothing for later.
// What is beyond the bounds becomes a filter that the library refuses.
func (h *hook) OnSubscribe(cl *mochi.Client, pk packets.Packet) packets.Packet {
	mine := cl.State.Subscriptions.GetAll()
	for i := range pk.Filters {
		f := &pk.Filters[i]
		f.Qos = 0
		_, known := mine[f.Filter]
		if len(f.Filter) > maxFilter || strings.Count(f.Filter, "/") >= maxLevels || !known && len(mine) >= maxSubscriptions {
			f.Filter = ""
			continue
		}
		mine[f.Filter] = *f
	}
	return pk
}

// OnClientExpired ends the subscriptions of a session that is over, which the
// library forgets to do.
func (h *hook) OnClientExpired(cl *mochi.Client) { h.b.server.UnsubscribeClient(cl) }

// boundSessions forgets the sessions that a device has left longest, when it
// comes for yet another.
func (b *Broker) boundSessions(next *mochi.Client) {
	var left []*mochi.Client
	for _, cl := range b.server.Clients.GetAll() {
		if nameOf(cl) == nameOf(next) && cl.ID != next.ID && cl.Closed() {
			left = append(left, cl)
		}
	}
	slices.SortFunc(left, func(a, b *mochi.Client) int { return cmp.Compare(a.StopTime(), b.StopTime()) })
	for _, cl := range left[:max(0, len(left)-maxLeft+1)] {
		b.server.UnsubscribeClient(cl)
		cl.ClearInflights()
		if now, ok := b.server.Clients.Get(cl.ID); ok && now == cl {
			b.server.Clients.Delete(cl.ID)
		}
	}
}
