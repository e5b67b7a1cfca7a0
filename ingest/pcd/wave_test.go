package pcd_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wardlight/ingest/hl7"
	"wardlight/ingest/pcd"
	"wardlight/ward"
	"wardlight/ward/vitals"
)

func decodeAll(t *testing.T, raw string) (ward.Reports, []pcd.Waves) {
	t.Helper()
	m, err := hl7.Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := pcd.Decode(m, pcd.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r, w
}

// trace writes a waveform as one line.
func trace(w vitals.Wave) string {
	var values []string
	for _, s := range w.Samples {
		if s == vitals.NoSample {
			values = append(values, "-")
			continue
		}
		values = append(values, fmt.Sprintf("%.6g", w.Offset+w.Scale*float64(s)))
	}
	return fmt.Sprintf("%d %s %s at %s %g/s: %s", w.MDC, w.Label, w.Unit, w.Start.UTC().Format("15:04:05.000"), w.Rate, strings.Join(values, " "))
}

func TestDecodeWaves(t *testing.T) {
	reports, got := decodeAll(t, file(t, "wave_only.hl7"))
	if len(got) != 1 || got[0].Device != "00A03700AABBCC01" || got[0].SentAt.UTC().Format("05.000") != "00.260" {
		t.Fatalf("got %+v", got)
	}
	var lines []string
	for _, w := range got[0].Waves {
		lines = append(lines, trace(w))
	}
	want := []string{
		"131330 II mV at 12:00:00.000 250/s: -0.05 0 0.125 1.15 0.2 -0.01 - 0 0 0",
		"150452 Pleth 1 at 12:00:00.000 125/s: -0.21875 0.78125 0.992188 - -1", // 0 to 256 stands for -1 to 1
		"150036 ABP mm[Hg] at 12:00:00.000 125/s: 80.5 120.25 119 81 80",       // the rate from the interval
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	if len(reports) != 1 || len(reports[0].Observations) != 0 || len(reports[0].Flags) != 0 || reports[0].Location.Room != "12" {
		t.Errorf("the report says where the device is, and nothing more: %+v", reports)
	}
}

func TestNumbersBesideWaves(t *testing.T) {
	reports, got := decodeAll(t, file(t, "wave_mixed.hl7"))
	if len(reports) != 1 || len(reports[0].Observations) != 1 || line(reports[0].Observations[0]) != "HR 88 /min @12:00:00 ok" {
		t.Errorf("got %+v", reports)
	}
	if len(got) != 1 || len(got[0].Waves) != 1 || got[0].Device != reports[0].Device.ID {
		t.Errorf("the waves are of the same device: %+v", got)
	}
}

// wave writes a message with one waveform, with other parts where they are given.
func wave(array string, edit ...string) string {
	raw := "MSH|^~\\&|GW|H|||20260113120001+0000||ORU^R01|1|P|2.6\r" +
		"OBR|1||1|69121^MDC_OBS_WAVE_CTS^MDC|||20260113120000+0000|20260113120001+0000\r" +
		"OBX|1|NA|131330^MDC_ECG_ELEC_POTL_II^MDC|1.1.1.1|" + array + "|266418^^MDC|||||R|||||||MON1\r" +
		"OBX|2|NM|0^MDC_ATTR_SAMP_RATE^MDC|1.1.1.1.1|4\r"
	return strings.NewReplacer(edit...).Replace(raw)
}

func TestWavesThatAreNotTaken(t *testing.T) {
	many := strings.Repeat("1^", pcd.MaxSamples) + "1"
	for name, tt := range map[string]struct{ raw, flag string }{
		"no start":             {wave("1^2^3^4", "||20260113120000+0000|20260113120001+0000", ""), "without its start"},
		"no rate":              {wave("1^2^3^4", "|20260113120001+0000\rOBX", "|\rOBX", "SAMP_RATE", "COLOR"), "rate is not known"},
		"a rate beyond all":    {wave("1^2^3^4", "|20260113120001+0000\rOBX", "|\rOBX", ".1|4\r", ".1|4001\r"), "rate of 4001"},
		"a rate that is none":  {wave("1^2^3^4", "|20260113120001+0000\rOBX", "|\rOBX", ".1|4\r", ".1|NaN\r"), "rate is not known"},
		"backwards":            {wave("1^2^3^4", "|20260113120001+0000\rOBX", "|20260113115959+0000\rOBX"), "rate is not known"},
		"too many":             {wave(many), "more samples"},
		"training":             {wave("1^2^3^4", "|P|2.6", "|T|2.6"), "training"},
		"of another patient":   {wave("1^2^3^4", "|||||R|", "|||||W|"), "not charted"},
		"code and name differ": {wave("1^2^3^4", "131330^", "150036^"), "disagree"},
		"a histogram":          {wave("1^2^3^4", "69121^MDC_OBS_WAVE_CTS", "1^OTHER", "131330^MDC_ECG_ELEC_POTL_II", "1^MDC_SOMETHING"), "not known as a waveform"},
	} {
		t.Run(name, func(t *testing.T) {
			reports, got := decodeAll(t, tt.raw)
			if len(got) != 0 {
				t.Errorf("taken: %+v", got)
			}
			if flags := strings.Join(reports[0].Flags, "; "); !strings.Contains(flags, tt.flag) {
				t.Errorf("flags %q, want one with %q", flags, tt.flag)
			}
		})
	}
}

func TestWavesAsSendersWriteThem(t *testing.T) {
	for name, tt := range map[string]struct{ raw, want string }{
		"the interval wins":       {wave("1^2^3^4^5^6^7^8"), "131330 II mV at 12:00:00.000 8/s: 1 2 3 4 5 6 7 8"},
		"a short number":          {wave("1^2^3^4", "131330^", "258^"), "131330 II mV at 12:00:00.000 4/s: 1 2 3 4"},
		"only a name":             {wave("1^2^3^4", "131330^", "0^"), "131330 II mV at 12:00:00.000 4/s: 1 2 3 4"},
		"another lead":            {wave("1^2^3^4", "131330^MDC_ECG_ELEC_POTL_II", "0^MDC_ECG_ELEC_POTL_MCL1"), "0 MCL1 mV at 12:00:00.000 4/s: 1 2 3 4"},
		"a sample period":         {wave("1^2^3^4", "SAMP_RATE", "TIME_PD_SAMP", ".1|4\r", ".1|250\r", "|20260113120001+0000\rOBX", "|\rOBX"), "131330 II mV at 12:00:00.000 4/s: 1 2 3 4"},
		"rows of an array":        {wave("1^2~3^4"), "131330 II mV at 12:00:00.000 4/s: 1 2 3 4"},
		"exponents and words":     {wave("1e-3^x^NaN^-2.5E2"), "131330 II mV at 12:00:00.000 4/s: 0.001 - - -250"},
		"an unknown unit":         {wave("1^2^3^4", "266418^^MDC", "7^^MDC"), "131330 II  at 12:00:00.000 4/s: 1 2 3 4"},
		"the lead is off":         {wave("1^2^3^4", "|||||R|", "||OFF|||X|"), "131330 II mV at 12:00:00.000 4/s: - - - -"},
		"far from zero":           {wave("100000^100001^100002^100003"), "131330 II mV at 12:00:00.000 4/s: 100000 100001 100002 100003"},
		"wider than 16 bits":      {wave("-70000^0^35000^70000"), "131330 II mV at 12:00:00.000 4/s: -70000 0 34998.9 70000"},
		"WAVEFORM instead of MDC": {wave("1^2^3^4", "69121^MDC_OBS_WAVE_CTS^MDC", "WAVEFORM"), "131330 II mV at 12:00:00.000 4/s: 1 2 3 4"},
	} {
		t.Run(name, func(t *testing.T) {
			_, got := decodeAll(t, tt.raw)
			if len(got) != 1 || len(got[0].Waves) != 1 {
				t.Fatalf("got %+v", got)
			}
			if diff := cmp.Diff(tt.want, trace(got[0].Waves[0])); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Values within 16 bits of their last decimal place are kept exactly, others
// to within one part in 65,000 of their range.
func TestSamplesKeepTheirValues(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		places := rapid.IntRange(0, 4).Draw(rt, "places")
		values := rapid.SliceOfN(rapid.Int64Range(-200_000, 200_000), 4, 4).Draw(rt, "values")
		var words []string
		low, high := math.Inf(1), math.Inf(-1)
		for _, v := range values {
			x := float64(v) / math.Pow10(places)
			low, high = min(low, x), max(high, x)
			words = append(words, fmt.Sprintf("%.*f", places, x))
		}
		_, got := decodeAll(t, wave(strings.Join(words, "^")))
		w := got[0].Waves[0]
		allowed := 1e-9
		if (high-low)*math.Pow10(places) > 2*32767 {
			allowed = (high - low) / 65_000
		}
		for i, s := range w.Samples {
			x := float64(values[i]) / math.Pow10(places)
			if is := w.Offset + w.Scale*float64(s); s == vitals.NoSample && values[i] != 32767 && values[i] != -32768 ||
				s != vitals.NoSample && math.Abs(is-x) > allowed*(1+math.Abs(x)) {
				rt.Fatalf("%s became %g (%d × %g + %g)", words[i], is, s, w.Scale, w.Offset)
			}
		}
	})
}

// Whatever comes: no crash, and no waveform beyond its bounds.
func FuzzWave(f *testing.F) {
	for _, raw := range []string{wave("1^2^3^4"), wave("1e999^-^.^+^--1"), wave(""), wave("1", "|4\r", "|1e-300\r"), wave("~^~")} {
		f.Add([]byte(raw))
	}
	f.Add([]byte("MSH|^~\\&|A|||||ORU^W01|1|P|2.6\rOBR|1||1|WAVEFORM|||2026\rOBX|1|NA|0^X|1.1.1.1|9^8\rOBX|2|NA|^MDC_ATTR_SCALE_SPECN_I16|1.1.1.1.1|1^2^1^1e-300\rOBX|3|NR|^MDC_ATTR_SAMP_RATE|1.1.1.1.2|5\rOBX|4|NR|^MDC_ATTR_NU_MSMT_RES|1.1.1.1.3|1e-320\r"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := hl7.Parse(raw)
		if err != nil {
			return
		}
		_, waves, err := pcd.Decode(m, pcd.Options{})
		if err != nil {
			return
		}
		total := 0
		for _, of := range waves {
			if len(of.Waves) > pcd.MaxWaves {
				t.Fatalf("%d waves", len(of.Waves))
			}
			for _, w := range of.Waves {
				total += len(w.Samples)
				if !(w.Rate >= pcd.MinWaveRate && w.Rate <= pcd.MaxWaveRate) || w.Start.IsZero() ||
					!(math.Abs(w.Scale) < math.MaxFloat64) || !(math.Abs(w.Offset) < math.MaxFloat64) || w.Scale == 0 {
					t.Fatalf("%+v", w)
				}
			}
		}
		if total > pcd.MaxSamples {
			t.Fatalf("%d samples", total)
		}
	})
}
