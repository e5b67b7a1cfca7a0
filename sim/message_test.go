package sim

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wardlight/ingest/hl7"
	"wardlight/sim/recording"
)

var update = flag.Bool("update", false, "write testdata anew")

var (
	noon  = time.Date(2026, 1, 13, 12, 0, 0, 0, time.UTC)
	line  = Timeline{Start: noon, Speed: 1}
	okoye = &Patient{
		MRN: "MRN1001", Visit: "VN5001", Family: "Oko|ye", Given: "Ngozi", BirthDate: "1958-04-12", Sex: "F", Weight: "80.0",
		Admitted: -26 * time.Hour,
	}
	sender = Sender{Name: "ICUGW", ID: "02A037FF00000001"}
)

// golden compares a message with its file, which has a line per segment.
func golden(t *testing.T, name string, message []byte) {
	t.Helper()
	got := strings.ReplaceAll(string(message), "\r", "\n")
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func parse(t *testing.T, raw []byte) *hl7.Message {
	t.Helper()
	m, err := hl7.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// rowOf finds the OBX of a code, and the note below it.
func rowOf(t *testing.T, m *hl7.Message, code string) (obx hl7.Segment, note string) {
	t.Helper()
	all := m.All()
	for i, s := range all {
		if s.Name() == "OBX" && s.Text(3, 1) == code {
			if i+1 < len(all) && all[i+1].Name() == "NTE" {
				note = all[i+1].Text(3, 1)
			}
			return s, note
		}
	}
	t.Fatalf("no row %s", code)
	return hl7.Segment{}, ""
}

func monitorMessage(t *testing.T) []byte {
	t.Helper()
	script := oneBed(Window{recording.ICUDay, 653 * time.Minute, time.Hour}, Overlay{ProbeOff, time.Minute, time.Hour, time.Minute, 0})
	script.Units[0].Beds[0].Patient = okoye
	s := play(t, script)
	b := script.Units[0].Beds[0]
	r := s.Report(script.Units[0], b, b.Devices[0], 90*time.Second)
	return MonitorMessage(Envelope{sender, "7.MON1.90000", line.At(90 * time.Second)}, line, r)
}

func TestMonitorMessage(t *testing.T) {
	raw := monitorMessage(t)
	golden(t, "monitor.hl7", raw)
	m := parse(t, raw)

	h := m.Header()
	got := []string{h.Sender.Component(1).String(), h.Code, h.Event, h.ControlID, h.Process, h.AcceptAck, h.AppAck, strings.Join(h.Profiles, " ")}
	want := []string{"ICUGW", "ORU", "R01", "7.MON1.90000", "P", "AL", "NE", "1.3.6.1.4.1.19376.1.6.1.1.1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	pid, _ := m.First("PID")
	if pid.Text(3, 1) != "MRN1001" || pid.Text(5, 1) != "Oko|ye" || pid.Text(7, 1) != "19580412" {
		t.Errorf("PID %s", pid.Raw())
	}
	pv1, _ := m.First("PV1")
	if pv1.Text(3, 1) != "ICU" || pv1.Text(3, 3) != "1" || pv1.Text(19, 1) != "VN5001" {
		t.Errorf("PV1 %s", pv1.Raw())
	}
	if sent, _, err := h.SentAt(nil); err != nil || !sent.Equal(noon.Add(90*time.Second)) {
		t.Errorf("sent %v, %v", sent, err)
	}
	mds, _ := rowOf(t, m, "69965")
	if mds.Text(4, 1) != "1.0.0.0" || mds.Text(11, 1) != "X" || mds.Text(18, 1) != "MON1" || mds.Text(18, 3) != "01" || mds.Text(18, 4) != "EUI-64" {
		t.Errorf("MDS %s", mds.Raw())
	}
	hr, note := rowOf(t, m, "147842")
	if hr.Text(2, 1) != "NM" || hr.Text(6, 1) != "264864" || hr.Text(7, 1) != "50-120" || hr.Text(11, 1) != "R" ||
		hr.Text(14, 1) != "" || note != "recording "+recording.ICUDay+" HR minute 654" {
		t.Errorf("HR %s, %q", hr.Raw(), note)
	}
	spo2, note := rowOf(t, m, "150456")
	if !spo2.Field(5).IsEmpty() || spo2.Text(8, 1) != "NAV" || spo2.Text(11, 1) != "X" || note != "simulated: probe off" {
		t.Errorf("SpO2 %s, %q", spo2.Raw(), note)
	}
	for _, code := range []string{"150021", "150344"} {
		obx, _ := rowOf(t, m, code)
		taken, precision, err := hl7.ParseTime(obx.Text(14, 1), nil)
		if err != nil || precision != hl7.Fraction || !taken.Before(noon.Add(90*time.Second)) {
			t.Errorf("%s has no time of its own", obx.Raw())
		}
	}
}

func TestRowsStandBelowTheirParts(t *testing.T) {
	for name, raw := range map[string][]byte{"monitor": monitorMessage(t), "pump": pumpMessage(t)} {
		seen, before, n := map[string]bool{}, "", 0
		for s := range parse(t, raw).Segments("OBX") {
			path := s.Text(4, 1)
			if n++; s.Text(1, 1) != strconv.Itoa(n) || before != "" && comparePaths(before, path) >= 0 {
				t.Errorf("%s: %s after %s", name, s.Raw(), before)
			}
			before = path
			seen[path] = true
			levels := strings.Split(path, ".")
			if len(levels) != 4 || !seen[levels[0]+".0.0.0"] {
				t.Errorf("%s: %s belongs to no device", name, path)
			}
			if isPart := levels[3] == "0"; isPart != s.Field(2).IsEmpty() || isPart != s.Field(5).IsEmpty() && s.Text(8, 1) == "" {
				t.Errorf("%s: %s", name, s.Raw())
			}
		}
	}
}

func pumpMessage(t *testing.T) []byte {
	t.Helper()
	p := Pump{ID: "02A037FF00050005", Label: "PUMP5", Unit: "ICU", Bed: "1", Patient: okoye, Schedule: Schedule{0, time.Second}}
	running := Channel{Label: "1", Program: dopamine, Infused: "60.0", Ending: KeepOpen, NewBagWait: time.Minute}
	heparin := ordered("Heparin", okoye)
	paused := Channel{Label: "2", Program: heparin, Infused: "0.0", Ending: KeepOpen, NewBagWait: time.Minute, PauseAt: time.Second, PauseFor: time.Hour}
	p.Channels = []Channel{running, paused}
	return PumpMessage(Envelope{sender, "7.PUMP5.10000", line.At(10 * time.Second)}, line, p.At(10*time.Second))
}

func TestPumpMessage(t *testing.T) {
	raw := pumpMessage(t)
	golden(t, "pump.hl7", raw)
	type row struct{ path, code, value, unit, method string }
	var got []row
	for s := range parse(t, raw).Segments("OBX") {
		if !s.Field(2).IsEmpty() {
			got = append(got, row{s.Text(4, 1), s.Text(3, 2), s.Text(5, 1) + s.Text(5, 2), s.Text(6, 5), s.Text(17, 1)})
		}
	}
	// 80 kg × 5 ug/kg/min × 60 / 1600 ug/mL = 15.0 mL/h; 80 kg × 12 iU/kg/h / 100 iU/mL = 9.60 mL/h
	want := []row{
		{"1.1.1.1", "MDC_PUMP_INFUSING_STATUS", "pump-status-infusing", "", ""},
		{"1.1.1.2", "MDC_FLOW_FLUID_PUMP_CURRENT", "15.0", "mL/h", ""},
		{"1.1.2.1", "MDC_PUMP_CURRENT_DELIVERY_STATUS", "pump-delivery-status-delivering", "", ""},
		{"1.1.2.2", "MDC_FLOW_FLUID_PUMP", "15.0", "mL/h", "MSET"},
		{"1.1.2.3", "MDC_RATE_DOSE", "5.00", "ug/kg/min", "MSET"},
		{"1.1.2.4", "MDC_VOL_FLUID_TBI", "250.0", "mL", "MSET"},
		{"1.1.2.5", "MDC_VOL_FLUID_DELIV_TOTAL", "60.0", "mL", ""},
		{"1.1.2.6", "MDC_VOL_FLUID_TBI_REMAIN", "190.0", "mL", ""},
		{"1.1.2.7", "MDC_TIME_PD_REMAIN", "760", "min", ""},
		{"1.1.2.8", "MDC_DRUG_NAME_LABEL", "Dopamine", "", ""},
		{"1.1.2.9", "MDC_CONC_DRUG", "1.6", "mg/mL", "MSET"},
		{"1.1.2.10", "MDC_ATTR_PT_WEIGHT", "80.0", "kg", "MSET"},
		{"1.2.1.1", "MDC_PUMP_INFUSING_STATUS", "pump-status-not-infusing", "", ""},
		{"1.2.1.2", "MDC_FLOW_FLUID_PUMP_CURRENT", "0.0", "mL/h", ""},
		{"1.2.2.1", "MDC_PUMP_CURRENT_DELIVERY_STATUS", "pump-delivery-status-not-delivering", "", ""},
		{"1.2.2.2", "MDC_FLOW_FLUID_PUMP", "9.60", "mL/h", "MSET"},
		{"1.2.2.3", "MDC_RATE_DOSE", "12", "", "MSET"},
		{"1.2.2.4", "MDC_VOL_FLUID_TBI", "250.0", "mL", "MSET"},
		{"1.2.2.5", "MDC_VOL_FLUID_DELIV_TOTAL", "0.0", "mL", ""},
		{"1.2.2.6", "MDC_VOL_FLUID_TBI_REMAIN", "250.0", "mL", ""},
		{"1.2.2.8", "MDC_DRUG_NAME_LABEL", "Heparin", "", ""},
		{"1.2.2.9", "MDC_CONC_DRUG", "100", "", "MSET"},
		{"1.2.2.10", "MDC_ATTR_PT_WEIGHT", "80.0", "kg", "MSET"},
		{"1.2.2.11", "MDC_PUMP_NOT_DELIVERING_REASON", "pump-stopped-by-clinician", "", ""},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(row{})); diff != "" {
		t.Error(diff)
	}
	if dose, _ := rowOf(t, parse(t, raw), "157924"); dose.Text(6, 1) != "265619" || dose.Text(6, 3) != "MDC" || dose.Text(6, 6) != "UCUM" {
		t.Errorf("unit of dose in %s", dose.Raw())
	}
}

func TestPumpOfNobody(t *testing.T) {
	p := Pump{ID: "02", Label: "PUMP9", Unit: "ICU", Bed: "17", Schedule: Schedule{0, time.Second}, Channels: []Channel{
		{Label: "1", Program: dopamine, Infused: "60.0", Ending: KeepOpen, NewBagWait: time.Minute},
	}}
	m := parse(t, PumpMessage(Envelope{sender, "1", noon}, line, p.At(0)))
	if pid, ok := m.First("PID"); !ok || !pid.Field(3).IsEmpty() || pid.Text(5, 7) != "U" {
		t.Errorf("PID %s", pid.Raw())
	}
}

func TestAdmissionMessage(t *testing.T) {
	at := noon.Add(-26 * time.Hour)
	for _, c := range []struct {
		event Event
		field int // of PV1, which only this event has
		want  string
	}{
		{Admitted, 44, hl7.FormatTimeMillis(at)},
		{Transferred, 6, "WARD"},
		{Discharged, 45, hl7.FormatTimeMillis(at)},
	} {
		raw := AdmissionMessage(Envelope{sender, "1", noon}, Movement{c.event, okoye, at, "ICU", "12", "WARD", "3"})
		m := parse(t, raw)
		h := m.Header()
		evn, _ := m.First("EVN")
		pv1, _ := m.First("PV1")
		happened, _, err := hl7.ParseTime(evn.Text(6, 1), nil)
		if h.Code != "ADT" || h.Event != string(c.event) || err != nil || !happened.Equal(at) {
			t.Errorf("%s", raw)
		}
		for _, field := range []int{6, 44, 45} {
			want := ""
			if field == c.field {
				want = c.want
			}
			if got := pv1.Text(field, 1); got != want {
				t.Errorf("%s: PV1-%d is %q, want %q", c.event, field, got, want)
			}
		}
		if pv1.Text(3, 1) != "ICU" || pv1.Text(3, 3) != "12" || pv1.Text(19, 1) != "VN5001" {
			t.Errorf("PV1 %s", pv1.Raw())
		}
	}
}

func TestTimeline(t *testing.T) {
	fast := Timeline{noon, 10}
	for script, wall := range map[time.Duration]time.Duration{-time.Hour: -time.Hour, 0: 0, time.Minute: 6 * time.Second} {
		if got := fast.At(script); !got.Equal(noon.Add(wall)) {
			t.Errorf("%v is at %v", script, got)
		}
		if got := fast.Elapsed(noon.Add(wall)); got != script {
			t.Errorf("%v is %v, want %v", wall, got, script)
		}
	}
}

func TestOnly(t *testing.T) {
	s, err := Demo(1).Only("ICU")
	if err != nil || len(s.Units) != 1 || len(s.Pumps) != len(Demo(1).Pumps) {
		t.Errorf("%d units, %d pumps, %v", len(s.Units), len(s.Pumps), err)
	}
	if s, err := Demo(1).Only("HOME", "WARD"); err != nil || len(s.Units) != 2 || len(s.Pumps) != 0 {
		t.Errorf("%d units, %d pumps, %v", len(s.Units), len(s.Pumps), err)
	}
	if _, err := Demo(1).Only("ICU", "NICU"); err == nil {
		t.Error("a unit that is not there was accepted")
	}
}
