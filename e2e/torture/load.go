package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ingest/mllp"
)

// load is what one rate of messages did to a station, and what the same
// database does with the same bytes and rows and nothing else.
type load struct {
	Offered    int     `json:"offered"` // messages per second
	Seconds    float64 `json:"seconds"` // for which they were offered
	Acked      int     `json:"acked"`   // all of them, or the run fails
	Lost       int     `json:"lost"`
	Rate       float64 `json:"rate"`        // acknowledged per second
	Ack        delay   `json:"ack_ms"`      // from when a message was due to its acknowledgement
	Bare       delay   `json:"bare_ms"`     // the same, for group commit of the same bytes
	TimesBare  float64 `json:"times_bare"`  // ratio of the two at p99
	Rows       float64 `json:"rows_per_s"`  // values recorded
	Copy       float64 `json:"copy_per_s"`  // the same rows by COPY, one narrow row each
	SpoolAcked int     `json:"spool_acked"` // acknowledged from the outage spool, because the record lagged
}

// delay is how long acknowledgements took, in milliseconds.
type delay struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func delayOf(all []time.Duration) delay {
	if len(all) == 0 {
		return delay{}
	}
	slices.Sort(all)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return delay{ms(all[len(all)/2]), ms(all[len(all)*99/100]), ms(all[len(all)-1])}
}

// loads offers each rate for the length of the options, each to a station of
// its own, and prints a line of JSON for each.
func loads(ctx context.Context, o options, rates []int) error {
	for _, rate := range rates {
		l, err := loadOne(ctx, o, rate)
		if err != nil {
			return fmt.Errorf("%d messages per second: %w", rate, err)
		}
		line, err := json.Marshal(l)
		if err != nil {
			return err
		}
		fmt.Println(string(line))
		if l.Lost > 0 {
			return fmt.Errorf("%d messages per second: %d lost", rate, l.Lost)
		}
	}
	return nil
}

func loadOne(ctx context.Context, o options, rate int) (*load, error) {
	home, err := folder()
	if err != nil {
		return nil, err
	}
	h, err := occupied(ctx, o, home)
	if err != nil {
		return nil, err
	}
	defer func() {
		h.station.stop()
		_ = os.RemoveAll(home)
	}()
	l := &load{Offered: rate, Seconds: o.length.Seconds()}
	if err := h.bare(ctx, l); err != nil {
		return nil, fmt.Errorf("bare group commit: %w", err)
	}
	if err := h.offer(ctx, l); err != nil {
		return nil, h.explain(err)
	}
	l.TimesBare = l.Ack.P99 / l.Bare.P99
	return l, nil
}

// occupied starts a station whose beds are occupied, and nothing else.
func occupied(ctx context.Context, o options, home string) (*harness, error) {
	h, err := started(ctx, o, newFigures(o), home)
	if err == nil {
		err = h.admit(ctx, mostSenders)
	}
	return h, err
}

// schedule calls due for every message of one of n senders at its time, or
// later if due took too long: the time that it is told is always the one on
// which the message was due.
func schedule(ctx context.Context, rate, senders, sender int, length time.Duration, began time.Time, due func(n int, at time.Time)) {
	every := time.Duration(senders) * time.Second / time.Duration(rate)
	offset := every * time.Duration(sender) / time.Duration(senders)
	for n := 1; ; n++ {
		at := began.Add(offset + time.Duration(n)*every)
		if at.Sub(began) > length || ctx.Err() != nil {
			return
		}
		if ahead := time.Until(at); ahead > 0 {
			time.Sleep(ahead)
		}
		due(n, at)
	}
}

