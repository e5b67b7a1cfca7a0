package e2e

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"wardlight/ingest/hl7"
	"wardlight/ingest/mllp"
)

// sender is a gateway with one monitor that never stops sending. At every
// beat it fills up to depth messages unacknowledged in flight. It connects
// again whenever the station went away, and sends again, byte for byte, what
// was not acknowledged.
type sender struct {
	t     *testing.T
	to    string // address, the same after every restart
	lane  int    // 1 to 9; the bed as well
	depth int
	beat  time.Duration

	cancel context.CancelFunc
	ended  chan struct{}

	mu      sync.Mutex
	isLast  bool           // no new messages
	made    int            // messages begun
	waiting map[int][]byte // those without an acknowledgement
	acked   map[int]int    // how often each was acknowledged
	again   int            // messages sent again
	faults  []string       // answers that nobody should get
}

// senders start one sender for each of the beds 1 to n.
func (s *station) senders(n, depth int, beat time.Duration) senders {
	s.t.Helper()
	var all senders
	for lane := 1; lane <= n; lane++ {
		x := &sender{
			t: s.t, to: s.MLLP, lane: lane, depth: depth, beat: beat,
			ended: make(chan struct{}), waiting: map[int][]byte{}, acked: map[int]int{},
		}
		var ctx context.Context
		ctx, x.cancel = context.WithCancel(context.Background())
		go x.run(ctx)
		all = append(all, x)
	}
	s.t.Cleanup(all.stop)
	return all
}

func (x *sender) run(ctx context.Context) {
	defer close(x.ended)
	for ctx.Err() == nil {
		c, err := mllp.Dial(ctx, x.to)
		if err != nil {
			select { // the station is away
			case <-time.After(20 * time.Millisecond):
			case <-ctx.Done():
			}
			continue
		}
		x.speak(ctx, c)
		_ = c.Close()
	}
}

// speak sends over one connection until it ends.
func (x *sender) speak(ctx context.Context, c *mllp.Client) {
	for _, n := range x.unacknowledged() {
		x.post(c, n)
	}
	beat := time.NewTicker(x.beat)
	defer beat.Stop()
	for {
		select {
		case <-beat.C:
		case <-c.Done():
			return
		case <-ctx.Done():
			return
		}
		for n, ok := x.next(); ok; n, ok = x.next() {
			x.post(c, n)
		}
	}
}

// unacknowledged are the messages to send again, in order.
func (x *sender) unacknowledged() []int {
	x.mu.Lock()
	defer x.mu.Unlock()
	var list []int
	for n := range x.waiting {
		list = append(list, n)
	}
	slices.Sort(list)
	x.again += len(list)
	return list
}

// next makes a new message, unless enough are in flight.
func (x *sender) next() (n int, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.isLast || len(x.waiting) >= x.depth {
		return 0, false
	}
	x.made++
	x.waiting[x.made] = x.message(x.made)
	return x.made, true
}

// message n of this sender. The last six digits of its two values name it:
// what is in the record can be told apart, value by value.
func (x *sender) message(n int) []byte {
	heart, oxygen := hr(60+n%40), spo2(93+n%6)
	heart.value += "." + x.mark(n)
	oxygen.value += "." + x.mark(n)
	bed := fmt.Sprint(x.lane)
	return vitals(x.id(n), time.Now(), bed, "MRN100"+bed, heart, oxygen)
}

func (x *sender) mark(n int) string { return fmt.Sprintf("%d%05d", x.lane, n) }

func (x *sender) id(n int) string { return "S" + x.mark(n) }

func (x *sender) post(c *mllp.Client, n int) {
	x.mu.Lock()
	raw := x.waiting[n]
	x.mu.Unlock()
	c.Post(raw, func(answer []byte, err error) {
		if err == nil {
			x.answered(n, answer)
		}
	})
}

func (x *sender) answered(n int, answer []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	m, err := hl7.Parse(answer)
	if err != nil {
		x.faults = append(x.faults, fmt.Sprintf("%s: unreadable answer: %v", x.id(n), err))
		return
	}
	code, of, _ := m.Acknowledgement()
	if code != "CA" || of != x.id(n) {
		x.faults = append(x.faults, fmt.Sprintf("%s: answered %s for %s", x.id(n), code, of))
		return
	}
	x.acked[n]++
	delete(x.waiting, n)
}

// senders are several of them.
type senders []*sender

// sum adds up something of all of them.
func (all senders) sum(of func(*sender) int) (total int) {
	for _, x := range all {
		x.mu.Lock()
		total += of(x)
		x.mu.Unlock()
	}
	return total
}

func (all senders) acked() int    { return all.sum(func(x *sender) int { return len(x.acked) }) }
func (all senders) inFlight() int { return all.sum(func(x *sender) int { return len(x.waiting) }) }
func (all senders) again() int    { return all.sum(func(x *sender) int { return x.again }) }

// finish sends nothing new and waits until all is acknowledged.
func (all senders) finish(t *testing.T) {
	t.Helper()
	all.sum(func(x *sender) int { x.isLast = true; return 0 })
	eventually(t, time.Minute, "everything that was sent is acknowledged", func() bool { return all.inFlight() == 0 })
	all.stop()
}

func (all senders) stop() {
	for _, x := range all {
		x.cancel()
	}
	for _, x := range all {
		<-x.ended
	}
}

// check compares what was sent with what is in the record: every message and
// each of its values exactly once. All must be finished.
func (all senders) check(t *testing.T, d database) {
	t.Helper()
	const values = `SELECT right(value::text, 6), count(*)::int FROM observed_value WHERE mdc = $1 GROUP BY 1`
	messages := d.counts(`SELECT control_id, count(*)::int FROM message GROUP BY 1`)
	keys := d.count(`SELECT count(*) FROM message_key`)
	hearts, oxygens := d.counts(values, 147842), d.counts(values, 150456)
	wrong, total := 0, 0
	for _, x := range all {
		for _, f := range x.faults {
			t.Error(f)
		}
		for n := 1; n <= x.made; n++ {
			total++
			got := [4]int{x.acked[n], messages[x.id(n)], hearts[x.mark(n)], oxygens[x.mark(n)]}
			if got == [4]int{1, 1, 1, 1} {
				continue
			}
			if wrong++; wrong <= 10 {
				t.Errorf("%s: acknowledged, recorded, heart rate, SpO2: %v times, want once each", x.id(n), got)
			}
		}
	}
	if wrong > 10 {
		t.Errorf("%d of %d messages in all are not recorded exactly once", wrong, total)
	}
	if keys < total {
		t.Errorf("%d message keys for %d messages", keys, total)
	}
	t.Logf("%d messages sent and acknowledged, %d of them sent again, each recorded once with both values", total, all.again())
}
