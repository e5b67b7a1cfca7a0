package mqtt

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wardlight/ward/vitals"
)

// said writes a frame's readings as "MDC_X=value", a missing value as "-" and
// a doubtful one with "?".
func said(f Frame) (out []string) {
	for _, r := range f.Readings {
		s := r.Metric.RefID + "="
		switch {
		case r.IsNone:
			s += "-"
		case r.Quality == vitals.Questionable:
			s += r.Value.String() + "?"
		default:
			s += r.Value.String()
		}
		out = append(out, s)
	}
	return out
}

func frame(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

var london = func() *time.Location {
	l, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err)
	}
	return l
}()

func TestDecodeGATT(t *testing.T) {
	for _, test := range []struct {
		name  string
		uuid  uint16
		frame string
		want  []string
		at    string // as the sensor's clock shows it
	}{
		{"heart rate, contact", 0x2A37, "06 48", []string{"MDC_ECG_HEART_RATE=72"}, ""},
		{"heart rate with RR interval", 0x2A37, "10 48 00 04", []string{"MDC_ECG_HEART_RATE=72"}, ""},
		{"heart rate of 16 bits", 0x2A37, "11 2C 01 00 04", []string{"MDC_ECG_HEART_RATE=300"}, ""},
		{"heart rate with energy", 0x2A37, "08 48 10 00", []string{"MDC_ECG_HEART_RATE=72"}, ""},
		{"strap off the skin", 0x2A37, "04 48", []string{"MDC_ECG_HEART_RATE=-"}, ""},
		{
			"blood pressure", 0x2A35, "04 78 00 50 00 5D 00 48 00",
			[]string{"MDC_PRESS_BLD_NONINV_SYS=120", "MDC_PRESS_BLD_NONINV_DIA=80", "MDC_PRESS_BLD_NONINV_MEAN=93", "MDC_PULS_RATE_NON_INV=72"},
			"",
		},
		{
			"blood pressure in kPa", 0x2A35, "01 A0 F0 6B F0 7C F0", // 16.0 10.7 12.4 kPa
			[]string{"MDC_PRESS_BLD_NONINV_SYS=120", "MDC_PRESS_BLD_NONINV_DIA=80", "MDC_PRESS_BLD_NONINV_MEAN=93"}, "",
		},
		{
			"blood pressure with everything, cuff loose", 0x2A35, "1E 78 00 50 00 FF 07 EA 07 01 0D 14 3B 07 48 00 01 02 00",
			[]string{"MDC_PRESS_BLD_NONINV_SYS=120?", "MDC_PRESS_BLD_NONINV_DIA=80?", "MDC_PRESS_BLD_NONINV_MEAN=-", "MDC_PULS_RATE_NON_INV=72?"},
			"2026-01-13 20:59:07",
		},
		{
			"blood pressure, irregular pulse only", 0x2A35, "10 78 00 50 00 5D 00 04 00",
			[]string{"MDC_PRESS_BLD_NONINV_SYS=120", "MDC_PRESS_BLD_NONINV_DIA=80", "MDC_PRESS_BLD_NONINV_MEAN=93"},
			"",
		},
		{"oximeter", 0x2A5F, "00 61 00 48 00", []string{"MDC_PULS_OXIM_SAT_O2=97", "MDC_PULS_OXIM_PULS_RATE=72"}, ""},
		{"oximeter, finger out", 0x2A5F, "00 FF 07 FF 07", []string{"MDC_PULS_OXIM_SAT_O2=-", "MDC_PULS_OXIM_PULS_RATE=-"}, ""},
		{
			"oximeter with everything, questionable", 0x2A5F, "1F 61 00 48 00 60 00 49 00 62 00 47 00 00 40 00 00 00 0A F0",
			[]string{"MDC_PULS_OXIM_SAT_O2=97?", "MDC_PULS_OXIM_PULS_RATE=72?"},
			"",
		},
		{"oximeter, invalid measurement", 0x2A5F, "04 61 00 48 00 00 80", []string{"MDC_PULS_OXIM_SAT_O2=-", "MDC_PULS_OXIM_PULS_RATE=-"}, ""},
		{"oximeter spot check", 0x2A5E, "00 61 00 48 00", []string{"MDC_PULS_OXIM_SAT_O2=97", "MDC_PULS_OXIM_PULS_RATE=72"}, ""},
		{
			"spot check with time", 0x2A5E, "01 61 00 48 00 EA 07 01 0D 14 3B 07",
			[]string{"MDC_PULS_OXIM_SAT_O2=97", "MDC_PULS_OXIM_PULS_RATE=72"},
			"2026-01-13 20:59:07",
		},
		{
			"spot check, clock never set", 0x2A5E, "11 61 00 48 00 EA 07 01 0D 14 3B 07",
			[]string{"MDC_PULS_OXIM_SAT_O2=97", "MDC_PULS_OXIM_PULS_RATE=72"},
			"",
		},
		{"temperature", 0x2A1C, "00 6C 01 00 FF", []string{"MDC_TEMP_BODY=36.4"}, ""},
		{"temperature in °F", 0x2A1C, "01 DA 03 00 FF", []string{"MDC_TEMP_BODY=37.0"}, ""},
		{"temperature of the ear, dated", 0x2A1C, "06 6C 01 00 FF EA 07 01 0D 14 3B 07 09", []string{"MDC_TEMP_TYMP=36.4"}, "2026-01-13 20:59:07"},
		{"temperature, not a number", 0x2A1C, "00 FF FF 7F 00", []string{"MDC_TEMP_BODY=-"}, ""},
		{"temperature, not at this resolution", 0x2A1C, "00 00 00 80 00", []string{"MDC_TEMP_BODY=-"}, ""},
		{"temperature, infinite, whatever the exponent", 0x2A1C, "00 FE FF 7F FF", []string{"MDC_TEMP_BODY=-"}, ""},
		{"temperature below zero", 0x2A1C, "00 FB FF FF FF", []string{"MDC_TEMP_BODY=-0.5"}, ""},
		{"temperature beyond all measure", 0x2A1C, "00 01 00 00 7F", []string{"MDC_TEMP_BODY=-"}, ""},
		{"glucose", 0x2A18, "02 01 00 EA 07 01 0D 14 3B 07 69 B0 11", []string{"MDC_CONC_GLU_GEN=105"}, "2026-01-13 20:59:07"},
		{"glucose in mol/L, an hour later", 0x2A18, "07 01 00 EA 07 01 0D 14 3B 07 3C 00 3A C0 11", []string{"MDC_CONC_GLU_GEN=104"}, "2026-01-13 21:59:07"}, // 5.8 mmol/L
		{"glucose with a sensor fault", 0x2A18, "0A 01 00 EA 07 01 0D 14 3B 07 69 B0 11 01 00", []string{"MDC_CONC_GLU_GEN=105?"}, "2026-01-13 20:59:07"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, err := DecodeGATT(test.uuid, frame(t, test.frame), london)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, said(f)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			at := ""
			if !f.At.IsZero() {
				at = f.At.In(london).Format(time.DateTime)
			}
			if at != test.at {
				t.Errorf("at %q, want %q", at, test.at)
			}
		})
	}
}

