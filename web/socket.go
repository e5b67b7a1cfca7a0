package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/labstack/echo/v4"
)

const (
	// Subprotocol names the live protocol; doc/live-protocol.md says what is in its messages.
	Subprotocol = "wardlight.v1"

	maxIncoming = 4 << 10 // bytes of one message from a page
)

// Sockets opens websockets and knows all that are open, so that the process can end them in order.
type Sockets struct {
	log      *slog.Logger
	origins  originCheck
	valid    func(context.Context) bool
	pace     pace
	upgrader websocket.Upgrader

	mu      sync.Mutex
	open    map[*Conn]struct{}
	stopped bool
	all     sync.WaitGroup
}

// newSockets asks valid, each minute and with the request's context, whether a connection may stay.
func newSockets(log *slog.Logger, origins originCheck, valid func(context.Context) bool) *Sockets {
	return &Sockets{
		log: log, origins: origins, valid: valid, pace: usualPace, open: map[*Conn]struct{}{},
		upgrader: websocket.Upgrader{
			ReadBufferSize: 1024, WriteBufferSize: 1024, WriteBufferPool: &sync.Pool{},
			Subprotocols: []string{Subprotocol}, EnableCompression: true,
			CheckOrigin: func(*http.Request) bool { return true }, // checked before, with an answer of our own
		},
	}
}

// Serve upgrades the request and runs the connection until it ends. talk is called once, when the connection is open;
// what it returns gets every message from the page, one at a time, and must not wait. The context ends with the
// connection. An error means that the request was refused and still has to be answered; a connection that was open
// returns nil, however it ended.
func (s *Sockets) Serve(w http.ResponseWriter, r *http.Request, talk func(context.Context, *Conn) func(incoming []byte)) error {
	ws, err := s.upgrade(w, r)
	if err != nil {
		return err
	}
	c := newConn(ws, s.pace)
	if !s.add(c) {
		c.Close(websocket.CloseGoingAway, "server is stopping")
		c.farewell()
		return ws.Close()
	}
	defer s.remove(c)
	s.run(r.Context(), c, talk)
	return nil
}

func (s *Sockets) run(ctx context.Context, c *Conn, talk func(context.Context, *Conn) func([]byte)) {
	start := time.Now()
	ctx, cancel := context.WithCancel(ctx)
	var pumps sync.WaitGroup
	defer func() {
		cancel()
		pumps.Wait()
		_ = c.ws.Close() // mostly closed already
		s.logEnd(ctx, c, time.Since(start))
	}()
	s.log.InfoContext(ctx, "live connection opened", "request_id", RequestID(ctx))
	receive := talk(ctx, c)
	pumps.Go(func() { c.write(ctx) })
	pumps.Go(func() { c.watch(ctx, s.valid) })
	c.read(receive)
}

func (s *Sockets) logEnd(ctx context.Context, c *Conn, lasted time.Duration) {
	c.Close(websocket.CloseNormalClosure, "left") // counts only when nobody closed it before
	s.log.InfoContext(ctx, "live connection ended", "code", c.why.code, "reason", c.why.reason, "lasted", lasted, "request_id", RequestID(ctx))
}

// upgrade refuses what is not a page of ours that speaks our protocol.
func (s *Sockets) upgrade(w http.ResponseWriter, r *http.Request) (*websocket.Conn, error) {
	if !s.origins.allowsSocket(r) {
		return nil, echo.NewHTTPError(http.StatusForbidden, "This connection came from another site.")
	}
	if websocket.IsWebSocketUpgrade(r) && !slices.Contains(websocket.Subprotocols(r), Subprotocol) {
		return nil, echo.NewHTTPError(http.StatusBadRequest, "The subprotocol "+Subprotocol+" is required.")
	}
	var refused *echo.HTTPError
	upgrader := s.upgrader
	upgrader.Error = func(_ http.ResponseWriter, _ *http.Request, status int, reason error) {
		refused = echo.NewHTTPError(status, reason.Error())
	}
	ws, err := upgrader.Upgrade(w, r, nil)
	if refused != nil {
		return nil, refused
	}
	return ws, err
}

func (s *Sockets) add(c *Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return false
	}
	s.open[c] = struct{}{}
	s.all.Add(1)
	return true
}

func (s *Sockets) remove(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
	s.all.Done()
}

// errSocketsOpen is returned when connections outlived the time to stop.
var errSocketsOpen = errors.New("web: live connections did not end in time")

// stop closes every connection with 1001 (going away), takes no more, and waits for the end of all, at most until ctx ends.
func (s *Sockets) stop(ctx context.Context) error {
	s.mu.Lock()
	s.stopped = true
	for c := range s.open {
		c.Close(websocket.CloseGoingAway, "server is stopping")
	}
	s.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		s.all.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return errSocketsOpen
	}
}
