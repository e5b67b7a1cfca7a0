package ingest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

// What becomes of each message about a device's alarms and a pump's events,
// and how it is answered, as a page that a person can hold against it.
func TestAlertAndEventGolden(t *testing.T) {
	for _, name := range []string{
		"pcd03_rgv_o15_dopamine", "pcd03_ack_ca", "pcd03_rrg_o16_reject",
		"pcd04_low_spo2_start", "pcd04_occlusion_start", "pcd04_occlusion_end", "alert_start", "alert_end",
		"pcd10_delivery_start", "delivery_complete",
	} {
		t.Run(name, func(t *testing.T) {
			s, answer := receive(t, message(t, filepath.Join("pcd", "testdata", name+".hl7")), ward.Outcome{})
			got := page(s.got[0]) + "\nanswer\n" + anonymous(answer)
			golden := filepath.Join("testdata", "pcd", name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(message(t, golden), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func page(e ward.Event) string {
	var b strings.Builder
	switch e := e.(type) {
	case ward.Refused:
		fmt.Fprintf(&b, "refused with %s: %s\n", e.Code, e.Reason)
	case ward.Reports:
		for _, r := range e {
			fmt.Fprintf(&b, "device %q, id %s, kind %q, sent %s\n", r.Device.Label, r.Device.ID, r.Device.Kind, moment(r.SentAt))
			for _, id := range r.Patient {
				fmt.Fprintf(&b, "  patient   %s %s %s\n", id.Value, id.Assigner, id.Type)
			}
			fmt.Fprintf(&b, "  location  %s\n", r.Location)
			for _, a := range r.Alerts {
				alertLines(&b, a)
			}
			for _, e := range r.PumpEvents {
				eventLines(&b, e)
			}
			if n := len(r.Observations) + len(r.Channels); n > 0 {
				fmt.Fprintf(&b, "  %d values and channels\n", n)
			}
			for _, f := range r.Flags {
				fmt.Fprintf(&b, "  flag      %s\n", f)
			}
		}
	}
	return b.String()
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func alertLines(b *strings.Builder, a alarm.Alert) {
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(b, "  %-9s %s\n", name, text)
		}
	}
	line("event", fmt.Sprintf("%s %d %q, shown as %q", a.Event, a.EventMDC, a.Text, a.Label()))
	line("key", a.Key)
	line("message", a.Update)
	line("at", moment(a.DeviceAt))
	line("phase", string(a.Phase)+", "+string(a.State))
	line("priority", fmt.Sprintf("%s, %s", a.Priority, a.Category))
	line("source", strings.TrimSpace(a.Channel+" "+a.Metric.RefID))
	if a.Value != nil {
		line("value", a.Value.String()+" "+a.Metric.Unit)
	}
	line("limits", a.Limits)
	if l := a.Limit(); l != nil {
		line("limit", l.String())
	}
	if a.AtDevice != (alarm.AtDevice{}) {
		line("at device", fmt.Sprintf("%+v", a.AtDevice))
	}
}

func eventLines(b *strings.Builder, e infusion.Event) {
	fmt.Fprintf(b, "  event     %s at %s\n  detail    %s\n", e.Kind, moment(e.DeviceAt), e.Detail)
	c := e.State
	fmt.Fprintf(b, "  channel   %s %s at %s\n", c.Channel, c.Status, moment(c.DeviceAt))
	for _, q := range []struct {
		name string
		of   *infusion.Quantity
	}{
		{"rate", c.Rate},
		{"dose", c.Dose},
		{"concentration", c.Concentration},
		{"weight", c.Weight},
		{"VTBI", c.VTBI},
		{"infused", c.Infused},
		{"remaining", c.Remaining},
	} {
		if q.of != nil {
			fmt.Fprintf(b, "            %s %s %s\n", q.name, q.of.Value, q.of.Unit)
		}
	}
	if c.Drug != "" {
		fmt.Fprintf(b, "            drug %s\n", c.Drug)
	}
	if c.TimeLeft != 0 {
		fmt.Fprintf(b, "            left %s\n", c.TimeLeft)
	}
}

// The start and the end of the example are one alarm of 92 s.
func TestAlertPair(t *testing.T) {
	var pair []alarm.Alert
	for _, name := range []string{"alert_start", "alert_end"} {
		s, _ := receive(t, message(t, filepath.Join("pcd", "testdata", name+".hl7")), ward.Outcome{})
		pair = append(pair, s.got[0].(ward.Reports)[0].Alerts...)
	}
	if len(pair) != 2 || pair[0].Key != pair[1].Key || pair[1].DeviceAt.Sub(pair[0].DeviceAt) != 92*time.Second || !pair[1].Ends() {
		t.Errorf("start and end: %+v", pair)
	}
	if *pair[1].Value != vitals.MustDecimal("93") {
		t.Errorf("the end has %s", pair[1].Value)
	}
}
