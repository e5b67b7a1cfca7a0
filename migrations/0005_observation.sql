-- +goose Up

-- What the messages of one device look like: which quantities, in which
-- order, and all of each value that seldom changes. Devices repeat
-- themselves, so a row here serves thousands of messages.
CREATE TABLE observation_form (
    id      integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    digest  uuid NOT NULL UNIQUE,
    device  integer NOT NULL REFERENCES device,
    mdc     integer[] NOT NULL,  -- ISO/IEEE 11073-10101, partition × 65536 + term
    places  smallint[] NOT NULL, -- decimals that the device wrote
    quality text[] NOT NULL,
    limits  text[] NOT NULL,     -- OBX-7, as written
    status  text[] NOT NULL      -- OBX-8, as written
);
CREATE INDEX ON observation_form (device);
GRANT SELECT, INSERT ON observation_form TO wardlight_app;

-- One row per device message. A value of at most 15 digits survives float8
-- unchanged: with its places it is exactly what the device wrote.
CREATE TABLE observation (
    form        integer NOT NULL,
    at          timestamptz NOT NULL, -- of the newest value, on the server's clock
    part        bigint NOT NULL,      -- tells messages apart, equal for a repeat
    received_at timestamptz NOT NULL,
    value       float8[] NOT NULL,    -- null: the device said that there is none
    value_at    timestamptz[],        -- of each value, where they differ
    device_at   timestamptz[],        -- by the device's own clock, where it differs: one for all, or of each
    PRIMARY KEY (form, at, part)
) PARTITION BY RANGE (at);
CREATE TABLE observation_default PARTITION OF observation DEFAULT;
GRANT SELECT, INSERT ON observation TO wardlight_app;

-- The same as one row per value, for people with questions.
CREATE VIEW observed_value AS
SELECT d.id AS device, v.mdc, coalesce(v.at, o.at) AS at, o.received_at,
       round(v.value::numeric, v.places) AS value, v.quality, v.limits, v.status
FROM observation o
JOIN observation_form f ON f.id = o.form
JOIN device d ON d.key = f.device,
LATERAL unnest(f.mdc, f.places, f.quality, f.limits, f.status, o.value, o.value_at)
     AS v (mdc, places, quality, limits, status, value, at);

-- What pumps report of their channels: all of it by day, and the newest.
CREATE TABLE infusion_report (
    device             integer NOT NULL,
    channel            text NOT NULL,
    at                 timestamptz NOT NULL,
    part               bigint NOT NULL,
    received_at        timestamptz NOT NULL,
    device_at          timestamptz,
    status             text NOT NULL,
    drug               text NOT NULL,
    rate               numeric,
    rate_unit          text,
    dose               numeric,
    dose_unit          text,
    concentration      numeric,
    concentration_unit text,
    weight             numeric,
    weight_unit        text,
    vtbi               numeric,
    vtbi_unit          text,
    infused            numeric,
    infused_unit       text,
    remaining          numeric,
    remaining_unit     text,
    time_left_ms       bigint NOT NULL, -- as the pump says; 0: it did not
    PRIMARY KEY (device, at, channel, part)
) PARTITION BY RANGE (at);
CREATE TABLE infusion_report_default PARTITION OF infusion_report DEFAULT;
GRANT SELECT, INSERT ON infusion_report TO wardlight_app;

CREATE TABLE infusion_channel (
    LIKE infusion_report,
    PRIMARY KEY (device, channel),
    FOREIGN KEY (device) REFERENCES device
) WITH (fillfactor = 70);
GRANT SELECT, INSERT, UPDATE ON infusion_channel TO wardlight_app;

-- +goose Down
DROP VIEW observed_value;
DROP TABLE infusion_channel, infusion_report, observation, observation_form;
