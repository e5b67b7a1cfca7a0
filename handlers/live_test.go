package handlers

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"wardlight/live"
	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/web"
)

// paper is a screen that keeps what it was sent.
type paper struct {
	frames []frame
	closed int
}

// frame is any frame of the feed.
type frame struct {
	Type        string                     `json:"type"`
	Epoch       string                     `json:"epoch"`
	Seq         uint64                     `json:"seq"`
	After       uint64                     `json:"after"`
	RecordedSeq uint64                     `json:"recorded_seq"`
	Lag         int64                      `json:"lag_ms"`
	At          int64                      `json:"at"`
	Unit        string                     `json:"unit"`
	Zone        string                     `json:"zone"`
	Bed         string                     `json:"bed"`
	Values      map[string]valueInFrame    `json:"v"`
	Channels    map[string]json.RawMessage `json:"c"`
	HTML        []string                   `json:"html"`
}

func (p *paper) take(body []byte) {
	var f frame
	if err := json.Unmarshal(body, &f); err != nil {
		panic(err)
	}
	p.frames = append(p.frames, f)
}

func (p *paper) HTML(body []byte)             { p.take(body) }
func (p *paper) Values(_ string, body []byte) { p.take(body) }
func (p *paper) Tick(body []byte)             { p.take(body) }
func (p *paper) Close(code int, _ string)     { p.closed = code }

// drain takes what was sent since the last time, by type.
func (p *paper) drain() map[string][]frame {
	out := map[string][]frame{}
	for _, f := range p.frames {
		out[f.Type] = append(out[f.Type], f)
	}
	p.frames = nil
	return out
}

// reader follows a unit by hand: each step tells the next update.
type reader struct {
	*follower
	t     *testing.T
	paper *paper
	watch *live.Watch
}

func (s *station) reader(unit census.UnitCode, only census.BedCode) *reader {
	p := &paper{}
	w := s.loop.Watch(unit)
	s.t.Cleanup(w.Close)
	return &reader{&follower{screen: p, board: s.h.boards.of(unit), build: "b1", unit: unit, only: only, now: s.clock}, s.t, p, w}
}

