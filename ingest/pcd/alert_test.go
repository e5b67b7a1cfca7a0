package pcd_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wardlight/ingest/hl7"
	"wardlight/ingest/pcd"
	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/infusion"
)

func decodeWith(t *testing.T, decode func(*hl7.Message, pcd.Options) (ward.Reports, error), raw string) (ward.Reports, error) {
	t.Helper()
	m, err := hl7.Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return decode(m, pcd.Options{})
}

// edited is the example of an alarm's start with parts replaced.
func edited(t *testing.T, replace ...string) string {
	t.Helper()
	raw := file(t, "alert_start.hl7")
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(raw, replace[i]) {
			t.Fatalf("the example has no %q", replace[i])
		}
		raw = strings.ReplaceAll(raw, replace[i], replace[i+1])
	}
	return raw
}

// alertLine is what the tests below look at of an alarm.
func alertLine(a alarm.Alert) string {
	value := "-"
	if a.Value != nil {
		value = a.Value.String()
	}
	done := ""
	for _, d := range []struct {
		is   bool
		word string
	}{{a.AtDevice.IsAcknowledged, " acknowledged"}, {a.AtDevice.IsAudioPaused, " quiet"}, {a.AtDevice.IsAlarmPaused, " paused"}} {
		if d.is {
			done += d.word
		}
	}
	return fmt.Sprintf("%s %q %s %s/%s %s/%s %s %s%s", a.Event, a.Label(), a.Key, a.Phase, a.State, a.Priority, a.Category, value, a.DeviceAt.UTC().Format("15:04:05"), done)
}

