package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
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
	Observations time.Duration // and infusion reports
	Messages     time.Duration // as they arrived
}

// DropPartitions removes whole days that ended longer ago than they are to be
// kept, and older rows outside any day.
func (s *Store) DropPartitions(ctx context.Context, r Retention, now time.Time) error {
	keep := map[string]time.Duration{"observation": r.Observations, "infusion_report": r.Observations, "infusion_event": r.Observations, "message": r.Messages}
	return s.upkeep(ctx, func(conn *pgx.Conn) error {
		for table, column := range partitioned {
			if keep[table] <= 0 {
				continue
			}
			if err := dropDays(ctx, conn, table, column, now.UTC().Add(-keep[table]).Truncate(day)); err != nil {
				return err
			}
		}
		return nil
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