// offer sends on schedule, answered or not, and checks the record.
func (h *harness) offer(ctx context.Context, l *load) error {
	var sending sync.WaitGroup
	delays := make([][]time.Duration, mostSenders)
	made := make([]int, mostSenders)
	var wrong atomic.Int64
	began := time.Now()
	for s := range mostSenders {
		c, err := mllp.Dial(ctx, h.station.mllp)
		if err != nil {
			return err
		}
		defer c.Close()
		sending.Go(func() {
			var answering sync.WaitGroup
			schedule(ctx, l.Offered, mostSenders, s, h.length, began, func(n int, at time.Time) {
				made[s] = n
				answering.Add(1)
				c.Post(vitals(s, n, at), func(answer []byte, err error) { // one after another
					defer answering.Done()
					if err != nil || !bytes.Contains(answer, []byte("MSA|CA|")) {
						wrong.Add(1)
						return
					}
					delays[s] = append(delays[s], time.Since(at))
				})
			})
			answering.Wait()
		})
	}
	sending.Wait()
	took := time.Since(began)
	if n := wrong.Load(); n > 0 {
		return fmt.Errorf("%d messages were not accepted", n)
	}
	all := slices.Concat(delays...)
	l.Acked, l.Rate, l.Ack = len(all), float64(len(all))/took.Seconds(), delayOf(all)
	l.Rows = l.Rate * valuesPerMessage
	if m, err := h.metrics(ctx); err == nil {
		l.SpoolAcked = int(m["wardlight_messages_spooled_total"])
	}
	if err := h.until(ctx, "the spool is empty", func() bool {
		m, err := h.metrics(ctx)
		return err == nil && m["wardlight_spool_messages"] == 0
	}); err != nil {
		return err
	}
	return h.countLost(ctx, l)
}

func (h *harness) countLost(ctx context.Context, l *load) error {
	conn, err := h.station.postgres().connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	const recorded = `SELECT least(
	(SELECT count(*) FROM message WHERE type LIKE 'ORU%'),
	(SELECT count(*) FROM observation o JOIN observation_form f ON f.id = o.form WHERE cardinality(f.mdc) = $1))::int`
	var n int
	if err := conn.QueryRow(ctx, recorded, valuesPerMessage).Scan(&n); err != nil {
		return err
	}
	l.Lost = l.Acked - n
	return nil
}

// bare measures what the same database does with the same bytes at the same
// rate: one writer, which commits what has come while the commit before was
// under way. Then it measures COPY.
func (h *harness) bare(ctx context.Context, l *load) error {
	conn, err := h.station.postgres().connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, `CREATE TABLE bare (raw bytea); CREATE TABLE narrow (device int, mdc int, at timestamptz, value float8)`); err != nil {
		return err
	}
	length := min(h.length, 30*time.Second)
	if err := bareCommits(ctx, conn, l, length); err != nil {
		return err
	}
	if err := bareCopy(ctx, conn, l, min(length, 5*time.Second)); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, `DROP TABLE bare, narrow; CHECKPOINT`)
	return err
}

type bareMessage struct {
	raw []byte
	at  time.Time
}

func bareCommits(ctx context.Context, conn *pgx.Conn, l *load, length time.Duration) error {
	queue := make(chan bareMessage, 1<<20)
	var sending sync.WaitGroup
	began := time.Now()
	for s := range mostSenders {
		sending.Go(func() {
			schedule(ctx, l.Offered, mostSenders, s, length, began, func(n int, at time.Time) {
				queue <- bareMessage{vitals(s, n, at), at}
			})
		})
	}
	go func() { sending.Wait(); close(queue) }()
	var delays []time.Duration
	for m, open := <-queue; open; m, open = <-queue {
		batch := []bareMessage{m}
		for len(batch) < 500 && len(queue) > 0 {
			batch = append(batch, <-queue)
		}
		raws := make([][]byte, len(batch))
		for i := range batch {
			raws[i] = batch[i].raw
		}
		if _, err := conn.Exec(ctx, `INSERT INTO bare SELECT * FROM unnest($1::bytea[])`, raws); err != nil {
			return err
		}
		for i := range batch {
			delays = append(delays, time.Since(batch[i].at))
		}
	}
	l.Bare = delayOf(delays)
	return nil
}

func bareCopy(ctx context.Context, conn *pgx.Conn, l *load, length time.Duration) error {
	const messages = 500
	rows := make([][]any, messages*valuesPerMessage)
	for i := range rows {
		rows[i] = []any{int32(i % 96), int32(147842 + i%valuesPerMessage), time.Now(), float64(i)}
	}
	n, began := 0, time.Now()
	for time.Since(began) < length {
		if _, err := conn.CopyFrom(ctx, pgx.Identifier{"narrow"}, []string{"device", "mdc", "at", "value"}, pgx.CopyFromRows(rows)); err != nil {
			return err
		}
		n += len(rows)
	}
	l.Copy = float64(n) / time.Since(began).Seconds()
	return nil
}