func TestDecodeAlert(t *testing.T) {
	const usual = `MDC_EVT_LO "Low SpO2" AL900@00A0370012345678 start/active medium/physiological 84 12:09:58`
	row6 := "OBX|6|ST|68484^MDC_ATTR_ALARM_PRIORITY^MDC|1.2.1.1.6|PM||||||F"
	row7 := "OBX|7|ST|68485^MDC_ATTR_ALERT_TYPE^MDC|1.2.1.1.7|SP||||||F"
	parent := "^AL900&WARDGW&00A0370012345678&EUI-64"
	with := func(old, new string) string { return strings.Replace(usual, old, new, 1) }
	tests := []struct {
		name    string
		replace []string
		want    string
		flag    string
	}{
		{"the example", nil, usual, ""},
		{"rows win over OBX-8", []string{"Low SpO2||||||F", "Low SpO2|||L~PH~ST|||F"}, usual, ""},
		{"priority and type in OBX-8", []string{row6 + "\r", "", row7 + "\r", "", "Low SpO2||||||F", "Low SpO2|||L~PH~SP|||F"}, with("medium", "high"), ""},
		{"priority row empty", []string{"|PM|", "||", "Low SpO2||||||F", "Low SpO2|||L~PL~SP|||F"}, with("medium", "low"), ""},
		{"private priority", []string{"|PM|", "|20|"}, usual, `priority "20" is not known, taken as medium`},
		{"no priority at all", []string{row6 + "\r", ""}, usual, "no priority, taken as medium"},
		{"no signal", []string{"|PM|", "|PN|"}, with("medium", ""), ""},
		{"private numbers", []string{"68481^", "68165^", "68482^", "684802^", "68483^", "684803^", "68484^", "68167^", "68485^", "68168^"}, usual, ""},
		{"private numbers, no fifth element", []string{
			"68481^", "0^", "68482^", "0^", "68483^", "0^", "68484^", "0^", "68485^", "0^",
			"1.2.1.1.3", "1.2.1.1", "1.2.1.1.4", "1.2.1.1", "1.2.1.1.5", "1.2.1.1", "1.2.1.1.6", "1.2.1.1", "1.2.1.1.7", "1.2.1.1",
		}, usual, ""},
		{"known by number alone", []string{"^MDC_ATTR_EVENT_PHASE^MDC", "", "^MDC_ATTR_ALARM_STATE^MDC", ""}, usual, ""},
		{"status one field early", []string{"start||||||F", "start|||||F"}, usual, ""},
		{"the alarm's name first", []string{parent, "AL900&WARDGW&00A0370012345678&EUI-64"}, usual, ""},
		{"a name without a universal id", []string{parent, "^AL900&WARDGW"}, with("AL900@00A0370012345678", "AL900@WARDGW"), ""},
		{"a bare name", []string{parent, "^AL900"}, with("AL900@00A0370012345678", "AL900"), ""},
		{"no name: the message's", []string{parent, ""}, with("AL900@", "U1@"), ""},
		{"no time of its own", []string{"20260113120958+0000", ""}, with("12:09:58", "12:10:00"), ""},
		{"no text", []string{"|Low SpO2|", "||"}, with(`"Low SpO2"`, `"SpO2 low"`), ""},
		{"coded text", []string{"OBX|1|ST|", "OBX|1|CWE|", "|Low SpO2|", "|196670^MDC_EVT_LO^MDC^^^^^^Desaturation|"}, with(`"Low SpO2"`, `"Desaturation"`), ""},
		{"a text row", []string{row7, row7 + "\rOBX|8|ST|68546^MDC_ATTR_ALERT_TEXT^MDC|1.2.1.1.8|SpO2 too low||||||F"}, with(`"Low SpO2"`, `"SpO2 too low"`), ""},
		{"without its partition", []string{"196670^MDC_EVT_LO^MDC", "62^^MDC"}, usual, ""},
		{"a number of nobody", []string{"196670^MDC_EVT_LO^MDC", "199999^^MDC"}, with("MDC_EVT_LO", "MDC:199999"), ""},
		{"a borrowed number", []string{"196670^MDC_EVT_LO^MDC", "196670^PUMP_GENERAL_ALARM^MDC"}, with("MDC_EVT_LO", "PUMP_GENERAL_ALARM"), "disagree"},
		{
			"no event row",
			[]string{"OBX|1|ST|196670^MDC_EVT_LO^MDC|1.2.1.1.1|Low SpO2||||||F|||20260113120958+0000||||MON77^^00A03700AABBCC01^EUI-64\r", "", "|90-100||", "|90-100|L|"},
			`MDC_EVT_LO "SpO2 low" AL900@00A0370012345678 start/active medium/physiological 84 12:10:00`, "does not say what happened",
		},
		{"not a value", []string{"|84|", "|---|"}, with("84", "-"), ""},
		{"a unit nobody knows", []string{"262688^MDC_DIM_PERCENT^MDC", "furlong"}, with("84", "-"), "furlong"},
		{"a training message", []string{"|P|2.6", "|T|2.6"}, with("medium", ""), "training"},
		{"audio off, acknowledged", []string{"|enabled|", "|audio-off~alert-acknowledged|"}, usual + " acknowledged quiet", ""},
		{"alarm paused", []string{"|enabled|", "|alarm-paused|"}, usual + " paused", ""},
		{"acknowledged at the device", []string{"|start|", "|acknowledged|"}, with("start", "acknowledged") + " acknowledged", ""},
		{"switched off at the device is not over", []string{"|active|", "|off|"}, usual + " paused", ""},
		{"stop", []string{"|start|", "|stop|", "|active|", "|inactive|"}, with("start/active", "end/inactive"), ""},
		{"an end without a state", []string{"|start|", "|end|", "|active|", "||"}, with("start/active", "end/inactive"), ""},
		{"de-escalate", []string{"|start|", "|de-escalate|"}, with("start", "deescalate"), ""},
		{"start only", []string{"|start|", "|start_only|"}, with("start", "tpoint"), ""},
		{"no phase", []string{"|start|", "||"}, with("start", "present"), ""},
		{"a sign of life", []string{"196670^MDC_EVT_LO^MDC", "258047^MDC_EVT_ACTIVE^MDC", row6 + "\r", ""}, with("MDC_EVT_LO", "MDC_EVT_ACTIVE"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := decodeWith(t, pcd.DecodeAlert, edited(t, tt.replace...))
			if err != nil || len(r) != 1 || len(r[0].Alerts) != 1 {
				t.Fatalf("%d reports, %v", len(r), err)
			}
			want := tt.want
			if tt.name == "a sign of life" {
				want = strings.Replace(want, "medium", "", 1)
				if !r[0].Alerts[0].IsHeartbeat() {
					t.Error("it is taken for an alarm")
				}
			}
			if diff := cmp.Diff(want, alertLine(r[0].Alerts[0])); diff != "" {
				t.Error(diff)
			}
			if flags := strings.Join(r[0].Flags, "; "); tt.flag == "" && flags != "" || !strings.Contains(flags, tt.flag) {
				t.Errorf("flags %q, want one with %q", flags, tt.flag)
			}
		})
	}
}

