package recording

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strconv"
	"strings"
)

const (
	bidmcRate = 125   // samples per second
	bidmcGain = 20000 // keeps the normalised samples (0 to 1) to within 0.000025
)

// readBIDMC reads a recording of the BIDMC dataset in its comma-separated
// form: "Time [s], RESP, PLETH, ..." and a row for each sample.
func readBIDMC(data fs.FS, name string) (Record, error) {
	f, err := data.Open(name + "_Signals.csv.gz")
	if err != nil {
		return Record{}, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return Record{}, err
	}
	r, err := parseBIDMC(z)
	r.Name = name
	return r, err
}

func parseBIDMC(in io.Reader) (Record, error) {
	rows := bufio.NewScanner(in)
	if !rows.Scan() {
		return Record{}, fmt.Errorf("no header row: %w", io.ErrUnexpectedEOF)
	}
	var r Record
	for _, title := range strings.Split(rows.Text(), ",")[1:] {
		r.Signals = append(r.Signals, Signal{
			Name: strings.TrimSpace(title), Rate: bidmcRate, Gain: bidmcGain, missing: math.MinInt16,
		})
	}
	n := 0
	for ; rows.Scan(); n++ {
		if err := addRow(r.Signals, rows.Text(), n); err != nil {
			return Record{}, err
		}
	}
	r.Duration = seconds(float64(n) / bidmcRate)
	return r, rows.Err()
}

func addRow(signals []Signal, row string, n int) error {
	cells := strings.Split(row, ",")
	if len(cells) != len(signals)+1 {
		return fmt.Errorf("row %d has %d cells, want %d", n, len(cells), len(signals)+1)
	}
	at, err := strconv.ParseFloat(cells[0], 64)
	if err != nil || math.Abs(at*bidmcRate-float64(n)) >= 1 { // the time has five figures only
		return fmt.Errorf("row %d is timed %q", n, cells[0])
	}
	for i := range signals {
		v, err := strconv.ParseFloat(strings.TrimSpace(cells[i+1]), 64)
		if err != nil || math.Abs(v)*bidmcGain > math.MaxInt16 {
			return fmt.Errorf("row %d: %q is not a sample", n, cells[i+1])
		}
		signals[i].Digits = append(signals[i].Digits, int16(math.Round(v*bidmcGain)))
	}
	return nil
}
