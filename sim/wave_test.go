package sim

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wardlight/ingest/pcd"
	"wardlight/sim/recording"
	"wardlight/ward/vitals"
)

// What monitors send is what was recorded, sample for sample and at its rate,
// in packets of at most a quarter of a second, with nothing between them.
func TestWavesAreThoseOfTheRecording(t *testing.T) {
	s, script := &station{}, Demo(42)
	perform(t, Config{Script: script, Waves: true}, s, func() { pass(20 * time.Second) })
	heard := map[string][]vitals.Wave{}
	for _, r := range s.take() {
		if !isWave(r) {
			continue
		}
		if late := r.at.Sub(r.sent(t)); late < 0 || late > time.Millisecond {
			t.Fatalf("%s came %v after it was sent", r.id, late)
		}
		_, waves, err := pcd.Decode(r.message, pcd.Options{})
		if err != nil || len(waves) != 1 {
			t.Fatal(err, waves)
		}
		for _, w := range waves[0].Waves {
			if length := w.End().Sub(w.Start); length > 250*time.Millisecond || !w.End().Equal(r.sent(t)) {
				t.Fatalf("%s holds %v until %v, sent %v", r.id, length, w.End(), r.sent(t))
			}
			key := string(waves[0].Device) + " " + w.Label
			if before := heard[key]; len(before) > 0 && !before[len(before)-1].End().Equal(w.Start) {
				t.Fatalf("%s: a gap before %v", key, w.Start)
			}
			heard[key] = append(heard[key], w)
		}
	}
	compared := 0
	for _, b := range script.Units[0].Beds {
		for _, d := range b.Devices {
			if b.Patient.Admitted > 0 || d.Window.Record == recording.ICUDay || len(d.Overlays) > 0 {
				continue
			}
			r, err := recording.Open(d.Window.Record)
			if err != nil {
				t.Fatal(err)
			}
			for _, trace := range tracesOf(r) {
				got := heard[d.ID+" "+trace.Label]
				if len(got) < 75 {
					t.Errorf("%s %s: %d packets in 20 s", d.Label, trace.Label, len(got))
					continue
				}
				compared++
				sameSamples(t, d, trace, got)
			}
		}
	}
	if compared < 3 {
		t.Errorf("%d traces compared", compared)
	}
}

func sameSamples(t *testing.T, d Device, of trace, packets []vitals.Wave) {
	t.Helper()
	var got []float64
	for _, w := range packets {
		for _, x := range w.Samples {
			got = append(got, w.Offset+w.Scale*float64(x))
		}
	}
	from := of.number(d.Schedule.Phase % wavePeriod) // where the first packet began
	length := int(math.Round(d.Window.Length.Seconds() * of.signal.Rate))
	begin := int(math.Round(d.Window.Start.Seconds() * of.signal.Rate))
	for i, x := range got {
		want, _ := of.signal.Value(begin + (from+i)%length)
		if math.Abs(x-want) > 0.51*math.Pow10(-of.places) {
			t.Fatalf("%s %s sample %d of %d is %g, recorded %g", d.Label, of.Label, i, len(got), x, want)
		}
	}
}

func isWave(r received) bool { return strings.Contains(r.id, ".w.") }

func TestSameSeedSameWaves(t *testing.T) {
	hear := func(waves bool) (waveforms, others []string) {
		s := &station{}
		perform(t, Config{Script: Demo(42), Waves: waves}, s, func() { pass(40 * time.Second) })
		for _, r := range s.take() {
			if isWave(r) {
				waveforms = append(waveforms, string(r.raw))
			} else if r.gateway == "ICUGW" {
				others = append(others, string(r.raw))
			}
		}
		slices.Sort(waveforms)
		slices.Sort(others)
		return waveforms, others
	}
	with, numbers := hear(true)
	again, _ := hear(true)
	if diff := cmp.Diff(with, again); diff != "" {
		t.Errorf("same seed:\n%.2000s", diff)
	}
	none, alone := hear(false)
	if diff := cmp.Diff(numbers, alone); diff != "" || len(none) != 0 {
		t.Errorf("%d waves although off; numbers differ:\n%.2000s", len(none), diff)
	}
	if len(with) > len(numbers)*2 {
		t.Errorf("%d messages of waveforms, %d of the unit's numbers", len(with), len(numbers))
	}
}

// A waveform never shows the contrary of the numbers beside it.
func TestOverlaysTakeWavesAway(t *testing.T) {
	s, err := New(Demo(42))
	if err != nil {
		t.Fatal(err)
	}
	u := s.script.Units[0]
	i := slices.IndexFunc(u.Beds, func(b Bed) bool { return len(b.Devices) > 0 && b.Devices[0].Window.Record == recording.Asystole })
	b := u.Beds[i]
	labels := func(overlays ...Overlay) (out []string) {
		d := b.Devices[0]
		d.Overlays = overlays
		for _, w := range s.Waves(u, b, d, 10*time.Minute).Waves {
			out = append(out, w.Label)
		}
		return out
	}
	always := func(kind OverlayKind) Overlay { return Overlay{kind, 0, time.Hour, time.Hour, 130} }
	for _, tt := range []struct {
		overlays []Overlay
		want     []string
	}{
		{nil, []string{"II", "Pleth"}},
		{[]Overlay{always(ProbeOff)}, []string{"II"}},
		{[]Overlay{always(Tachycardia)}, nil},
		{[]Overlay{always(DeviceLost)}, nil},
	} {
		if diff := cmp.Diff(tt.want, labels(tt.overlays...)); diff != "" {
			t.Errorf("%v: %s", tt.overlays, diff)
		}
	}
	if got := s.Waves(u, b, b.Devices[0], b.Patient.Admitted); len(got.Waves) != 0 {
		t.Error("waves of somebody who is not there yet")
	}
}
