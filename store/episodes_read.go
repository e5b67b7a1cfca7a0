package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"wardlight/ward/alarm"
	"wardlight/ward/census"
)

// RecentEpisodes reads at most limit alarms of a unit that have closed, the
// one that began last first.
func (s *Store) RecentEpisodes(ctx context.Context, unit census.UnitCode, limit int) ([]alarm.Episode, error) {
	const closed = `
SELECT id, version, unit, bed, encounter, device, channel, code, metric, side, label,
       category, origin, priority, highest, state, onset, onset_at, ended_at, closed_at, closed_reason,
       value::text, worst::text, limit_value::text, limit_from, recurrence, chain, accept_from,
       acknowledged, NULL::jsonb AS request
FROM alarm_episode
WHERE unit = $1 AND state = 'closed'
ORDER BY onset DESC, id DESC
LIMIT $2`
	rows, _ := s.pool.Query(ctx, closed, unit, limit)
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (alarm.Episode, error) {
		r, err := pgx.RowToStructByName[episodeRow](row)
		if err != nil {
			return alarm.Episode{}, err
		}
		return r.episode()
	})
	return list, classify(err)
}
