package store

import (
	"context"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/census"
)

// RecentEpisodes reads at most limit alarms of a unit that have closed, the
// one that began last first.
func (s *Store) RecentEpisodes(ctx context.Context, unit census.UnitCode, limit int) ([]alarm.Episode, error) {
	const closed = `
SELECT ` + episodeColumns + `, NULL::jsonb AS request
FROM alarm_episode e
WHERE e.unit = $1 AND e.state = 'closed'
ORDER BY e.onset DESC, e.id DESC
LIMIT $2`
	rows, _ := s.pool.Query(ctx, closed, unit, limit)
	list, err := collectEpisodes(rows)
	return list, classify(err)
}

// endedAlerts reads devices' own alarms that closed after since, the oldest
// first.
func endedAlerts(ctx context.Context, q querier, since time.Time) ([]alarm.Episode, error) {
	const ended = `
SELECT ` + episodeColumns + `, NULL::jsonb AS request
FROM alarm_episode e
WHERE e.device_key <> '' AND e.closed_at > $1
ORDER BY e.closed_at, e.id`
	rows, _ := q.Query(ctx, ended, since)
	return collectEpisodes(rows)
}
