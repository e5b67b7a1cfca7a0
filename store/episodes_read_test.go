package store

import (
	"testing"
	"time"

	"wardlight/ward"
	"wardlight/ward/alarm"
)

func TestClosedAlarmsAreReadNewestFirst(t *testing.T) {
	s := record(t)
	closed := func(id alarm.ID, began time.Time) alarm.Episode {
		e := episode(id)
		e.Onset, e.State, e.Closed = began, alarm.Closed, alarm.Resolved
		e.EndedAt, e.ClosedAt = began.Add(time.Minute), began.Add(time.Minute)
		return e
	}
	elsewhere := closed("a5", noon)
	elsewhere.Bed.Unit = "WARD"
	var changes []ward.What
	for _, e := range []alarm.Episode{closed("a1", noon.Add(-3*time.Hour)), closed("a2", noon.Add(-time.Hour)), closed("a3", noon.Add(-2*time.Hour)), episode("a4"), elsewhere} {
		changes = append(changes, ward.EpisodeChanged{Episode: e})
	}
	check(t, s.Record(t.Context(), epoch, []ward.Entry{entry("i1", noon, nil, changes...)}))

	got, err := s.RecentEpisodes(t.Context(), "ICU", 2)
	check(t, err)
	want := []alarm.Episode{closed("a2", noon.Add(-time.Hour)), closed("a3", noon.Add(-2*time.Hour))}
	diff(t, "closed alarms", want, got)
}

func TestDevicesOwnAlarmsThatEndedAreKnownForADay(t *testing.T) {
	s := record(t)
	closed := func(id alarm.ID, key string, ago time.Duration) alarm.Episode {
		e := episode(id)
		e.DeviceKey, e.State, e.ClosedAt = key, alarm.Closed, noon.Add(-ago)
		return e
	}
	late, own := closed("a1", "k1", 23*time.Hour), closed("a2", "k2", time.Hour)
	var changes []ward.What
	for _, e := range []alarm.Episode{late, own, closed("a3", "k3", 25*time.Hour), closed("a4", "", time.Hour), episode("a5")} {
		changes = append(changes, ward.EpisodeChanged{Episode: e})
	}
	s.mustRecord(t, entry("i1", noon, nil, changes...))
	diff(t, "ended", []alarm.Episode{late, own}, must(s.Rebuild(t.Context(), noon)).EndedAlerts)
}
