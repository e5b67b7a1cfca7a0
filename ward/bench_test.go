package ward_test

import (
	"fmt"
	"testing"
	"time"

	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// large is a ward of 1,000 occupied beds, each with a monitor that has
// reported ten quantities.
func large(b *testing.B) (ward.Ward, func(n int, at time.Time) ward.Report) {
	b.Helper()
	const perUnit = census.MaxBeds
	metrics := []int{hrMDC, spo2MDC, pulseMDC, rrMDC, 150037, 150038, 150039, tempMDC, 151728, 150448}
	values := []string{"80", "97", "80", "16", "120", "70", "85", "37.20", "38", "1.2"}
	report := func(n int, at time.Time) ward.Report {
		bed := n % 1000
		r := ward.Report{
			Device:   device.Identity{ID: device.ID(fmt.Sprintf("MON%d", bed)), Label: "MON", Kind: device.Monitor},
			Patient:  []census.Identifier{{Value: fmt.Sprintf("M%d", bed), Assigner: "GENHOSP", Type: "MR"}},
			Location: census.Location{Unit: fmt.Sprintf("U%d", bed/perUnit), Room: fmt.Sprint(bed % perUnit), Bed: "A"},
			SentAt:   at,
		}
		for i, mdc := range metrics {
			m, _ := vitals.ByMDC(mdc)
			r.Observations = append(r.Observations, vitals.Observation{Metric: m, Value: vitals.MustDecimal(values[i]), DeviceAt: at, Quality: vitals.OK})
		}
		return r
	}
	var w ward.Ward
	var config ward.Configure
	for n := range 1000 {
		if n%perUnit == 0 {
			config.Units = append(config.Units, unit(census.UnitCode(fmt.Sprintf("U%d", n/perUnit)), "adult-icu"))
		}
		u := &config.Units[len(config.Units)-1]
		u.Beds = append(u.Beds, census.BedCode(fmt.Sprint(n%perUnit)))
	}
	w, _ = ward.Apply(w, ward.Input{ID: "c", At: noon, Event: config})
	for n := range 1000 {
		r := report(n, noon)
		w, _ = ward.Apply(w, ward.Input{ID: fmt.Sprint("a", n), At: noon, Event: ward.Moved{Movement: census.Movement{
			Kind: census.Admit, At: noon.Add(-time.Hour), Patient: census.Demographics{Identifiers: r.Patient}, To: r.Location,
		}}})
		w, _ = ward.Apply(w, ward.Input{ID: fmt.Sprint("r", n), At: noon, Event: ward.Reports{r}})
	}
	return w, report
}

// One message of a monitor with ten values, in a ward of 1,000 beds.
func BenchmarkApplyReport(b *testing.B) {
	w, report := large(b)
	inputs := make([]ward.Input, 4000)
	for n := range inputs {
		at := noon.Add(time.Duration(n) * time.Millisecond)
		inputs[n] = ward.Input{ID: fmt.Sprint("i", n), At: at, Event: ward.Reports{report(n, at)}}
	}
	b.ReportAllocs()
	b.ResetTimer()
	for n := range b.N {
		in := inputs[n%len(inputs)]
		at := noon.Add(time.Duration(n+1) * time.Millisecond)
		r := in.Event.(ward.Reports)[0]
		in.At, r.SentAt = at, at
		for i := range r.Observations {
			r.Observations[i].DeviceAt = at
		}
		w, _ = ward.Apply(w, in)
	}
}

// One second passing over 1,000 beds.
func BenchmarkTick(b *testing.B) {
	w, _ := large(b)
	at := noon.Add(time.Second)
	b.ReportAllocs()
	for b.Loop() {
		w, _ = ward.Apply(w, ward.Input{ID: "t", At: at, Event: ward.Tick{RecordedAt: at}})
	}
}

// The worst second: every value of every bed has grown stale.
func BenchmarkTickThatAgesEverything(b *testing.B) {
	w, _ := large(b)
	at := noon.Add(11 * time.Second)
	b.ReportAllocs()
	for b.Loop() {
		ward.Apply(w, ward.Input{ID: "t", At: at, Event: ward.Tick{RecordedAt: at}})
	}
}
