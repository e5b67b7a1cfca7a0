package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

func tookBack(id device.ID, at time.Time, c ...vitals.Correction) ward.Corrected {
	for i := range c {
		c[i].ReceivedAt = at
	}
	return ward.Corrected{Device: id, Corrections: c}
}

// beat is a heart rate of second n, by a device whose clock is an hour behind
// and whose skew was thought to be a little other each time.
func beat(n int, v string) ward.Entry {
	at := seconds(n)
	o := value("MDC_ECG_HEART_RATE", v, at)
	o.DeviceAt = at.Add(-time.Hour)
	return entry(fmt.Sprint("beat", n), at, message(fmt.Sprint("beat", n), at), observed("0012", at, o, value("MDC_TEMP_BODY", "37.0", at)))
}

func correctionOf(kind vitals.CorrectionKind, n int, v string) vitals.Correction {
	at := seconds(n)
	c := vitals.Correction{Kind: kind, Metric: value("MDC_ECG_HEART_RATE", "1", at).Metric, At: at.Add(300 * time.Millisecond), DeviceAt: at.Add(-time.Hour)}
	if v != "" {
		c.Value, c.Quality = number(v), vitals.OK
	}
	return c
}

func heartRates(t *testing.T, s *Store) map[int]float64 {
	t.Helper()
	out := map[int]float64{}
	for _, trend := range must(s.Trend(t.Context(), "p1", noon, seconds(60), 60)) {
		for _, p := range trend.Points {
			if trend.Metric.RefID == "MDC_ECG_HEART_RATE" {
				out[int(p.At.Sub(noon).Seconds())] = p.Mean
			}
		}
	}
	return out
}

// asked is what a person with a question reads, who is the owner.
func asked(t *testing.T, s *Store, sql string) (out []string) {
	t.Helper()
	check(t, s.asOwner(t.Context(), func(conn *pgx.Conn) (err error) {
		rows, _ := conn.Query(t.Context(), sql)
		out, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	}))
	return out
}

func TestWhatIsDrawnFollowsCorrections(t *testing.T) {
	s := record(t)
	s.mustRecord(t, admitted(noon), beat(1, "81"), beat(2, "82"), beat(3, "83"), beat(4, "84"), beat(5, "85"))
	before := count(t, s, `SELECT count(*) FROM observation`)
	s.mustRecord(t, entry("c1", seconds(10), message("c1", seconds(10)), tookBack("0012", seconds(10),
		correctionOf(vitals.Replaced, 2, "102.5"), correctionOf(vitals.Deleted, 3, ""), correctionOf(vitals.WrongPatient, 5, ""))))
	s.mustRecord(t, entry("c2", seconds(11), message("c2", seconds(11)), tookBack("0012", seconds(11), // the last word counts
		correctionOf(vitals.Replaced, 2, "103.5"))))

	diff(t, "trend", map[int]float64{1: 81, 2: 103.5, 4: 84}, heartRates(t, s))
	state := must(s.Rebuild(t.Context(), seconds(60)))
	want := value("MDC_ECG_HEART_RATE", "84", seconds(4))
	want.DeviceAt = want.At.Add(-time.Hour)
	diff(t, "current", []ward.DeviceObservation{
		{Device: "0012", Observation: want}, {Device: "0012", Observation: value("MDC_TEMP_BODY", "37.0", seconds(5))},
	}, state.Observations)

	diff(t, "view", []string{"81", "103.5 replaced", "84"}, asked(t, s, `SELECT value::text || coalesce(' ' || corrected, '') FROM observed_value WHERE mdc = 147842 ORDER BY at`))
	if n := count(t, s, `SELECT count(*) FROM observation`); n != before {
		t.Errorf("%d observations recorded, want the %d that were", n, before)
	}
	diff(t, "temperatures", []string{"5"}, asked(t, s, `SELECT count(*)::text FROM observed_value WHERE mdc = 150364`))
}

func TestACurrentValueThatIsReplaced(t *testing.T) {
	s := record(t)
	s.mustRecord(t, admitted(noon), beat(1, "81"),
		entry("c1", seconds(10), message("c1", seconds(10)), tookBack("0012", seconds(10), correctionOf(vitals.Replaced, 1, "101"))))
	for _, o := range must(s.Rebuild(t.Context(), seconds(60))).Observations {
		if o.Metric.RefID == "MDC_ECG_HEART_RATE" && o.Value.String() != "101" {
			t.Errorf("heart rate %s, want 101", o.Value)
		}
	}
}

func TestACorrectionMayComeBeforeItsValue(t *testing.T) {
	s := record(t)
	s.mustRecord(t, admitted(noon),
		entry("c1", seconds(10), message("c1", seconds(10)), tookBack("0012", seconds(10), correctionOf(vitals.Deleted, 1, ""))), beat(1, "81"), beat(2, "82"))
	diff(t, "trend", map[int]float64{2: 82}, heartRates(t, s))
}

func TestSettingsAndUndatedValuesAreRecordedAndNotDrawn(t *testing.T) {
	s := record(t)
	set := value("MDC_ECG_HEART_RATE", "60", seconds(1))
	set.Method = vitals.Set
	undated := value("MDC_ECG_HEART_RATE", "50", seconds(3))
	undated.IsUndated = true
	calculated := value("MDC_ECG_HEART_RATE", "70", seconds(2))
	calculated.Method = vitals.Calculated
	s.mustRecord(t, admitted(noon),
		entry("i1", seconds(1), message("i1", noon), observed("0012", seconds(1), set)),
		entry("i3", seconds(3), message("i3", noon), observed("0012", seconds(3), undated)),
		entry("i2", seconds(2), message("i2", noon), observed("0012", seconds(2), calculated)))
	diff(t, "trend", map[int]float64{2: 70}, heartRates(t, s))
	diff(t, "methods", []string{"setting 60", "calculation 70", " 50 undated"}, asked(t, s, `SELECT method || ' ' || value || CASE WHEN undated THEN ' undated' ELSE '' END FROM observed_value ORDER BY at`))
	// Nor when something else of the device was corrected.
	s.mustRecord(t, entry("c1", seconds(10), message("c1", noon), tookBack("0012", seconds(10), correctionOf(vitals.Deleted, 9, ""))))
	diff(t, "trend", map[int]float64{2: 70}, heartRates(t, s))
	if got := must(s.Rebuild(t.Context(), seconds(60))).Observations; len(got) != 1 || got[0].Method != vitals.Calculated {
		t.Errorf("current values %v, want the calculated one", got)
	}
}
