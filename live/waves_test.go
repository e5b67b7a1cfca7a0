package live

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

var noon = time.Date(2026, 1, 13, 12, 0, 0, 0, time.UTC)

func at(ms int) time.Time { return noon.Add(time.Duration(ms) * time.Millisecond) }

// withMonitors is a ward that has heard of monitors m1 … mN.
func withMonitors(n int) func() View {
	w := testWard(noon)
	for i := range n {
		metric, _ := vitals.ByCode(vitals.HeartRate)
		w, _ = ward.Apply(w, ward.Input{ID: fmt.Sprint("m", i), At: noon, Event: ward.Reports{{
			Device: device.Identity{ID: monitor(i + 1)}, Location: census.Location{Unit: "ICU", Bed: "12"}, SentAt: noon,
			Observations: []vitals.Observation{{Metric: metric, Value: vitals.MustDecimal("80"), DeviceAt: noon}},
		}}})
	}
	v := View{Ward: w}
	return func() View { return v }
}

func monitor(n int) device.ID { return device.ID(fmt.Sprint("m", n)) }

// packet is a quarter of a second of lead II at 100 Hz; its samples count on
// from the millisecond at which it starts.
func packet(ms int, edit ...func(*vitals.Wave)) vitals.Wave {
	w := vitals.Wave{MDC: 131330, RefID: "MDC_ECG_ELEC_POTL_II", Label: "II", Unit: "mV", Start: at(ms), Rate: 100, Scale: 0.01}
	for i := range 25 {
		w.Samples = append(w.Samples, int16((ms/10+i)%30_000))
	}
	for _, e := range edit {
		e(&w)
	}
	return w
}

// send takes packets that each arrive when they are complete.
func send(w *Waves, id device.ID, packets ...vitals.Wave) {
	for _, p := range packets {
		w.Take(id, []vitals.Wave{p}, p.End(), p.End())
	}
}

func run25(from, to int) (out []vitals.Wave) {
	for ms := from; ms < to; ms += 250 {
		out = append(out, packet(ms))
	}
	return out
}

func values(s Stretch) []int16 { return s.Samples }

func counting(from, to int) (out []int16) {
	for i := from; i < to; i++ {
		out = append(out, int16(i))
	}
	return out
}

// A ring against a map of everything that ever came.
func TestRingAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := vitals.Wave{Rate: 10, Scale: 1, Start: noon}
		r := newRing(base, 1)
		model, end, next := map[int64]int16{}, int64(0), int16(1)
		for range rapid.IntRange(1, 60).Draw(t, "packets") {
			ahead := rapid.SampledFrom([]int64{0, 0, 0, 2, 7, 300, -2, -5, -40, -4000, 2999}).Draw(t, "ahead")
			n := rapid.Int64Range(3, 40).Draw(t, "samples")
			if end == 0 {
				ahead = 0
			}
			w := base
			w.Start = r.timeOf(end + ahead)
			for i := range n {
				w.Samples = append(w.Samples, next)
				if number := end + ahead + i; number >= end {
					model[number] = next
				}
				next++
			}
			if took, want := r.take(w, noon), ahead+n > 0; took != want {
				t.Fatalf("%d samples, %d ahead of %d: taken %t", n, ahead, end, took)
			}
			end = max(end, end+ahead+n)
			if r.to != end {
				t.Fatalf("ends at %d, want %d", r.to, end)
			}
			from := max(0, end-int64(len(r.samples)))
			for number, got := range r.copyTo(nil, from-3, end+3) {
				number := from - 3 + int64(number)
				want, known := model[number]
				if !known || number < from {
					want = vitals.NoSample
				}
				if got != want {
					t.Fatalf("sample %d is %d, want %d", number, got, want)
				}
			}
		}
	})
}

