// Package recording reads the real patients' recordings that the simulator
// replays, and derives from their waveforms the rates and pressures that a
// bedside monitor would show. Every recording is embedded, and checked
// against its header's checksums when it is opened. Origin and licences:
// data/NOTICE.
package recording

import (
	"embed"
	"fmt"
	"io/fs"
	"time"
)

//go:embed data/*.hea data/*.dat data/*.mat data/*.gz
var embedded embed.FS

// The embedded recordings.
const (
	MIMIC     = "03700181"                 // MCL1 ECG 500 Hz, ABP and RESP 125 Hz; 600 s
	MIMICLine = "041s"                     // III, I, V 500 Hz; ABP, PAP, PLETH, RESP 125 Hz; 16 s in two segments
	Asystole  = "a103l"                    // II, V, PLETH 250 Hz; 330 s, a false asystole alarm at 300 s
	BIDMC     = "bidmc_01"                 // RESP, PLETH, V, AVR, II 125 Hz; 480 s
	ICUDay    = "s00001-2896-10-10-00-31n" // one-minute numerics of 32 h 16 min
)

// Record is a recording: signals that were sampled together.
type Record struct {
	Name     string
	Duration time.Duration
	Signals  []Signal
}

// Signal is one channel of a record, in the digits of its converter.
type Signal struct {
	Name     string
	Unit     string  // of the physical value; empty: not stated
	Rate     float64 // samples per second
	Gain     float64 // digits per physical unit
	Baseline int     // digit of the physical zero
	Digits   []int16
	missing  int16 // the digit that stands for "no sample"
}

// Signal finds a channel by its name.
func (r Record) Signal(name string) (Signal, bool) {
	for _, s := range r.Signals {
		if s.Name == name {
			return s, true
		}
	}
	return Signal{}, false
}

// Value is sample i in the signal's unit; ok is false where it is missing.
func (s Signal) Value(i int) (value float64, ok bool) {
	if s.Digits[i] == s.missing {
		return 0, false
	}
	return float64(int(s.Digits[i])-s.Baseline) / s.Gain, true
}

// Values are all samples in the signal's unit. A missing one holds the value
// before it, so that filters see no jump.
func (s Signal) Values() []float64 {
	out := make([]float64, len(s.Digits))
	var last float64
	for i := range s.Digits {
		if v, ok := s.Value(i); ok {
			last = v
		}
		out[i] = last
	}
	return out
}

// Open reads an embedded recording.
func Open(name string) (Record, error) {
	data, err := fs.Sub(embedded, "data")
	if err != nil {
		return Record{}, err
	}
	var r Record
	if name == BIDMC {
		r, err = readBIDMC(data, name)
	} else {
		r, err = readWFDB(data, name)
	}
	if err != nil {
		return Record{}, fmt.Errorf("recording %s: %w", name, err)
	}
	return r, nil
}
