package store

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/vitals"
)

func strip(id alarm.ID) ward.KeepStrip {
	return ward.KeepStrip{Alarm: id, Waves: []ward.StripWave{
		{Device: "0012", Wave: vitals.Wave{
			MDC: 131330, RefID: "MDC_ECG_ELEC_POTL_II", Label: "II", Unit: "mV", Start: noon, Rate: 256, Scale: 0.005, Offset: -1.5,
			Samples: []int16{0, 1, -1, math.MaxInt16, vitals.NoSample},
		}},
		{Device: "0012", Wave: vitals.Wave{
			MDC: 150452, RefID: "MDC_PULS_OXIM_PLETH", Label: "Pleth", Start: noon, Rate: 62.5, Scale: 1, Samples: []int16{3, 4},
		}},
	}}
}

func TestAStripComesBackAsItWas(t *testing.T) {
	s := record(t)
	s.mustRecord(t, admitted(noon), entry("i1", noon, nil, ward.EpisodeChanged{Episode: episode("a1")}),
		entry("i2", noon, nil, ward.StripKept{KeepStrip: strip("a1")}))
	diff(t, "strip", strip("a1").Waves, must(s.Strip(t.Context(), "a1")))
	if got := must(s.Strip(t.Context(), "a2")); len(got) > 0 {
		t.Errorf("%d waveforms of an alarm without any", len(got))
	}
}

func TestSamplesSurvivePacking(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(rapid.Int16()).Draw(t, "samples")
		got := must(unpackSamples(must(packSamples(want))))
		if len(got) != len(want) {
			t.Fatalf("%d samples, want %d", len(got), len(want))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("sample %d is %d, want %d", i, got[i], want[i])
			}
		}
	})
}
