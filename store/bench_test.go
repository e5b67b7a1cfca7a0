package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// The measure of Record is a COPY of the same values by the same connection,
// one narrow row each, no index: the least that the server can do.
const (
	benchDevices = 100
	benchValues  = 10
	benchBatch   = 500
)

func BenchmarkRecord(b *testing.B) {
	for _, c := range []struct {
		name    string
		withRaw bool
	}{{"values", false}, {"values and messages", true}} {
		b.Run(c.name, func(b *testing.B) { benchmarkRecord(b, c.withRaw) })
	}
}

func benchmarkRecord(b *testing.B, withRaw bool) {
	s := record(b)
	s.mustRecord(b, benchKnown()...)
	batches := make([][]ward.Entry, b.N)
	for n := range batches {
		batches[n] = benchEntries(n, withRaw)
	}
	bare := benchCopy(b, s, batches)
	b.ResetTimer()
	for _, batch := range batches {
		s.mustRecord(b, batch...)
	}
	ours := b.Elapsed()
	b.StopTimer()
	b.ReportMetric(float64(b.N*benchBatch)/ours.Seconds(), "messages/s")
	b.ReportMetric(float64(bare)/float64(ours), "×COPY")
	var bytes float64
	check(b, s.pool.QueryRow(b.Context(), `
SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'observation'::regclass`).Scan(&bytes))
	b.ReportMetric(bytes/float64(b.N*benchBatch*benchValues), "B/value")
}

func benchKnown() []ward.Entry {
	e := entry("known", noon, nil)
	for d := range benchDevices {
		e.Changes = append(e.Changes, ward.Change{What: ward.DeviceKnown{Identity: device.Identity{ID: benchDevice(d)}}})
	}
	return []ward.Entry{e}
}

func benchDevice(n int) device.ID { return device.ID(fmt.Sprintf("MON%03d", n)) }

// benchEntries are what benchDevices report in benchBatch messages, each
// device once a second.
func benchEntries(batch int, withRaw bool) []ward.Entry {
	out := make([]ward.Entry, benchBatch)
	for i := range out {
		n := batch*benchBatch + i
		at := noon.Add(time.Duration(n/benchDevices) * time.Second)
		values := make([]vitals.Observation, benchValues)
		var raw strings.Builder
		fmt.Fprintf(&raw, "MSH|^~\\&|GW1|HOSP|||%s||ORU^R01^ORU_R01|%d|P|2.6\rPID|||MRN%d^^^HOSP^MR\rPV1||I|ICU^^%d\r", at, n, n%benchDevices, n%benchDevices)
		for v := range values {
			m := vitals.Metrics[v]
			value := vitals.Round(60+float64((n*7+v*13)%400)/10, uint8(v%2))
			values[v] = vitals.Observation{Metric: m, Value: value, At: at, DeviceAt: at, ReceivedAt: at, Quality: vitals.OK}
			fmt.Fprintf(&raw, "OBX|%d|NM|%d^%s^MDC|1.0.0.%d|%s|%s|||||R|||%s||||%s\r", v, m.MDC, m.RefID, v, value, m.Unit, at, benchDevice(n%benchDevices))
		}
		var msg *ward.Message
		if withRaw {
			msg = message(raw.String(), at)
		}
		out[i] = entry(fmt.Sprintf("i%d", n), at, msg, observed(benchDevice(n%benchDevices), at, values...))
	}
	return out
}

// benchCopy copies the same values, and says how long that took.
func benchCopy(b *testing.B, s *Store, batches [][]ward.Entry) (took time.Duration) {
	check(b, s.asOwner(b.Context(), func(conn *pgx.Conn) error {
		if _, err := conn.Exec(b.Context(), `CREATE TABLE narrow (device int, mdc int, at timestamptz, value float8)`); err != nil {
			return err
		}
		for _, batch := range batches {
			rows := make([][]any, 0, benchBatch*benchValues)
			for i, e := range batch {
				for _, v := range e.Changes[0].What.(ward.Observed).Values {
					rows = append(rows, []any{int32(i % benchDevices), int32(v.Metric.MDC), v.At, v.Value.Float()})
				}
			}
			began := time.Now()
			_, err := conn.CopyFrom(context.Background(), pgx.Identifier{"narrow"}, []string{"device", "mdc", "at", "value"}, pgx.CopyFromRows(rows))
			if err != nil {
				return err
			}
			took += time.Since(began)
		}
		return nil
	}))
	return took
}
