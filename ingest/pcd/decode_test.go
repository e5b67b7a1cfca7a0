package pcd_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wardlight/ingest/hl7"
	"wardlight/ingest/pcd"
	"wardlight/ward"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

func decode(t *testing.T, raw string) ward.Reports {
	t.Helper()
	m, err := hl7.Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := pcd.Decode(m, pcd.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func file(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// line writes an observation as one line, so that a golden table can be read
// against the message.
func line(o vitals.Observation) string {
	value := o.Value.String() + " " + o.Metric.Unit
	if !o.HasValue() {
		value = "none"
	}
	return strings.TrimSpace(o.Metric.Label + " " + value + " @" + o.DeviceAt.UTC().Format("15:04:05") + " " + string(o.Quality) + " " + string(o.Method))
}

func lines(obs []vitals.Observation) []string {
	var out []string
	for _, o := range obs {
		out = append(out, line(o))
	}
	return out
}

func TestDecodeMonitors(t *testing.T) {
	tests := []struct {
		file     string
		device   device.Identity
		patient  string
		location string
		want     []string
	}{
		{
			"vitals.hl7",
			device.Identity{ID: "00A03700AABBCC01", Label: "MON77", Kind: device.Monitor},
			"MRN1001", "ICU^12^A",
			[]string{
				"HR 88 /min @12:00:00 ok",
				"RR 18 /min @12:00:00 ok",
				"SpO2 95 % @12:00:00 ok",
				"Pulse none @12:00:00 invalid",
				"NIBP sys 128 mm[Hg] @11:55:00 ok", // OBX-14 of the channel's row
				"NIBP dia 76 mm[Hg] @11:55:00 ok",
				"NIBP mean 93 mm[Hg] @11:55:00 ok",
				"T 37.20 Cel @12:00:00 ok", // keeps its zero
			},
		},
		{
			// Status X although there is a value: taken, marked unverified.
			"pcd01_monitor_periodic.hl7",
			device.Identity{ID: "e86c094f-f751-4acf-92b2-38f11c1f6f57-Device@PAT_DEVICE_PHILIPS_C", Label: "e86c094f-f751-4acf-92b2-38f11c1f6f57-Device", Kind: device.Monitor},
			"HO2009001", "HO Surgery^OR^1",
			[]string{
				"NIBP sys 117 mm[Hg] @11:50:00 unverified",
				"NIBP dia 82 mm[Hg] @11:50:00 unverified",
				"NIBP mean 90 mm[Hg] @11:50:00 unverified",
				"HR 80 /min @18:26:56 unverified",
				"QT 360 ms @18:26:56 unverified",
				"QTc 416 ms @18:26:56 unverified",
				"RR 30 /min @18:26:56 unverified",
				"SpO2 99 % @18:26:56 unverified",
				"PI 3.9 1 @18:26:56 unverified",
			},
		},
		{
			// UCUM units; OBX-14 of each row overrides OBR-7.
			"pcd01_episodic_nibp.hl7",
			device.Identity{ID: "080019FFFE3ED02D172.16.172.135@GATEWAY_ACME", Label: "080019FFFE3ED02D172.16.172.135", Kind: device.Monitor},
			"12345", "COLWELL^^SOLAR",
			[]string{
				"NIBP sys 111 mm[Hg] @04:58:42 ok",
				"NIBP dia 60 mm[Hg] @04:58:42 ok",
				"NIBP mean 80 mm[Hg] @04:58:42 ok",
				"Pulse (NIBP) 63 /min @04:58:42 ok",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			reports := decode(t, file(t, tt.file))
			if len(reports) != 1 {
				t.Fatalf("%d reports, want 1", len(reports))
			}
			r := reports[0]
			if diff := cmp.Diff(tt.want, lines(r.Observations)); diff != "" {
				t.Errorf("observations (-want +got):\n%s", diff)
			}
			if r.Device != tt.device {
				t.Errorf("device %+v, want %+v", r.Device, tt.device)
			}
			if r.Patient[0].Value != tt.patient || r.Location.String() != tt.location {
				t.Errorf("for %v at %s, want %s at %s", r.Patient, r.Location, tt.patient, tt.location)
			}
		})
	}
}

func TestDecodePump(t *testing.T) {
	r := decode(t, file(t, "pump.hl7"))[0]
	if want := (device.Identity{ID: "0012210000000005", Label: "PUMP5", Kind: device.Pump}); r.Device != want {
		t.Errorf("device %+v, want %+v", r.Device, want)
	}
	if len(r.Observations) != 0 || len(r.Flags) != 0 {
		t.Errorf("observations %v and flags %v from a pump's message", r.Observations, r.Flags)
	}
	q := func(v, unit string) *infusion.Quantity {
		return &infusion.Quantity{Value: vitals.MustDecimal(v), Unit: unit}
	}
	at := time.Date(2026, 1, 13, 12, 0, 10, 0, time.UTC)
	want := []infusion.Channel{{
		Channel: "1", Status: infusion.Infusing, Drug: "Dopamine",
		Rate: q("15.0", "mL/h"), Dose: q("5.00", "ug/kg/min"), Concentration: q("1.6", "mg/mL"), Weight: q("80.0", "kg"),
		VTBI: q("250.0", "mL"), Infused: q("60.0", "mL"), Remaining: q("190.0", "mL"),
		TimeLeft: 760 * time.Minute, DeviceAt: at,
	}}
	same := cmp.Comparer(func(a, b vitals.Decimal) bool { return a == b })
	instant := cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })
	if diff := cmp.Diff(want, r.Channels, same, instant); diff != "" {
		t.Fatalf("channels (-want +got):\n%s", diff)
	}
	c := r.Channels[0]
	c.At = at
	empty, ok := c.EmptyAt()
	if want := time.Date(2026, 1, 14, 0, 40, 10, 0, time.UTC); !ok || !empty.Equal(want) {
		t.Errorf("empty at %v, want %v", empty, want)
	}
}

const head = "MSH|^~\\&|GW|H|||20260113120005+0000||ORU^R01^ORU_R01|1|P|2.6|||AL|NE\rPID|||1^^^H^MR\rPV1||I|ICU^12\rOBR|1|||1^x|||20260113120000+0000\r"

func TestDecodeRows(t *testing.T) {
	tests := []struct {
		name string
		row  string
		want string // "" when nothing is charted
		flag string // part of the flag, "" for none
	}{
		{"code without its partition", "OBX|1|NM|19384^MDC_PULS_OXIM_SAT_O2^MDC|1.1.1.1|97|544^MDC_DIM_PERCENT^MDC|||||R", "SpO2 97 % @12:00:00 ok", ""},
		{"code 0 falls back to the name", "OBX|1|NM|0^MDC_PULS_OXIM_SAT_O2^MDC|1.1.1.1|97|262688|||||R", "SpO2 97 % @12:00:00 ok", ""},
		{"number and name disagree", "OBX|1|NM|150456^MDC_ECG_HEART_RATE^MDC|1.1.1.1|97|262688|||||R", "", "disagree"},
		{"MDC as the alternate coding", "OBX|1|NM|SPO2^x^L^150456^MDC_PULS_OXIM_SAT_O2^MDC|1.1.1.1|97|262688|||||R", "SpO2 97 % @12:00:00 ok", ""},
		{"units UCUM first", "OBX|1|NM|150456^^MDC|1.1.1.1|97|%^%^UCUM^262688^MDC_DIM_PERCENT^MDC|||||R", "SpO2 97 % @12:00:00 ok", ""},
		{"unit unknown", "OBX|1|NM|150456^^MDC|1.1.1.1|97|furlong|||||R", "", "furlong"},
		{"unit of another quantity", "OBX|1|NM|150456^^MDC|1.1.1.1|97|266016|||||R", "", "does not fit"},
		{"Fahrenheit", "OBX|1|NM|150344^^MDC|1.1.1.1|98.6|266560^MDC_DIM_FAHR^MDC|||||R", "T 37.0 Cel @12:00:00 ok", ""},
		{"kilopascal", "OBX|1|NM|150021^^MDC|1.1.1.1|16.0|265987^MDC_DIM_KILO_PASCAL^MDC|||||R", "NIBP sys 120 mm[Hg] @12:00:00 ok", ""},
		{"sentinel", "OBX|1|NM|147842^^MDC|1.1.1.1|8388607|264864|||||R", "HR none @12:00:00 invalid", ""},
		{"dashes", "OBX|1|ST|147842^^MDC|1.1.1.1|---|264864|||||R", "HR none @12:00:00 invalid", ""},
		{"invalid by OBX-8", "OBX|1|NM|147842^^MDC|1.1.1.1|88|264864||INV|||X", "HR none @12:00:00 invalid", ""},
		{"minus one", "OBX|1|NM|147842^^MDC|1.1.1.1|-1.0|264864|||||R", "HR none @12:00:00 invalid", ""},
		{"minus one of a quantity that may be", "OBX|1|NM|150087^^MDC|1.1.1.1|-1|266016|||||R", "CVP -1 mm[Hg] @12:00:00 ok", ""},
		{"a sentinel with decimals", "OBX|1|NM|150087^^MDC|1.1.1.1|-999.00|266016|||||R", "CVP none @12:00:00 invalid", ""},
		{"not entered", "OBX|1|NM|188740^^MDC|1.1.1.1|0|263441|||||R", "", ""},
		{"status one field early", "OBX|1|NM|147842^^MDC|1.1.1.1|88|264864||||F", "HR 88 /min @12:00:00 ok", ""},
		{"no status", "OBX|1|NM|147842^^MDC|1.1.1.1|88|264864", "HR 88 /min @12:00:00 unverified", ""},
		{"too many digits once converted", "OBX|1|NM|150021^^MDC|1.1.1.1|999999999999999|265987|||||R", "", "does not fit"},
		{"zero is a value", "OBX|1|NM|147842^^MDC|1.1.1.1|0|264864|||||R", "HR 0 /min @12:00:00 ok", ""},
		{"test signal", "OBX|1|NM|147842^^MDC|1.1.1.1|60|264864||TEST|||R", "HR 60 /min @12:00:00 questionable", ""},
		{"a setting", "OBX|1|NM|151562^^MDC|1.1.1.1|12|264928|||||R||||||MSET^manual-setting^MDC", "RR 12 /min @12:00:00 ok setting", ""},
		{"a setting by the device", "OBX|1|NM|151976^^MDC|1.1.1.1|5|266048|||||R||||||ASET^automatic-setting^MDC", "PEEP 5 cm[H2O] @12:00:00 ok setting", ""},
		{"set to nothing", "OBX|1|NM|151976^^MDC|1.1.1.1||266048|||||R||||||ASET^automatic-setting^MDC", "", ""},
		{"a calculation", "OBX|1|NM|149772^^MDC|1.1.1.1|2.6|264992|||||R||||||ACALC^auto-calculation^MDC", "CI 2.6 L/min/m2 @12:00:00 ok calculation", ""},
		{"measured by hand", "OBX|1|NM|150344^^MDC|1.1.1.1|36.9|268192|||||R||||||MMEAS^manual-measurement^MDC", "T 36.9 Cel @12:00:00 ok", ""},
		{"an array is no numeric", "OBX|1|NA|150456^^MDC|1.1.1.1|1^2^3|262688|||||R", "", "not a numeric"},
		{"structured number", "OBX|1|SN|147842^^MDC|1.1.1.1|^88|264864|||||R", "HR 88 /min @12:00:00 ok", ""},
		{"a bound is no number", "OBX|1|SN|160184^^MDC|1.1.1.1|>^300|264274|||||R", "", "a bound (>)"},
		{"a ratio is no number", "OBX|1|SN|147842^^MDC|1.1.1.1|^1^:^128|264864|||||R", "", "a range or ratio"},
		{"a range of numbers is no number", "OBX|1|NR|150456^^MDC|1.1.1.1|90^100|262688|||||R", "", "an array"},
		{"a document is no number", "OBX|1|ED|150456^^MDC|1.1.1.1|^x^y^Base64^ODg=|262688|||||R", "", "an array"},
		{"a number as text", "OBX|1|ST|147842^^MDC|1.1.1.1|88|264864|||||R", "HR 88 /min @12:00:00 ok", ""},
		{"words are no number", "OBX|1|ST|147842^^MDC|1.1.1.1|high|264864|||||R", "", "not a numeric"},
		{"a facet is no metric", "OBX|1|NM|150456^^MDC|1.1.1.1.2|84|262688|||||F", "", ""},
		{"no place", "OBX|1|NM|150456^^MDC||84|262688|||||F", "", "OBX-4"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := decode(t, head+tt.row+"\r")[0]
			if got := strings.Join(lines(r.Observations), "; "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if flags := strings.Join(r.Flags, "; "); tt.flag == "" && flags != "" || !strings.Contains(flags, tt.flag) {
				t.Errorf("flags %q, want one with %q", flags, tt.flag)
			}
		})
	}
}

func TestDecodeTraining(t *testing.T) {
	raw := strings.Replace(head, "|1|P|2.6", "|1|T|2.6", 1) + "OBX|1|NM|147842^^MDC|1.1.1.1|60|264864|||||R\r"
	if got := line(decode(t, raw)[0].Observations[0]); got != "HR 60 /min @12:00:00 questionable" {
		t.Errorf("got %q: a training message must never look real", got)
	}
}

// What one sender writes for "none" is a value of another's.
func TestDecodeNoValueOfASender(t *testing.T) {
	for _, tt := range []struct {
		row, plain, own string
	}{
		{"OBX|1|NM|150344^^MDC|1.1.1.1|0.0|268192|||||R", "T 0.0 Cel @12:00:00 ok", "T none @12:00:00 invalid"},
		{"OBX|1|NM|147842^^MDC|1.1.1.1|255|264864|||||R", "HR 255 /min @12:00:00 ok", "HR none @12:00:00 invalid"},
		{"OBX|1|ST|147842^^MDC|1.1.1.1|n/a|264864|||||R", "", "HR none @12:00:00 invalid"},
		{"OBX|1|NM|147842^^MDC|1.1.1.1|88|264864|||||R", "HR 88 /min @12:00:00 ok", "HR 88 /min @12:00:00 ok"},
	} {
		for _, o := range []struct {
			options pcd.Options
			want    string
		}{{pcd.Options{}, tt.plain}, {pcd.Options{NoValue: []string{"0", "255", "n/a"}}, tt.own}} {
			m, err := hl7.Parse([]byte(head + tt.row + "\r"))
			if err != nil {
				t.Fatal(err)
			}
			r, _, err := pcd.Decode(m, o.options)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(lines(r[0].Observations), "; "); got != o.want {
				t.Errorf("%s with %v: got %q, want %q", tt.row, o.options.NoValue, got, o.want)
			}
		}
	}
}

func TestDecodeTwoDevices(t *testing.T) {
	raw := head +
		"OBX|1||69965^^MDC|1.0.0.0|||||||X|||||||A^^AA01^EUI-64\r" +
		"OBX|2|NM|147842^^MDC|1.1.1.1|60|264864|||||R\r" +
		"OBX|3||69965^^MDC|2.0.0.0|||||||X|||||||B^^BB01^EUI-64\r" +
		"OBX|4|NM|147842^^MDC|2.1.1.1|70|264864|||||R\r"
	r := decode(t, raw)
	if len(r) != 2 || r[0].Device.ID != "AA01" || r[1].Device.ID != "BB01" {
		t.Fatalf("devices %+v", r)
	}
	if got := r[1].Observations[0].Value.String(); got != "70" {
		t.Errorf("second device measured %s, want 70", got)
	}
}

func TestDecodeZone(t *testing.T) {
	raw := strings.ReplaceAll(head, "+0000", "") + "OBX|1|NM|147842^^MDC|1.1.1.1|60|264864|||||R\r"
	m, err := hl7.Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	berlin := time.FixedZone("CET", 3600)
	r, _, err := pcd.Decode(m, pcd.Options{Zone: func(unit string) *time.Location {
		if unit == "ICU" {
			return berlin
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got := line(r[0].Observations[0]); got != "HR 60 /min @11:00:00 ok" {
		t.Errorf("got %q: a time without a zone is the unit's", got)
	}
}

func TestPumpStatus(t *testing.T) {
	row := func(n, code, path, token string) string {
		return "OBX|" + n + "|CWE|" + code + "^^MDC|1.1." + path + "|^" + token + "||||||R\r"
	}
	pump := "OBX|1||70049^MDC_DEV_PUMP_INFUS_LVP_MDS^MDC|1.0.0.0|||||||X|||||||P^^PP01^EUI-64\r"
	tests := []struct {
		name                               string
		infusing, delivering, reason, more string
		want                               infusion.Status
	}{
		{"runs", "pump-status-infusing", "pump-delivery-status-delivering", "", "", infusion.Infusing},
		{"keeps the vein open", "pump-status-infusing", "pump-delivery-status-kvo", "", "", infusion.KVO},
		{"paused by hand", "pump-status-not-infusing", "pump-delivery-status-not-delivering", "pump-stopped-by-clinician", "", infusion.Paused},
		{"stopped by an alarm", "pump-status-not-infusing", "pump-delivery-status-not-delivering", "pump-stopped-alarming", "", infusion.Stopped},
		{"off", "pump-status-not-infusing", "pump-delivery-status-not-delivering", "pump-stopped-powered-off", "", infusion.Off},
		{"done", "pump-status-not-infusing", "pump-delivery-status-not-delivering", "pump-stopped-not-specified", "OBX|9|NM|157872^^MDC|1.1.2.9|0|263762|||||R\r", infusion.Complete},
		{"programmed", "pump-status-ready", "", "", "", infusion.Programmed},
		{"bolus", "pump-status-infusing", "pump-delivery-status-delivering", "", row("9", "158016", "2.9", "pump-source-info-clinician"), infusion.Bolus},
		{"says nothing", "", "", "", "OBX|9|NM|157784^^MDC|1.1.2.9|5|265266|||||R\r", infusion.Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw := head + pump
			for i, r := range []struct{ code, token string }{{"184519", tt.infusing}, {"158005", tt.delivering}, {"158006", tt.reason}} {
				if r.token != "" {
					raw += row(string(rune('2'+i)), r.code, "1."+string(rune('1'+i)), r.token)
				}
			}
			chans := decode(t, raw+tt.more)[0].Channels
			if len(chans) != 1 || chans[0].Status != tt.want {
				t.Errorf("channels %+v, want one with status %s", chans, tt.want)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, raw := range map[string]string{
		"no OBR":  "MSH|^~\\&|GW|H|||20260113120005+0000||ORU^R01|1|P|2.6\rPID|||1\r",
		"no time": "MSH|^~\\&|GW|H|||yesterday||ORU^R01|1|P|2.6\rPID|||1\rOBR|1\r",
	} {
		m, err := hl7.Parse([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := pcd.Decode(m, pcd.Options{}); err == nil {
			t.Errorf("%s: decoded", name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	messages, err := filepath.Glob(filepath.Join("testdata", "*.hl7"))
	if err != nil || len(messages) == 0 {
		f.Fatalf("no messages: %v", err)
	}
	for _, name := range messages {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := hl7.Parse(raw)
		if err != nil {
			return
		}
		reports, _, err := pcd.Decode(m, pcd.Options{})
		if err != nil {
			return
		}
		for _, r := range reports {
			if r.Device.ID == "" {
				t.Error("a report of nobody")
			}
			for _, o := range r.Observations {
				if known, ok := vitals.ByMDC(o.Metric.MDC); !ok || known != o.Metric || o.DeviceAt.IsZero() || o.Quality == "" {
					t.Errorf("an observation without code, time or quality: %+v", o)
				}
			}
			for _, c := range r.Corrections {
				if c.Metric.Code == "" || c.DeviceAt.IsZero() || (c.Value != nil) != (c.Kind == vitals.Replaced) {
					t.Errorf("a correction of nothing: %+v", c)
				}
			}
		}
	})
}
