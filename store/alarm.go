package store

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/staff"
	"wardlight/ward/vitals"
)

// episodeRow is an alarm as it is now.
type episodeRow struct {
	ID           string          `json:"id"`
	Version      int             `json:"version"`
	Unit         string          `json:"unit"`
	Bed          string          `json:"bed"`
	Encounter    string          `json:"encounter"`
	Device       string          `json:"device"`
	Channel      string          `json:"channel"`
	Code         string          `json:"code"`
	Metric       string          `json:"metric"`
	Side         string          `json:"side"`
	Label        string          `json:"label"`
	Category     string          `json:"category"`
	Origin       string          `json:"origin"`
	Priority     string          `json:"priority"`
	Highest      string          `json:"highest"`
	State        string          `json:"state"`
	Onset        time.Time       `json:"onset"`
	OnsetAt      *time.Time      `json:"onset_at"`
	EndedAt      *time.Time      `json:"ended_at"`
	ClosedAt     *time.Time      `json:"closed_at"`
	ClosedReason string          `json:"closed_reason"`
	Value        *string         `json:"value"`
	Worst        *string         `json:"worst"`
	LimitValue   *string         `json:"limit_value"`
	LimitFrom    string          `json:"limit_from"`
	Recurrence   int             `json:"recurrence"`
	Chain        string          `json:"chain"`
	AcceptFrom   int             `json:"accept_from"`
	Acknowledged json.RawMessage `json:"acknowledged"`
	Request      json.RawMessage `json:"request"`
	DeviceKey    string          `json:"device_key"`
	AtDevice     json.RawMessage `json:"at_device"`
}

// atDevice, acknowledgement and request are documents within an episode's row.
type atDevice struct {
	IsAcknowledged bool `json:"is_acknowledged,omitempty"`
	IsAudioPaused  bool `json:"is_audio_paused,omitempty"`
	IsAlarmPaused  bool `json:"is_alarm_paused,omitempty"`
}

