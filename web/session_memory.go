package web

import (
	"maps"
	"sync"
	"time"
)

// remembered is what the record said of a session, or of a machine's token (then without times).
type remembered struct {
	Session
	checkedAt time.Time // when the record last confirmed it
}

// over tells whether a person's session has ended by time. A token ends only by revocation.
func (r remembered) over(now time.Time) bool {
	if r.Principal.Kind == Machine {
		return false
	}
	return now.Sub(r.CreatedAt) >= SessionLifetime || now.Sub(r.SeenAt) >= sessionIdle
}

// memory is what this process knows without asking: who a secret belongs to, and which sessions were ended here,
// whether or not the record has heard of it yet.
type memory struct {
	mu    sync.Mutex
	known map[presented]remembered
	ended map[SecretHash]time.Time
}

func newMemory() *memory {
	return &memory{known: map[presented]remembered{}, ended: map[SecretHash]time.Time{}}
}

func (m *memory) recall(secret presented) (r remembered, found, ended bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, found = m.known[secret]
	_, ended = m.ended[secret.hash]
	return r, found, ended
}

// learn keeps r, unless the session was ended while the record was being asked, and drops what is over.
func (m *memory) learn(r remembered, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.known, func(_ presented, r remembered) bool { return r.over(now) })
	maps.DeleteFunc(m.ended, func(_ SecretHash, at time.Time) bool { return now.Sub(at) >= SessionLifetime })
	if _, ended := m.ended[r.Hash]; !ended {
		m.known[presented{r.Hash, r.Principal.Kind}] = r
	}
}

func (m *memory) forget(secret presented) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.known, secret)
}

func (m *memory) forgetUser(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.known, func(_ presented, r remembered) bool { return r.Principal.UserID == id })
}

func (m *memory) end(hash SecretHash, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.known, presented{hash, Human})
	m.ended[hash] = now
}
