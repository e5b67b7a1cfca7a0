package device

import "time"

// How far a source's clock may be off (clinical rules for time): up to
// SkewTolerated its times are taken as they are, up to SkewTrusted they are
// corrected without a word, beyond that an alarm says so too.
const (
	SkewTolerated = 2 * time.Second
	SkewTrusted   = 120 * time.Second
)

const (
	// A larger offset is believed after six spans of at least five seconds,
	// each with a message, whose least delays agree: a buffer that is being
	// emptied catches up all the while, a clock that is wrong does not.
	spans        = 6
	spanLength   = 5 * time.Second
	steadyWithin = time.Second
	// longestBuffer is how late the first message of a source can be. One
	// that says it is older comes from a clock that was never set.
	longestBuffer = 24 * time.Hour
	// earlyNeeded is how many messages within earlyWithin must say that the
	// clock runs further ahead, so that one wrong time moves nothing.
	earlyNeeded = 3
	earlyWithin = spans * spanLength
)

// Clock estimates how far the clock of a source is behind ours, from the
// delays of its messages: receipt by our clock less sending by theirs. A
// message can be late but never early, so that the least delay says what the
// clock is off, and whatever a message took longer it was late. The zero
// value knows nothing yet: times are then taken as they are, and what seems
// old counts as old. It is a value: Heard gives the next one.
type Clock struct {
	offset     time.Duration // with isKnown
	isKnown    bool
	delay      time.Duration // of the last message
	isHeard    bool
	span       [spans]span // oldest first
	n          int         // of them
	early      int
	earlySince time.Time
	earlyMost  time.Duration // the greatest delay among the early
}

// span is the least delay of the messages in a stretch of time.
type span struct {
	from  time.Time
	least time.Duration
}

// Heard learns from a message: when it was sent by the source's clock and
// when it was received by ours.
func (c Clock) Heard(sent, received time.Time) Clock {
	delay := received.Sub(sent)
	c.delay, c.isHeard = delay, true
	if c.isEarly(delay) {
		return c.heardEarly(delay, received)
	}
	c = c.inSpan(delay, received)
	switch least, isSteady := c.steady(); {
	case !c.isKnown && (delay <= SkewTolerated || delay > longestBuffer),
		c.isKnown && delay < c.offset:
		c.offset, c.isKnown = delay, true
	case isSteady && (!c.isKnown || least > c.offset):
		c.offset, c.isKnown = least, true
	}
	return c
}

// isEarly reports whether a message came before it was sent, by what is known
// of the clock.
func (c Clock) isEarly(delay time.Duration) bool { return delay < c.expected()-SkewTolerated }

// expected is the delay of a message that took no time.
func (c Clock) expected() time.Duration {
	if c.isKnown {
		return c.offset
	}
	return 0
}

func (c Clock) heardEarly(delay time.Duration, received time.Time) Clock {
	if c.early == 0 || received.Sub(c.earlySince) > earlyWithin {
		c.early, c.earlySince, c.earlyMost = 0, received, delay
	}
	c.early, c.earlyMost = c.early+1, max(c.earlyMost, delay)
	if c.early >= earlyNeeded {
		c.offset, c.isKnown = c.earlyMost, true
		c.early, c.n = 0, 0
	}
	return c
}

func (c Clock) inSpan(delay time.Duration, received time.Time) Clock {
	if c.n > 0 && received.Sub(c.span[c.n-1].from) < spanLength {
		c.span[c.n-1].least = min(c.span[c.n-1].least, delay)
		return c
	}
	if c.n == spans {
		copy(c.span[:], c.span[1:])
		c.n--
	}
	c.span[c.n] = span{received, delay}
	c.n++
	return c
}

// steady gives the least delay of late, if it has not changed.
func (c Clock) steady() (least time.Duration, ok bool) {
	if c.n < spans {
		return 0, false
	}
	before, after := c.span[0].least, c.span[spans/2].least
	for i := 1; i < spans/2; i++ {
		before, after = min(before, c.span[i].least), min(after, c.span[spans/2+i].least)
	}
	return min(before, after), (before - after).Abs() <= steadyWithin
}

// Offset is how far the source's clock is behind ours, below zero if it runs
// ahead; false while that is not known.
func (c Clock) Offset() (time.Duration, bool) { return c.offset, c.isKnown }

// Late is how long the last message was on its way, as far as is known.
func (c Clock) Late() time.Duration {
	if !c.isHeard {
		return 0
	}
	return max(c.delay-c.expected(), 0)
}

// IsCorrected reports whether the source's times are put right: its clock is
// off by more than SkewTolerated.
func (c Clock) IsCorrected() bool { return c.correction() != 0 }

// IsSuspect reports whether somebody should look after the clock: it is off
// by more than SkewTrusted, or by nobody knows what.
func (c Clock) IsSuspect() bool {
	return c.isKnown && c.offset.Abs() > SkewTrusted || !c.isKnown && c.Late() > SkewTrusted
}

func (c Clock) correction() time.Duration {
	if o := c.expected(); o.Abs() > SkewTolerated {
		return o
	}
	return 0
}

// Correct puts a time of the source's clock on ours. The message that told it
// was sent at sent by the source's clock (zero: not said) and received at
// received by ours; nothing in it happened after that. The result keeps
// received's monotonic clock.
func (c Clock) Correct(told, sent, received time.Time) time.Time {
	off := c.correction()
	if delay := received.Sub(sent); !sent.IsZero() && c.isEarly(delay) {
		off = delay
	}
	age := received.Sub(told) - off
	return received.Add(-max(age, 0))
}
