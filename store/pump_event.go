package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
)

// pumpEventRow is what happened to a channel.
type pumpEventRow struct {
	Device     string          `json:"device"`
	Channel    string          `json:"channel"`
	At         time.Time       `json:"at"`
	Part       int64           `json:"part"`
	Kind       string          `json:"kind"`
	ReceivedAt time.Time       `json:"received_at"`
	DeviceAt   *time.Time      `json:"device_at"`
	Detail     string          `json:"detail"`
	State      json.RawMessage `json:"state"` // an infusionRow
}

const writePumpEvents = `
INSERT INTO infusion_event (device, channel, at, part, kind, received_at, device_at, detail, state)
SELECT (SELECT d.key FROM device d WHERE d.id = r.device), channel, at, part, kind, received_at, device_at, detail, state
FROM jsonb_to_recordset($1) AS r (device text, channel text, at timestamptz, part bigint, kind text,
    received_at timestamptz, device_at timestamptz, detail text, state jsonb)
ON CONFLICT DO NOTHING`

func (b *batch) pumpEvent(reported ward.PumpEventsReported, part int64) error {
	for _, e := range reported.Events {
		state, err := json.Marshal(infusionRowOf(e.State, part))
		if err != nil {
			return err
		}
		b.pumpEvents = append(b.pumpEvents, pumpEventRow{
			string(e.Device), e.Channel, moment(e.At), part, string(e.Kind), moment(e.ReceivedAt), instant(e.DeviceAt), e.Detail, state,
		})
	}
	return nil
}

func (r pumpEventRow) event() (infusion.Event, error) {
	var state infusionRow
	err := json.Unmarshal(r.State, &state)
	return infusion.Event{
		Device: device.ID(r.Device), Channel: r.Channel, Kind: infusion.EventKind(r.Kind), Detail: r.Detail, State: state.channel(),
		At: r.At, DeviceAt: timeOf(r.DeviceAt), ReceivedAt: r.ReceivedAt,
	}, err
}

// PumpEvents reads the newest things that happened to the pumps that spoke
// for an encounter, at most limit, the newest first.
func (s *Store) PumpEvents(ctx context.Context, encounter census.EncounterID, limit int) ([]infusion.Event, error) {
	const events = `
SELECT d.id AS device, r.channel, r.at, r.part, r.kind, r.received_at, r.device_at, r.detail, r.state
FROM association a
JOIN device d ON d.key = a.device
JOIN infusion_event r ON r.device = a.device AND r.at <@ a.during
WHERE a.encounter = $1
ORDER BY r.at DESC, d.id, r.channel, r.kind, r.part
LIMIT $2`
	rows, _ := s.pool.Query(ctx, events, encounter, limit)
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (infusion.Event, error) {
		r, err := pgx.RowToStructByName[pumpEventRow](row)
		if err != nil {
			return infusion.Event{}, err
		}
		return r.event()
	})
	return out, classify(err)
}
