package recording

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func open(t *testing.T, name string) Record {
	t.Helper()
	r, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func signal(t *testing.T, r Record, name string) Signal {
	t.Helper()
	s, ok := r.Signal(name)
	if !ok {
		t.Fatalf("%s has no signal %s", r.Name, name)
	}
	return s
}

func TestOpenKnowsEveryChannel(t *testing.T) {
	type channel struct {
		Name, Unit string
		Rate       float64
		Samples    int
	}
	want := map[string][]channel{
		MIMIC:    {{"MCL1", "mV", 500, 300000}, {"ABP", "mmHg", 125, 75000}, {"RESP", "", 125, 75000}},
		Asystole: {{"II", "mV", 250, 82500}, {"V", "mV", 250, 82500}, {"PLETH", "NU", 250, 82500}},
		MIMICLine: {
			{"III", "", 500, 8000},
			{"I", "", 500, 8000},
			{"V", "", 500, 8000},
			{"ABP", "mmHg", 125, 2000},
			{"PAP", "mmHg", 125, 2000},
			{"PLETH", "", 125, 2000},
			{"RESP", "", 125, 2000},
		},
		BIDMC: {
			{"RESP", "", 125, 60001},
			{"PLETH", "", 125, 60001},
			{"V", "", 125, 60001},
			{"AVR", "", 125, 60001},
			{"II", "", 125, 60001},
		},
	}
	for name, channels := range want {
		var got []channel
		for _, s := range open(t, name).Signals {
			got = append(got, channel{s.Name, s.Unit, s.Rate, len(s.Digits)})
		}
		if diff := cmp.Diff(channels, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The first samples stand in the headers; the physical values were worked out
// by hand from gain and baseline.
func TestFirstSamples(t *testing.T) {
	for _, c := range []struct {
		record, signal string
		digit          int16
		value          float64
	}{
		{MIMIC, "MCL1", 67, 67 / 2963.77},
		{MIMIC, "ABP", -943, (-943 + 1605) / 12.84},
		{MIMICLine, "PAP", 706, (706 + 1600) / 80.0},
		{Asystole, "V", 9127, 9127 / 10520.0},
		{ICUDay, "RESP", 230, 23},
		{BIDMC, "II", 14510, 0.7255},
	} {
		s := signal(t, open(t, c.record), c.signal)
		v, ok := s.Value(0)
		if s.Digits[0] != c.digit || !ok || v-c.value > 1e-9 || c.value-v > 1e-9 {
			t.Errorf("%s %s: digit %d, value %v %v; want %d, %v", c.record, c.signal, s.Digits[0], v, ok, c.digit, c.value)
		}
	}
}

func TestSkewedSignalIsBroughtInLine(t *testing.T) {
	r := open(t, MIMIC)
	resp := signal(t, r, "RESP")
	if resp.Digits[0] == -304 {
		t.Error("RESP still starts with the sample that its skew of 4 frames belongs before")
	}
	if _, ok := resp.Value(len(resp.Digits) - 4); ok {
		t.Error("the four frames after the end were never recorded, but have values")
	}
}

func TestSegmentsAreJoined(t *testing.T) {
	r := open(t, MIMICLine)
	iii := signal(t, r, "III")
	if r.Duration != 16*time.Second || iii.Digits[0] != 168 || iii.Digits[4000] != -103 {
		t.Errorf("duration %v, segments start with %d and %d", r.Duration, iii.Digits[0], iii.Digits[4000])
	}
}

func TestOpenRefusesWhatItsHeaderContradicts(t *testing.T) {
	hea, _ := embedded.ReadFile("data/041s01.hea")
	dat, _ := embedded.ReadFile("data/041s01.dat")
	files := func(hea, dat []byte) fstest.MapFS {
		return fstest.MapFS{"r.hea": {Data: hea}, "041s01.dat": {Data: dat}}
	}
	if _, err := readWFDB(files(hea, dat), "r"); err != nil {
		t.Fatal(err)
	}
	spoilt := slices.Clone(dat)
	spoilt[12000] ^= 1
	if _, err := readWFDB(files(hea, spoilt), "r"); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("one flipped bit: %v", err)
	}
	if _, err := readWFDB(files(hea, dat[:20000]), "r"); err == nil {
		t.Error("a file cut short was accepted")
	}
	if _, err := readWFDB(files(bytes.Replace(hea, []byte("212x4"), []byte("310x4"), 3), dat), "r"); err == nil {
		t.Error("an unknown format was accepted")
	}
	if _, err := Open("nothing"); err == nil {
		t.Error("a recording that is not there was opened")
	}
}

// Format 212 written here independently of the reader.
func TestDecode212(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.Int16Range(-2048, 2047), 1, 50).Draw(t, "samples")
		var raw []byte
		for i := 0; i < len(want); i += 2 {
			a, b := want[i], int16(0)
			if i+1 < len(want) {
				b = want[i+1]
			}
			raw = append(raw, byte(a), byte(a>>8)&15|byte(b>>8)<<4, byte(b))
		}
		got, err := decode212(raw, len(want))
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("got %v, %v; want %v", got, err, want)
		}
	})
}

func TestHeaderNeverPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, _ = parseHeader(rapid.StringMatching(`([a-z0-9/x:+(). \n-]|212x4 ){0,120}`).Draw(t, "text"))
	})
}

func TestHeaderDefaults(t *testing.T) {
	h, err := parseHeader("# comment\nr 1 250 10\nr.dat 16 0 12 7 3 4 0 a name with blanks\n")
	if err != nil {
		t.Fatal(err)
	}
	want := signalHeader{file: "r.dat", format: 16, samplesPerFrame: 1, gain: 200, baseline: 7, initial: 3, checksum: 4, name: "a name with blanks"}
	if h.signals[0] != want {
		t.Errorf("got %+v", h.signals[0])
	}
}

func TestNumerics(t *testing.T) {
	n, err := OpenNumerics(ICUDay)
	if err != nil {
		t.Fatal(err)
	}
	if n.Minutes != 1936 {
		t.Errorf("%d minutes", n.Minutes)
	}
	for _, c := range []struct {
		name   string
		minute int
		state  State
		text   string
	}{
		{"HR", 0, NoReading, "0.0"},
		{"HR", 500, Present, "54.5"},
		{"SpO2", 500, Present, "96.1"},
		{"NBPSys", 14, Present, "120"},
		{"NBPMean", 1203, Present, "86"},
		{"NBPSys", 15, Missing, "0"},
		{"SpO2", 15, NoReading, "0.0"},
		{"HR", 1936, Missing, "0"},
		{"HR", -1, Missing, "0"},
		{"EtCO2", 5, Missing, "0"},
	} {
		if got := n.At(c.name, c.minute); got.State != c.state || got.String() != c.text {
			t.Errorf("%s in minute %d: %v %q, want %v %q", c.name, c.minute, got.State, got, c.state, c.text)
		}
	}
	readings := 0
	for m := range n.Minutes {
		if n.At("NBPSys", m).State == Present {
			readings++
		}
	}
	if readings != 152 {
		t.Errorf("%d cuff readings, want 152", readings)
	}
	if _, err := OpenNumerics(Asystole); err == nil {
		t.Error("a waveform was taken for numerics")
	}
}
