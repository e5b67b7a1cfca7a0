package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

// infusionRow is a channel as a pump reported it.
type infusionRow struct {
	Device            string     `json:"device"`
	Channel           string     `json:"channel"`
	At                time.Time  `json:"at"`
	Part              int64      `json:"part"`
	ReceivedAt        time.Time  `json:"received_at"`
	DeviceAt          *time.Time `json:"device_at"`
	Status            string     `json:"status"`
	Drug              string     `json:"drug"`
	Rate              *string    `json:"rate"`
	RateUnit          *string    `json:"rate_unit"`
	Dose              *string    `json:"dose"`
	DoseUnit          *string    `json:"dose_unit"`
	Concentration     *string    `json:"concentration"`
	ConcentrationUnit *string    `json:"concentration_unit"`
	Weight            *string    `json:"weight"`
	WeightUnit        *string    `json:"weight_unit"`
	VTBI              *string    `json:"vtbi"`
	VTBIUnit          *string    `json:"vtbi_unit"`
	Infused           *string    `json:"infused"`
	InfusedUnit       *string    `json:"infused_unit"`
	Remaining         *string    `json:"remaining"`
	RemainingUnit     *string    `json:"remaining_unit"`
	TimeLeftMS        int64      `json:"time_left_ms"`
}

// infusionColumns are those whose value is written as it came, after device.
const infusionColumns = `channel, at, part, received_at, device_at, status, drug, rate, rate_unit, dose, dose_unit,
    concentration, concentration_unit, weight, weight_unit, vtbi, vtbi_unit, infused, infused_unit,
    remaining, remaining_unit, time_left_ms`

// infusionSource reads rows whose device is its id.
const infusionSource = `
SELECT (SELECT d.key FROM device d WHERE d.id = r.device), ` + infusionColumns + `
FROM jsonb_to_recordset($1) AS r (device text, channel text, at timestamptz, part bigint, received_at timestamptz,
    device_at timestamptz, status text, drug text, rate numeric, rate_unit text, dose numeric, dose_unit text,
    concentration numeric, concentration_unit text, weight numeric, weight_unit text, vtbi numeric, vtbi_unit text,
    infused numeric, infused_unit text, remaining numeric, remaining_unit text, time_left_ms bigint)`

const writeInfusionReports = `
INSERT INTO infusion_report (device, ` + infusionColumns + `)` + infusionSource + `
ON CONFLICT DO NOTHING`

const writeInfusionChannels = `
INSERT INTO infusion_channel (device, ` + infusionColumns + `)` + infusionSource + `
ON CONFLICT (device, channel) DO UPDATE SET (` + infusionColumns + `) = ROW(%s)
WHERE EXCLUDED.at >= infusion_channel.at`

var upsertInfusionChannels = fmt.Sprintf(writeInfusionChannels, excluded(infusionColumns))

// excluded puts EXCLUDED before each of the columns.
func excluded(columns string) string {
	names := strings.Split(columns, ",")
	for i, n := range names {
		names[i] = "EXCLUDED." + strings.TrimSpace(n)
	}
	return strings.Join(names, ", ")
}

func (b *batch) infusions(reported ward.ChannelsReported, part int64) {
	for _, c := range reported.Channels {
		b.reports = append(b.reports, infusionRowOf(c, part))
	}
}

func infusionRowOf(c infusion.Channel, part int64) infusionRow {
	r := infusionRow{
		Device: string(c.Device), Channel: c.Channel, Part: part,
		At: moment(c.At), ReceivedAt: moment(c.ReceivedAt), DeviceAt: instant(c.DeviceAt),
		Status: string(c.Status), Drug: c.Drug, TimeLeftMS: c.TimeLeft.Milliseconds(),
	}
	r.Rate, r.RateUnit = split(c.Rate)
	r.Dose, r.DoseUnit = split(c.Dose)
	r.Concentration, r.ConcentrationUnit = split(c.Concentration)
	r.Weight, r.WeightUnit = split(c.Weight)
	r.VTBI, r.VTBIUnit = split(c.VTBI)
	r.Infused, r.InfusedUnit = split(c.Infused)
	r.Remaining, r.RemainingUnit = split(c.Remaining)
	return r
}

