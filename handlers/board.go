package handlers

import (
	"reflect"
	"sync"
	"time"

	"wardlight/live"
	"wardlight/views"
	"wardlight/ward"
	"wardlight/ward/census"
)

// boards hold what was last drawn of each unit, so that however many screens
// follow a unit, each state of it is drawn once.
type boards struct {
	mu     sync.Mutex
	byUnit map[census.UnitCode]*board
}

func (b *boards) of(unit census.UnitCode) *board {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.byUnit == nil {
		b.byUnit = map[census.UnitCode]*board{}
	}
	if b.byUnit[unit] == nil {
		b.byUnit[unit] = &board{beds: map[census.BedCode]drawnBed{}, snapshots: map[census.BedCode]drawnSnapshot{}}
	}
	return b.byUnit[unit]
}

// board is one unit's.
type board struct {
	mu        sync.Mutex
	beds      map[census.BedCode]drawnBed
	unit      drawnUnit
	snapshots map[census.BedCode]drawnSnapshot // by the one bed shown; empty for the whole unit
}

// drawnBed is a bed as drawn from one value of it: a ward's values never
// change, so the same pointer is the same bed.
type drawnBed struct {
	from      *ward.Bed
	in        *ward.Unit
	at        time.Time
	tile      views.Tile
	structure views.Tile
	html      string
}

// drawnUnit is what belongs to the unit as a whole.
type drawnUnit struct {
	epoch string
	seq   uint64
	parts unitParts
}

// unitParts are the unit's fragments, with what they were drawn from where
// their text alone would differ with every second.
type unitParts struct {
	rail                     views.Rail // its structure
	worklist                 string
	counts, bars, unassigned string
}

type drawnSnapshot struct {
	epoch string
	seq   uint64
	body  []byte
}

// bed draws a bed, or finds it drawn.
func (b *board) bed(s views.Scene, bed *ward.Bed) (drawnBed, error) {
	if d, ok := b.beds[bed.ID.Bed]; ok && d.from == bed && d.in == s.Unit && d.at.Equal(s.At) {
		return d, nil
	}
	d := drawnBed{from: bed, in: s.Unit, at: s.At, tile: s.Tile(bed)}
	d.structure = d.tile.Structure()
	var err error
	d.html, err = draw(views.BedTile(d.tile))
	b.beds[bed.ID.Bed] = d
	return d, err
}

// parts draws what belongs to the unit as a whole, or finds it drawn.
func (b *board) parts(s views.Scene, v live.View) (unitParts, error) {
	seq := v.Seq(s.Unit.Code)
	if b.unit.epoch == v.Epoch && b.unit.seq == seq && seq != 0 {
		return b.unit.parts, nil
	}
	var p unitParts
	rail := s.Rail()
	p.rail = rail.Structure()
	var err error
	keep := func(html string, drawErr error) string {
		if drawErr != nil {
			err = drawErr
		}
		return html
	}
	p.worklist = keep(draw(views.Worklist(rail)))
	p.counts = keep(draw(views.HeaderCounts(s.Counts())))
	p.bars = keep(draw(views.Bars(s.Bars())))
	p.unassigned = keep(draw(views.UnassignedPool(s.Pool())))
	b.unit = drawnUnit{v.Epoch, seq, p}
	return p, err
}

// snapshot encodes everything about a unit, or about one bed of it.
func (b *board) snapshot(s views.Scene, v live.View, only census.BedCode, build string) ([]byte, error) {
	seq := v.Seq(s.Unit.Code)
	if d := b.snapshots[only]; d.epoch == v.Epoch && d.seq == seq && seq != 0 {
		return d.body, nil
	}
	f := snapshotFrame{
		Type: "snapshot", Epoch: v.Epoch, Seq: seq, RecordedSeq: v.Recorded(s.Unit.Code), At: s.At.UnixMilli(), Build: build,
	}
	for _, bed := range s.Unit.Beds {
		if only != "" && bed.ID.Bed != only {
			continue
		}
		d, err := b.bed(s, bed)
		if err != nil {
			return nil, err
		}
		f.HTML = append(f.HTML, d.html)
	}
	p, err := b.parts(s, v)
	if err != nil {
		return nil, err
	}
	f.HTML = append(f.HTML, p.bars, p.counts, p.unassigned, p.worklist)
	body, err := encode(f)
	b.snapshots[only] = drawnSnapshot{v.Epoch, seq, body}
	return body, err
}

// changed lists the fragments of p that a screen which shows o must replace.
func (p unitParts) changed(o unitParts) []string {
	var out []string
	if p.bars != o.bars {
		out = append(out, p.bars)
	}
	if p.counts != o.counts {
		out = append(out, p.counts)
	}
	if p.unassigned != o.unassigned {
		out = append(out, p.unassigned)
	}
	if !reflect.DeepEqual(p.rail, o.rail) {
		out = append(out, p.worklist)
	}
	return out
}
