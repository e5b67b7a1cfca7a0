package store

import (
	"context"

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
