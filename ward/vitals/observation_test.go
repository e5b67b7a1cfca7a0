package vitals_test

import (
	"testing"
	"time"

	"wardlight/ward/vitals"
)

// The classes of age: continuous values by the period of their source,
// intermittent ones by how long each kind may stand.
func TestFreshness(t *testing.T) {
	metric := func(mdc int) vitals.Metric { m, _ := vitals.ByMDC(mdc); return m }
	hr, nibp, temp := metric(147842), metric(150021), metric(150344)
	s, ms := time.Second, time.Millisecond
	for _, test := range []struct {
		name   string
		metric vitals.Metric
		period time.Duration
		age    time.Duration
		want   vitals.Freshness
	}{
		{"a clock that runs ahead", hr, s, -5 * s, vitals.Fresh},
		{"at 3 s", hr, s, 3 * s, vitals.Fresh},
		{"beyond 3 s", hr, s, 3*s + ms, vitals.Ageing},
		{"at 10 s", hr, s, 10 * s, vitals.Ageing},
		{"beyond 10 s", hr, s, 10*s + ms, vitals.Stale},
		{"at 60 s", hr, s, 60 * s, vitals.Stale},
		{"beyond 60 s", hr, s, 60*s + ms, vitals.Gone},

		{"period 10 s: at 15 s", hr, 10 * s, 15 * s, vitals.Fresh},
		{"period 10 s: beyond 15 s", hr, 10 * s, 15*s + ms, vitals.Ageing},
		{"period 10 s: at 30 s", hr, 10 * s, 30 * s, vitals.Ageing},
		{"period 10 s: beyond 30 s", hr, 10 * s, 30*s + ms, vitals.Stale},
		{"period 10 s: beyond 60 s", hr, 10 * s, 60*s + ms, vitals.Gone},

		{"period 30 s: at 90 s", hr, 30 * s, 90 * s, vitals.Ageing},
		{"period 30 s: beyond 90 s", hr, 30 * s, 90*s + ms, vitals.Stale},
		{"period 30 s: beyond 150 s", hr, 30 * s, 150*s + ms, vitals.Gone},

		{"a cuff at 60 min", nibp, s, time.Hour, vitals.Fresh},
		{"a cuff beyond 60 min", nibp, s, time.Hour + ms, vitals.Stale},
		{"a cuff beyond 24 h", nibp, s, 24*time.Hour + ms, vitals.Gone},
		{"a temperature at 4 h", temp, s, 4 * time.Hour, vitals.Fresh},
		{"a temperature beyond 4 h", temp, s, 4*time.Hour + ms, vitals.Stale},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := vitals.BoundsFor(test.metric, test.period).Freshness(test.age); got != test.want {
				t.Errorf("%v old: %s, want %s", test.age, got, test.want)
			}
		})
	}
}

func TestLostAfter(t *testing.T) {
	for period, want := range map[time.Duration]time.Duration{
		time.Second: 30 * time.Second, 6 * time.Second: 30 * time.Second, 10 * time.Second: 50 * time.Second, 30 * time.Second: 150 * time.Second,
	} {
		if got := vitals.LostAfter(period); got != want {
			t.Errorf("period %v: lost after %v, want %v", period, got, want)
		}
	}
}

func TestFreshnessRank(t *testing.T) {
	order := []vitals.Freshness{vitals.Fresh, vitals.Ageing, vitals.Stale, vitals.Gone}
	for i := 1; i < len(order); i++ {
		if order[i-1].Rank() >= order[i].Rank() {
			t.Errorf("%s does not come before %s", order[i-1], order[i])
		}
	}
}

func TestHasValue(t *testing.T) {
	for q, want := range map[vitals.Quality]bool{
		vitals.OK: true, vitals.Unverified: true, vitals.Questionable: true, vitals.Invalid: false,
	} {
		if got := (vitals.Observation{Quality: q}).HasValue(); got != want {
			t.Errorf("%s: HasValue = %v", q, got)
		}
	}
}
