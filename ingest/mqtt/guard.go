package mqtt

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"
)

// Who knows the devices' tokens.
type Who interface {
	// Device reports whether the token with this SHA-256 belongs to a device
	// of this name. An error means that nobody could be asked.
	Device(ctx context.Context, name string, hash [sha256.Size]byte) (bool, error)
}

// credential is a name and the hash of a token.
type credential struct {
	name string
	hash [sha256.Size]byte
}

func hashOf(secret []byte) [sha256.Size]byte { return sha256.Sum256(secret) }

// verdict is what is decided of a device that wants in.
type verdict int

const (
	admitted verdict = iota
	wrong            // the record does not know it
	tooMany          // too many wrong ones from there: nobody is asked
	unknown          // the record cannot be asked
)

const (
	// maxWrong is how many wrong credentials an address may try in a minute.
	maxWrong = 10
	// maxAddresses bounds the addresses that are counted.
	maxAddresses = 4096
	askTimeout   = 3 * time.Second
)

// guard decides who comes in. Who was let in before comes in while the record
// is away.
type guard struct {
	who Who
	now func() time.Time

	mu       sync.Mutex
	known    map[credential]bool
	failures map[string]failure
}

type failure struct {
	since time.Time
	n     int
}

func newGuard(who Who, now func() time.Time) *guard {
	return &guard{who: who, now: now, known: map[credential]bool{}, failures: map[string]failure{}}
}

// admit decides on a credential from an address.
func (g *guard) admit(ctx context.Context, c credential, from string) verdict {
	if !isName(c.name) {
		return g.fail(from)
	}
	if !g.isKnown(c) && g.isBarred(from) {
		return tooMany
	}
	ok, err := g.ask(ctx, c)
	switch {
	case err != nil && g.isKnown(c):
		return admitted
	case err != nil:
		return unknown
	case !ok:
		g.forget(c)
		return g.fail(from)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.known[c] = true
	return admitted
}

func (g *guard) ask(ctx context.Context, c credential) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return g.who.Device(ctx, c.name, c.hash)
}

func (g *guard) isKnown(c credential) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.known[c]
}

func (g *guard) forget(c credential) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.known, c)
}

// fail counts a wrong credential.
func (g *guard) fail(from string) verdict {
	now := g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	f := g.failures[from]
	if now.Sub(f.since) >= time.Minute {
		f = failure{since: now}
	}
	if f.n++; f.n > maxWrong {
		return tooMany
	}
	if len(g.failures) >= maxAddresses {
		g.failures = map[string]failure{}
	}
	g.failures[from] = f
	return wrong
}

func (g *guard) isBarred(from string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	f := g.failures[from]
	return f.n >= maxWrong && g.now().Sub(f.since) < time.Minute
}

// revoked asks again about everyone who was let in, and forgets and lists
// those whom the record does not know any more.
func (g *guard) revoked(ctx context.Context) (out []credential) {
	g.mu.Lock()
	all := make([]credential, 0, len(g.known))
	for c := range g.known {
		all = append(all, c)
	}
	g.mu.Unlock()
	for _, c := range all {
		ok, err := g.ask(ctx, c)
		if err != nil {
			return out // nobody can be asked now
		}
		if !ok {
			g.forget(c)
			out = append(out, c)
		}
	}
	return out
}
