package views

import (
	"testing"
	"time"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/vitals"
)

var eight = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

func TestASpanIsCutIntoBucketsThatPeopleCanName(t *testing.T) {
	for _, c := range []struct {
		length time.Duration
		most   int
		grain  string
		count  int
	}{
		{24 * time.Hour, 1440, "1-min", 1440},
		{24 * time.Hour, 1439, "2-min", 720},
		{6 * time.Hour, 1440, "15-s", 1440},
		{time.Hour, 1440, "10-s", 360},
		{32 * 24 * time.Hour, 1440, "1-h", 768},
	} {
		s := NewSpan(eight.Add(-c.length), eight, c.most)
		if s.grain() != c.grain || s.Buckets() != c.count {
			t.Errorf("%v in %d: got %d of %s, want %d of %s", c.length, c.most, s.Buckets(), s.grain(), c.count, c.grain)
		}
	}
}

func TestASpanGrowsToWholeBuckets(t *testing.T) {
	s := NewSpan(eight.Add(7*time.Second-24*time.Hour), eight.Add(7*time.Second), 1440)
	if !s.From.Equal(eight.Add(-24*time.Hour)) || !s.To.Equal(eight.Add(time.Minute)) {
		t.Errorf("from %v to %v", s.From, s.To)
	}
	if _, ok := s.index(s.To); ok {
		t.Error("the end belongs to no bucket")
	}
	if i, ok := s.index(s.From.Add(61 * time.Second)); !ok || i != 1 {
		t.Errorf("the second minute is bucket %d", i)
	}
}

func TestDurationsAreSpelt(t *testing.T) {
	for d, want := range map[time.Duration]string{
		45 * time.Second: "45 s", 14 * time.Minute: "14 min", 2 * time.Hour: "2 h", 130 * time.Minute: "2 h 10 min", 76 * time.Hour: "3 d 4 h", 72 * time.Hour: "3 d",
	} {
		if got := spell(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

func TestTheBetterSourceOfABucketIsDrawn(t *testing.T) {
	ecg, _ := vitals.ByRefID("MDC_TTHOR_RESP_RATE")
	pleth, _ := vitals.ByRefID("MDC_PULS_OXIM_PLETH_RESP_RATE")
	span := NewSpan(eight, eight.Add(time.Hour), 60)
	one := func(at time.Time, v float64) ward.TrendPoint {
		return ward.TrendPoint{At: at, Min: v, Mean: v, Max: v, Count: 1}
	}
	for _, trends := range [][]ward.Trend{
		{{Metric: ecg, Points: []ward.TrendPoint{one(eight, 14)}}, {Metric: pleth, Points: []ward.TrendPoint{one(eight, 20), one(eight.Add(time.Minute), 21)}}},
		{{Metric: pleth, Points: []ward.TrendPoint{one(eight, 20), one(eight.Add(time.Minute), 21)}}, {Metric: ecg, Points: []ward.TrendPoint{one(eight, 14)}}},
	} {
		s := newSeries(vitals.RespRate, "", span, trends)
		if s.Mean[0] != 14 || s.Mean[1] != 21 || !s.Mean[2].isNone() {
			t.Errorf("drawn: %v", s.Mean[:3])
		}
	}
}

// TestRowsOfTheTableFollowTheUnitsClock: Kathmandu is 5:45 ahead.
func TestRowsOfTheTableFollowTheUnitsClock(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Kathmandu")
	if err != nil {
		t.Fatal(err)
	}
	span := NewSpan(eight, eight.Add(24*time.Hour), 1440)
	c := NewChart(span, span.To, zone, nil, []alarm.Rule{})
	rows := c.table(span, zone).Rows
	if len(rows) != 25 || rows[0].Time != "20 Nov 13:45" || rows[1].Time != "20 Nov 14:00" || rows[24].Time != "21 Nov 13:00" {
		t.Errorf("%d rows: %s, %s … %s", len(rows), rows[0].Time, rows[1].Time, rows[len(rows)-1].Time)
	}
}
