package live

import "wardlight/ward"

// rememberedMessages is how many messages are known again when they repeat,
// the newest ones: at 33 messages a second that is more than eight hours. An
// older repeat is harmless: the rules take a value that is not newer for a
// repetition, and the record has keys of its own.
const rememberedMessages = 1_000_000

// seen remembers the messages that are in the record.
type seen struct {
	accepted map[Digest]bool // false: in quarantine
	order    []Digest        // a ring, once full
	oldest   int
	limit    int
}

func newSeen(limit int, accepted []Digest) seen {
	s := seen{accepted: make(map[Digest]bool), limit: limit}
	for _, k := range accepted[max(0, len(accepted)-limit):] {
		s.add(k, true)
	}
	return s
}

// has reports whether the message is in the record in a way that makes e a
// repeat. What only lies in quarantine may come again, decoded at last.
func (s *seen) has(k Digest, e ward.Event) bool {
	accepted, known := s.accepted[k]
	return known && (accepted || isRefused(e))
}

func (s *seen) add(k Digest, accepted bool) {
	_, known := s.accepted[k]
	s.accepted[k] = accepted
	switch {
	case known:
	case len(s.order) < s.limit:
		s.order = append(s.order, k)
	default:
		delete(s.accepted, s.order[s.oldest])
		s.order[s.oldest] = k
		s.oldest = (s.oldest + 1) % s.limit
	}
}

// keyOf gives what identifies a message; ok is false without one, and for a
// message too large to keep, whose bytes nobody has.
func keyOf(m *ward.Message) (k Digest, ok bool) {
	if m == nil || len(m.Raw) == 0 {
		return Digest{}, false
	}
	return m.Digest, true
}

func isRefused(e ward.Event) bool { _, ok := e.(ward.Refused); return ok }