func TestDecodeAlertLimitsInAnotherUnit(t *testing.T) {
	r, err := decodeWith(t, pcd.DecodeAlert, edited(t, "150456^MDC_PULS_OXIM_SAT_O2^MDC", "150344^MDC_TEMP^MDC", "|84|", "|104.0|", "262688^MDC_DIM_PERCENT^MDC", "266560^MDC_DIM_FAHR^MDC"))
	if err != nil {
		t.Fatal(err)
	}
	a := r[0].Alerts[0]
	if a.Value.String() != "40.0" || a.Limits != "" || len(r[0].Flags) != 1 {
		t.Errorf("value %s, limits %q, flags %q: limits in °F must not stand beside a value in °C", a.Value, a.Limits, r[0].Flags)
	}
}

// There should be one alarm in a message; of two, neither is lost.
func TestDecodeTwoAlerts(t *testing.T) {
	raw := edited(t)
	second := strings.ReplaceAll(raw[strings.Index(raw, "OBX|1|"):], "|1.2.1.1.", "|1.3.1.1.")
	for _, between := range []string{"", "OBR|2|U9|U9|196616^MDC_EVT_ALARM^MDC|||20260113121000+0000\r"} {
		r, err := decodeWith(t, pcd.DecodeAlert, raw+between+second)
		if err != nil || len(r) != 2 || r[0].Alerts[0].Channel != "1.2.1.1" || r[1].Alerts[0].Channel != "1.3.1.1" {
			t.Errorf("%d reports, %v", len(r), err)
		}
	}
}

func TestDecodeAlertRefuses(t *testing.T) {
	raw := edited(t)
	for name, message := range map[string]string{
		"no rows":           raw[:strings.Index(raw, "OBX")],
		"nothing of alarms": raw[:strings.Index(raw, "OBX")] + "OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X\r",
		"no time":           edited(t, "|20260113121000+0000||ORU", "|yesterday||ORU"),
	} {
		if _, err := decodeWith(t, pcd.DecodeAlert, message); err == nil {
			t.Errorf("%s: decoded", name)
		}
	}
}

func TestDecodeEvent(t *testing.T) {
	const delivery = "^pump-delivery-status-not-delivering"
	const reason = "^pump-stopped-not-specified"
	const complete = "197292^MDC_EVT_PUMP_DELIV_COMP^MDC"
	stop := []string{complete, "197290^MDC_EVT_PUMP_DELIV_STOP^MDC", "|0|263762", "|20|263762"}
	tests := []struct {
		name    string
		replace []string
		want    string
	}{
		{"complete", nil, "MDC_EVT_PUMP_DELIV_COMP 1 complete pump-stopped-not-specified"},
		{"keeps the vein open", []string{complete, "197288^MDC_EVT_PUMP_DELIV_START^MDC", delivery, "^pump-delivery-status-kvo", "not-infusing", "infusing", reason, ""}, "MDC_EVT_PUMP_DELIV_START 1 kvo pump-delivery-status-kvo"},
		{"stopped by an alarm", append(stop, reason, "^pump-stopped-alarming"), "MDC_EVT_PUMP_DELIV_STOP 1 stopped pump-stopped-alarming"},
		{"stopped by hand", append(stop, reason, "^pump-stopped-by-clinician"), "MDC_EVT_PUMP_DELIV_STOP 1 paused pump-stopped-by-clinician"},
		{"powered off", append(stop, reason, "^pump-stopped-powered-off"), "MDC_EVT_PUMP_DELIV_STOP 1 off pump-stopped-powered-off"},
		{"another rate follows", append(stop, delivery, "^pump-delivery-status-transitioning", reason, ""), "MDC_EVT_PUMP_DELIV_STOP 1 unknown pump-delivery-status-transitioning"},
		{"number 0", []string{"68487^", "0^", "68488^", "0^", "197292^", "0^"}, "MDC_EVT_PUMP_DELIV_COMP 1 complete pump-stopped-not-specified"},
		{"number alone", []string{"^MDC_ATTR_EVT_COND^MDC", "", complete, "197292"}, "MDC_EVT_PUMP_DELIV_COMP 1 complete pump-stopped-not-specified"},
		{"the third channel", []string{"|1.1.2.0|", "|1.3.2.0|", "|1.1.", "|1.3."}, "MDC_EVT_PUMP_DELIV_COMP 3 complete pump-stopped-not-specified"},
		{"the source is not told", []string{"OBX|3|ST|68488^MDC_ATTR_EVT_SOURCE^MDC|1.0.0.2|1.1.2.0||||||R\r", ""}, "MDC_EVT_PUMP_DELIV_COMP 1 complete pump-stopped-not-specified"},
		{"of PCD-01 by its trigger", []string{"ORU^R42", "ORU^R01"}, "MDC_EVT_PUMP_DELIV_COMP 1 complete pump-stopped-not-specified"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw := file(t, "delivery_complete.hl7")
			for i := 0; i < len(tt.replace); i += 2 {
				if !strings.Contains(raw, tt.replace[i]) {
					t.Fatalf("the example has no %q", tt.replace[i])
				}
				raw = strings.ReplaceAll(raw, tt.replace[i], tt.replace[i+1])
			}
			m, err := hl7.Parse([]byte(raw))
			if err != nil || !pcd.IsEvent(m.Header()) {
				t.Fatalf("no event: %v", err)
			}
			r, err := pcd.DecodeEvent(m, pcd.Options{})
			if err != nil || len(r) != 1 || len(r[0].PumpEvents) != 1 || len(r[0].Channels) != 0 {
				t.Fatalf("%+v, %v", r, err)
			}
			e := r[0].PumpEvents[0]
			if got := fmt.Sprintf("%s %s %s %s", e.Kind, e.Channel, e.State.Status, e.Detail); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if e.State.Channel != e.Channel || !e.State.DeviceAt.Equal(e.DeviceAt) {
				t.Errorf("the state is of channel %s at %v", e.State.Channel, e.State.DeviceAt)
			}
		})
	}
}

