package store

import (
	"fmt"
	"testing"
	"time"

	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/fault"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

func seconds(n int) time.Time { return noon.Add(time.Duration(n) * time.Second) }

func heart(id string, n int, v string) ward.Entry {
	at := seconds(n)
	return entry(fmt.Sprintf("%s at %d", id, n), at, message(id+at.String(), at), observed(device.ID(id), at, value("MDC_ECG_HEART_RATE", v, at)))
}

func TestTrendBucketsAndGaps(t *testing.T) {
	s := record(t)
	at := func(n int, ref, v string, q vitals.Quality) vitals.Observation {
		o := value(ref, v, seconds(n))
		o.Quality = q
		return o
	}
	const hr, spo2 = "MDC_ECG_HEART_RATE", "MDC_PULS_OXIM_SAT_O2"
	s.mustRecord(t, admitted(noon),
		entry("i1", seconds(0), nil, observed("0012", seconds(0), at(0, hr, "80", vitals.OK), at(0, spo2, "97", vitals.Unverified))),
		entry("i2", seconds(9), nil, observed("0012", seconds(9), at(9, hr, "90.5", vitals.OK), at(9, spo2, "0", vitals.Invalid))),
		entry("i3", seconds(12), nil, observed("0012", seconds(12), at(12, hr, "200", vitals.Questionable))),
		// a late value travels with a newer one, and counts where it was measured
		entry("i4", seconds(35), nil, observed("0012", seconds(35), at(5, spo2, "95", vitals.OK), at(35, hr, "70", vitals.OK))),
		entry("i5", seconds(40), nil, observed("0012", seconds(40), at(40, hr, "60", vitals.OK))), // at the end, which is open
	)
	got, err := s.Trend(t.Context(), "p1", noon, seconds(40), 4)
	check(t, err)
	metric := func(ref string) vitals.Metric { m, _ := vitals.ByRefID(ref); return m }
	diff(t, "trend", []ward.Trend{
		{Metric: metric(hr), Points: []ward.TrendPoint{
			{At: seconds(0), Min: 80, Max: 90.5, Mean: 85.25, Count: 2},
			{At: seconds(30), Min: 70, Max: 70, Mean: 70, Count: 1},
		}},
		{Metric: metric(spo2), Points: []ward.TrendPoint{{At: seconds(0), Min: 95, Max: 97, Mean: 96, Count: 2}}},
	}, got)

	for _, buckets := range []int{0, -1, maxBuckets + 1} {
		_, err := s.Trend(t.Context(), "p1", noon, seconds(40), buckets)
		wantKind(t, err, fault.Invalid)
	}
	_, err = s.Trend(t.Context(), "p1", noon, noon, 1)
	wantKind(t, err, fault.Invalid)
}

func TestATrendFollowsThePatientAndNotTheDevice(t *testing.T) {
	s := record(t)
	other := census.Patient{ID: "p2", Identifiers: []census.Identifier{{Value: "MRN2"}}}
	stay2 := census.Encounter{ID: "e2", Patient: "p2", Bed: bed12, AdmittedAt: seconds(10)}
	first := onBed("0012", noon)
	first.To = seconds(10)
	second := onBed("0012", seconds(10))
	second.Encounter = "e2"
	elsewhere := onBed("0099", seconds(10))
	elsewhere.Bed.Bed = "11"
	s.mustRecord(t, admitted(noon), heart("0012", 9, "80"),
		entry("moves", seconds(10), nil, ward.PatientKnown{Patient: other}, ward.EncounterChanged{Encounter: stay2},
			ward.DeviceKnown{Identity: device.Identity{ID: "0099"}},
			ward.Released{Association: first}, ward.Associated{Association: second}, ward.Associated{Association: elsewhere}),
		heart("0012", 10, "120"), heart("0099", 11, "82"))

	for patient, want := range map[census.PatientID][]float64{"p1": {80, 82}, "p2": {120}, "p3": nil} {
		trends, err := s.Trend(t.Context(), patient, noon, seconds(20), 20)
		check(t, err)
		var got []float64
		for _, trend := range trends {
			for _, p := range trend.Points {
				got = append(got, p.Mean)
			}
		}
		diff(t, "heart rates of "+string(patient), want, got)
	}

	stay, err := s.Stay(t.Context(), "p1")
	check(t, err)
	diff(t, "stay", ward.Stay{Patient: okafor, Encounter: stay1}, stay)
	_, err = s.Stay(t.Context(), "nobody")
	wantKind(t, err, fault.NotFound)
}

func TestInfusionsAreTheStepsOfARate(t *testing.T) {
	s := record(t)
	s.mustRecord(t, admitted(noon))
	var want []infusion.Channel
	for n, rate := range []string{"5", "5", "7.5", "7.5", "5"} {
		c := infusion.Channel{
			Device: "0013", Channel: "1", Status: infusion.Infusing, Rate: quantity(rate, "mL/h"),
			Infused: quantity(fmt.Sprint(n), "mL"), At: seconds(n), DeviceAt: seconds(n), ReceivedAt: seconds(n),
		}
		s.mustRecord(t, entry(fmt.Sprint(n), seconds(n), nil, ward.ChannelsReported{Channels: []infusion.Channel{c}}))
		if n == 0 || n == 2 || n == 4 {
			want = append(want, c)
		}
	}
	got, err := s.Infusions(t.Context(), "p1", noon, seconds(10))
	check(t, err)
	diff(t, "steps", want, got)
}

// BenchmarkTrend charts a day of ten signals each second.
func BenchmarkTrend(b *testing.B) {
	s := record(b)
	s.mustRecord(b, admitted(noon))
	const day = 86400
	for from := 0; from < day; from += 500 {
		batch := benchEntries(from/500, false)
		for i := range batch {
			o := batch[i].Changes[0].What.(ward.Observed)
			o.Device, o.At = "0012", seconds(from+i)
			for v := range o.Values {
				o.Values[v].At, o.Values[v].DeviceAt = o.At, o.At
			}
			batch[i].Changes[0].What = o
		}
		s.mustRecord(b, batch...)
	}
	for b.Loop() {
		trends, err := s.Trend(b.Context(), "p1", noon, noon.Add(24*time.Hour), 720)
		check(b, err)
		if len(trends) != benchValues || len(trends[0].Points) != 720 {
			b.Fatalf("%d trends", len(trends))
		}
	}
}
