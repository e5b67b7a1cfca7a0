package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward"
	"wardlight/ward/vitals"
)

// correctionRow is a value that its source took back. It is found again by
// the device's own time, which does not move when the source's clock turns
// out to be other than thought.
type correctionRow struct {
	Device     string    `json:"device"`
	MDC        int       `json:"mdc"`
	DeviceAt   time.Time `json:"device_at"`
	At         time.Time `json:"at"`
	Part       int64     `json:"part"`
	ReceivedAt time.Time `json:"received_at"`
	Kind       string    `json:"kind"`
	Value      *string   `json:"value"`
	Quality    string    `json:"quality"`
}

const writeCorrections = `
INSERT INTO correction (device, mdc, device_at, at, part, received_at, kind, value, quality)
SELECT (SELECT d.key FROM device d WHERE d.id = r.device), mdc, device_at, at, part, received_at, kind, value, quality
FROM jsonb_to_recordset($1) AS r (device text, mdc int, device_at timestamptz, at timestamptz, part bigint,
    received_at timestamptz, kind text, value numeric, quality text)
ON CONFLICT DO NOTHING`

func (b *batch) correct(taken ward.Corrected, part int64) {
	for _, c := range taken.Corrections {
		deviceAt := c.DeviceAt
		if deviceAt.IsZero() {
			deviceAt = c.At
		}
		b.corrections = append(b.corrections, correctionRow{
			string(taken.Device), c.Metric.MDC, moment(deviceAt), moment(c.At), part, moment(c.ReceivedAt),
			string(c.Kind), decimalText(c.Value), string(c.Quality),
		})
	}
}

func (b *batch) queueCorrections(q *pgx.Batch) error {
	type value struct {
		device string
		mdc    int
		at     time.Time
		part   int64
	}
	rows := latest(b.corrections, func(r correctionRow) value { return value{r.Device, r.MDC, r.DeviceAt, r.Part} })
	return queueRows(q, writeCorrections, rows)
}

// corrections are the last words on values, by device, metric and the
// device's own time in microseconds.
type corrections map[correctedValue]correction

type correctedValue struct {
	device, mdc int32
	at          int64
}

type correction struct {
	kind    vitals.CorrectionKind
	value   *vitals.Decimal
	quality vitals.Quality
}

// isDrawn reports whether a value is left, and one that may be charted.
func (c correction) isDrawn() bool {
	return c.kind == vitals.Replaced && c.value != nil && isCharted(c.quality)
}

// isCharted reports whether a trend takes in values of this quality.
func isCharted(q vitals.Quality) bool { return q == vitals.OK || q == vitals.Unverified }

// aheadAtMost is how much earlier than its value a correction may seem to
// have come, when the source's clock is not well known.
const aheadAtMost = 24 * time.Hour

// correctionsOf reads what was taken back of the values that devices measured
// after time at.
func correctionsOf(ctx context.Context, q querier, devices []int32, at time.Time) (corrections, error) {
	const last = `
SELECT DISTINCT ON (device, mdc, device_at) device, mdc, device_at, kind, value::text, quality
FROM correction WHERE device = ANY($1) AND received_at > $2
ORDER BY device, mdc, device_at, received_at DESC, position DESC`
	rows, _ := q.Query(ctx, last, devices, at.Add(-aheadAtMost))
	out := corrections{}
	var of correctedValue
	var deviceAt time.Time
	var c correction
	var value *string
	_, err := pgx.ForEachRow(rows, []any{&of.device, &of.mdc, &deviceAt, &c.kind, &value, &c.quality}, func() error {
		of.at, c.value = deviceAt.UnixMicro(), decimalOf(value)
		out[of] = c
		return nil
	})
	return out, err
}

// devices are those that took any value back.
func (c corrections) devices() map[int32]bool {
	out := map[int32]bool{}
	for of := range c {
		out[of.device] = true
	}
	return out
}

// of finds the last word on a value.
func (c corrections) of(device, mdc int32, deviceAt time.Time) (correction, bool) {
	found, ok := c[correctedValue{device, mdc, deviceAt.UnixMicro()}]
	return found, ok
}

// recentCorrections reads what was taken back of values measured after time
// at, and by which devices.
func recentCorrections(ctx context.Context, q querier, at time.Time) (corrections, []int32, error) {
	rows, _ := q.Query(ctx, `SELECT DISTINCT device FROM correction WHERE received_at > $1`, at.Add(-aheadAtMost))
	devices, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	if err != nil || len(devices) == 0 {
		return nil, devices, err
	}
	taken, err := correctionsOf(ctx, q, devices, at)
	return taken, devices, err
}
