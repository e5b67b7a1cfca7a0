package mqtt

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wardlight/ward"
	"wardlight/ward/census"
)

var received = time.Date(2026, 1, 13, 21, 0, 0, 0, time.UTC)

// reader is one of a ward with HOME-3 in London and the given topics.
func reader(topics ...ward.Topic) *Reader {
	return &Reader{
		Topics: func() []ward.Topic { return topics },
		Bed: func(name string) (census.BedID, bool) {
			return census.BedID{Unit: "HOME", Bed: "3"}, name == "HOME-3"
		},
		Zone: func(string) *time.Location { return london },
	}
}

// told writes a meaning in lines: the device, then a value each as
// "REFID=value unit quality seconds-old", a flag as "! …", or "refused: …".
func told(m Meaning) (lines []string) {
	switch e := m.Event.(type) {
	case ward.Refused:
		return []string{"refused: " + e.Reason}
	case ward.Reports:
		for _, r := range e {
			head := string(r.Device.ID)
			if r.IsOffline {
				head += " offline"
			}
			if !r.Location.IsZero() {
				head += " at " + r.Location.String()
			}
			if r.TrustIdentity != nil && *r.TrustIdentity {
				head += " trusted"
			}
			lines = append(lines, head)
			for _, o := range r.Observations {
				v := o.Value.String()
				if !o.HasValue() {
					v = "-"
				}
				s := fmt.Sprintf("%s=%s %s %s %v", o.Metric.RefID, v, o.Metric.Unit, o.Quality, received.Sub(o.DeviceAt).Seconds())
				if o.IsUndated {
					s += " undated"
				}
				lines = append(lines, s)
			}
			for _, f := range r.Flags {
				lines = append(lines, "! "+f)
			}
		}
	}
	return lines
}