func TestAReaderFollows(t *testing.T) {
	w := NewWaves(withMonitors(1), 0, nil)
	r := w.NewReader()
	send(w, "m1", run25(0, 1000)...)
	first := r.Next(nil, "m1", noon, at(1000))
	if len(first) != 1 || !first[0].IsGap || first[0].Hold != 350*time.Millisecond || first[0].Label != "II" || first[0].Scale != 0.01 {
		t.Fatalf("got %+v", first)
	}
	// The last sample is the newest that was measured 350 ms ago.
	if diff := cmp.Diff(counting(46, 66), values(first[0])); diff != "" || !first[0].Start.Equal(at(460)) {
		t.Error(first[0].Start, diff)
	}
	send(w, "m1", run25(1000, 1250)...)
	then := r.Next(nil, "m1", noon, at(1250))[0]
	if diff := cmp.Diff(counting(66, 91), values(then)); diff != "" || then.IsGap || !then.Start.Equal(at(660)) {
		t.Error(then.IsGap, diff)
	}
	if again := r.Next(nil, "m1", noon, at(1250))[0]; len(again.Samples) != 0 || again.IsGap {
		t.Errorf("twice the same: %+v", again)
	}
}

func TestWhatIsMissingIsMissing(t *testing.T) {
	w := NewWaves(withMonitors(1), 0, nil)
	r := w.NewReader()
	send(w, "m1", packet(0), packet(250), packet(750), packet(500), packet(750), packet(1000)) // 500 came too late
	if got := r.Next(nil, "m1", noon, at(1000)); len(got) != 1 {
		t.Fatal(got)
	}
	strip := w.Strip("m1", at(0), at(2000))
	if len(strip) != 1 || !strip[0].Start.Equal(noon) {
		t.Fatalf("got %+v", strip)
	}
	want := slices.Concat(counting(0, 50), slices.Repeat([]int16{vitals.NoSample}, 25), counting(75, 125))
	if diff := cmp.Diff(want, strip[0].Samples); diff != "" {
		t.Error(diff)
	}
}

func TestASlowReaderSkips(t *testing.T) {
	w := NewWaves(withMonitors(1), 0, nil)
	r := w.NewReader()
	send(w, "m1", run25(0, 1000)...)
	r.Next(nil, "m1", noon, at(1000))
	send(w, "m1", run25(1000, 20_000)...)
	got := r.Next(nil, "m1", noon, at(20_000))[0]
	if diff := cmp.Diff(counting(1946, 1966), values(got)); diff != "" || !got.IsGap {
		t.Error(got.IsGap, diff)
	}
	// A source that stops and comes back begins again, too.
	if got := r.Next(nil, "m1", noon, at(25_000))[0]; len(got.Samples) != 0 {
		t.Errorf("got %+v", got)
	}
	send(w, "m1", run25(30_000, 30_500)...)
	if got := r.Next(nil, "m1", noon, at(30_500))[0]; !got.IsGap || !got.Start.After(at(29_900)) {
		t.Errorf("got %+v", got)
	}
}

func TestNothingFromBeforeTheAssociation(t *testing.T) {
	w := NewWaves(withMonitors(1), 0, nil)
	r := w.NewReader()
	send(w, "m1", run25(0, 2000)...)
	for ms := 1000; ms <= 2000; ms += 100 {
		for _, s := range r.Next(nil, "m1", at(1505), at(ms)) {
			if len(s.Samples) > 0 && s.Start.Before(at(1505)) {
				t.Fatalf("at %d ms: samples of %v", ms, s.Start)
			}
		}
	}
	if got := r.at[traceKey{"m1", 131330, "MDC_ECG_ELEC_POTL_II"}]; got.next != 166 {
		t.Errorf("stands at %d", got.next)
	}
}

