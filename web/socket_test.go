package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/labstack/echo/v4"
)

// station is a running server whose live connections the test holds at both ends.
type station struct {
	*chassis
	t      *testing.T
	addr   string
	stop   context.CancelFunc
	served chan error
	opened chan *serverSide
}

// serverSide is what a handler has of a connection.
type serverSide struct {
	*Conn
	ctx      context.Context
	incoming chan string
}

func newStation(t *testing.T, p pace) *station {
	t.Helper()
	ch := newChassis()
	ch.Sockets.pace = p
	ch.records.tokens[HashSecret("token")] = Principal{UserID: "m1", Role: "display"}
	st := &station{chassis: ch, t: t, served: make(chan error, 1), opened: make(chan *serverSide, 16)}
	ch.Echo.GET("/live", func(c echo.Context) error {
		return ch.Sockets.Serve(c.Response(), c.Request(), func(ctx context.Context, conn *Conn) func([]byte) {
			side := &serverSide{Conn: conn, ctx: ctx, incoming: make(chan string, 16)}
			st.opened <- side
			return func(b []byte) { side.incoming <- string(b) }
		})
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	st.addr = ln.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	st.stop = cancel
	go func() { st.served <- ch.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-st.served; err != nil {
			t.Error(err)
		}
	})
	return st
}

func (st *station) dial(headers ...string) (*websocket.Conn, *http.Response, error) {
	h := http.Header{"Authorization": {"Bearer token"}, "Sec-Websocket-Protocol": {Subprotocol}}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		h.Set(name, value)
	}
	return websocket.DefaultDialer.Dial("ws://"+st.addr+"/live", h)
}

// open returns both ends of a new connection.
func (st *station) open() (*websocket.Conn, *serverSide) {
	st.t.Helper()
	ws, res, err := st.dial("Origin: http://" + st.addr)
	if err != nil {
		st.t.Fatal(err)
	}
	st.t.Cleanup(func() { _ = ws.Close() })
	if got := res.Header.Get("Sec-WebSocket-Protocol"); got != Subprotocol {
		st.t.Errorf("subprotocol %q", got)
	}
	return ws, <-st.opened
}

