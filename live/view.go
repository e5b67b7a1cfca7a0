package live

import (
	"cmp"
	"slices"
	"time"

	"wardlight/ward"
	"wardlight/ward/census"
)

// UnitCode names a unit.
type UnitCode = census.UnitCode

// View is the ward at one moment, with the numbers that belong to it.
type View struct {
	Epoch      string
	At         time.Time // of the last tick; an old one means that the ward stands still
	Ward       ward.Ward
	RecordedAt time.Time // of the newest input that is durable with all before it
	Unrecorded int64     // bytes of the messages that are neither recorded nor in the spool, with what they take besides
	Spooled    Spooled
	Tally      Tally
	units      numbers
}

// Tally counts messages since the process started.
type Tally struct {
	Received uint64 // taken in, repeats among them
	Repeated uint64 // known already
	Recorded uint64 // durable in the record
	Refused  uint64 // of these, in quarantine
	Spooled  uint64 // kept in the outage spool
	// Acknowledged are those whose sender was told that they are durable, or
	// were already.
	Acknowledged uint64
}

// Seq is the number of the unit's state in this view; it rises with every
// input that changes the unit. 0: there is no such unit.
func (v View) Seq(unit UnitCode) uint64 { return v.units.of(unit).seq }

// Recorded is the newest number of the unit that is durable with all before
// it.
func (v View) Recorded(unit UnitCode) uint64 { return v.units.of(unit).recorded }

// numbers are the units' numbers, by code. They are copied before they
// change once a view holds them.
type numbers []number

type number struct {
	unit          UnitCode
	seq, recorded uint64
}

// mark is the number that an input gave a unit.
type mark struct {
	unit UnitCode
	seq  uint64
}

// withMarks adds marks to earlier ones; of each unit the newest counts.
func withMarks(earlier, later []mark) []mark {
	for _, m := range later {
		i := slices.IndexFunc(earlier, func(o mark) bool { return o.unit == m.unit })
		if i < 0 {
			earlier = append(earlier, m)
		} else {
			earlier[i].seq = max(earlier[i].seq, m.seq)
		}
	}
	return earlier
}

// firstNumbers gives every unit of a rebuilt ward the number 1.
func firstNumbers(w ward.Ward, recorded bool) numbers {
	var n numbers
	for _, u := range w.Units() {
		i := n.at(u.Code)
		n[i].seq = 1
		if recorded {
			n[i].recorded = 1
		}
	}
	return n
}

func (n numbers) find(unit UnitCode) (int, bool) {
	return slices.BinarySearchFunc(n, unit, func(m number, c UnitCode) int { return cmp.Compare(m.unit, c) })
}

func (n numbers) of(unit UnitCode) number {
	if i, ok := n.find(unit); ok {
		return n[i]
	}
	return number{}
}

// at finds a unit's place, or makes one.
func (n *numbers) at(unit UnitCode) int {
	i, ok := n.find(unit)
	if !ok {
		*n = slices.Insert(*n, i, number{unit: unit})
	}
	return i
}

// raise gives every unit that an input touched its next number.
func (n *numbers) raise(t touched, w ward.Ward) []mark {
	var marks []mark
	next := func(unit UnitCode) {
		i := n.at(unit)
		(*n)[i].seq++
		marks = append(marks, mark{unit, (*n)[i].seq})
	}
	if t.system || t.pool {
		for _, u := range w.Units() {
			next(u.Code)
		}
		return marks
	}
	for _, u := range t.units {
		next(u.code)
	}
	return marks
}

// record notes that what the marks name is durable.
func (n numbers) record(marks []mark) {
	for _, m := range marks {
		if i, ok := n.find(m.unit); ok {
			n[i].recorded = max(n[i].recorded, m.seq)
		}
	}
}
