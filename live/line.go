package live

import (
	"iter"
	"slices"

	"wardlight/ward"
)

// batchLimit is how many entries one transaction takes at most.
const batchLimit = 500

// pending is an entry that is not durable yet, and who waits for it.
type pending struct {
	entry  ward.Entry
	marks  []mark
	done   []func(ward.Outcome)
	err    error // the outcome, once the entry is durable
	weight int64
	// inDoubt: it was handed to the recorder, and nobody can say yet whether
	// it is durable.
	inDoubt     bool
	isKept      bool // in the outage spool
	isHeartbeat bool // a tick that changed nothing
	isOver      bool // durable, or taken out of the line
}

func (p *pending) isCommand() bool { return !p.entry.Deadline.IsZero() }

// line is what waits for the record, in order: what the recorder has now,
// what must come next as it was cut, and the rest.
type line struct {
	handed []*pending
	ahead  [][]*pending
	queued []*pending
}

func (q *line) isEmpty() bool { return len(q.handed) == 0 && len(q.ahead) == 0 && len(q.queued) == 0 }

// all lists everything that waits, oldest first.
func (q *line) all() iter.Seq[*pending] {
	return func(yield func(*pending) bool) {
		for _, part := range slices.Concat([][]*pending{q.handed}, q.ahead, [][]*pending{q.queued}) {
			for _, p := range part {
				if !yield(p) {
					return
				}
			}
		}
	}
}

func (q *line) push(p *pending) { q.queued = append(q.queued, p) }

// putAhead puts batches before everything else that waits.
func (q *line) putAhead(batches ...[]*pending) {
	batches = slices.DeleteFunc(batches, func(b []*pending) bool { return len(b) == 0 })
	q.ahead = slices.Insert(q.ahead, 0, batches...)
}

// cut takes the next batch: what is queued, up to the limit.
func (q *line) cut() []*pending {
	if len(q.ahead) > 0 {
		batch := q.ahead[0]
		q.ahead = slices.Delete(q.ahead, 0, 1)
		return batch
	}
	n := min(batchLimit, len(q.queued))
	batch := slices.Clone(q.queued[:n])
	clear(q.queued[:n])
	q.queued = q.queued[n:]
	return batch
}

// remove takes out an entry that the recorder does not have.
func (q *line) remove(p *pending) {
	is := func(o *pending) bool { return o == p }
	q.queued = slices.DeleteFunc(q.queued, is)
	for i := range q.ahead {
		q.ahead[i] = slices.DeleteFunc(q.ahead[i], is)
	}
	q.ahead = slices.DeleteFunc(q.ahead, func(b []*pending) bool { return len(b) == 0 })
}

// heartbeat finds the one tick without changes that is queued, if any.
func (q *line) heartbeat() (*pending, bool) {
	i := slices.IndexFunc(q.queued, func(p *pending) bool { return p.isHeartbeat })
	if i < 0 {
		return nil, false
	}
	return q.queued[i], true
}

func entries(batch []*pending) []ward.Entry {
	out := make([]ward.Entry, len(batch))
	for i, p := range batch {
		out[i] = p.entry
	}
	return out
}
