package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// observationColumns are device messages, column by column. Arrays within a
// row travel as PostgreSQL's array literals.
type observationColumns struct {
	digest     [][16]byte
	at         []time.Time
	part       []int64
	receivedAt []time.Time
	value      []string
	valueAt    []*string
	deviceAt   []*string
}

const writeObservations = `
INSERT INTO observation (form, at, part, received_at, value, value_at, device_at)
SELECT (SELECT f.id FROM observation_form f WHERE f.digest = m.digest),
       m.at, m.part, m.received_at, m.value::float8[], m.value_at::timestamptz[], m.device_at::timestamptz[]
FROM unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[], $7::text[])
    AS m (digest, at, part, received_at, value, value_at, device_at)
ON CONFLICT DO NOTHING`

// observe adds the values of one device message.
func (b *batch) observe(o ward.Observed, part int64, known *knownForms) {
	if len(o.Values) == 0 {
		return
	}
	digest := digestOf(o.Device, o.Values)
	if _, ok := b.seen[digest]; !ok && !known.has(digest) {
		b.seen[digest] = struct{}{}
		b.forms = append(b.forms, formOf(o.Device, o.Values, digest))
	}
	c := &b.observed
	c.digest = append(c.digest, digest)
	c.at = append(c.at, moment(o.At))
	c.part = append(c.part, part)
	c.receivedAt = append(c.receivedAt, moment(o.ReceivedAt))
	c.value = append(c.value, valueArray(o.Values))
	c.valueAt = append(c.valueAt, valueTimes(o))
	c.deviceAt = append(c.deviceAt, deviceTimes(o))
}

func (b *batch) queueObservations(q *pgx.Batch) error {
	if err := queueRows(q, writeForms, b.forms); err != nil {
		return err
	}
	if c := &b.observed; len(c.at) > 0 {
		q.Queue(writeObservations, c.digest, c.at, c.part, c.receivedAt, c.value, c.valueAt, c.deviceAt)
	}
	return nil
}

func valueArray(values []vitals.Observation) string {
	b := make([]byte, 1, 8*len(values)+2)
	b[0] = '{'
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		if v.HasValue() {
			b = append(b, v.Value.String()...)
		} else {
			b = append(b, "NULL"...)
		}
	}
	return string(append(b, '}'))
}

// valueTimes are the times of the values, or nil where all are the message's.
func valueTimes(o ward.Observed) *string {
	for _, v := range o.Values {
		if !moment(v.At).Equal(moment(o.At)) {
			return timeArray(o.Values, func(v vitals.Observation) time.Time { return v.At })
		}
	}
	return nil
}

// deviceTimes are the times by the device's clock: nil where they are the
// values' own, one where all are the same.
func deviceTimes(o ward.Observed) *string {
	alike, own := true, true
	for _, v := range o.Values {
		alike = alike && v.DeviceAt.Equal(o.Values[0].DeviceAt)
		own = own && moment(v.DeviceAt).Equal(moment(v.At))
	}
	switch device := func(v vitals.Observation) time.Time { return v.DeviceAt }; {
	case own:
		return nil
	case alike:
		return timeArray(o.Values[:1], device)
	default:
		return timeArray(o.Values, device)
	}
}

func timeArray(values []vitals.Observation, of func(vitals.Observation) time.Time) *string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = moment(of(v)).Format(time.RFC3339Nano)
	}
	s := "{" + strings.Join(texts, ",") + "}"
	return &s
}

// reviewed is how far back a value may lie to be current: an intermittent one
// is gone after a day.
const reviewed = 24 * time.Hour

// formRead is a message of one form.
type formRead struct {
	Device     string
	Key        int32 // of the device
	MDC        []int32
	Places     []int16
	Quality    []string
	Limits     []string
	Status     []string
	Method     []string // nil: all measured
	Undated    []bool   // nil: none
	At         time.Time
	ReceivedAt time.Time
	Value      []*float64
	ValueAt    []time.Time
	DeviceAt   []time.Time
}

// takenBackAtMost is how many of a form's newest messages may have been taken
// back until no value of it is current.
const takenBackAtMost = 256

