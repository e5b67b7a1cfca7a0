package store

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// The tables that change seldom are written from JSON: one parameter holds
// any number of rows, whose keys are the columns' names.

// insertOnly is the statement that adds rows of a table and leaves those that
// are there already.
func insertOnly(table string, columns ...string) string {
	list := strings.Join(columns, ", ")
	return `INSERT INTO ` + table + ` (` + list + `)
SELECT ` + list + ` FROM jsonb_populate_recordset(NULL::` + table + `, $1)
ON CONFLICT DO NOTHING`
}

// upsert is the statement that adds rows of a table or brings those with the
// same key up to date.
func upsert(table, key string, columns ...string) string {
	list := strings.Join(columns, ", ")
	set := make([]string, len(columns))
	for i, c := range columns {
		set[i] = c + " = EXCLUDED." + c
	}
	return `INSERT INTO ` + table + ` (` + list + `)
SELECT ` + list + ` FROM jsonb_populate_recordset(NULL::` + table + `, $1)
ON CONFLICT (` + key + `) DO UPDATE SET ` + strings.Join(set, ", ")
}

// asJSON writes rows as the statements above read them.
func asJSON[T any](rows []T) (string, error) {
	b, err := json.Marshal(rows)
	if err != nil {
		return "", err
	}
	for escapedNUL.Match(b) { // twice where two touch
		b = escapedNUL.ReplaceAll(b, []byte(`${1}\ufffd`))
	}
	return string(b), nil
}

// escapedNUL is a character that PostgreSQL's text cannot hold, not preceded
// by a backslash of its own.
var escapedNUL = regexp.MustCompile(`((?:^|[^\\])(?:\\\\)*)\\u0000`)

// text is s as PostgreSQL's text can hold it.
func text(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}

// instant is a time as PostgreSQL keeps it: whole microseconds, UTC, null for
// none.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.Round(0).UTC().Truncate(time.Microsecond)
	return &t
}

// moment is instant for a time that is always there.
func moment(t time.Time) time.Time { return t.Round(0).UTC().Truncate(time.Microsecond) }

// timeOf is the time in a column that may be null.
func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// latest keeps the last of the rows with the same key, in order of their
// first appearance: one statement may not touch a row twice.
func latest[T any, K comparable](rows []T, key func(T) K) []T {
	place := make(map[K]int, len(rows))
	out := rows[:0:0]
	for _, r := range rows {
		if i, ok := place[key(r)]; ok {
			out[i] = r
			continue
		}
		place[key(r)] = len(out)
		out = append(out, r)
	}
	return out
}
