package handlers

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/a-h/templ"

	"wardlight/ward/census"
)

// The frames of the live feed, as doc/live-protocol.md describes them. Times
// are server time in milliseconds.

// snapshotFrame is everything that the page shows of a unit or bed.
type snapshotFrame struct {
	Type        string   `json:"type"` // "snapshot"
	Epoch       string   `json:"epoch"`
	Seq         uint64   `json:"seq"`
	RecordedSeq uint64   `json:"recorded_seq"`
	At          int64    `json:"at"`
	Build       string   `json:"build"`
	Unit        string   `json:"unit"` // its name
	Zone        string   `json:"zone"` // IANA name
	HTML        []string `json:"html"`
}

// htmlFrame replaces the fragments whose structure has changed. After is the
// Seq of the snapshot or html frame before it.
type htmlFrame struct {
	Type  string   `json:"type"` // "html"
	After uint64   `json:"after"`
	Seq   uint64   `json:"seq"`
	At    int64    `json:"at"`
	HTML  []string `json:"html"`
}

// valuesFrame is all numbers of one bed; a newer one replaces an older one
// that has not been sent.
type valuesFrame struct {
	Type     string                  `json:"type"` // "values"
	Seq      uint64                  `json:"seq"`
	At       int64                   `json:"at"`
	Bed      string                  `json:"bed"`
	Updated  string                  `json:"updated"` // time of day of this frame
	Values   map[string]valueInFrame `json:"v"`
	Channels map[string]pumpInFrame  `json:"c,omitempty"`
}

type valueInFrame struct {
	Value   string `json:"v"`
	At      int64  `json:"at"`
	Time    string `json:"t"`
	Bounds  string `json:"b"`
	Quality string `json:"q"`
}

type pumpInFrame struct {
	EmptyAt int64  `json:"e"`
	Share   int    `json:"p"`
	At      int64  `json:"at"`
	Bounds  string `json:"b"`
}

// tickFrame comes each second, whatever happens. It alone holds off the NOT
// LIVE cover. After is the Seq of the last snapshot or html frame.
type tickFrame struct {
	Type        string `json:"type"` // "tick"
	Epoch       string `json:"epoch"`
	Seq         uint64 `json:"seq"`
	After       uint64 `json:"after"`
	RecordedSeq uint64 `json:"recorded_seq"`
	Lag         int64  `json:"lag_ms"` // of the record
	At          int64  `json:"at"`
	Build       string `json:"build"`
}

// request is what a page may ask for.
type request struct {
	Type string           `json:"type"` // "sync": send a snapshot; "waves": follow the waveforms of
	Beds []census.BedCode `json:"beds"` // these beds of the unit, and of no others
}

func valuesOf(d drawnBed, seq uint64, at int64) valuesFrame {
	f := valuesFrame{
		Type: "values", Seq: seq, At: at, Bed: d.id, Updated: d.updated,
		Values: map[string]valueInFrame{}, Channels: map[string]pumpInFrame{},
	}
	for _, n := range d.numbers {
		f.Values[n.Code] = valueInFrame{n.Value, n.At, n.Time, n.Bounds, n.Quality}
	}
	for _, p := range d.pumps {
		f.Channels[p.Key] = pumpInFrame{p.EmptyAt, p.Share, p.At, p.Bounds}
	}
	return f
}

// encode writes a frame. Browsers parse it as JSON and never as part of a
// page, so that "<" may stay as it is.
func encode(frame any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(frame)
	return bytes.TrimRight(out.Bytes(), "\n"), err
}

func draw(c templ.Component) (string, error) {
	buf := templ.GetBuffer()
	defer templ.ReleaseBuffer(buf)
	err := c.Render(context.Background(), buf)
	return buf.String(), err
}
