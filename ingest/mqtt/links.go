package mqtt

import (
	"cmp"
	"slices"
	"sync"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"

	"wardlight/ward"
)

// links are the devices that are connected.
type links struct {
	mu      sync.Mutex
	clients map[*mochi.Client]*link
}

type link struct {
	ward.Link
	credential credential
}

func (l *links) open(cl *mochi.Client, c credential, isTLS bool, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.clients == nil {
		l.clients = map[*mochi.Client]*link{}
	}
	for other := range l.clients {
		if other.Closed() { // one that ended before it was quite there is not told of
			delete(l.clients, other)
		}
	}
	l.clients[cl] = &link{ward.Link{Protocol: "mqtt", Peer: cl.Net.Remote, Name: c.name, IsTLS: isTLS, Since: now}, c}
}

func (l *links) close(cl *mochi.Client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.clients, cl)
}

// count notes a message.
func (l *links) count(cl *mochi.Client, now time.Time, isRefused bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	link, ok := l.clients[cl]
	if !ok {
		return
	}
	link.LastAt = now
	link.Messages++
	if isRefused {
		link.Refused++
	}
}

// isTakenOver reports whether the client's session has another connection.
func (l *links) isTakenOver(cl *mochi.Client) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for other := range l.clients {
		if other != cl && other.ID == cl.ID && !other.Closed() {
			return true
		}
	}
	return false
}

// of finds the connections of a credential.
func (l *links) of(c credential) (out []*mochi.Client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for cl, link := range l.clients {
		if link.credential == c {
			out = append(out, cl)
		}
	}
	return out
}

func (l *links) list() []ward.Link {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]ward.Link, 0, len(l.clients))
	for _, link := range l.clients {
		out = append(out, link.Link)
	}
	slices.SortFunc(out, func(a, b ward.Link) int { return cmp.Or(cmp.Compare(a.Name, b.Name), a.Since.Compare(b.Since)) })
	return out
}
