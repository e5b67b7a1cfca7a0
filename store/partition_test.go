package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

func partitions(t *testing.T, s *Store, table string) (out []string) {
	t.Helper()
	rows, _ := s.pool.Query(t.Context(), `SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = $1::regclass ORDER BY 1`, table)
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	check(t, err)
	return out
}

func TestDaysAreMadeAhead(t *testing.T) {
	s := open(t, database(t))
	check(t, s.StartEpoch(t.Context(), epoch, noon))
	s.mustRecord(t, admitted(noon), heart("0012", 1, "80")) // before any day exists

	for range 2 { // again changes nothing
		check(t, s.EnsurePartitions(t.Context(), noon))
	}
	for table := range partitioned {
		var want []string
		for _, day := range []string{"20261119", "20261120", "20261121", "20261122", "20261123", "default"} {
			want = append(want, table+"_"+day)
		}
		diff(t, table, want, partitions(t, s, table))
	}
	if n := count(t, s, `SELECT count(*) FROM observation`); n != 1 {
		t.Errorf("%d observations, want 1", n)
	}
	if n := count(t, s, `SELECT count(*) FROM observation WHERE tableoid = 'observation_default'::regclass`); n != 0 {
		t.Error("the value of today stayed in the default partition")
	}
	s.mustRecord(t, heart("0012", 1, "80")) // and is known there
	if n := count(t, s, `SELECT count(*) FROM observation`); n != 1 {
		t.Error("a value that moved was written again")
	}
}

func TestOldDaysAreDropped(t *testing.T) {
	s := record(t)
	s.mustRecord(t, admitted(noon))
	for _, days := range []int{0, 1, 2, 40} {
		at := noon.Add(-time.Duration(days) * 24 * time.Hour)
		check(t, s.EnsurePartitions(t.Context(), at))
		if days == 40 { // no day of its own
			at = at.Add(-10 * 24 * time.Hour)
		}
		m := message(fmt.Sprint(days), at)
		s.mustRecord(t, entry(fmt.Sprint("i", days), at, m, observed("0012", at, value("MDC_ECG_HEART_RATE", "80", at)),
			ward.ChannelsReported{Channels: []infusion.Channel{{Device: "0013", Channel: "1", At: at, ReceivedAt: at}}},
			ward.PumpEventsReported{Events: []infusion.Event{{Device: "0013", Channel: "1", Kind: infusion.DeliveryStop, At: at, ReceivedAt: at}}},
			tookBack("0012", at, vitals.Correction{Kind: vitals.Deleted, Metric: value("MDC_TEMP_BODY", "1", at).Metric, DeviceAt: at, At: at})))
	}
	long := noon.Add(-90 * 24 * time.Hour)
	standing, closed := episode("a1"), episode("a2")
	standing.Onset, closed.Onset, closed.State = long, long, alarm.Closed
	s.mustRecord(t, entry("alarms", long, nil, ward.EpisodeChanged{Episode: standing}, ward.EpisodeChanged{Episode: closed}, ward.StripKept{KeepStrip: strip("a1")}))
	check(t, s.DropPartitions(t.Context(), Retention{}, noon)) // all is kept
	if n := count(t, s, `SELECT count(*) FROM message`); n != 4 {
		t.Errorf("%d messages, want all", n)
	}
	check(t, s.DropPartitions(t.Context(), Retention{Observations: 48 * time.Hour, Messages: 24 * time.Hour}, noon))
	if n := count(t, s, `SELECT count(*) FROM message`); n != 2 {
		t.Errorf("%d messages, want those of yesterday and today", n)
	}
	for _, table := range []string{"observation", "infusion_report", "infusion_event", "correction"} {
		if n := count(t, s, `SELECT count(*) FROM `+table); n != 3 {
			t.Errorf("%d in %s, want those of three days", n, table)
		}
	}
	diff(t, "open alarms", []alarm.Episode{standing}, must(s.Rebuild(t.Context(), noon)).Episodes)
	if n := count(t, s, `SELECT count(*) FROM alarm_episode`) + count(t, s, `SELECT count(*) FROM strip`); n != 4 {
		t.Errorf("%d alarms and waveforms, want all 4", n)
	}
	for _, name := range partitions(t, s, "message") {
		if name < "message_20261119" {
			t.Errorf("%s is still there", name)
		}
	}
}

func TestALateValueOfLongAgoIsKept(t *testing.T) {
	s := record(t)
	long := noon.Add(-100 * 24 * time.Hour)
	s.mustRecord(t, admitted(noon),
		entry("i2", noon, message("late", noon), observed("0012", long, value("MDC_TEMP_BODY", "36.6", long))))
	if n := count(t, s, `SELECT count(*) FROM observation WHERE tableoid = 'observation_default'::regclass`); n != 1 {
		t.Error("the late value is not in the default partition")
	}
}

// TestEveryTableThatGrowsByDayHasARetention: whoever adds one must say how
// long it is kept.
func TestEveryTableThatGrowsByDayHasARetention(t *testing.T) {
	s := record(t)
	rows, _ := s.pool.Query(t.Context(), `SELECT relname::text FROM pg_class WHERE relkind = 'p'`)
	for _, table := range must(pgx.CollectRows(rows, pgx.RowTo[string])) {
		if _, ok := partitioned[table]; !ok {
			t.Errorf("%s gets no days", table)
		}
		if (Retention{Observations: 1, Messages: 1}).of(table) == 0 {
			t.Errorf("%s is kept for good, whatever the retention", table)
		}
	}
}
