package recording

import (
	"fmt"
	"math"
	"strconv"
)

// Numerics is a recording of a monitor's numbers, one row a minute.
type Numerics struct {
	Name    string
	Minutes int
	signals []Signal
}

// State says whether a numeric was there.
type State int

// The states of a recorded numeric.
const (
	Missing   State = iota // a gap: nothing was recorded
	NoReading              // the monitor wrote 0: the sensor gave no number
	Present
)

// Number is one recorded numeric.
type Number struct {
	State  State
	Digits int // the value × 10^Places
	Places int
	Unit   string // as recorded: bpm, mmHg, pm, %
}

// String is the value with the recording's own decimals: "54.5".
func (n Number) String() string {
	return strconv.FormatFloat(n.Float(), 'f', n.Places, 64)
}

// Float is the value in Unit.
func (n Number) Float() float64 { return float64(n.Digits) / math.Pow10(n.Places) }

// OpenNumerics reads an embedded recording of one-minute numerics.
func OpenNumerics(name string) (Numerics, error) {
	r, err := Open(name)
	if err != nil {
		return Numerics{}, err
	}
	for _, s := range r.Signals {
		if math.Abs(s.Rate*60-1) > 1e-6 || s.Baseline != 0 || math.Pow10(places(s)) != s.Gain {
			return Numerics{}, fmt.Errorf("recording %s: %s is no one-minute decimal", name, s.Name)
		}
	}
	return Numerics{Name: name, Minutes: len(r.Signals[0].Digits), signals: r.Signals}, nil
}

func places(s Signal) int { return int(math.Round(math.Log10(s.Gain))) }

// At is the numeric of that name in a minute: "HR", "ABPSys", "ABPDias",
// "ABPMean", "PULSE", "RESP", "SpO2", "NBPSys", "NBPDias" or "NBPMean". It
// holds for the whole minute. Outside the recording everything is missing.
func (n Numerics) At(name string, minute int) Number {
	for _, s := range n.signals {
		if s.Name == name && minute >= 0 && minute < n.Minutes {
			return number(s, minute)
		}
	}
	return Number{}
}

func number(s Signal, i int) Number {
	out := Number{Digits: int(s.Digits[i]), Places: places(s), Unit: s.Unit, State: Present}
	switch s.Digits[i] {
	case s.missing:
		return Number{Unit: s.Unit}
	case 0:
		out.State = NoReading
	}
	return out
}
