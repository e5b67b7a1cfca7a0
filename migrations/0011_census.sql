-- +goose Up

-- From which event each side of a stay, and each field of a patient, comes:
-- events arrive in any order, and an older one overwrites nothing.
ALTER TABLE encounter
    ADD decided_at    timestamptz, -- of the event that opened or ended it
    ADD assigned_unit text NOT NULL DEFAULT '', -- the bed last given to it
    ADD assigned_bed  text NOT NULL DEFAULT '',
    ADD cancelled     boolean NOT NULL DEFAULT false; -- its admission was an error
ALTER TABLE patient ADD told jsonb; -- null: all fields as of as_of

-- Values of which nobody knows how old they are.
ALTER TABLE observation_form ADD undated boolean[]; -- null: none

DROP VIEW observed_value;
CREATE VIEW observed_value AS
SELECT d.id AS device, v.mdc, coalesce(v.at, o.at) AS at, o.received_at,
       CASE WHEN c.kind IS NULL THEN round(v.value::numeric, v.places) ELSE c.value END AS value,
       coalesce(c.quality, v.quality) AS quality, v.limits, v.status,
       coalesce(v.method, '') AS method, coalesce(v.undated, false) AS undated, c.kind AS corrected
FROM observation o
JOIN observation_form f ON f.id = o.form
JOIN device d ON d.key = f.device
CROSS JOIN LATERAL unnest(f.mdc, f.places, f.quality, f.limits, f.status, f.method, f.undated, o.value, o.value_at, o.device_at)
     AS v (mdc, places, quality, limits, status, method, undated, value, at, device_at)
LEFT JOIN LATERAL (
    SELECT w.kind, w.value, w.quality FROM correction w
    WHERE w.device = f.device AND w.mdc = v.mdc
      AND w.device_at = coalesce(CASE WHEN cardinality(o.device_at) = 1 THEN o.device_at[1] ELSE v.device_at END, v.at, o.at)
    ORDER BY w.received_at DESC, w.position DESC LIMIT 1
) c ON true
WHERE v.mdc IS NOT NULL AND c.kind IS DISTINCT FROM 'deleted' AND c.kind IS DISTINCT FROM 'wrong-patient';

-- +goose Down
DROP VIEW observed_value;
ALTER TABLE observation_form DROP undated;
CREATE VIEW observed_value AS
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
ALTER TABLE patient DROP told;
ALTER TABLE encounter DROP decided_at, DROP assigned_unit, DROP assigned_bed, DROP cancelled;
