package pcd_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A channel has one name, whichever of its pump's channels a message is about.
func TestChannelNames(t *testing.T) {
	pump := func(vmds ...string) string {
		rows := []string{
			`MSH|^~\&|PUMPGW|G|||20260113120010+0000||ORU^R01^ORU_R01|P1|P|2.6`,
			`PV1||I|ICU^12^A`,
			`OBR|1||P1^PUMPGW|2222^Dopamine|||20260113120010+0000`,
			`OBX|1||70049^MDC_DEV_PUMP_INFUS_LVP_MDS^MDC|1.0.0.0|||||||X|||||||PUMP5^^0012210000000005^EUI-64`,
		}
		for _, vmd := range vmds {
			rows = append(rows, `OBX|2|NM|158014^MDC_FLOW_FLUID_PUMP_CURRENT^MDC|1.`+vmd+`.1.2|15.0|265266^MDC_DIM_MILLI_L_PER_HR^MDC|||||R`)
		}
		return strings.Join(rows, "\r") + "\r"
	}
	for name, tt := range map[string]struct{ vmds, want []string }{
		"all of them":           {[]string{"1", "2", "3"}, []string{"1", "2", "3"}},
		"the second alone":      {[]string{"2"}, []string{"2"}},
		"in another order":      {[]string{"3", "1"}, []string{"3", "1"}},
		"without numbers":       {[]string{"0"}, []string{"1"}},
		"one of them without":   {[]string{"1", "0"}, []string{"1", "2"}},
		"numbers that are long": {[]string{"21766848"}, []string{"21766848"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, c := range decode(t, pump(tt.vmds...))[0].Channels {
				got = append(got, c.Channel)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
