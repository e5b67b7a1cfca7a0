package handlers

import (
	"context"
	"encoding/json"
	"log/slog"
	"reflect"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/labstack/echo/v4"

	"wardlight/live"
	"wardlight/views"
	"wardlight/ward/census"
	"wardlight/ward/fault"
	"wardlight/web"
)

// feed opens the live feed of a unit, or with ?bed= of one bed in it.
func (h *Handlers) feed(c echo.Context) error {
	unit, bed := unitInQuery(c), census.BedCode(c.QueryParam("bed"))
	s, _, err := h.scene(unit)
	if err != nil {
		return err
	}
	if _, ok := s.Unit.Bed(bed); bed != "" && !ok {
		return fault.New(fault.NotFound, "There is no bed %s in unit %s.", bed, unit)
	}
	return h.Sockets.Serve(c.Response(), c.Request(), func(ctx context.Context, conn *web.Conn) func([]byte) {
		f := &follower{screen: conn, board: h.boards.of(unit), build: h.Assets.BuildID(), unit: unit, only: bed, now: h.Now}
		go f.follow(ctx, h.Ward, h.Log)
		if h.Waves != nil {
			f.waves = newTracer(conn, h.Waves.NewReader(), h.Ward, unit, bed, h.Now)
			go f.waves.run(ctx, h.Log)
		}
		return f.hear
	})
}

// screen is the far end of a feed. Its methods never wait.
type screen interface {
	HTML(body []byte)
	Values(key string, body []byte)
	Tick(body []byte)
	Close(code int, reason string)
}

// follower turns what changes in a unit into frames for one screen.
type follower struct {
	screen screen
	board  *board
	build  string
	unit   census.UnitCode
	only   census.BedCode // empty: the whole unit
	now    func() time.Time
	waves  *tracer // nil: there are none

	watch atomic.Pointer[live.Watch]
	again atomic.Bool // the screen asked for a snapshot

	// What the screen shows.
	after  uint64 // Seq of its last snapshot or html frame
	tiles  map[census.BedCode]any
	shared unitParts
	// spooled is what the outage spool held then.
	spooled live.Spooled
}

// follow tells the screen of everything until ctx ends. A fragment that
// cannot be drawn ends this screen's feed and not the process: the screen
// covers itself and tries again.
func (f *follower) follow(ctx context.Context, w Ward, log *slog.Logger) {
	defer func() {
		if r := recover(); r != nil {
			log.ErrorContext(ctx, "feed failed", "unit", f.unit, "panic", r, "stack", string(debug.Stack()))
			f.screen.Close(websocket.CloseInternalServerErr, "the feed has failed")
		}
	}()
	for {
		watch := w.Watch(f.unit)
		f.watch.Store(watch)
		err := f.relay(ctx, watch)
		watch.Close()
		switch {
		case ctx.Err() != nil:
			return
		case f.again.CompareAndSwap(true, false):
			// A new watch begins with everything.
		default:
			log.WarnContext(ctx, "feed ended", "unit", f.unit, "error", err)
			f.screen.Close(websocket.CloseGoingAway, "the feed has ended")
			return
		}
	}
}

func (f *follower) relay(ctx context.Context, watch *live.Watch) error {
	for {
		u, err := watch.Next(ctx)
		if err != nil {
			return err
		}
		if err := f.tell(u); err != nil {
			return err
		}
	}
}

// hear takes what the screen says. Asked for a snapshot, it ends the watch,
// and follow begins another one.
func (f *follower) hear(body []byte) {
	var r request
	switch {
	case json.Unmarshal(body, &r) != nil:
		return
	case r.Type == "waves" && f.waves != nil:
		f.waves.ask(r.Beds)
		return
	case r.Type != "sync":
		return
	}
	f.again.Store(true)
	if w := f.watch.Load(); w != nil {
		w.Close()
	}
}

// tell turns one update into frames.
func (f *follower) tell(u live.Update) error {
	s, ok := views.NewScene(u.View.Ward, f.unit, u.View.At)
	if !ok {
		return fault.New(fault.NotFound, "unit %s is gone", f.unit)
	}
	f.board.mu.Lock()
	defer f.board.mu.Unlock()
	var err error
	if u.After == 0 || u.Redefined {
		err = f.tellAll(s, u)
	} else {
		err = f.tellChanged(s, u)
	}
	if err != nil || !(u.Tick || u.After == 0 && f.moves(u)) {
		return err
	}
	return f.tick(u)
}

// moves reports whether the ward ticks. One that stands still must not look
// alive to a screen that has just come, or it would each time that it comes
// again.
func (f *follower) moves(u live.Update) bool { return f.now().Sub(u.View.At) < stillAfter }

func (f *follower) tellAll(s views.Scene, u live.Update) error {
	body, err := f.board.snapshot(s, u.View, f.only, f.build)
	if err != nil {
		return err
	}
	f.shared, err = f.board.parts(s, u.View)
	if err != nil {
		return err
	}
	f.tiles = map[census.BedCode]any{}
	for _, b := range s.Unit.Beds {
		if f.only != "" && b.ID.Bed != f.only {
			continue
		}
		d, err := f.board.shown(s, b, f.only)
		if err != nil {
			return err
		}
		f.tiles[b.ID.Bed] = d.structure
	}
	f.after = u.Seq
	f.screen.HTML(body)
	return nil
}

// tellChanged sends fragments where the structure has changed, and numbers
// alone where it has not.
func (f *follower) tellChanged(s views.Scene, u live.Update) error {
	var html []string
	if u.Alarms || u.System || u.Pool || len(u.Beds) > 0 || u.Tick && u.View.Spooled != f.spooled {
		f.spooled = u.View.Spooled
		p, err := f.board.parts(s, u.View)
		if err != nil {
			return err
		}
		html = p.changed(f.shared)
		f.shared = p
	}
	for _, code := range u.Beds {
		bed, ok := s.Unit.Bed(code)
		if !ok || f.only != "" && code != f.only {
			continue
		}
		d, err := f.board.shown(s, bed, f.only)
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(d.structure, f.tiles[code]) {
			f.tiles[code] = d.structure
			html = append(html, d.html)
			continue
		}
		body, err := encode(valuesOf(d, u.Seq, s.At.UnixMilli()))
		if err != nil {
			return err
		}
		f.screen.Values(d.id, body)
	}
	if len(html) == 0 {
		return nil
	}
	body, err := encode(htmlFrame{"html", f.after, u.Seq, s.At.UnixMilli(), html})
	if err != nil {
		return err
	}
	f.after = u.Seq
	f.screen.HTML(body)
	return nil
}

func (f *follower) tick(u live.Update) error {
	body, err := encode(tickFrame{
		Type: "tick", Epoch: u.View.Epoch, Seq: u.Seq, After: f.after, RecordedSeq: u.RecordedSeq,
		Lag: max(u.View.At.Sub(u.View.RecordedAt).Milliseconds(), 0), At: u.View.At.UnixMilli(), Build: f.build,
	})
	if err != nil {
		return err
	}
	f.screen.Tick(body)
	return nil
}
