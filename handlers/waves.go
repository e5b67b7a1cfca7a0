package handlers

import (
	"context"
	"encoding/binary"
	"log/slog"
	"math"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"wardlight/live"
	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/device"
)

// waveScreen is the far end of a feed as far as waveforms go.
type waveScreen interface {
	HTML(body []byte)
	Waves(body []byte)
	WavesWait() bool
	Close(code int, reason string)
}

const (
	// waveEvery is how often a screen gets what is new of all waveforms.
	waveEvery = 200 * time.Millisecond
	// maxWaveBeds bounds what one screen may ask for.
	maxWaveBeds = 256
)

// tracer turns the waveforms of beds into frames for one screen. Which device
// speaks for a bed is looked up for each frame, so that nothing is sent of a
// patient who has left, and nothing of a patient under another's name.
type tracer struct {
	screen waveScreen
	reader *live.WaveReader
	ward   Ward
	unit   census.UnitCode
	only   census.BedCode // empty: the whole unit
	now    func() time.Time

	asked atomic.Pointer[[]census.BedCode]
	wake  chan struct{}

	beds  map[census.BedCode]*tracedBed
	told  []laneInFrame
	seq   uint32
	frame []live.Stretch
}

// tracedBed numbers what was ever sent of a bed. No number means two things
// on one connection: a frame that is older than its list is merely unknown.
type tracedBed struct {
	index    uint16
	channels map[trace]uint8
}

// trace is what a channel number stands for.
type trace struct {
	device    device.ID
	encounter census.EncounterID
	mdc       int
	ref       string
	epoch     uint64 // of its scale and rate
}

// wavesFrame lists the lanes of the binary frames that follow. It replaces the
// list before it: what is not in it is over.
type wavesFrame struct {
	Type  string        `json:"type"` // "waves"
	Lanes []laneInFrame `json:"lanes"`
}

type laneInFrame struct {
	Bed     string  `json:"bed"` // "ICU-12"
	Index   uint16  `json:"i"`
	Channel uint8   `json:"c"`
	MDC     int     `json:"mdc"`
	RefID   string  `json:"ref"`
	Label   string  `json:"label"`
	Unit    string  `json:"unit"`
	Rate    float64 `json:"hz"`
	Scale   float64 `json:"scale"`
	Offset  float64 `json:"offset"`
	Hold    int64   `json:"hold"` // ms
	Device  string  `json:"device"`
}

// Flags of a lane in a binary frame.
const flagGap = 1

func newTracer(s waveScreen, r *live.WaveReader, w Ward, unit census.UnitCode, only census.BedCode, now func() time.Time) *tracer {
	return &tracer{
		screen: s, reader: r, ward: w, unit: unit, only: only, now: now,
		wake: make(chan struct{}, 1), beds: map[census.BedCode]*tracedBed{},
	}
}

// ask takes the beds whose waveforms the screen wants from now on.
func (t *tracer) ask(beds []census.BedCode) {
	beds = slices.Clone(beds[:min(len(beds), maxWaveBeds)])
	slices.Sort(beds)
	beds = slices.Compact(beds)
	t.asked.Store(&beds)
	select {
	case t.wake <- struct{}{}:
	default: // it is awake, or will be
	}
}

// run sends a frame each 200 ms once it is asked, until ctx ends.
func (t *tracer) run(ctx context.Context, log *slog.Logger) {
	defer func() {
		if r := recover(); r != nil {
			log.ErrorContext(ctx, "waveforms failed", "unit", t.unit, "panic", r, "stack", string(debug.Stack()))
			t.screen.Close(websocket.CloseInternalServerErr, "the feed has failed")
		}
	}()
	var every *time.Ticker
	var due <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			if every != nil {
				every.Stop()
			}
			return
		case <-t.wake:
			if every == nil {
				every = time.NewTicker(waveEvery)
				due = every.C
			}
		case <-due:
			t.send()
			if len(*t.asked.Load()) == 0 {
				every.Stop()
				every, due = nil, nil
			}
		}
	}
}