func read(t *testing.T, ws *websocket.Conn) string {
	t.Helper()
	_, b, err := ws.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func wantClosed(t *testing.T, ws *websocket.Conn, code int) {
	t.Helper()
	for {
		_, _, err := ws.ReadMessage()
		if err == nil {
			continue
		}
		if !websocket.IsCloseError(err, code) {
			t.Errorf("ended with %v, want close %d", err, code)
		}
		return
	}
}

func TestMessagesPassBothWays(t *testing.T) {
	ws, side := newStation(t, usualPace).open()
	if err := ws.WriteMessage(websocket.TextMessage, []byte(`{"sub":"ICU"}`)); err != nil {
		t.Fatal(err)
	}
	if got := <-side.incoming; got != `{"sub":"ICU"}` {
		t.Errorf("the server got %s", got)
	}
	side.HTML([]byte("<article>"))
	side.Values("12", []byte("88"))
	if a, b := read(t, ws), read(t, ws); a != "<article>" || b != "88" {
		t.Errorf("the page got %s, %s", a, b)
	}
	side.Tick([]byte("tick"))
	if got := read(t, ws); got != "tick" {
		t.Errorf("the page got %s", got)
	}
	side.Waves([]byte{1, 2})
	if kind, b, err := ws.ReadMessage(); kind != websocket.BinaryMessage || !bytes.Equal(b, []byte{1, 2}) {
		t.Errorf("the page got kind %d, %v, %v", kind, b, err)
	}
}

func TestLargeFragmentsAreDeflatedForThoseWhoCan(t *testing.T) {
	st := newStation(t, usualPace)
	dialer := websocket.Dialer{EnableCompression: true, Subprotocols: []string{Subprotocol}}
	ws, res, err := dialer.Dial("ws://"+st.addr+"/live", http.Header{"Authorization": {"Bearer token"}})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	if !strings.Contains(res.Header.Get("Sec-WebSocket-Extensions"), "permessage-deflate") {
		t.Error("deflate was not agreed")
	}
	side, long := <-st.opened, strings.Repeat("<p>88</p>", 1000)
	side.HTML([]byte(long))
	side.HTML([]byte("short"))
	if a, b := read(t, ws), read(t, ws); a != long || b != "short" {
		t.Errorf("got %d bytes and %q", len(a), b)
	}
}

func TestASlowReaderIsClosedWhileOthersGoOn(t *testing.T) {
	p := usualPace
	p.farewell = 50 * time.Millisecond
	st := newStation(t, p)
	_, slow := st.open()
	fast, side := st.open()
	body := strings.Repeat("x", 64<<10)
	for i := 0; slow.ctx.Err() == nil; i++ {
		if i == 4000 {
			t.Fatal("256 MB later the slow reader is still connected")
		}
		message := fmt.Sprint(i, body)
		slow.HTML([]byte(message))
		side.HTML([]byte(message))
		if got := read(t, fast); got != message {
			t.Fatalf("message %d arrived as %.20s", i, got)
		}
	}
	if slow.why.code != websocket.CloseTryAgainLater {
		t.Errorf("the slow reader was closed with %d %s", slow.why.code, slow.why.reason)
	}
	side.HTML([]byte("still here"))
	if got := read(t, fast); got != "still here" {
		t.Errorf("the fast one got %.20s", got)
	}
}

func TestAReaderThatFallsBehindIsTold(t *testing.T) {
	st := newStation(t, usualPace)
	ws, side := st.open()
	side.mu.Lock() // the writer cannot take anything meanwhile
	for range maxHTML {
		side.lanes.addHTML([]byte("x"))
	}
	side.mu.Unlock()
	side.HTML([]byte("one too many"))
	wantClosed(t, ws, websocket.CloseTryAgainLater)
	<-side.ctx.Done()
	side.HTML([]byte("after the end"))
	side.Close(websocket.CloseNormalClosure, "again")
	if side.why.code != websocket.CloseTryAgainLater {
		t.Errorf("the second close won: %d", side.why.code)
	}
}

func TestStrangersAreRefused(t *testing.T) {
	st := newStation(t, usualPace)
	for name, tt := range map[string]struct {
		header string
		want   int
	}{
		"foreign origin":    {"Origin: https://evil.example", 403},
		"origin null":       {"Origin: null", 403},
		"other port":        {"Origin: http://127.0.0.1:1", 403},
		"no subprotocol":    {"Sec-Websocket-Protocol: other", 400},
		"not a known token": {"Authorization: Bearer wrong", 401},
	} {
		ws, res, err := st.dial(tt.header)
		if err == nil {
			_ = ws.Close()
			t.Errorf("%s: connected", name)
		} else if res.StatusCode != tt.want {
			t.Errorf("%s: %d, want %d", name, res.StatusCode, tt.want)
		}
	}
	res := newBrowser(t, st.Echo).do("GET", "/live", "", "Authorization: Bearer token")
	if res.StatusCode != 400 {
		t.Errorf("a plain GET: %d, want 400", res.StatusCode)
	}
}

func TestAMessageTooLongEndsTheConnection(t *testing.T) {
	ws, side := newStation(t, usualPace).open()
	if err := ws.WriteMessage(websocket.TextMessage, make([]byte, maxIncoming)); err != nil {
		t.Fatal(err)
	}
	if got := <-side.incoming; len(got) != maxIncoming {
		t.Errorf("%d bytes arrived", len(got))
	}
	if err := ws.WriteMessage(websocket.TextMessage, make([]byte, maxIncoming+1)); err != nil {
		t.Fatal(err)
	}
	wantClosed(t, ws, websocket.CloseMessageTooBig)
}

func TestBinaryFromAPageEndsTheConnection(t *testing.T) {
	ws, _ := newStation(t, usualPace).open()
	if err := ws.WriteMessage(websocket.BinaryMessage, []byte{1}); err != nil {
		t.Fatal(err)
	}
	wantClosed(t, ws, websocket.CloseUnsupportedData)
}

func TestPingsKeepAQuietConnection(t *testing.T) {
	p := usualPace
	p.ping = time.Millisecond
	ws, _ := newStation(t, p).open()
	pings := 0
	answer := ws.PingHandler()
	done := errors.New("enough")
	ws.SetPingHandler(func(data string) error {
		if pings++; pings == 3 {
			return done
		}
		return answer(data)
	})
	if _, _, err := ws.ReadMessage(); !errors.Is(err, done) {
		t.Errorf("%d pings, then %v", pings, err)
	}
}

func TestASilentPeerIsGivenUp(t *testing.T) {
	p := usualPace
	p.pong = 20 * time.Millisecond
	_, side := newStation(t, p).open() // it never reads, so it never answers a ping
	<-side.ctx.Done()
}

func TestLeavingEndsTheHandlersContext(t *testing.T) {
	ws, side := newStation(t, usualPace).open()
	_ = ws.Close()
	<-side.ctx.Done()
}

func TestARevokedSessionIsClosed(t *testing.T) {
	p := usualPace
	p.recheck = time.Millisecond
	st := newStation(t, p)
	ws, side := st.open()
	side.HTML([]byte("before"))
	if got := read(t, ws); got != "before" {
		t.Errorf("got %s", got)
	}
	st.records.set(func() { clear(st.records.tokens) })
	st.sessions.Forget("m1")
	wantClosed(t, ws, CloseNotSignedIn)
}

func TestStoppingSaysSoToEveryPage(t *testing.T) {
	st := newStation(t, usualPace)
	a, _ := st.open()
	b, _ := st.open()
	st.stop()
	wantClosed(t, a, websocket.CloseGoingAway)
	wantClosed(t, b, websocket.CloseGoingAway)
	if err := <-st.served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	st.served <- nil // for the cleanup
	if _, _, err := st.dial(); err == nil {
		t.Error("a new connection was taken after the stop")
	}
	if len(st.Sockets.open) != 0 {
		t.Errorf("%d connections are left", len(st.Sockets.open))
	}
}

func TestStoppingWaitsForRunningRequests(t *testing.T) {
	st := newStation(t, usualPace)
	started, finish := make(chan struct{}), make(chan struct{})
	st.Echo.GET("/slow", func(c echo.Context) error {
		close(started)
		<-finish
		return c.String(200, "saved")
	})
	answered := make(chan string, 1)
	go func() {
		b := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		res, err := b.Get("http://" + st.addr + "/slow")
		if err != nil {
			answered <- err.Error()
			return
		}
		defer res.Body.Close()
		answered <- res.Status
	}()
	<-started
	st.stop()
	close(finish)
	if got := <-answered; got != "200 OK" {
		t.Errorf("the running request ended with %s", got)
	}
}

func TestAPanickingTalkEndsOnlyItsConnection(t *testing.T) {
	st := newStation(t, usualPace)
	st.Echo.GET("/panic", func(c echo.Context) error {
		return st.Sockets.Serve(c.Response(), c.Request(), func(context.Context, *Conn) func([]byte) {
			return func([]byte) { panic("rule 7") }
		})
	})
	h := http.Header{"Authorization": {"Bearer token"}, "Sec-Websocket-Protocol": {Subprotocol}}
	ws, _, err := websocket.DefaultDialer.Dial("ws://"+st.addr+"/panic", h)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	if err := ws.WriteMessage(websocket.TextMessage, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ws.ReadMessage(); err == nil {
		t.Error("the connection goes on")
	}
	other, side := st.open()
	side.Tick([]byte("tick"))
	if got := read(t, other); got != "tick" {
		t.Errorf("the other got %s", got)
	}
}