type acknowledgement struct {
	By     staff.ID  `json:"by"`
	Name   string    `json:"name"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
	Note   string    `json:"note,omitempty"`
}

type request struct {
	Command string `json:"command"`
	IsVoid  bool   `json:"is_void,omitempty"`
	acknowledgement
}

type eventRow struct {
	Episode   string    `json:"episode"`
	Version   int       `json:"version"`
	What      string    `json:"what"`
	At        time.Time `json:"at"`
	FromState string    `json:"from_state"`
	ToState   string    `json:"to_state"`
	By        string    `json:"by"`
	Detail    string    `json:"detail"`
}

// An episode only ever moves on: a version that is older than the recorded
// one changes nothing.
var (
	writeEpisodes = upsert("alarm_episode", "id", "id", "version", "unit", "bed", "encounter", "device", "channel",
		"code", "metric", "side", "label", "category", "origin", "priority", "highest", "state",
		"onset", "onset_at", "ended_at", "closed_at", "closed_reason", "value", "worst", "limit_value", "limit_from",
		"recurrence", "chain", "accept_from", "acknowledged", "request", "device_key", "at_device") +
		` WHERE EXCLUDED.version >= alarm_episode.version`
	writeEvents = insertOnly("alarm_event", "episode", "version", "what", "at", "from_state", "to_state", "by", "detail")
)

// alarm adds an episode, and what happened to it if that has a name.
func (b *batch) alarm(e alarm.Episode, event alarm.Event) error {
	row, err := episodeRowOf(e)
	b.episodes = append(b.episodes, row)
	if event.What != "" {
		b.events = append(b.events, eventRow{
			string(event.Episode), event.Version, string(event.What), moment(event.At),
			string(event.From), string(event.To), string(event.By), event.Detail,
		})
	}
	return err
}

func (b *batch) queueAlarms(q *pgx.Batch) error {
	rows := latest(b.episodes, func(r episodeRow) string { return r.ID })
	return cmp.Or(queueRows(q, writeEpisodes, rows), queueRows(q, writeEvents, b.events))
}

func episodeRowOf(e alarm.Episode) (episodeRow, error) {
	row := episodeRow{
		ID: string(e.ID), Version: e.Version, Unit: string(e.Bed.Unit), Bed: string(e.Bed.Bed), Encounter: string(e.Encounter),
		Device: string(e.Device), Channel: e.Channel, Code: e.Code, Metric: string(e.Metric), Side: string(e.Side),
		Label: e.Label, Category: string(e.Category), Origin: string(e.Origin),
		Priority: string(e.Priority), Highest: string(e.Highest), State: string(e.State),
		Onset: moment(e.Onset), OnsetAt: instant(e.OnsetAt), EndedAt: instant(e.EndedAt), ClosedAt: instant(e.ClosedAt),
		ClosedReason: string(e.Closed), Value: decimalText(e.Value), Worst: decimalText(e.Worst), LimitValue: decimalText(e.Limit),
		LimitFrom: e.LimitFrom, Recurrence: e.Recurrence, Chain: string(e.ChainID), AcceptFrom: e.AcceptFrom, DeviceKey: text(e.DeviceKey),
	}
	var err error
	if e.AtDevice != (alarm.AtDevice{}) {
		if row.AtDevice, err = json.Marshal(atDevice(e.AtDevice)); err != nil {
			return row, err
		}
	}
	if a := e.Acknowledged; a != nil {
		if row.Acknowledged, err = json.Marshal(acknowledgementOf(*a)); err != nil {
			return row, err
		}
	}
	if r := e.Request; r != nil {
		row.Request, err = json.Marshal(request{r.Command, r.IsVoid, acknowledgementOf(r.Acknowledgement)})
	}
	return row, err
}

func acknowledgementOf(a alarm.Acknowledgement) acknowledgement {
	return acknowledgement{a.By, a.Name, moment(a.At), a.Reason, a.Note}
}

func (a acknowledgement) value() alarm.Acknowledgement {
	return alarm.Acknowledgement{By: a.By, Name: a.Name, At: a.At.UTC(), Reason: a.Reason, Note: a.Note}
}

func (r episodeRow) episode() (alarm.Episode, error) {
	e := alarm.Episode{
		ID: alarm.ID(r.ID), Version: r.Version,
		Bed:       census.BedID{Unit: census.UnitCode(r.Unit), Bed: census.BedCode(r.Bed)},
		Encounter: census.EncounterID(r.Encounter), Device: device.ID(r.Device), Channel: r.Channel,
		Code: r.Code, Metric: vitals.Code(r.Metric), Side: alarm.Side(r.Side), Label: r.Label,
		Category: alarm.Category(r.Category), Origin: alarm.Origin(r.Origin),
		Priority: alarm.Priority(r.Priority), Highest: alarm.Priority(r.Highest), State: alarm.State(r.State),
		Onset: r.Onset, OnsetAt: timeOf(r.OnsetAt), EndedAt: timeOf(r.EndedAt), ClosedAt: timeOf(r.ClosedAt),
		Closed: alarm.Reason(r.ClosedReason), Value: decimalOf(r.Value), Worst: decimalOf(r.Worst), Limit: decimalOf(r.LimitValue),
		LimitFrom: r.LimitFrom, Recurrence: r.Recurrence, ChainID: alarm.ID(r.Chain), AcceptFrom: r.AcceptFrom, DeviceKey: r.DeviceKey,
	}
	if r.AtDevice != nil {
		var a atDevice
		if err := json.Unmarshal(r.AtDevice, &a); err != nil {
			return e, err
		}
		e.AtDevice = alarm.AtDevice(a)
	}
	if r.Acknowledged != nil {
		var a acknowledgement
		if err := json.Unmarshal(r.Acknowledged, &a); err != nil {
			return e, err
		}
		ack := a.value()
		e.Acknowledged = &ack
	}
	if r.Request != nil {
		var q request
		if err := json.Unmarshal(r.Request, &q); err != nil {
			return e, err
		}
		e.Request = &alarm.Request{Command: q.Command, IsVoid: q.IsVoid, Acknowledgement: q.value()}
	}
	return e, nil
}

func decimalText(d *vitals.Decimal) *string {
	if d == nil {
		return nil
	}
	s := d.String()
	return &s
}

func decimalOf(s *string) *vitals.Decimal {
	if s == nil {
		return nil
	}
	d, err := vitals.ParseDecimal(*s)
	if err != nil {
		return nil // numeric columns hold only what a Decimal wrote
	}
	return &d
}

// episodeColumns are read into an episodeRow.
const episodeColumns = `e.id, e.version, e.unit, e.bed, e.encounter, e.device, e.channel, e.code, e.metric, e.side, e.label,
       e.category, e.origin, e.priority, e.highest, e.state, e.onset, e.onset_at, e.ended_at, e.closed_at, e.closed_reason,
       e.value::text, e.worst::text, e.limit_value::text, e.limit_from, e.recurrence, e.chain, e.accept_from,
       e.acknowledged, e.device_key, e.at_device`

// openEpisodes reads the alarms that stand. A request counts only when its
// command is on record; one that was withdrawn is as if never made.
func openEpisodes(ctx context.Context, q querier) ([]alarm.Episode, error) {
	const open = `
SELECT ` + episodeColumns + `, CASE WHEN c.id IS NOT NULL THEN e.request END AS request
FROM alarm_episode e LEFT JOIN command c ON c.id = e.request->>'command'
WHERE e.state <> 'closed' ORDER BY e.onset, e.id`
	rows, _ := q.Query(ctx, open)
	return collectEpisodes(rows)
}

func collectEpisodes(rows pgx.Rows) ([]alarm.Episode, error) {
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (alarm.Episode, error) {
		r, err := pgx.RowToStructByName[episodeRow](row)
		if err != nil {
			return alarm.Episode{}, err
		}
		return r.episode()
	})
}
