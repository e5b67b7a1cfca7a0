package mqtt

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// repeatKey tells publications apart that look the same.
type repeatKey [16]byte

// repeats knows a publication again that a device sends a second time because
// it heard no acknowledgement: the DUP flag, the packet identifier and the
// bytes of one that its session sent before. Everything else is new, however
// alike: a heart rate of 72 may well be followed by one of 72.
type repeats struct {
	mu       sync.Mutex
	sessions map[string]*session
	order    []string // of the sessions, oldest first
}

// session is the last publications of one client id.
type session struct {
	of    map[uint16]sent
	order []uint16
}

// sent is a publication as it first came.
type sent struct {
	what [sha256.Size]byte
	key  repeatKey
	at   time.Time
}

const (
	maxSessions = 2 * MaxClients
	// maxInFlight is more than any session may have unacknowledged.
	maxInFlight = 128
)

func newRepeats() *repeats { return &repeats{sessions: map[string]*session{}} }

// find gives the publication as it first came, and whether it did so before.
func (r *repeats) find(client string, pk packets.Packet, now time.Time) (first sent, isRepeat bool) {
	first = sent{what: sha256.Sum256(append([]byte(pk.TopicName+"\x00"), pk.Payload...)), at: now}
	_, _ = rand.Read(first.key[:]) // never fails
	if pk.FixedHeader.Qos == 0 {
		return first, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.session(client)
	if before, ok := s.of[pk.PacketID]; ok && pk.FixedHeader.Dup && before.what == first.what {
		return before, true
	}
	s.remember(pk.PacketID, first)
	return first, false
}

func (r *repeats) session(client string) *session {
	if s, ok := r.sessions[client]; ok {
		return s
	}
	if len(r.order) >= maxSessions {
		delete(r.sessions, r.order[0])
		r.order = r.order[1:]
	}
	s := &session{of: map[uint16]sent{}}
	r.sessions[client] = s
	r.order = append(r.order, client)
	return s
}

func (s *session) remember(id uint16, what sent) {
	if _, known := s.of[id]; !known {
		if len(s.order) >= maxInFlight {
			delete(s.of, s.order[0])
			s.order = s.order[1:]
		}
		s.order = append(s.order, id)
	}
	s.of[id] = what
}