// newestMessages reads the newest messages of each form, one look at the end
// of its index, whatever the record's size; a few more of the devices that
// took values back.
const (
	newestMessages = `
SELECT d.id AS device, d.key, f.mdc, f.places, f.quality, f.limits, f.status, f.method, f.undated, o.at, o.received_at, o.value, o.value_at, o.device_at
FROM observation_form f
JOIN device d ON d.key = f.device
CROSS JOIN LATERAL (
    SELECT at, received_at, value, value_at, device_at FROM observation
    WHERE form = f.id AND at > $1 AND at <= $2 ORDER BY at DESC LIMIT %d
) o
WHERE %s
ORDER BY d.id, o.at`
	ofSteadyDevices   = `d.key <> ALL($3)`
	ofUnsteadyDevices = `d.key = ANY($3)`
)

// currentValues reads the newest observation of each device and metric, and
// where that one has no value, the newest that has; not what was taken back, no
// settings, and nothing as old as nobody knows.
func currentValues(ctx context.Context, q querier, at time.Time) ([]ward.DeviceObservation, error) {
	since := at.Add(-reviewed)
	taken, unsteady, err := recentCorrections(ctx, q, since)
	if err != nil {
		return nil, err
	}
	var all []ward.DeviceObservation
	for _, sql := range []string{
		fmt.Sprintf(newestMessages, 1, ofSteadyDevices),
		fmt.Sprintf(newestMessages, takenBackAtMost, ofUnsteadyDevices),
	} {
		rows, _ := q.Query(ctx, sql, since, at, unsteady)
		forms, err := pgx.CollectRows(rows, pgx.RowToStructByName[formRead])
		if err != nil {
			return nil, err
		}
		for _, f := range forms {
			values, err := f.observations(taken)
			if err != nil {
				return nil, err
			}
			all = append(all, values...)
		}
	}
	return newestOfEach(all), nil
}

// observations are the measurements of a message that still hold.
func (f formRead) observations(taken corrections) (out []ward.DeviceObservation, err error) {
	for i := range f.MDC {
		if !isDrawn(f.Method, f.Undated, i) {
			continue
		}
		o, err := f.observation(i)
		if err != nil {
			return nil, err
		}
		if f.follow(&o.Observation, taken) {
			out = append(out, o)
		}
	}
	return out, nil
}

// newestOfEach keeps the newest of each device and metric, and the newest
// with a value, in order of device and metric.
func newestOfEach(all []ward.DeviceObservation) []ward.DeviceObservation {
	sameMetric := func(a, b ward.DeviceObservation) int {
		return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(a.Metric.MDC, b.Metric.MDC))
	}
	slices.SortStableFunc(all, func(a, b ward.DeviceObservation) int {
		return cmp.Or(sameMetric(a, b), b.At.Compare(a.At))
	})
	var out []ward.DeviceObservation
	for i, o := range all {
		if i > 0 && sameMetric(all[i-1], o) == 0 {
			if last := out[len(out)-1]; last.HasValue() || !o.HasValue() {
				continue
			}
		}
		out = append(out, o)
	}
	return out
}

func (f formRead) observation(i int) (ward.DeviceObservation, error) {
	o := ward.DeviceObservation{Device: device.ID(f.Device)}
	o.Metric = metric(int(f.MDC[i]))
	o.Quality = vitals.Quality(f.Quality[i])
	o.Limits, o.Status = f.Limits[i], f.Status[i]
	if f.Method != nil {
		o.Method = vitals.Method(f.Method[i])
	}
	o.ReceivedAt, o.At = f.ReceivedAt, timeAt(f.ValueAt, i, f.At)
	o.DeviceAt = timeAt(f.DeviceAt, i, o.At)
	var err error
	if f.Value[i] != nil {
		o.Value, err = decimal(*f.Value[i], f.Places[i])
	}
	return o, err
}

// follow brings an observation up to its source's last word; false if there
// was no such value after all.
func (f formRead) follow(o *vitals.Observation, taken corrections) bool {
	last, corrected := taken.of(f.Key, int32(o.Metric.MDC), o.DeviceAt)
	if !corrected {
		return true
	}
	if last.kind != vitals.Replaced || last.value == nil {
		return false
	}
	o.Value, o.Quality = *last.value, last.quality
	return true
}

// metric finds a metric by its 11073 number; one that left the catalogue
// keeps its number.
func metric(mdc int) vitals.Metric {
	if m, ok := vitals.ByMDC(mdc); ok {
		return m
	}
	return vitals.Metric{MDC: mdc}
}
