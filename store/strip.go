package store

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// stripRow is one waveform of a strip.
type stripRow struct {
	Alarm, Device      string
	MDC                int32
	Start              time.Time
	RefID, Label, Unit string
	Rate, Scale, Zero  float64
	Samples            []byte // deflated
}

const writeStrip = `
INSERT INTO strip (alarm, device, mdc, start, ref_id, label, unit, rate, scale, zero, samples)
SELECT @alarm, (SELECT d.key FROM device d WHERE d.id = @device), @mdc, @start, @ref_id, @label, @unit, @rate, @scale, @zero, @samples
ON CONFLICT DO NOTHING`

func (b *batch) strip(kept ward.KeepStrip) error {
	for _, w := range kept.Waves {
		samples, err := packSamples(w.Samples)
		if err != nil {
			return err
		}
		b.strips = append(b.strips, stripRow{
			text(string(kept.Alarm)), text(string(w.Device)), int32(w.MDC), moment(w.Start),
			text(w.RefID), text(w.Label), text(w.Unit), w.Rate, w.Scale, w.Offset, samples,
		})
	}
	return nil
}

func (b *batch) queueStrips(q *pgx.Batch) error {
	for _, r := range b.strips {
		q.Queue(writeStrip, pgx.NamedArgs{
			"alarm": r.Alarm, "device": r.Device, "mdc": r.MDC, "start": r.Start, "ref_id": r.RefID, "label": r.Label,
			"unit": r.Unit, "rate": r.Rate, "scale": r.Scale, "zero": r.Zero, "samples": r.Samples,
		})
	}
	return nil
}

// Strip reads the waveforms that were kept around an alarm, by device,
// waveform and time; none if none were kept.
func (s *Store) Strip(ctx context.Context, id alarm.ID) ([]ward.StripWave, error) {
	const waves = `
SELECT s.alarm, d.id AS device, s.mdc, s.start, s.ref_id, s.label, s.unit, s.rate, s.scale, s.zero, s.samples
FROM strip s JOIN device d ON d.key = s.device
WHERE s.alarm = $1 ORDER BY d.id, s.mdc, s.start`
	rows, _ := s.pool.Query(ctx, waves, id)
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (ward.StripWave, error) {
		r, err := pgx.RowToStructByName[stripRow](row)
		if err != nil {
			return ward.StripWave{}, err
		}
		return r.wave()
	})
	return out, classify(err)
}

func (r stripRow) wave() (ward.StripWave, error) {
	samples, err := unpackSamples(r.Samples)
	return ward.StripWave{Device: device.ID(r.Device), Wave: vitals.Wave{
		MDC: int(r.MDC), RefID: r.RefID, Label: r.Label, Unit: r.Unit, Start: r.Start,
		Rate: r.Rate, Scale: r.Scale, Offset: r.Zero, Samples: samples,
	}}, err
}

func packSamples(samples []int16) ([]byte, error) {
	b := make([]byte, 0, 2*len(samples))
	for _, v := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(v))
	}
	return deflate(b)
}

func unpackSamples(packed []byte) ([]int16, error) {
	b, err := inflate(packed)
	samples := make([]int16, len(b)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return samples, err
}
