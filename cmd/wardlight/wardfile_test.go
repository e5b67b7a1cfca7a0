package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wardlight/sim"
	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/vitals"
)

const least = `
units:
  - code: ICU
    name: Intensive care
    zone: Europe/London
    care_area: adult-icu
    trust_gateway: true
    beds: ["1", "2", "12"]
`

func TestParseWardFile(t *testing.T) {
	c, err := parseWardFile([]byte(least + "    limits:\n      spo2: {low: \"88\", extreme_low: \"78\"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []ward.UnitConfig{{
		Unit: census.Unit{
			Code: "ICU", Name: "Intensive care", Zone: "Europe/London", CareArea: "adult-icu",
			TrustGateway: true, Beds: []census.BedCode{"1", "2", "12"},
		},
		Limits: map[vitals.Code]alarm.Band{vitals.SpO2: {Low: "88", ExtremeLow: "78"}},
	}}
	if diff := cmp.Diff(want, c.Units); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(c.Digest) != 64 {
		t.Errorf("digest %q", c.Digest)
	}
}

func TestParseWardFileRefuses(t *testing.T) {
	tests := []struct{ name, file, says string }{
		{"nothing", "", "no units"},
		{"no YAML", "units: [", "cannot be read"},
		{"an unknown word", least + "    colour: red\n", "colour"},
		{"no zone", strings.Replace(least, "Europe/London", "Atlantis", 1), "IANA"},
		{"a care area that there is not", strings.Replace(least, "adult-icu", "icu", 1), "care_area"},
		{"a bed twice", strings.Replace(least, `"12"`, `"1"`, 1), "twice"},
		{"a unit twice", least + strings.Replace(least, "\nunits:", "", 1), "twice"},
		{"limits of something else", least + "    limits:\n      mood: {low: \"1\"}\n", "mood"},
		{"a limit that is no number", least + "    limits:\n      hr: {low: \"abc\"}\n", "abc"},
		{"limits out of order", least + "    limits:\n      hr: {low: \"120\", high: \"50\"}\n", "below"},
		{"a bed that cannot be one", strings.Replace(least, `"12"`, `"a b"`, 1), "bed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseWardFile([]byte(tt.file))
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want one that says %q", err, tt.says)
			}
		})
	}
}

func TestWardFileRoundTrip(t *testing.T) {
	before, err := parseWardFile([]byte(least + "    limits:\n      hr: {low: \"45\", high: \"125\"}\n" + connections))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := writeWardFile(before.Units, *before.Settings)
	if err != nil {
		t.Fatal(err)
	}
	after, err := parseWardFile(raw)
	if err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	before.Digest, after.Digest = "", ""
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

const connections = `connections:
  - name: bedside gateway
    source: WARDGW
    peers: [10.1.0.0/16]
    zone: Europe/London
    charset: 8859/1
    no_value: ["-999", "0"]
    trust_identity: false
  - name: all others
`

func TestWardFileConnections(t *testing.T) {
	none, err := parseWardFile([]byte(least))
	if err != nil || none.Settings != nil {
		t.Errorf("a file that names no connections: %+v, %v", none.Settings, err)
	}
	cleared, err := parseWardFile([]byte(least + "connections: []\n"))
	if err != nil || cleared.Settings == nil || len(cleared.Settings.Connections) != 0 {
		t.Errorf("a file that names none on purpose: %+v, %v", cleared.Settings, err)
	}
	no := false
	want := []ward.Connection{
		{Name: "bedside gateway", Source: "WARDGW", Peers: []string{"10.1.0.0/16"}, Zone: "Europe/London", Charset: "8859/1", NoValue: []string{"-999", "0"}, TrustIdentity: &no},
		{Name: "all others"},
	}
	full, err := parseWardFile([]byte(least + connections))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, full.Settings.Connections); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := parseWardFile([]byte(least + strings.Replace(connections, "8859/1", "latin", 1))); err == nil || !strings.Contains(err.Error(), "8859/1") {
		t.Errorf("an unknown charset: %v", err)
	}
}