// send sends what is new of the waveforms that were asked for.
func (t *tracer) send() {
	if t.screen.WavesWait() { // dropped for the one that comes now
		t.reader.Restart()
	}
	now := t.now()
	body := t.begin(now)
	list := []laneInFrame{}
	w := t.ward.View().Ward
	for _, code := range *t.asked.Load() {
		bed, ok := w.Bed(census.BedID{Unit: t.unit, Bed: code})
		if !ok || t.only != "" && code != t.only {
			continue
		}
		for _, d := range bed.Devices {
			if d.Encounter != encounterIn(bed) {
				continue // it has not said yet whether it measures who lies here now
			}
			t.frame = t.reader.Next(t.frame[:0], d.ID, d.Since, now)
			for i := range t.frame {
				lane, ok := t.lane(bed, d, &t.frame[i])
				if !ok {
					t.screen.Close(websocket.CloseTryAgainLater, "too many waveforms")
					return
				}
				list = append(list, lane)
				body = appendLane(body, lane, &t.frame[i])
			}
		}
	}
	t.tellLanes(list)
	if n := binary.LittleEndian.Uint16(body[2:]); n > 0 {
		t.seq++
		t.screen.Waves(body)
	}
}

func encounterIn(b *ward.Bed) census.EncounterID {
	if b.Encounter == nil {
		return ""
	}
	return b.Encounter.ID
}

// tellLanes sends the list, if it is another one.
func (t *tracer) tellLanes(list []laneInFrame) {
	if slices.Equal(list, t.told) {
		return
	}
	body, err := encode(wavesFrame{"waves", list})
	if err != nil {
		t.screen.Close(websocket.CloseInternalServerErr, "the feed has failed")
		return
	}
	t.told = list
	t.screen.HTML(body) // never dropped, and before any frame that is queued from now on
}

// lane gives a waveform its number; false when there are none left.
func (t *tracer) lane(bed *ward.Bed, d *ward.Device, s *live.Stretch) (laneInFrame, bool) {
	b := t.beds[bed.ID.Bed]
	if b == nil {
		if len(t.beds) > math.MaxUint16 {
			return laneInFrame{}, false
		}
		b = &tracedBed{index: uint16(len(t.beds)), channels: map[trace]uint8{}}
		t.beds[bed.ID.Bed] = b
	}
	key := trace{d.ID, d.Encounter, s.MDC, s.RefID, s.Epoch}
	channel, ok := b.channels[key]
	if !ok {
		if len(b.channels) > math.MaxUint8 {
			return laneInFrame{}, false
		}
		channel = uint8(len(b.channels))
		b.channels[key] = channel
		// Its numbers count for this lane alone: it begins by itself.
		s.Samples = nil
		t.reader.Forget(d.ID)
	}
	return laneInFrame{
		Bed: bed.ID.String(), Index: b.index, Channel: channel, MDC: s.MDC, RefID: s.RefID, Label: s.Label, Unit: s.Unit,
		Rate: s.Rate, Scale: s.Scale, Offset: s.Offset, Hold: s.Hold.Milliseconds(), Device: d.Label,
	}, true
}

// begin writes the header of a frame: type, version, number of lanes (yet 0),
// sequence number and server time in ms; little endian, as all of it.
func (t *tracer) begin(now time.Time) []byte {
	body := make([]byte, 0, 1024)
	body = append(body, 1, 1, 0, 0)
	body = binary.LittleEndian.AppendUint32(body, t.seq)
	return binary.LittleEndian.AppendUint64(body, math.Float64bits(float64(now.UnixMicro())/1000))
}

// appendLane adds a lane and counts it; one without samples is left out.
func appendLane(body []byte, lane laneInFrame, s *live.Stretch) []byte {
	if len(s.Samples) == 0 || len(s.Samples) > math.MaxUint16 {
		return body
	}
	binary.LittleEndian.PutUint16(body[2:], binary.LittleEndian.Uint16(body[2:])+1)
	flags := byte(0)
	if s.IsGap {
		flags |= flagGap
	}
	put := func(v uint16) { body = binary.LittleEndian.AppendUint16(body, v) }
	put(lane.Index)
	body = append(body, lane.Channel, flags)
	put(uint16(math.Round(s.Rate)))
	put(uint16(len(s.Samples)))
	put(1) // scale and
	put(0) // offset of the digits: the list has those of the values
	for _, x := range s.Samples {
		put(uint16(x))
	}
	return body
}