// An event that is not about the delivery says nothing of it.
func TestDecodeEventOfSomethingElse(t *testing.T) {
	raw := file(t, "delivery_complete.hl7")
	raw = raw[:strings.Index(raw, "OBX|4|")]
	raw = strings.Replace(raw, "197292^MDC_EVT_PUMP_DELIV_COMP^MDC", "0^MDC_EVT_DEVICE_TIME_CHANGED^MDC", 1)
	r, err := decodeWith(t, pcd.DecodeEvent, raw)
	if err != nil {
		t.Fatal(err)
	}
	if e := r[0].PumpEvents[0]; e.Kind != "MDC_EVT_DEVICE_TIME_CHANGED" || e.State.Status != "" {
		t.Errorf("it says %+v", e)
	}
	start := strings.Replace(raw, "MDC_EVT_DEVICE_TIME_CHANGED", string(infusion.DeliveryStart), 1)
	if r, err := decodeWith(t, pcd.DecodeEvent, start); err != nil || r[0].PumpEvents[0].State.Status != infusion.Infusing {
		t.Errorf("a start is no start: %+v, %v", r, err)
	}
	if _, err := decodeWith(t, pcd.DecodeEvent, strings.Replace(raw, "68487^MDC_ATTR_EVT_COND", "1^X", 1)); err == nil {
		t.Error("decoded without an event")
	}
}

func FuzzDecodeAlert(f *testing.F) {
	for _, name := range []string{"alert_start.hl7", "alert_end.hl7", "pcd04_occlusion_start.hl7", "pcd04_low_spo2_start.hl7", "delivery_complete.hl7", "pcd10_delivery_start.hl7"} {
		raw, err := os.ReadFile(filepath.Join("testdata", name))
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
		if reports, err := pcd.DecodeAlert(m, pcd.Options{}); err == nil {
			for _, r := range reports {
				a := r.Alerts[0]
				if r.Device.ID == "" || a.Key == "" || a.Event == "" || a.Label() == "" || a.DeviceAt.IsZero() || a.Phase == "" || a.Category == "" {
					t.Errorf("an alarm without a part that it must have: %+v", r)
				}
				if l := a.Limit(); l != nil && a.Side() == "" {
					t.Errorf("a limit without a side: %+v", a)
				}
			}
		}
		if reports, err := pcd.DecodeEvent(m, pcd.Options{}); err == nil {
			for _, r := range reports {
				if e := r.PumpEvents[0]; r.Device.ID == "" || e.Kind == "" || e.Channel == "" || e.DeviceAt.IsZero() {
					t.Errorf("an event without a part that it must have: %+v", r)
				}
			}
		}
	})
}
