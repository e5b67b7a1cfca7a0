package live

import (
	"context"
	"sync"

	"wardlight/ward/census"
	"wardlight/ward/fault"
)

// ErrClosed is what Next says once the watch, or the whole loop, has ended.
var ErrClosed = fault.New(fault.Unavailable, "the live feed has ended")

// Update is what changed for a unit since the update before it. A slow reader
// gets fewer and bigger ones, never a gap.
type Update struct {
	Unit        UnitCode
	After       uint64 // Seq of the update before; 0: everything is new
	Seq         uint64 // of the unit's state in View
	RecordedSeq uint64
	Beds        []census.BedCode // that look different, sorted
	Alarms      bool             // the unit's alarms have changed
	System      bool             // alarms about the system itself have changed
	Pool        bool             // which devices are unassigned has changed
	Redefined   bool             // the unit's own definition has changed: its beds, its limits
	Tick        bool             // a second has passed
	View        View
}

// Watch follows one unit for one reader.
type Watch struct {
	hub    *hub
	unit   UnitCode
	wake   chan struct{}
	closed chan struct{}

	mu      sync.Mutex
	pending Update // merged from all that happened since the last Next
	news    bool
	seq     uint64 // of the last update handed out
	isOver  bool
}

// Next waits for the next update. Its error is ErrClosed, or why ctx ended.
func (w *Watch) Next(ctx context.Context) (Update, error) {
	for {
		if u, ok := w.take(); ok {
			return u, nil
		}
		select {
		case <-w.wake:
		case <-w.closed:
			if u, ok := w.take(); ok { // what came last, before the end
				return u, nil
			}
			return Update{}, ErrClosed
		case <-ctx.Done():
			return Update{}, ctx.Err()
		}
	}
}

// Close ends the watch; Next then says ErrClosed.
func (w *Watch) Close() {
	w.hub.forget(w)
	w.end(false)
}

func (w *Watch) end(keepLast bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.news = w.news && keepLast
	if !w.isOver {
		w.isOver = true
		close(w.closed)
	}
}

func (w *Watch) take() (Update, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.news {
		return Update{}, false
	}
	u := w.pending
	w.pending, w.news = Update{}, false
	u.Unit, u.After, u.Seq, u.RecordedSeq = w.unit, w.seq, u.View.Seq(w.unit), u.View.Recorded(w.unit)
	w.seq = u.Seq
	return u, true
}

// merge adds what happened to what the reader has not fetched yet. It waits
// for nobody: the reader holds the lock only to take the update away.
func (w *Watch) merge(v *View, t touched, own unitTouched) {
	w.mu.Lock()
	p := &w.pending
	for _, b := range own.beds {
		p.Beds = withBed(p.Beds, b)
	}
	p.Alarms = p.Alarms || own.alarms
	p.Redefined = p.Redefined || own.redefined
	p.System = p.System || t.system
	p.Pool = p.Pool || t.pool
	p.Tick = p.Tick || t.tick
	p.View, w.news = *v, true
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default: // it is awake, or will be
	}
}

// hub knows who watches what.
type hub struct {
	mu     sync.Mutex
	view   *View // the last published
	byUnit map[UnitCode]map[*Watch]struct{}
	isOver bool
}

// watch begins with the view that was published last; whatever is published
// after it is merged in: nothing falls between.
func (h *hub) watch(unit UnitCode) *Watch {
	w := &Watch{hub: h, unit: unit, wake: make(chan struct{}, 1), closed: make(chan struct{})}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.isOver {
		w.end(false)
		return w
	}
	w.merge(h.view, touched{}, unitTouched{})
	if h.byUnit == nil {
		h.byUnit = make(map[UnitCode]map[*Watch]struct{})
	}
	if h.byUnit[unit] == nil {
		h.byUnit[unit] = make(map[*Watch]struct{})
	}
	h.byUnit[unit][w] = struct{}{}
	return w
}

// count is how many watch.
func (h *hub) count() (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, watches := range h.byUnit {
		n += len(watches)
	}
	return n
}

func (h *hub) forget(w *Watch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.byUnit[w.unit], w)
	if len(h.byUnit[w.unit]) == 0 {
		delete(h.byUnit, w.unit)
	}
}

func (h *hub) publish(v *View, t touched) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.view = v
	if t.system || t.pool || t.tick {
		for unit, watches := range h.byUnit {
			own := unitTouched{}
			for _, u := range t.units {
				if u.code == unit {
					own = u
				}
			}
			tell(watches, v, t, own)
		}
		return
	}
	for _, u := range t.units {
		tell(h.byUnit[u.code], v, t, u)
	}
}

func tell(watches map[*Watch]struct{}, v *View, t touched, own unitTouched) {
	for w := range watches {
		w.merge(v, t, own)
	}
}

// close lets every reader fetch what came last, and then ends them all.
func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.isOver = true
	for _, watches := range h.byUnit {
		for w := range watches {
			w.end(true)
		}
	}
	h.byUnit = nil
}