func (b *batch) queueInfusions(q *pgx.Batch) error {
	if err := queueRows(q, writeInfusionReports, b.reports); err != nil {
		return err
	}
	if err := queueRows(q, upsertInfusionChannels, newestChannels(b.reports)); err != nil {
		return err
	}
	return queueRows(q, writePumpEvents, b.pumpEvents)
}

// newestChannels keeps the newest report of each channel; of two with the
// same time the later one.
func newestChannels(rows []infusionRow) []infusionRow {
	type channel struct{ device, channel string }
	at := map[channel]time.Time{}
	var newer []infusionRow
	for _, r := range rows {
		c := channel{r.Device, r.Channel}
		if known, ok := at[c]; ok && r.At.Before(known) {
			continue
		}
		at[c] = r.At
		newer = append(newer, r)
	}
	return latest(newer, func(r infusionRow) channel { return channel{r.Device, r.Channel} })
}

func split(q *infusion.Quantity) (value, unit *string) {
	if q == nil {
		return nil, nil
	}
	v := q.Value.String()
	return &v, &q.Unit
}

func join(value, unit *string) *infusion.Quantity {
	if value == nil || unit == nil {
		return nil
	}
	v, err := vitals.ParseDecimal(*value)
	if err != nil {
		return nil // numeric columns hold only what a Decimal wrote
	}
	return &infusion.Quantity{Value: v, Unit: *unit}
}

func (r infusionRow) channel() infusion.Channel {
	return infusion.Channel{
		Device: device.ID(r.Device), Channel: r.Channel, Status: infusion.Status(r.Status), Drug: r.Drug,
		Rate: join(r.Rate, r.RateUnit), Dose: join(r.Dose, r.DoseUnit),
		Concentration: join(r.Concentration, r.ConcentrationUnit), Weight: join(r.Weight, r.WeightUnit),
		VTBI: join(r.VTBI, r.VTBIUnit), Infused: join(r.Infused, r.InfusedUnit), Remaining: join(r.Remaining, r.RemainingUnit),
		TimeLeft: time.Duration(r.TimeLeftMS) * time.Millisecond,
		At:       r.At, DeviceAt: timeOf(r.DeviceAt), ReceivedAt: r.ReceivedAt,
	}
}

const readInfusions = `
SELECT d.id AS device, r.channel, r.at, r.part, r.received_at, r.device_at, r.status, r.drug,
       r.rate::text, r.rate_unit, r.dose::text, r.dose_unit, r.concentration::text, r.concentration_unit,
       r.weight::text, r.weight_unit, r.vtbi::text, r.vtbi_unit, r.infused::text, r.infused_unit,
       r.remaining::text, r.remaining_unit, r.time_left_ms`

func collectChannels(rows pgx.Rows) ([]infusion.Channel, error) {
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (infusion.Channel, error) {
		r, err := pgx.RowToStructByName[infusionRow](row)
		return r.channel(), err
	})
}

// currentChannels reads the newest state of each channel.
func currentChannels(ctx context.Context, q querier) ([]infusion.Channel, error) {
	rows, _ := q.Query(ctx, readInfusions+` FROM infusion_channel r JOIN device d ON d.key = r.device ORDER BY d.id, r.channel`)
	return collectChannels(rows)
}

// Infusions reads what pumps reported while they spoke for the patient, from
// and until, by pump, channel and time: only reports in which status, drug,
// rate or dose differ from the one before, which is all that a chart of rates
// needs.
func (s *Store) Infusions(ctx context.Context, patient census.PatientID, from, until time.Time) ([]infusion.Channel, error) {
	const steps = readInfusions + `
FROM (
    SELECT r.*, lag(ROW(r.status, r.drug, r.rate, r.dose)) OVER (PARTITION BY r.device, r.channel ORDER BY r.at, r.part)
               IS NOT DISTINCT FROM ROW(r.status, r.drug, r.rate, r.dose) AS same
    FROM association a
    JOIN encounter e ON e.id = a.encounter
    JOIN infusion_report r ON r.device = a.device AND r.at <@ a.during
    WHERE e.patient = $1 AND r.at >= $2 AND r.at < $3
) r
JOIN device d ON d.key = r.device
WHERE NOT r.same
ORDER BY d.id, r.channel, r.at, r.part`
	rows, _ := s.pool.Query(ctx, steps, patient, from, until)
	out, err := collectChannels(rows)
	return out, classify(err)
}
