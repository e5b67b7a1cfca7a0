-- +goose Up
CREATE TABLE unit (
    code   text PRIMARY KEY,
    config jsonb NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON unit TO wardlight_app;

CREATE TABLE ward_file (
    digest     text PRIMARY KEY,
    applied_at timestamptz NOT NULL
);
GRANT SELECT, INSERT ON ward_file TO wardlight_app;

CREATE TABLE patient (
    id         text PRIMARY KEY, -- ours; a hospital's number is a patient_identifier
    family     text NOT NULL,
    given      text NOT NULL,
    middle     text NOT NULL,
    sex        text NOT NULL,    -- HL7 table 0001
    birth_date text NOT NULL,    -- YYYY-MM-DD, or empty
    as_of      timestamptz       -- of the census event that these fields come from
);
GRANT SELECT, INSERT, UPDATE ON patient TO wardlight_app;

CREATE TABLE patient_identifier (
    patient  text NOT NULL REFERENCES patient,
    position integer NOT NULL,
    value    text NOT NULL,
    assigner text NOT NULL,
    type     text NOT NULL,
    PRIMARY KEY (patient, position)
);
CREATE INDEX ON patient_identifier (value);
GRANT SELECT, INSERT, UPDATE ON patient_identifier TO wardlight_app;

CREATE TABLE encounter (
    id             text PRIMARY KEY,
    patient        text NOT NULL REFERENCES patient,
    visit          text NOT NULL,
    visit_assigner text NOT NULL,
    visit_type     text NOT NULL,
    unit           text NOT NULL, -- empty: in no bed that this ward knows
    bed            text NOT NULL,
    admitted_at    timestamptz,
    located_at     timestamptz,
    discharged_at  timestamptz    -- null: still here
);
CREATE INDEX ON encounter (patient, admitted_at);
CREATE INDEX ON encounter (discharged_at);
GRANT SELECT, INSERT, UPDATE ON encounter TO wardlight_app;

-- +goose Down
DROP TABLE encounter, patient_identifier, patient, ward_file, unit;