func (r *reader) step() map[string][]frame {
	r.t.Helper()
	u, err := r.watch.Next(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.tell(u); err != nil {
		r.t.Fatal(err)
	}
	return r.paper.drain()
}

func TestAFeedBeginsWithEverything(t *testing.T) {
	s := newStation(t)
	s.measure(1, "1", "78", "97")
	got := s.reader("ICU", "").step()
	if len(got["snapshot"]) != 1 || len(got["tick"]) != 1 {
		t.Fatalf("got %v", got)
	}
	snap, tick := got["snapshot"][0], got["tick"][0]
	all := strings.Join(snap.HTML, "")
	for _, id := range []string{"bed-ICU-1", "bed-ICU-2", "rail", "counts", "bars", "pool"} {
		if !strings.Contains(all, `id="`+id+`"`) {
			t.Errorf("%s is missing", id)
		}
	}
	if tick.After != snap.Seq || tick.Epoch != "e1" || snap.Epoch != "e1" {
		t.Errorf("the tick does not vouch for the snapshot: %+v", tick)
	}
	if strings.Contains(all, "_csrf") || strings.Contains(all, "Kim") {
		t.Error("a fragment is the same for everyone")
	}
}

func TestNewNumbersTravelAsValues(t *testing.T) {
	s := newStation(t)
	s.measure(1, "1", "78", "97")
	r := s.reader("ICU", "")
	r.step()
	s.measure(1, "1", "79", "97")
	got := r.step()
	if len(got["html"]) != 0 || len(got["values"]) != 1 {
		t.Fatalf("got %v", got)
	}
	v := got["values"][0]
	if v.Bed != "ICU-1" || v.Values["8867-4"].Value != "79" || v.Values["59408-5"].Value != "97" {
		t.Errorf("a values frame holds all numbers of its bed: %+v", v)
	}
	hr := v.Values["8867-4"]
	if hr.At != s.clock().UnixMilli() || hr.Bounds != "3 10 60" || hr.Quality != "ok" || hr.Time != "12:00:02" {
		t.Errorf("got %+v", hr)
	}
}

func TestAnAlarmTravelsAsFragmentsInOrder(t *testing.T) {
	s := newStation(t)
	s.measure(1, "1", "78", "97")
	r := s.reader("ICU", "")
	shown := r.step()["snapshot"][0].Seq
	for range 20 {
		s.measure(1, "1", "130", "97")
		got := r.step()
		for _, f := range got["html"] {
			if f.After != shown {
				t.Fatalf("after %d, but the screen shows %d", f.After, shown)
			}
			shown = f.Seq
			all := strings.Join(f.HTML, "")
			if !strings.Contains(all, "HR 130&gt;120") || !strings.Contains(all, `id="rail"`) || !strings.Contains(all, `id="counts"`) {
				t.Errorf("got %s", all)
			}
		}
		for _, f := range got["tick"] {
			if f.After != shown {
				t.Fatalf("a tick vouches for %d, the screen shows %d", f.After, shown)
			}
		}
	}
	if s.alarm("1").ID == "" || shown == 0 {
		t.Fatal("no alarm came")
	}

	e := s.alarm("1")
	if w := s.post("kim", acknowledgement(e), form(e), "Accept", asScript); w.Code != http.StatusNoContent {
		t.Fatal(w.Body)
	}
	if all := strings.Join(r.step()["html"][0].HTML, ""); !strings.Contains(all, "Kim R. 12:00") {
		t.Errorf("every screen shows who acknowledged: %s", all)
	}
}

func TestASecondWithoutNewsIsATickAlone(t *testing.T) {
	s := newStation(t)
	s.measure(1, "1", "78", "97")
	r := s.reader("WARD", "")
	r.step()
	s.measure(1, "1", "78", "97")
	got := r.step()
	if len(got) != 1 || len(got["tick"]) != 1 {
		t.Errorf("got %v", got)
	}
}

func TestAFeedOfOneBedTellsOfNoOther(t *testing.T) {
	s := newStation(t)
	s.measure(1, "1", "78", "97")
	r := s.reader("ICU", "2")
	if all := strings.Join(r.step()["snapshot"][0].HTML, ""); strings.Contains(all, `data-bed="ICU-1"`) || !strings.Contains(all, `data-bed="ICU-2"`) {
		t.Errorf("the snapshot is not of bed 2 alone: %s", all)
	}
	s.measure(1, "1", "90", "97")
	if got := r.step(); len(got["values"]) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestScreensOfAUnitShareWhatIsDrawn(t *testing.T) {
	s := newStation(t)
	s.measure(1, "1", "78", "97")
	s.reader("ICU", "").step()
	board := s.h.boards.of("ICU")
	drawn := &board.snapshots[""].body[0]
	s.reader("ICU", "").step()
	if drawn != &board.snapshots[""].body[0] {
		t.Error("two screens, two drawings of the same state")
	}
}

// TestAPageSpeaksTheProtocol goes through a real websocket: everything, then
// everything again when asked.
func TestAPageSpeaksTheProtocol(t *testing.T) {
	s := newStation(t)
	s.measure(1, "1", "78", "97")
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(s.web.Echo)
	defer server.Close()
	defer cancel()
	dialer := websocket.Dialer{Subprotocols: []string{web.Subprotocol}, HandshakeTimeout: 10 * time.Second}
	address := "ws" + strings.TrimPrefix(server.URL, "http") + "/live?unit=ICU"
	ws, answer, err := dialer.DialContext(ctx, address, http.Header{"Cookie": {"wardlight=kim"}})
	if err != nil {
		t.Fatal(err, answer)
	}
	defer func() { _ = ws.Close() }()
	next := func(want string) frame {
		t.Helper()
		for {
			_ = ws.SetReadDeadline(time.Now().Add(20 * time.Second))
			_, body, err := ws.ReadMessage()
			if err != nil {
				t.Fatal(err)
			}
			var f frame
			if err := json.Unmarshal(body, &f); err != nil {
				t.Fatal(err)
			}
			if f.Type == want {
				return f
			}
		}
	}
	first := next("snapshot")
	next("tick")
	if err := ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"sync"}`)); err != nil {
		t.Fatal(err)
	}
	if again := next("snapshot"); again.Epoch != first.Epoch || again.Seq < first.Seq {
		t.Errorf("got %+v after %+v", again, first)
	}
}

func TestAFragmentThatCannotBeDrawnEndsOneFeedOnly(t *testing.T) {
	s := newStation(t)
	p := &paper{}
	f := &follower{screen: p, board: nil, unit: "ICU"} // no board: drawing panics
	f.follow(t.Context(), s.loop, slog.New(slog.DiscardHandler))
	if p.closed != websocket.CloseInternalServerErr {
		t.Errorf("closed with %d", p.closed)
	}
}

// A ward that stands still sends no ticks. A screen that connects to it, again
// and again, must not be told each time that it is live.
func TestAWardThatStandsStillVouchesForNothing(t *testing.T) {
	s := newStation(t)
	s.measure(1, "1", "78", "97")
	s.mu.Lock()
	s.now = s.now.Add(stillAfter)
	s.mu.Unlock()
	if got := s.reader("ICU", "").step(); len(got["snapshot"]) != 1 || len(got["tick"]) != 0 {
		t.Errorf("got %v", got)
	}
}

// A unit that is defined anew tells its name and zone to pages that show the
// old ones, and to the page of a bed that it has no more.
func TestAUnitDefinedAnew(t *testing.T) {
	s := newStation(t)
	s.measure(1, "1", "78", "97")
	unit, bed := s.reader("ICU", ""), s.reader("ICU", "2")
	first := unit.step()["snapshot"][0]
	bed.step()
	if first.Unit != "Unit ICU" || first.Zone != "Europe/London" {
		t.Errorf("the snapshot is of %q in %q", first.Unit, first.Zone)
	}

	s.submit(ward.Configure{Units: []ward.UnitConfig{
		{Unit: census.Unit{Code: "ICU", Name: "ICU North", Zone: "Europe/Berlin", CareArea: "adult-icu", TrustGateway: true, Beds: []census.BedCode{"1"}}},
		{Unit: census.Unit{Code: "WARD", Name: "Unit WARD", Zone: "Europe/London", CareArea: "adult", TrustGateway: true, Beds: []census.BedCode{"A"}}},
	}})
	now := unit.step()["snapshot"]
	if len(now) != 1 || now[0].Unit != "ICU North" || now[0].Zone != "Europe/Berlin" {
		t.Errorf("got %+v", now)
	}
	gone := bed.step()["snapshot"]
	if len(gone) != 1 || strings.Contains(strings.Join(gone[0].HTML, ""), "bedside-ICU-2") {
		t.Errorf("a bed that is gone: %+v", gone)
	}
}
