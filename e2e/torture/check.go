package main

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// most mistakes are told one by one up to here.
const toldAtMost = 10

// check compares what the senders were told with what is in the record.
func (h *harness) check(ctx context.Context) error {
	conn, err := h.station.postgres().connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, look := range []func(context.Context, *pgx.Conn) error{h.checkMessages, h.checkValues, h.checkQuarantine} {
		if err := look(ctx, conn); err != nil {
			return err
		}
	}
	for _, x := range h.senders {
		for _, w := range x.wrong[:min(len(x.wrong), toldAtMost)] {
			h.log.Printf("a wrong answer: %s", w)
		}
	}
	return nil
}

// checkMessages: every message that was acknowledged is there, and none is
// there twice.
func (h *harness) checkMessages(ctx context.Context, conn *pgx.Conn) error {
	found := map[[sha256.Size]byte]int{}
	rows, _ := conn.Query(ctx, `SELECT digest FROM message`)
	var digest []byte
	if _, err := pgx.ForEachRow(rows, []any{&digest}, func() error { found[[sha256.Size]byte(digest)]++; return nil }); err != nil {
		return fmt.Errorf("messages of the record: %w", err)
	}
	for _, x := range h.senders {
		for i, d := range x.made {
			switch n := found[d]; {
			case x.acked[i] && n == 0:
				h.lost("message %s", id(x.number, i+1))
			case n > 1:
				h.doubled("message %s is there %d times", id(x.number, i+1), n)
			}
		}
	}
	return nil
}

// checkValues: every message's heart rate is there once, and the row that it
// is in holds all the values of the message.
func (h *harness) checkValues(ctx context.Context, conn *pgx.Conn) error {
	const values = `
SELECT right(round(v.value::numeric, v.places)::text, 8), count(*)::int, min(cardinality(f.mdc))::int, max(cardinality(f.mdc))::int
FROM observation o JOIN observation_form f ON f.id = o.form,
     LATERAL unnest(f.mdc, f.places, o.value) AS v (mdc, places, value)
WHERE v.mdc = 147842
GROUP BY 1`
	type row struct{ count, least, most int }
	found := map[string]row{}
	rows, _ := conn.Query(ctx, values)
	var name string
	var r row
	if _, err := pgx.ForEachRow(rows, []any{&name, &r.count, &r.least, &r.most}, func() error { found[name] = r; return nil }); err != nil {
		return fmt.Errorf("values of the record: %w", err)
	}
	for _, x := range h.senders {
		for i := range x.made {
			r := found[mark(x.number, i+1)]
			switch {
			case isAlert(i + 1):
			case r.count > 1:
				h.doubled("the values of %s are there %d times", id(x.number, i+1), r.count)
			case x.acked[i] && r != row{1, valuesPerMessage, valuesPerMessage}:
				h.lost("values of %s: %+v", id(x.number, i+1), r)
			}
		}
	}
	return nil
}

// checkQuarantine: what was refused is kept.
func (h *harness) checkQuarantine(ctx context.Context, conn *pgx.Conn) error {
	rows, _ := conn.Query(ctx, `SELECT control_id FROM quarantine`)
	found := map[string]bool{}
	var name string
	if _, err := pgx.ForEachRow(rows, []any{&name}, func() error { found[name] = true; return nil }); err != nil {
		return fmt.Errorf("quarantine of the record: %w", err)
	}
	for _, name := range h.poison.refused {
		if !found[name] {
			h.lost("refused message %s", name)
		}
	}
	return nil
}

func (h *harness) lost(format string, args ...any) {
	if h.Lost++; h.Lost <= toldAtMost {
		h.log.Printf("LOST: "+format, args...)
	}
}

func (h *harness) doubled(format string, args ...any) {
	if h.Doubled++; h.Doubled <= toldAtMost {
		h.log.Printf("DOUBLED: "+format, args...)
	}
}