func TestRead(t *testing.T) {
	anyDevice := func(filter, mapping string) ward.Topic {
		return ward.Topic{Name: mapping, Filter: filter, Mapping: mapping, Device: 2}
	}
	vendor := ward.Topic{
		Name: "vendor", Filter: "vendor/#", Mapping: AnyJSON, DevicePointer: "/id", TimePointer: "/ts", Bed: "HOME-3",
		Values: []ward.TopicValue{
			{Pointer: "/m/0/hr", Metric: "8867-4"},
			{Pointer: "/m/0/t~1f", Metric: "MDC_TEMP_BODY", Unit: "°F"},
			{Pointer: "/m/0/spo2", Metric: "59408-5", Unit: "%"},
		},
	}
	plain := ward.Topic{Name: "plain", Filter: "plain/+/hr", Mapping: AnyJSON, Device: 2, Values: []ward.TopicValue{{Metric: "MDC_PULS_RATE"}}}
	always := plain
	always.Filter, always.RetainedIsLive = "always/+/hr", true
	gone := plain
	gone.Filter, gone.Bed = "gone/+/hr", "NICU-9"
	only := plain
	only.Filter, only.Clients = "only/+/hr", []string{"hub"}

	for _, test := range []struct {
		name    string
		topic   string
		payload string
		is      string // "retained", "repeat"
		want    []string
		dated   bool
	}{
		{"own form", "wardlight/watch", `{"at":"2026-01-13T20:59:07Z","seq":7,"values":{"59408-5":97,"8867-4":88.0}}`, "", []string{"watch", "MDC_PULS_OXIM_SAT_O2=97 % ok 53", "MDC_ECG_HEART_RATE=88.0 /min ok 53"}, true},
		{"own form without a time", "wardlight/watch", `{"values":{"8867-4":88}}`, "", []string{"watch", "MDC_ECG_HEART_RATE=88 /min unverified 0"}, false},
		{"own form, sent by a clock that is off", "wardlight/watch", `{"at":"2026-01-13T22:30:00Z","sent":"2026-01-13T22:30:05Z","values":{"8867-4":88}}`, "", []string{"watch", "MDC_ECG_HEART_RATE=88 /min ok -5400"}, true},
		{"own form, seconds since 1970", "wardlight/watch", `{"at":1768337947,"values":{"8867-4":88}}`, "", []string{"watch", "MDC_ECG_HEART_RATE=88 /min ok 53"}, true},
		{"own form, milliseconds since 1970", "wardlight/watch", `{"at":1768337947500,"values":{"8867-4":88}}`, "", []string{"watch", "MDC_ECG_HEART_RATE=88 /min ok 52.5"}, true},
		{"own form, a time without a zone", "wardlight/watch", `{"at":"2026-01-13T20:59:07","values":{"8867-4":88}}`, "", []string{"watch", "MDC_ECG_HEART_RATE=88 /min ok 53"}, true},
		{"own form, no value and other units", "wardlight/watch/vitals", `{"values":{"59408-5":null,"8310-5":{"value":"98.60","unit":"F","at":"2026-01-13T20:59:00Z"},"MDC_PRESS_BLD_NONINV_SYS":{"value":16.0,"unit":"kPa"}}}`, "", []string{"watch", "MDC_PULS_OXIM_SAT_O2=- % invalid 0", "MDC_TEMP=37.00 Cel ok 60", "MDC_PRESS_BLD_NONINV_SYS=120 mm[Hg] unverified 0"}, false},
		{"own form, an unknown code", "wardlight/watch", `{"values":{"8867-4":88,"718-7":12}}`, "", []string{"watch", "MDC_ECG_HEART_RATE=88 /min unverified 0", "! 718-7: not a code that is known"}, false},
		{"own form, nothing known", "wardlight/watch", `{"values":{}}`, "", []string{"refused: it holds no value"}, false},
		{"own form, of another device behind it", "wardlight/watch", `{"device":"patch-1","values":{"8867-4":88}}`, "", []string{"patch-1@watch", "MDC_ECG_HEART_RATE=88 /min unverified 0"}, false},
		{"own form, a monitor it pretends to be", "wardlight/watch", `{"device":"MON77","values":{"8867-4":88}}`, "", []string{"MON77@watch", "MDC_ECG_HEART_RATE=88 /min unverified 0"}, false},
		{"own form, a name that is none", "wardlight/watch", `{"device":"a\u0000b","values":{"8867-4":88}}`, "", []string{"refused: the device's name is not one: use at most 128 printable characters"}, false},
		{"own form, one number", "wardlight/watch/8867-4", ` 072 `, "", []string{"watch", "MDC_ECG_HEART_RATE=72 /min unverified 0"}, false},
		{"own form, one exponent", "wardlight/watch/8310-5", `3.720e1`, "", []string{"watch", "MDC_TEMP=37.20 Cel unverified 0"}, false},
		{"own form, one number that is none", "wardlight/watch/8867-4", `abc`, "", []string{"refused: not a number"}, false},
		{"own form, a huge exponent", "wardlight/watch/8867-4", `1e999999999`, "", []string{"refused: not a number of at most 15 digits"}, false},
		{"own form, an unknown code in the topic", "wardlight/watch/718-7", `12`, "", []string{"refused: the last level of topic wardlight/watch/718-7 is neither a code that is known nor status, and the payload is not a JSON object"}, false},
		{"own form, no sensor", "wardlight/watch/59408-5", `null`, "", []string{"watch", "MDC_PULS_OXIM_SAT_O2=- % invalid 0"}, false},
		{"online", "wardlight/watch/status", "online", "", nil, false},
		{"offline: all that it speaks for", "wardlight/watch/status", "offline", "", []string{" offline"}, false},
		{"a status that is none", "wardlight/watch/status", "tired", "", []string{"refused: a status is online or offline"}, false},
		{"broken JSON", "wardlight/watch", `{"values":`, "", []string{"refused: the payload is not JSON"}, false},
		{"two JSON values", "wardlight/watch", `{"values":{"8867-4":88}}{}`, "", []string{"refused: something follows the JSON in the payload"}, false},
		{"another device's topics", "wardlight/other", `{"values":{"8867-4":88}}`, "", []string{"refused: no mapping for topic wardlight/other: name it in the ward file's mqtt section"}, false},
		{"a topic nobody named", "attic/temperature", "21", "", []string{"refused: no mapping for topic attic/temperature: name it in the ward file's mqtt section"}, false},

		{"retained, with its own time", "wardlight/watch", `{"at":"2026-01-13T18:00:00Z","values":{"8867-4":88}}`, "retained", []string{"watch", "MDC_ECG_HEART_RATE=88 /min ok 10800"}, true},
		{"retained, without a time", "wardlight/watch/8867-4", "72", "retained", []string{"watch", "MDC_ECG_HEART_RATE=72 /min unverified 0 undated"}, false},
		{"retained, by a device that always does", "always/w/hr", "72", "retained", []string{"w", "MDC_PULS_RATE=72 /min unverified 0"}, false},
		{"sent before, who knows when", "wardlight/watch/8867-4", "72", "repeat", []string{"watch", "MDC_ECG_HEART_RATE=72 /min unverified 0 undated"}, false},
		{"two minutes ahead", "wardlight/watch", `{"at":"2026-01-13T21:02:00Z","values":{"8867-4":88}}`, "", []string{"watch", "MDC_ECG_HEART_RATE=88 /min ok -120"}, true},
		{"more than two minutes ahead", "wardlight/watch", `{"at":"2026-01-13T21:02:01Z","values":{"8867-4":88}}`, "", []string{"refused: its time is more than 2m0s in the future: set the device's clock, or leave the time out"}, false},
		{"one value ahead", "wardlight/watch", `{"at":"2026-01-13T21:00:00Z","values":{"8867-4":88,"59408-5":{"value":97,"at":"2026-01-14T21:00:00Z"}}}`, "", []string{"watch", "MDC_ECG_HEART_RATE=88 /min ok 0", "! MDC_PULS_OXIM_SAT_O2: its time is in the future"}, true},
		{"a clock never set", "wardlight/watch", `{"at":"1970-01-01T00:00:10Z","values":{"8867-4":88}}`, "", []string{"refused: a time is before 2000 or after 2200: set the device's clock, or leave the time out"}, false},

		{"any JSON", "vendor/x", `{"id":"W7","ts":"2026-01-13T20:59:30Z","m":[{"hr":"61","t/f":98.6}]}`, "", []string{"W7 at HOME^^3 trusted", "MDC_ECG_HEART_RATE=61 /min ok 30", "MDC_TEMP_BODY=37.0 Cel ok 30"}, true},
		{"any JSON without a device", "vendor/x", `{"ts":"2026-01-13T20:59:30Z","m":[{"hr":"61"}]}`, "", []string{"refused: no device at /id"}, false},
		{"any JSON without a value", "vendor/x", `{"id":"W7","m":[]}`, "", []string{"refused: none of the ward file's values is in the payload"}, false},
		{"any JSON, a value that is none", "vendor/x", `{"id":"W7","m":[{"hr":{}}]}`, "", []string{"refused: a value is not a number"}, false},
		{"a plain number", "plain/w-1/hr", "66", "", []string{"w-1", "MDC_PULS_RATE=66 /min unverified 0"}, false},
		{"a bed that is gone", "gone/w-1/hr", "66", "", []string{"w-1 at NICU^^9 trusted", "MDC_PULS_RATE=66 /min unverified 0"}, false},
		{"a topic of another", "only/w/hr", "66", "", []string{"refused: no mapping for topic only/w/hr: name it in the ward file's mqtt section"}, false},

		{"GATT heart rate", "ble/x", `{"device":"C4:64:E3:01:02:03","characteristic":"2A37","hex":"06 48","at":"2026-01-13T20:59:59Z"}`, "", []string{"C4:64:E3:01:02:03", "MDC_ECG_HEART_RATE=72 /min ok 1"}, true},
		{"GATT glucose by the long name, base64", "ble/x", `{"device":"G1","characteristic":"00002a18-0000-1000-8000-00805f9b34fb","base64":"AgEA6gcBDRQ7B2mwEQ=="}`, "", []string{"G1", "MDC_CONC_GLU_GEN=105 mg/dL ok 53"}, true},
		{"GATT out of a memory, without a time", "ble/x", `{"device":"G1","characteristic":"0x2A5F","hex":"0461004800 0002","at":"2026-01-13T20:59:59Z"}`, "", []string{"G1", "MDC_PULS_OXIM_SAT_O2=97 % unverified 0 undated", "MDC_PULS_OXIM_PULS_RATE=72 /min unverified 0 undated"}, false},
		{"GATT without a frame", "ble/x", `{"device":"G1","characteristic":"2A37"}`, "", []string{`refused: the frame is missing: give it in "hex" or "base64"`}, false},
		{"GATT of something else", "ble/x", `{"device":"G1","characteristic":"2A19","hex":"64"}`, "", []string{"refused: characteristic 0x2A19 is not supported"}, false},
		{"GATT characteristic that is none", "ble/x", `{"device":"G1","characteristic":"heart","hex":"64"}`, "", []string{`refused: "characteristic" is not a Bluetooth UUID such as 2A37`}, false},

		{"Open mHealth", "omh/s3", `{"header":{"id":"u1"},"body":{"systolic_blood_pressure":{"value":125,"unit":"mmHg"},"diastolic_blood_pressure":{"value":60,"unit":"mmHg"},"effective_time_frame":{"date_time":"2026-01-13T12:59:00-08:00"}}}`, "", []string{"s3", "MDC_PRESS_BLD_NONINV_SYS=125 mm[Hg] ok 60", "MDC_PRESS_BLD_NONINV_DIA=60 mm[Hg] ok 60"}, true},
		{"Open mHealth, said by the patient", "omh/s3", `{"header":{"modality":"self-reported"},"body":{"body_weight":{"value":110.2,"unit":"lb"},"effective_time_frame":{"time_interval":{"start_date_time":"2026-01-13T20:00:00Z","duration":{"value":30,"unit":"min"}}}}}`, "", []string{"s3", "MDC_MASS_BODY_ACTUAL=49.99 kg unverified 1800"}, true},
		{"Open mHealth, the least of a day", "omh/s3", `{"heart_rate":{"value":50,"unit":"beats/min"},"effective_time_frame":{"time_interval":{"date":"2026-01-12","part_of_day":"night"}},"descriptive_statistic":"minimum"}`, "", []string{"s3", "! MDC_ECG_HEART_RATE: a minimum over a time is not charted"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := reader(vendor, plain, always, gone, only, anyDevice("ble/+", BLEHub), anyDevice("omh/+", OpenMHealth))
			m := r.Read(Publication{
				Device: "watch", Topic: test.topic, Payload: []byte(test.payload), ReceivedAt: received,
				IsRetained: test.is == "retained", IsRepeat: test.is == "repeat",
			})
			if diff := cmp.Diff(test.want, told(m)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if m.IsDated != test.dated && !m.IsRefused() {
				t.Errorf("dated: %v", m.IsDated)
			}
		})
	}
}

func TestHomeAssistant(t *testing.T) {
	topics := []ward.Topic{
		{Name: "pulse", Filter: "homeassistant/sensor/+/pulse/#", Mapping: HomeAssistant, Device: 3, Values: []ward.TopicValue{{Metric: "MDC_PULS_RATE"}}},
		{Name: "temperature", Filter: "zigbee/#", Mapping: HomeAssistant, Device: 2, RetainedIsLive: true, Values: []ward.TopicValue{{Pointer: "/temperature", Metric: "MDC_TEMP_BODY"}}},
		{Name: "discovery", Filter: "homeassistant/#", Mapping: HomeAssistant},
	}
	r := reader(topics...)
	says := func(by, topic, payload string, want ...string) {
		t.Helper()
		m := r.Read(Publication{Device: by, Topic: topic, Payload: []byte(payload), ReceivedAt: received})
		if diff := cmp.Diff(want, told(m)); diff != "" {
			t.Errorf("%s %s, -want +got:\n%s", topic, payload, diff)
		}
	}
	// Before anything is described: the topic names the device, the metric's own unit counts.
	says("esp", "homeassistant/sensor/esp1/pulse/state", "71", "esp1", "MDC_PULS_RATE=71 /min unverified 0")
	says("esp", "homeassistant/sensor/esp1/pulse/state", `{"value":71.0}`, "esp1", "MDC_PULS_RATE=71.0 /min unverified 0")
	says("esp", "homeassistant/sensor/esp1/pulse/state", "unavailable", "esp1", "MDC_PULS_RATE=- /min invalid 0")
	says("esp", "homeassistant/sensor/esp1/pulse/state", "warm", "refused: not a number")
	says("esp", "homeassistant/sensor/esp1/pulse/availability", "offline", "esp1 offline")

	says("z2m", "homeassistant/sensor/0x00158d/temperature/config", `{"~":"zigbee/patch","stat_t":"~","unit_of_meas":"°F","val_tpl":"{{ value_json.temperature | round(1) }}","uniq_id":"0x00158d_t","dev":{"ids":["0x00158d"]},"avty":[{"t":"zigbee/bridge/state"}]}`)
	says("z2m", "zigbee/patch", `{"battery":90,"temperature":98.6}`, "0x00158d", "MDC_TEMP_BODY=37.0 Cel unverified 0")
	says("z2m", "zigbee/bridge/state", "offline", "0x00158d offline")
	says("z2m", "zigbee/bridge/state", "online")
	// Nobody else's words describe it.
	says("mallory", "zigbee/patch", `{"temperature":37.0}`, "patch", "MDC_TEMP_BODY=37.0 Cel unverified 0")
	says("z2m", "homeassistant/sensor/0x00158d/temperature/config", "")
	says("z2m", "zigbee/patch", `{"temperature":37.0}`, "patch", "MDC_TEMP_BODY=37.0 Cel unverified 0")
	says("z2m", "homeassistant/sensor/x/config", `{"name":"x"}`, "refused: a discovery message without state_topic")
	for i := range maxDescribed {
		says("z2m", fmt.Sprintf("homeassistant/sensor/%d/config", i), fmt.Sprintf(`{"state_topic":"s/%d"}`, i))
	}
	says("z2m", "homeassistant/sensor/more/config", `{"state_topic":"s"}`, "refused: more than 512 discovery messages")
}

func TestMatches(t *testing.T) {
	for _, test := range []struct {
		filter, topic string
		want          bool
	}{
		{"a/b", "a/b", true},
		{"a/b", "a/b/c", false},
		{"a/+", "a/b", true},
		{"a/+", "a", false},
		{"a/+", "a/", true},
		{"a/#", "a", true},
		{"a/#", "a/b/c", true},
		{"#", "a/b", true},
		{"#", "$SYS/x", false},
		{"+/x", "$SYS/x", false},
		{"+/b/+", "a/b/c", true},
		{"a/b", "A/b", false},
	} {
		if got := Matches(test.filter, test.topic); got != test.want {
			t.Errorf("%s means %s: %v", test.filter, test.topic, got)
		}
	}
	for filter, want := range map[string]bool{"a/+/#": true, "#": true, "a/#/b": false, "a/b+": false, "": false, "$SYS/#": false} {
		if IsFilter(filter) != want {
			t.Errorf("IsFilter(%q) = %v", filter, !want)
		}
	}
}

// A device's home is its own, whatever it is called.
func TestOwnTopics(t *testing.T) {
	for _, test := range []struct {
		device, topic string
		want          bool
	}{
		{"w", "wardlight/w", true},
		{"w", "wardlight/w/status", true},
		{"w", "wardlight/w2/status", false},
		{"w", "wardlight/+/status", false},
		{"w", "wardlight/w/#", false}, // a filter is no topic
		{"w", "$SYS/broker", false},
		{"w", "wardlight", false},
	} {
		if _, got := entryFor(nil, test.device, test.topic); got != test.want {
			t.Errorf("%s publishes on %s: %v", test.device, test.topic, got)
		}
	}
	for name, want := range map[string]bool{"watch 7": true, "": false, "a/b": false, "+": false, "#": false, "$SYS": false, "a\nb": false, strings.Repeat("x", 129): false} {
		if isName(name) != want {
			t.Errorf("isName(%q) = %v", name, !want)
		}
	}
}

// What the record keeps of a publication can be read again.
func TestAgain(t *testing.T) {
	r := reader()
	p := Publication{Device: "watch", Topic: "wardlight/watch", Payload: []byte(`{"values":{"8867-4":88}}`), IsRetained: true, ReceivedAt: received}
	raw := p.envelope()
	if !IsKept(raw) || IsKept([]byte("MSH|^~\\&|")) || IsKept(nil) {
		t.Error("kept publications are not told from other messages")
	}
	event, err := r.Again(raw, received)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(told(r.Read(p)), told(Meaning{Event: event})); diff != "" {
		t.Errorf("-first +again:\n%s", diff)
	}
	for _, bad := range []string{"MQTT ", "MQTT {", "MQTT {}\nx"} {
		if _, err := r.Again([]byte(bad), received); err == nil {
			t.Errorf("%q can be read", bad)
		}
	}
}
