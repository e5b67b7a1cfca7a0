package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/fault"
	"wardlight/ward/vitals"
)

// maxBuckets bounds one trend: more points than the widest screen has pixels.
const maxBuckets = 4096

// spans are the intervals in which a device spoke for the patient, one row
// per form of the device.
const spans = `
SELECT f.id, f.device, f.mdc, f.quality, f.method, f.undated, greatest(lower(a.during), $2), least(coalesce(upper(a.during), $3), $3)
FROM encounter e
JOIN association a ON a.encounter = e.id
JOIN observation_form f ON f.device = a.device
WHERE e.patient = $1 AND a.during && tstzrange($2, $3)`

const (
	spanValues = `
SELECT at, value, value_at FROM observation WHERE form = $1 AND at >= $2 AND at < $3`
	spanCorrected = `
SELECT at, value, value_at, device_at FROM observation WHERE form = $1 AND at >= $2 AND at < $3`
)

// Trend reads a patient's values between from and to, whatever bed or device
// they came from, in equal buckets: smallest, largest and mean of the values
// that are ok or unverified, as corrected since, and measured
// at a known time; settings are none. Buckets without any are absent.
func (s *Store) Trend(ctx context.Context, patient census.PatientID, from, to time.Time, buckets int) ([]ward.Trend, error) {
	if buckets < 1 || buckets > maxBuckets || !from.Before(to) {
		return nil, fault.New(fault.Invalid, "a trend needs a time span and 1 to %d buckets", maxBuckets)
	}
	rows, _ := s.pool.Query(ctx, spans, patient, from, to)
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[span])
	if err != nil {
		return nil, classify(err)
	}
	taken, err := correctionsOf(ctx, s.pool, devicesOf(found), from)
	if err != nil {
		return nil, classify(err)
	}
	c := newChart(from, to, buckets)
	q := &pgx.Batch{}
	unsteady := taken.devices()
	for _, sp := range found {
		if unsteady[sp.Device] {
			q.Queue(spanCorrected, sp.Form, sp.From, sp.Until).Query(func(rows pgx.Rows) error { return c.drawCorrected(rows, sp, taken) })
			continue
		}
		if lines := sp.lines(c); len(lines) > 0 {
			q.Queue(spanValues, sp.Form, sp.From, sp.Until).Query(func(rows pgx.Rows) error { return c.draw(rows, lines) })
		}
	}
	if err := s.pool.SendBatch(ctx, q).Close(); err != nil {
		return nil, classify(err)
	}
	return c.trends(), nil
}

// span is a time in which messages of one form count.
type span struct {
	Form        int32
	Device      int32
	MDC         []int32
	Quality     []string
	Method      []string // nil: all measured
	Undated     []bool   // nil: none
	From, Until time.Time
}

func devicesOf(spans []span) (out []int32) {
	for _, sp := range spans {
		out = append(out, sp.Device)
	}
	return out
}

func (sp span) isDrawn(i int) bool { return isDrawn(sp.Method, sp.Undated, i) }

// line is a place in a form and the metric that is charted from it.
type line struct {
	place int
	line  []point
}

// lines are the places of the form whose values may be charted.
func (sp span) lines(c *chart) []line {
	var out []line
	for i, mdc := range sp.MDC {
		if isCharted(vitals.Quality(sp.Quality[i])) && sp.isDrawn(i) {
			out = append(out, line{i, c.line(int(mdc))})
		}
	}
	return out
}

// chart gathers values into buckets, a line for each metric.
type chart struct {
	from    time.Time
	length  time.Duration // of a bucket
	buckets int
	points  map[int][]point
}

type point struct {
	min, max, sum float64
	count         int
}

func newChart(from, to time.Time, buckets int) *chart {
	length := max(to.Sub(from)/time.Duration(buckets), 1)
	return &chart{from, length, buckets, map[int][]point{}}
}

func (c *chart) line(mdc int) []point {
	if c.points[mdc] == nil {
		c.points[mdc] = make([]point, c.buckets)
	}
	return c.points[mdc]
}

// draw adds the values of messages of one form.
func (c *chart) draw(rows pgx.Rows, lines []line) error {
	var at time.Time
	var values floats
	var times []time.Time
	_, err := pgx.ForEachRow(rows, []any{&at, &values, &times}, func() error {
		for _, l := range lines {
			if !values[l.place].Valid {
				continue
			}
			taken := at
			if times != nil {
				taken = times[l.place]
			}
			c.add(l.line, taken, values[l.place].Float64)
		}
		return nil
	})
	return err
}

// drawCorrected adds the values of messages of one form, each as its source
// last had it.
func (c *chart) drawCorrected(rows pgx.Rows, sp span, taken corrections) error {
	var at time.Time
	var values floats
	var times, deviceTimes []time.Time
	_, err := pgx.ForEachRow(rows, []any{&at, &values, &times, &deviceTimes}, func() error {
		for i, mdc := range sp.MDC {
			measured := timeAt(times, i, at)
			last, corrected := taken.of(sp.Device, mdc, timeAt(deviceTimes, i, measured))
			switch {
			case !sp.isDrawn(i):
			case corrected && last.isDrawn():
				c.add(c.line(int(mdc)), measured, last.value.Float())
			case !corrected && values[i].Valid && isCharted(vitals.Quality(sp.Quality[i])):
				c.add(c.line(int(mdc)), measured, values[i].Float64)
			}
		}
		return nil
	})
	return err
}

// timeAt is the time of value i: none differ where there are no times, and
// one time is that of all.
func timeAt(times []time.Time, i int, otherwise time.Time) time.Time {
	switch len(times) {
	case 0:
		return otherwise
	case 1:
		return times[0]
	}
	return times[i]
}

// floats reads an array into the same memory again and again: a day has a
// million values.
type floats []pgtype.Float8

// SetDimensions makes room.
func (f *floats) SetDimensions(d []pgtype.ArrayDimension) error {
	n := 0
	if len(d) > 0 {
		n = int(d[0].Length)
	}
	*f = slices.Grow((*f)[:0], n)[:n]
	return nil
}

// ScanIndex is where value i goes.
func (f *floats) ScanIndex(i int) any { return &(*f)[i] }

// ScanIndexType is what a value becomes.
func (f *floats) ScanIndexType() any { return new(pgtype.Float8) }

func (c *chart) add(line []point, at time.Time, v float64) {
	since := at.Sub(c.from)
	if since < 0 {
		return
	}
	i := min(int(since/c.length), c.buckets-1)
	p := &line[i]
	if p.count == 0 || v < p.min {
		p.min = v
	}
	if p.count == 0 || v > p.max {
		p.max = v
	}
	p.sum += v
	p.count++
}

func (c *chart) trends() []ward.Trend {
	var out []ward.Trend
	for mdc, line := range c.points {
		t := ward.Trend{Metric: metric(mdc)}
		for i, p := range line {
			if p.count > 0 {
				at := c.from.Add(time.Duration(i) * c.length).UTC()
				t.Points = append(t.Points, ward.TrendPoint{At: at, Min: p.min, Max: p.max, Mean: p.sum / float64(p.count), Count: p.count})
			}
		}
		if len(t.Points) > 0 {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b ward.Trend) int {
		return cmp.Or(cmp.Compare(vitals.Order(a.Metric.Code), vitals.Order(b.Metric.Code)), cmp.Compare(a.Metric.MDC, b.Metric.MDC))
	})
	return out
}
