package mqtt

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wardlight/ward"
)

// what the bodies that must pass hold.
var passing = map[string][]string{
	"blood-glucose-4.0/shouldPass/with-descriptive-statistic.json":          {"! MDC_CONC_GLU_GEN: a minimum over a time is not charted"},
	"blood-glucose-4.0/shouldPass/with-everything.json":                     {"! MDC_CONC_GLU_GEN: a minimum over a time is not charted"},
	"blood-pressure-4.0/shouldPass/with-posture-location-relation.json":     {"MDC_PRESS_BLD_NONINV_SYS=125 2020-02-05T15:25:00Z", "MDC_PRESS_BLD_NONINV_DIA=60 2020-02-05T15:25:00Z"},
	"body-temperature-4.0/shouldPass/basal-temperature.json":                {"MDC_TEMP_BODY=35.8 2023-02-05T06:25:00Z"},
	"body-temperature-4.0/shouldPass/valid-temperature-with-statistic.json": {"! MDC_TEMP_BODY: a maximum over a time is not charted"},
	"body-temperature-4.0/shouldPass/valid-temperature.json":                {"MDC_TEMP_BODY=36 2023-02-05T06:25:00Z"},
	"body-weight-3.0/shouldPass/with-descriptive-statistic.json":            {"! MDC_MASS_BODY_ACTUAL: a minimum over a time is not charted"},
	"heart-rate-2.0/shouldPass/with-descriptive-statistic.json":             {"! MDC_ECG_HEART_RATE: a minimum over a time is not charted"},
	"heart-rate-2.0/shouldPass/with-temporal-relationship-to-sleep.json":    {"MDC_ECG_HEART_RATE=67.5 2020-02-05T15:25:00Z"},
	"respiratory-rate-2.0/shouldPass/with-statistic.json":                   {"! MDC_RESP_RATE: a minimum over a time is not charted"},
}

// The bodies with which the schemas themselves are tested, alone and within a
// data point.
func TestOpenMHealthBodies(t *testing.T) {
	files, err := filepath.Glob("testdata/openmhealth/*/*/*.json")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d bodies: %v", len(files), err)
	}
	r := reader(ward.Topic{Name: "omh", Filter: "omh/+", Mapping: OpenMHealth, Device: 2})
	seen := 0
	for _, file := range files {
		name := strings.TrimPrefix(filepath.ToSlash(file), "testdata/openmhealth/")
		t.Run(name, func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, payload := range []string{string(body), `{"header":{"id":"1"},"body":` + string(body) + `}`} {
				m := r.Read(Publication{Device: "phone", Topic: "omh/w", Payload: []byte(payload), ReceivedAt: received})
				if m.IsRefused() != strings.Contains(name, "/shouldFail/") {
					t.Fatalf("%v", told(m))
				}
				if m.IsRefused() {
					continue
				}
				var got []string
				for _, report := range m.Event.(ward.Reports) {
					for _, o := range report.Observations {
						got = append(got, o.Metric.RefID+"="+o.Value.String()+" "+o.DeviceAt.UTC().Format(time.RFC3339))
					}
					for _, f := range report.Flags {
						got = append(got, "! "+f)
					}
				}
				if diff := cmp.Diff(passing[name], got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				seen++
			}
		})
	}
	if seen != 2*len(passing) {
		t.Errorf("%d bodies passed, want %d", seen, 2*len(passing))
	}
}