// The demo's ward file and its simulated bedside must speak of the same beds.
func TestDemoWardHasTheScriptsBeds(t *testing.T) {
	c, err := parseWardFile(demoWard)
	if err != nil {
		t.Fatal(err)
	}
	beds := map[string]bool{}
	for _, u := range c.Units {
		for _, b := range u.Beds {
			beds[string(u.Code)+"-"+string(b)] = true
		}
	}
	for _, u := range sim.Demo(1).Units {
		for _, b := range u.Beds {
			if !beds[u.Code+"-"+b.Code] {
				t.Errorf("the script has bed %s-%s, the ward file has not", u.Code, b.Code)
			}
		}
	}
}

// What the documents show must work.
func TestWardFilesOfTheDocuments(t *testing.T) {
	for name, before := range map[string]string{"README.md": "", "doc/operations.md": "", "doc/hl7.md": least} {
		raw, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		_, rest, found := strings.Cut(string(raw), "```yaml\n")
		example, _, closed := strings.Cut(rest, "```")
		if !found || !closed {
			t.Fatalf("%s shows no ward file", name)
		}
		if _, err := parseWardFile([]byte(before + example)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A file that names an empty list of connections takes them away; one that
// names none leaves them.
func TestWardFileTakesConnectionsAway(t *testing.T) {
	c, err := parseWardFile([]byte(least + "connections: []\n"))
	if err != nil || c.Settings == nil || c.Settings.Connections == nil || len(c.Settings.Connections) > 0 {
		t.Errorf("an empty list: %+v, %v", c.Settings, err)
	}
	if c, err = parseWardFile([]byte(least)); err != nil || c.Settings != nil {
		t.Errorf("no list: %+v, %v", c.Settings, err)
	}
}

const topics = `mqtt:
  - name: home hub
    filter: hub/+/gatt
    clients: [hub-3]
    mapping: ble-gatt
    bed: HOME-3
  - name: vendor
    filter: vendor/#
    mapping: json
    device: 2
    device_pointer: /id
    time_pointer: /ts
    retained_is_live: true
    values:
      - {pointer: /hr, metric: 8867-4}
      - {metric: MDC_TEMP_BODY, unit: "[degF]"}
`

func TestWardFileTopics(t *testing.T) {
	c, err := parseWardFile([]byte(least + topics + connections))
	if err != nil {
		t.Fatal(err)
	}
	want := []ward.Topic{
		{Name: "home hub", Filter: "hub/+/gatt", Clients: []string{"hub-3"}, Mapping: "ble-gatt", Bed: "HOME-3"},
		{
			Name: "vendor", Filter: "vendor/#", Mapping: "json", Device: 2, DevicePointer: "/id", TimePointer: "/ts", RetainedIsLive: true,
			Values: []ward.TopicValue{{Pointer: "/hr", Metric: "8867-4"}, {Metric: "MDC_TEMP_BODY", Unit: "[degF]"}},
		},
	}
	if diff := cmp.Diff(want, c.Settings.Topics); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	raw, err := writeWardFile(c.Units, *c.Settings)
	if err != nil {
		t.Fatal(err)
	}
	again, err := parseWardFile(raw)
	if err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	if diff := cmp.Diff(c.Settings, again.Settings); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
	for change, says := range map[string]string{
		"hub/+/gatt|hub/#/gatt": "topic filter",
		"ble-gatt|zigbee":       "mapping \"zigbee\" is not one of",
		"device: 2|device: -2":  "count from 1",
		"/ts|ts":                "JSON pointer",
		"/hr|hr":                "JSON pointer",
		"8867-4|718-7":          "718-7",
		"HOME-3|HOME":           "HOME-3",
	} {
		from, to, _ := strings.Cut(change, "|")
		_, err := parseWardFile([]byte(least + strings.Replace(topics, from, to, 1)))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", change, err, says)
		}
	}
}

// A file that names only topics leaves the connections as they are.
func TestWardFileNamesOnlyTopics(t *testing.T) {
	c, err := parseWardFile([]byte(least + topics))
	if err != nil || c.Settings.Connections != nil {
		t.Errorf("%+v, %v", c.Settings, err)
	}
}

// The mqtt section that doc/mqtt.md shows is one.
func TestTopicsOfTheDocument(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "doc", "mqtt.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), "```yaml\n")
	example, _, _ := strings.Cut(rest, "```")
	c, err := parseWardFile([]byte(least + example))
	if err != nil || len(c.Settings.Topics) != 2 {
		t.Errorf("%+v: %v", c.Settings, err)
	}
}