// However wrong the sender's clock is, what is measured now is drawn now.
func TestClocksThatAreWrong(t *testing.T) {
	for name, skew := range map[string]time.Duration{"ahead": time.Hour, "a little behind": -1500 * time.Millisecond, "far behind": -40 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			w := NewWaves(withMonitors(1), 0, nil)
			for i, p := range run25(0, 3000) {
				end := p.End()
				p.Start = p.Start.Add(skew)
				w.Take("m1", []vitals.Wave{p}, end.Add(skew), end.Add(time.Duration(i%5)*20*time.Millisecond)) // up to 80 ms on its way
			}
			got := w.NewReader().Next(nil, "m1", noon, at(3000))[0]
			if diff := cmp.Diff(counting(246, 266), values(got)); diff != "" || !got.Start.Equal(at(2460)) {
				t.Error(got.Start, diff)
			}
		})
	}
}

func TestAClockThatIsSetBack(t *testing.T) {
	w := NewWaves(withMonitors(1), 0, nil)
	r := w.NewReader()
	const back = -time.Hour
	for _, p := range run25(0, 15_000) {
		end := p.End()
		shift := time.Duration(0)
		if end.After(at(5000)) {
			shift = back
		}
		p.Start = p.Start.Add(shift)
		w.Take("m1", []vitals.Wave{p}, end.Add(shift), end)
	}
	got := r.Next(nil, "m1", noon, at(15_000))[0]
	if diff := cmp.Diff(counting(1446, 1466), values(got)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsLetGo(t *testing.T) {
	w := NewWaves(withMonitors(2), 2*2*ringSize2(100), nil)
	if w.Take("stranger", []vitals.Wave{packet(0)}, at(250), at(250)) {
		t.Error("a device that the ward does not know")
	}
	if !w.Take("m1", []vitals.Wave{packet(0)}, at(250), at(250)) {
		t.Error("a device that the ward knows")
	}
	w.Take("m1", []vitals.Wave{packet(90_000)}, at(250), at(250)) // from the future
	named := func(mdc int) func(*vitals.Wave) { return func(v *vitals.Wave) { v.MDC = mdc } }
	send(w, "m2", packet(250, named(1)), packet(250, named(2)), packet(250, named(3))) // room for one more
	if a, b := w.Strip("m1", at(0), at(100_000)), w.Strip("m2", at(0), at(100_000)); len(a) != 1 || len(a[0].Samples) != 25 || len(b) != 1 || b[0].MDC != 1 {
		t.Errorf("kept %d and %d", len(a), len(b))
	}
	if w.Bytes() != 2*2*ringSize2(100) {
		t.Errorf("%d bytes", w.Bytes())
	}
	send(w, "m1", packet(400_000)) // m2 is silent since
	if got := w.Strip("m2", at(0), at(400_000)); got != nil || w.Bytes() != 2*ringSize2(100) {
		t.Errorf("%d bytes, %v", w.Bytes(), got)
	}
}

func ringSize2(rate float64) int64 { return int64(ringSize(rate)) }

// A device that sends nothing but waveforms is heard of by the ward now and
// then, or it would be taken for lost.
func TestADeviceOfWavesAlone(t *testing.T) {
	v := withMonitors(0)()
	v.Ward, _ = ward.Apply(v.Ward, ward.Input{ID: "1", At: noon, Event: ward.Reports{{Device: device.Identity{ID: "m1"}, SentAt: noon}}})
	w := NewWaves(func() View { return v }, 0, nil)
	if !w.Take("m1", []vitals.Wave{packet(1000)}, at(1250), at(1250)) || w.Take("m1", []vitals.Wave{packet(16_000)}, at(16_250), at(16_250)) {
		t.Error("want its report after 15 s, and not before")
	}
}

// Packets with another number of decimals, or from a wider range, are brought
// to one scale without losing what they say.
func TestScalesThatChange(t *testing.T) {
	w := NewWaves(withMonitors(1), 0, nil)
	scaled := func(scale, offset float64, first int16) func(*vitals.Wave) {
		return func(v *vitals.Wave) {
			v.Scale, v.Offset = scale, offset
			for i := range v.Samples {
				v.Samples[i] = first
			}
		}
	}
	send(w, "m1", packet(0, scaled(1, 0, 2)), packet(250, scaled(0.001, 0, 1234)), packet(500, scaled(1, 0, 5)), packet(750, scaled(0.01, 40, 3)))
	send(w, "m1", packet(1000, scaled(1, 0, 30_000)))
	r := w.sources["m1"].rings[0]
	epoch := r.epoch
	send(w, "m1", packet(1250, scaled(0.001, 0, 20_000)))
	if r.epoch != epoch {
		t.Error("the scale changes with every packet")
	}
	strip := w.Strip("m1", at(0), at(2000))[0]
	for i, want := range []float64{2, 1.234, 5, 40.03, 30_000, 20} {
		got := strip.Offset + strip.Scale*float64(strip.Samples[i*25])
		if off := got - want; off > 1 || off < -1 { // 30,000 at a 65,000th
			t.Errorf("packet %d is %g, want %g", i, got, want)
		}
	}
}

func TestLongPacketsAreHeldLonger(t *testing.T) {
	w := NewWaves(withMonitors(1), 0, nil)
	long := func(v *vitals.Wave) { v.Samples = slices.Repeat([]int16{7}, 200) }
	send(w, "m1", packet(0, long), packet(2000, long))
	got := w.NewReader().Next(nil, "m1", noon, at(4000))[0]
	if got.Hold != 2100*time.Millisecond || len(got.Samples) == 0 {
		t.Errorf("got %+v", got)
	}
}

// Senders, screens and strips at once; the race detector watches.
func TestWavesAtOnce(t *testing.T) {
	w := NewWaves(withMonitors(3), 0, nil)
	var all sync.WaitGroup
	for i := range 3 {
		all.Go(func() { send(w, monitor(i+1), run25(0, 60_000)...) })
		all.Go(func() {
			r := w.NewReader()
			for ms := 0; ms < 60_000; ms += 200 {
				r.Next(nil, monitor(i+1), noon, at(ms))
			}
		})
		all.Go(func() {
			for range 20 {
				w.Strip(monitor(i+1), at(0), at(60_000))
			}
		})
	}
	all.Wait()
}

// One packet of one of 1,000 beds with two waveforms.
func BenchmarkWavePacket(b *testing.B) {
	w := NewWaves(withMonitors(1000), 0, nil)
	packets := make([][]vitals.Wave, 2)
	for i := 0; b.Loop(); i++ {
		ms := i / 1000 * 250
		if i%1000 == 0 {
			packets[0] = twoWaves(ms)
		}
		end := packets[0][0].End()
		w.Take(monitor(i%1000+1), packets[0], end, end)
	}
	b.ReportMetric(float64(w.Bytes())/(1<<20), "MiB")
}

func twoWaves(ms int) []vitals.Wave {
	ecg, pleth := packet(ms), packet(ms)
	ecg.Rate, ecg.Samples = 250, make([]int16, 62+ms/250%2)
	pleth.MDC, pleth.Rate, pleth.Samples = 150452, 125, make([]int16, 31)
	return []vitals.Wave{ecg, pleth}
}

// What a frame of 64 beds with two waveforms reads.
func BenchmarkWaveFrame(b *testing.B) {
	w := NewWaves(withMonitors(64), 0, nil)
	r := w.NewReader()
	var dst []Stretch
	samples := 0
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		waves := twoWaves(i * 250)
		for n := range 64 {
			w.Take(monitor(n+1), waves, waves[0].End(), waves[0].End())
		}
		b.StartTimer()
		dst = dst[:0]
		for n := range 64 {
			dst = r.Next(dst, monitor(n+1), noon, waves[0].End())
		}
		for _, s := range dst {
			samples += len(s.Samples)
		}
	}
	b.ReportMetric(float64(samples)/float64(b.N), "samples/frame")
}
