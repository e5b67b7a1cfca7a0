package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward/fault"
)

// partitioned are the tables that are kept day by day, and the column that
// says which day.
var partitioned = map[string]string{
	"observation":     "at",
	"infusion_report": "at",
	"infusion_event":  "at",
	"message":         "received_at",
}

const (
	daysAhead  = 3
	daysBehind = 1
	day        = 24 * time.Hour
)

// ReadyPartitions is EnsurePartitions at a process's start: it refuses to go
// on without the days of today and tomorrow, and only warns of what can still
// be made later.
func (s *Store) ReadyPartitions(ctx context.Context, now time.Time) error {
	failed := s.EnsurePartitions(ctx, now)
	if failed == nil {
		return nil
	}
	missing, err := s.missingDays(ctx, now, 2)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return fault.New(fault.Conflict, "the record has no place for %s and it cannot be made: let --database-url name the owner of the tables, "+
			"and end whatever locks them: %w", strings.Join(missing, ", "), failed)
	}
	s.log.WarnContext(ctx, "days to come have no place in the record yet; this is tried again each hour", "error", fault.Text(failed))
	return nil
}

// missingDays names the partitions of the next days, today's first, that are
// not there.
func (s *Store) missingDays(ctx context.Context, now time.Time, days int) (missing []string, err error) {
	for table := range partitioned {
		for n := range days {
			name := partitionName(table, now.UTC().Truncate(day).Add(time.Duration(n)*day))
			var there bool
			if err := s.pool.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, name).Scan(&there); err != nil {
				return nil, classify(err)
			}
			if !there {
				missing = append(missing, name)
			}
		}
	}
	slices.Sort(missing)
	return missing, nil
}

// EnsurePartitions makes the days around now that are still missing: the last
// one, and three to come. Rows that were written before their day existed
// move in from the default partition.
func (s *Store) EnsurePartitions(ctx context.Context, now time.Time) error {
	return s.upkeep(ctx, func(conn *pgx.Conn) error {
		today := now.UTC().Truncate(day)
		for n := -daysBehind; n <= daysAhead; n++ {
			for table, column := range partitioned {
				if err := ensureDay(ctx, conn, table, column, today.Add(time.Duration(n)*day)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// upkeep changes tables as their owner, and gives up rather than hold up the
// recorder.
func (s *Store) upkeep(ctx context.Context, do func(*pgx.Conn) error) error {
	return s.asOwner(ctx, func(conn *pgx.Conn) error {
		if err := s.clock.measure(ctx, conn); err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, `SET lock_timeout = '1s'`); err != nil {
			return classify(err)
		}
		return classify(do(conn))
	})
}

// ensureDay makes the partition of one day. It is filled before it is
// attached, so that attaching finds the default partition free of its rows.
func ensureDay(ctx context.Context, conn *pgx.Conn, table, column string, date time.Time) error {
	name := partitionName(table, date)
	var there bool
	if err := conn.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, name).Scan(&there); err != nil || there {
		return err
	}
	from, until := date.Format(time.RFC3339), date.Add(day).Format(time.RFC3339)
	fill := strings.NewReplacer("{part}", name, "{table}", table, "{column}", column, "{from}", from, "{until}", until).Replace(`
LOCK TABLE {table}_default IN SHARE ROW EXCLUSIVE MODE;
CREATE TABLE {part} (LIKE {table} INCLUDING ALL);
WITH moved AS (DELETE FROM {table}_default WHERE {column} >= '{from}' AND {column} < '{until}' RETURNING *)
INSERT INTO {part} SELECT * FROM moved;
ALTER TABLE {table} ATTACH PARTITION {part} FOR VALUES FROM ('{from}') TO ('{until}');`)
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, fill)
		return err
	})
}

// partitionName is, for example, observation_20261120.
func partitionName(table string, date time.Time) string {
	return table + "_" + date.Format("20060102")
}

// Retention is how long the record keeps what grows; zero keeps it for good.
type Retention struct {
	Observations time.Duration // with corrections, and what pumps reported
	Messages     time.Duration // as they arrived
}

func (r Retention) of(table string) time.Duration {
	if table == "message" {
		return r.Messages
	}
	return r.Observations
}

// DropPartitions removes whole days that ended longer ago than they are to be
// kept, and older rows outside any day. Alarms, their strips, the census,
// associations and the audit trail stay, whatever their age.
func (s *Store) DropPartitions(ctx context.Context, r Retention, now time.Time) error {
	return s.upkeep(ctx, func(conn *pgx.Conn) error {
		for table, column := range partitioned {
			kept := r.of(table)
			if kept <= 0 {
				continue
			}
			if err := dropDays(ctx, conn, table, column, now.UTC().Add(-kept).Truncate(day)); err != nil {
				return err
			}
		}
		if r.Observations <= 0 {
			return nil
		}
		const drop = `DELETE FROM correction WHERE received_at < $1 AND at < $1`
		_, err := conn.Exec(ctx, drop, now.UTC().Add(-r.Observations).Truncate(day))
		return err
	})
}

func dropDays(ctx context.Context, conn *pgx.Conn, table, column string, before time.Time) error {
	const days = `
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = $1::regclass AND c.relname < $2 AND c.relname ~ ('^' || $1 || '_[0-9]{8}$')`
	rows, _ := conn.Query(ctx, days, table, partitionName(table, before))
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := conn.Exec(ctx, `DROP TABLE `+pgx.Identifier{name}.Sanitize()); err != nil {
			return err
		}
	}
	_, err = conn.Exec(ctx, fmt.Sprintf(`DELETE FROM %s_default WHERE %s < $1`, table, column), before)
	return err
}
