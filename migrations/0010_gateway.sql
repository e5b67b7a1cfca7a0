-- +goose Up

-- A binary that does not know of settings, corrections and merged patients
-- would draw what must not be drawn.
UPDATE schema_rule SET min_binary = 10;

-- How senders are to be understood.
CREATE TABLE settings (
    one    boolean PRIMARY KEY DEFAULT true CHECK (one),
    config jsonb NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON settings TO wardlight_app;

-- A patient's record that turned out to be another's. The survivor is always
-- one step away.
ALTER TABLE patient ADD merged_into text REFERENCES patient;
CREATE INDEX ON patient (merged_into) WHERE merged_into IS NOT NULL;

ALTER TABLE encounter ADD away jsonb; -- null: in bed

-- Who ended an association, and when each end of it was written down: a later
-- word may change to whom a device belonged in the past.
ALTER TABLE association
    ADD recorded_at     timestamptz, -- of its begin; null: before this was kept
    ADD ended_by_whom   text,
    ADD end_recorded_at timestamptz,
    ADD cut_by          text;        -- began_by of the last one that took time from it afterwards
GRANT UPDATE (ended_by_whom, end_recorded_at, cut_by) ON association TO wardlight_app;
CREATE INDEX ON association (unit, bed, since);

ALTER TABLE observation_form ADD method text[]; -- OBX-17; null: all measured

-- Values that their source took back. What was recorded stays; what is drawn
-- follows the last word. Few come, so that days need no partition of theirs.
CREATE TABLE correction (
    device      integer NOT NULL REFERENCES device,
    mdc         integer NOT NULL,
    device_at   timestamptz NOT NULL, -- of the value, by the device's own clock: by this it is found
    at          timestamptz NOT NULL,
    part        bigint NOT NULL,      -- as in observation
    received_at timestamptz NOT NULL,
    position    bigint GENERATED ALWAYS AS IDENTITY,
    kind        text NOT NULL CHECK (kind IN ('replaced', 'deleted', 'wrong-patient')),
    value       numeric,              -- with replaced; null: there is none
    quality     text NOT NULL,
    PRIMARY KEY (device, mdc, device_at, part)
);
CREATE INDEX ON correction (device, received_at);
CREATE INDEX ON correction (received_at);
GRANT SELECT, INSERT ON correction TO wardlight_app;

CREATE OR REPLACE VIEW observed_value AS
SELECT d.id AS device, v.mdc, coalesce(v.at, o.at) AS at, o.received_at,
       CASE WHEN c.kind IS NULL THEN round(v.value::numeric, v.places) ELSE c.value END AS value,
       coalesce(c.quality, v.quality) AS quality, v.limits, v.status,
       coalesce(v.method, '') AS method, c.kind AS corrected
FROM observation o
JOIN observation_form f ON f.id = o.form
JOIN device d ON d.key = f.device
CROSS JOIN LATERAL unnest(f.mdc, f.places, f.quality, f.limits, f.status, f.method, o.value, o.value_at, o.device_at)
     AS v (mdc, places, quality, limits, status, method, value, at, device_at)
LEFT JOIN LATERAL (
    SELECT w.kind, w.value, w.quality FROM correction w
    WHERE w.device = f.device AND w.mdc = v.mdc
      AND w.device_at = coalesce(CASE WHEN cardinality(o.device_at) = 1 THEN o.device_at[1] ELSE v.device_at END, v.at, o.at)
    ORDER BY w.received_at DESC, w.position DESC LIMIT 1
) c ON true
WHERE v.mdc IS NOT NULL AND c.kind IS DISTINCT FROM 'deleted' AND c.kind IS DISTINCT FROM 'wrong-patient';

-- What happened to pumps' channels, told at once or long after.
CREATE TABLE infusion_event (
    device      integer NOT NULL,
    channel     text NOT NULL,
    at          timestamptz NOT NULL,
    part        bigint NOT NULL,
    kind        text NOT NULL,
    received_at timestamptz NOT NULL,
    device_at   timestamptz,
    detail      text NOT NULL,
    state       jsonb NOT NULL, -- of the channel, named as in infusion_report
    PRIMARY KEY (device, at, channel, kind, part)
) PARTITION BY RANGE (at);
CREATE TABLE infusion_event_default PARTITION OF infusion_event DEFAULT;
GRANT SELECT, INSERT ON infusion_event TO wardlight_app;

-- Whether an alarm is one of the device's own, and what was done there.
ALTER TABLE alarm_episode
    ADD device_key text NOT NULL DEFAULT '',
    ADD at_device  jsonb;
CREATE INDEX ON alarm_episode (closed_at) WHERE device_key <> '';

-- Waveforms around alarms. A sample is a 16-bit integer, little-endian, and
-- all of them deflated (RFC 1951); its value is zero + scale × sample.
CREATE TABLE strip (
    alarm   text NOT NULL REFERENCES alarm_episode,
    device  integer NOT NULL REFERENCES device,
    mdc     integer NOT NULL,
    start   timestamptz NOT NULL,
    ref_id  text NOT NULL,
    label   text NOT NULL,
    unit    text NOT NULL,
    rate    float8 NOT NULL, -- samples per second
    scale   float8 NOT NULL,
    zero    float8 NOT NULL,
    samples bytea NOT NULL,
    PRIMARY KEY (alarm, device, mdc, start)
);
ALTER TABLE strip ALTER COLUMN samples SET STORAGE EXTERNAL;
GRANT SELECT, INSERT ON strip TO wardlight_app;

-- +goose Down
DROP TABLE strip;
DROP INDEX alarm_episode_closed_at_idx;
ALTER TABLE alarm_episode DROP device_key, DROP at_device;
DROP TABLE infusion_event;
DROP VIEW observed_value;
CREATE VIEW observed_value AS
SELECT d.id AS device, v.mdc, coalesce(v.at, o.at) AS at, o.received_at,
       round(v.value::numeric, v.places) AS value, v.quality, v.limits, v.status
FROM observation o
JOIN observation_form f ON f.id = o.form
JOIN device d ON d.key = f.device,
LATERAL unnest(f.mdc, f.places, f.quality, f.limits, f.status, o.value, o.value_at)
     AS v (mdc, places, quality, limits, status, value, at);
DROP TABLE correction;
ALTER TABLE observation_form DROP method;
DROP INDEX association_unit_bed_since_idx;
ALTER TABLE association DROP recorded_at, DROP ended_by_whom, DROP end_recorded_at, DROP cut_by;
ALTER TABLE encounter DROP away;
ALTER TABLE patient DROP merged_into;
DROP TABLE settings;
UPDATE schema_rule SET min_binary = 1;