func TestDecodeGATTRefuses(t *testing.T) {
	for _, test := range []struct {
		uuid  uint16
		frame string
		says  string
	}{
		{0x2A37, "", "not as long"},
		{0x2A37, "01 48", "not as long"},
		{0x2A37, "00 48 00", "not as long"},
		{0x2A37, "10 48 00 04 00", "not as long"},
		{0x2A35, "04 78 00 50 00 5D 00", "not as long"},
		{0x2A18, "02 01 00 EA 07 01 0D 14 3B 07", "not as long"},
		{0x2A19, "64", "0x2A19 is not supported"},
	} {
		if _, err := DecodeGATT(test.uuid, frame(t, test.frame), time.UTC); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%04X %s: %v, want %q", test.uuid, test.frame, err, test.says)
		}
	}
}

// SFLOAT: the special values are so at every exponent.
func TestSFLOAT(t *testing.T) {
	for raw, want := range map[uint16]string{
		0x0000: "0", 0x0001: "1", 0x07FD: "2045", 0x0803: "-2045", 0xF0FF: "25.5", 0xF001: "0.1", 0xF803: "-204.5",
		0x8001: "0.00000001", 0x7001: "10000000", 0x1005: "50",
		0x07FF: "", 0x0800: "", 0x07FE: "", 0x0802: "", 0x0801: "", 0xF7FF: "", 0x3800: "",
	} {
		d, ok := sfloat(raw).decimal()
		if got := d.String(); ok != (want != "") || ok && got != want {
			t.Errorf("%04X: %s %v, want %q", raw, got, ok, want)
		}
	}
}
