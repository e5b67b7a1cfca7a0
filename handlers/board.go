package handlers

import (
	"reflect"
	"sync"
	"time"

	"github.com/a-h/templ"

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
		b.byUnit[unit] = &board{beds: map[census.BedCode]drawnBed{}, bedsides: map[census.BedCode]drawnBed{}, snapshots: map[census.BedCode]drawnSnapshot{}}
	}
	return b.byUnit[unit]
}

// board is one unit's.
type board struct {
	mu        sync.Mutex
	beds      map[census.BedCode]drawnBed // as tiles
	bedsides  map[census.BedCode]drawnBed
	unit      drawnUnit
	snapshots map[census.BedCode]drawnSnapshot // by the one bed shown; empty for the whole unit
}

// drawnBed is a bed as drawn from one value of it: a ward's values never
// change, so the same pointer is the same bed.
type drawnBed struct {
	from      *ward.Bed
	in        *ward.Unit
	at        time.Time
	id        string // "ICU-12"
	updated   string
	numbers   []views.Number
	pumps     []views.Pump
	structure any // two beds with an equal one differ in numbers alone
	html      string
}

// state names what was drawn: two views of a unit with an equal one look the
// same.
type state struct {
	epoch   string
	seq     uint64
	spooled live.Spooled
}

func stateOf(v live.View, unit census.UnitCode) state { return state{v.Epoch, v.Seq(unit), v.Spooled} }

// drawnUnit is what belongs to the unit as a whole.
type drawnUnit struct {
	state
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
	state
	body []byte
}

// bed draws a bed as a tile, or finds it drawn.
func (b *board) bed(s views.Scene, bed *ward.Bed) (drawnBed, error) {
	return redrawn(b.beds, s, bed, func() (drawnBed, templ.Component) {
		t := s.Tile(bed)
		return drawnBed{id: t.ID, updated: t.Updated, numbers: t.Numbers(), pumps: t.Pumps, structure: t.Structure()}, views.BedTile(t)
	})
}

// bedside draws a bed with everything that is known of it, or finds it drawn.
func (b *board) bedside(s views.Scene, bed *ward.Bed) (drawnBed, error) {
	return redrawn(b.bedsides, s, bed, func() (drawnBed, templ.Component) {
		v := s.Bedside(bed)
		return drawnBed{id: v.ID, updated: v.Updated, numbers: v.AllNumbers(), pumps: v.Pumps(), structure: v.Structure()}, views.BedsideView(v)
	})
}

// shown draws a bed as a screen shows it that follows only this bed, or all.
func (b *board) shown(s views.Scene, bed *ward.Bed, only census.BedCode) (drawnBed, error) {
	if only != "" {
		return b.bedside(s, bed)
	}
	return b.bed(s, bed)
}

func redrawn(drawn map[census.BedCode]drawnBed, s views.Scene, bed *ward.Bed, how func() (drawnBed, templ.Component)) (drawnBed, error) {
	if d, ok := drawn[bed.ID.Bed]; ok && d.from == bed && d.in == s.Unit && d.at.Equal(s.At) {
		return d, nil
	}
	d, view := how()
	d.from, d.in, d.at = bed, s.Unit, s.At
	var err error
	d.html, err = draw(view)
	drawn[bed.ID.Bed] = d
	return d, err
}

// parts draws what belongs to the unit as a whole, or finds it drawn.
func (b *board) parts(s views.Scene, v live.View) (unitParts, error) {
	now := stateOf(v, s.Unit.Code)
	if b.unit.state == now && now.seq != 0 {
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
	p.bars = keep(draw(views.Bars(s.Bars(kept(v)))))
	p.unassigned = keep(draw(views.UnassignedPool(s.Pool())))
	b.unit = drawnUnit{now, p}
	return p, err
}

// snapshot encodes everything about a unit, or about one bed of it.
func (b *board) snapshot(s views.Scene, v live.View, only census.BedCode, build string) ([]byte, error) {
	now := stateOf(v, s.Unit.Code)
	if d := b.snapshots[only]; d.state == now && now.seq != 0 {
		return d.body, nil
	}
	f := snapshotFrame{
		Type: "snapshot", Epoch: v.Epoch, Seq: now.seq, RecordedSeq: v.Recorded(s.Unit.Code), At: s.At.UnixMilli(), Build: build,
		Unit: s.Name().Name, Zone: s.Name().Zone,
	}
	for _, bed := range s.Unit.Beds {
		if only != "" && bed.ID.Bed != only {
			continue
		}
		d, err := b.shown(s, bed, only)
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
	b.snapshots[only] = drawnSnapshot{now, body}
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

// kept says to a screen what stands in the outage spool.
func kept(v live.View) views.Kept {
	return views.Kept{Messages: v.Spooled.Messages, Since: v.Spooled.Since, Trouble: v.Spooled.Trouble}
}
