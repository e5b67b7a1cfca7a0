package mqtt

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"wardlight/ward"
)

// FuzzGATT: no frame makes the decoder panic, and what it gives has values of
// metrics that exist.
func FuzzGATT(f *testing.F) {
	for _, seed := range []struct {
		uuid  uint16
		frame string
	}{
		{0x2A37, "0648"},
		{0x2A37, "10480004"},
		{0x2A37, "112C010004"},
		{0x2A35, "0478005000 5D004800"},
		{0x2A35, "1E78005000FF07EA07010D143B07480001 0200"},
		{0x2A5F, "0061004800"},
		{0x2A5F, "00FF07FF07"},
		{0x2A5F, "046100480000 80"},
		{0x2A5E, "1161004800EA07010D143B07"},
		{0x2A1C, "006C0100FF"},
		{0x2A1C, "01DA0300FF"},
		{0x2A1C, "00FFFF7F00"},
		{0x2A18, "020100EA07010D143B0769B011"},
	} {
		f.Add(seed.uuid, frame(f, seed.frame))
	}
	f.Fuzz(func(t *testing.T, uuid uint16, raw []byte) {
		out, err := DecodeGATT(uuid, raw, time.UTC)
		if err != nil && len(out.Readings) > 0 {
			t.Error("refused, and read all the same")
		}
		for _, r := range out.Readings {
			if r.Metric.RefID == "" || r.Metric.Unit == "" {
				t.Errorf("a reading of nothing: %+v", r)
			}
		}
	})
}

// FuzzMapping: whatever is published under any mapping, there is an event;
// what is charted is not in the future and belongs to a named device.
func FuzzMapping(f *testing.F) {
	for _, payload := range []string{
		`{"at":"2026-01-13T20:59:07Z","seq":7,"values":{"59408-5":97,"8867-4":88.0}}`, `72`, `offline`, `null`, ``, `1e5`, `"unavailable"`,
		`{"device":"G1","characteristic":"2A18","base64":"AgEA6gcBDRQ7B2mwEQ=="}`,
		`{"~":"zigbee/patch","stat_t":"~","unit_of_meas":"°F","val_tpl":"{{ value_json.t }}","dev":{"ids":["0x1"]},"avty":[{"t":"z/s"}]}`,
		`{"id":"W7","ts":1768337947500,"m":[{"hr":"61","t/f":98.6}]}`,
	} {
		for i := range Mappings {
			f.Add(byte(i), "a/b/config", []byte(payload), false)
			f.Add(byte(i), "wardlight/w/8867-4", []byte(payload), true)
		}
	}
	bodies, _ := filepath.Glob("testdata/openmhealth/*/*/*.json")
	for _, file := range bodies {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(1), "a/b", body, false)
	}
	f.Fuzz(func(t *testing.T, mapping byte, topic string, payload []byte, retained bool) {
		r := reader(ward.Topic{
			Filter: "#", Mapping: Mappings[int(mapping)%len(Mappings)], Device: 2, DevicePointer: "/id", TimePointer: "/ts", Bed: "HOME-3",
			Values: []ward.TopicValue{{Metric: "8867-4"}, {Pointer: "/m/0/hr", Metric: "8867-4", Unit: "bpm"}},
		})
		p := Publication{Device: "w", Topic: topic, Payload: payload, IsRetained: retained, ReceivedAt: received}
		m := r.Read(p)
		reports, ok := m.Event.(ward.Reports)
		if _, refused := m.Event.(ward.Refused); !ok && !refused {
			t.Fatalf("an event of type %T", m.Event)
		}
		for _, report := range reports {
			if !report.IsOffline && !isPrintable(string(report.Device.ID)) {
				t.Errorf("a device called %q", report.Device.ID)
			}
			for _, o := range report.Observations {
				if report.SentAt.IsZero() && o.DeviceAt.Sub(received) > MaxAhead {
					t.Errorf("a value of %v", o.DeviceAt)
				}
			}
		}
		if again, err := r.Again(p.envelope(), received); (err == nil) != ok && topic == string([]rune(topic)) {
			t.Errorf("kept and read again: %v, %v", again, err)
		}
	})
}
