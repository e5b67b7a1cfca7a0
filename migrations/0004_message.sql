-- +goose Up

-- Messages as they arrived, by day of receipt. The bytes are deflated
-- (RFC 1951) before they come here.
CREATE TABLE message (
    received_at timestamptz NOT NULL,
    digest      bytea NOT NULL, -- SHA-256 of the bytes
    source      text NOT NULL,
    control_id  text NOT NULL,
    type        text NOT NULL,
    peer        text NOT NULL,
    size        integer NOT NULL,
    deflated    bytea NOT NULL,
    PRIMARY KEY (received_at, digest)
) PARTITION BY RANGE (received_at);
ALTER TABLE message ALTER COLUMN deflated SET STORAGE EXTERNAL;
CREATE TABLE message_default PARTITION OF message DEFAULT;
GRANT SELECT, INSERT ON message TO wardlight_app;

-- What arrived within the last seven days, so that a duplicate is known.
CREATE TABLE message_key (
    digest      bytea PRIMARY KEY,
    received_at timestamptz NOT NULL
);
CREATE INDEX ON message_key (received_at);
GRANT SELECT, INSERT, DELETE ON message_key TO wardlight_app;

-- Messages that could not be decoded.
CREATE TABLE quarantine (
    id          bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    input       text NOT NULL UNIQUE,
    received_at timestamptz NOT NULL,
    source      text NOT NULL,
    peer        text NOT NULL,
    control_id  text NOT NULL,
    code        text NOT NULL, -- HL7 table 0357
    reason      text NOT NULL,
    size        integer NOT NULL,
    deflated    bytea NOT NULL,
    replayed_at timestamptz
);
ALTER TABLE quarantine ALTER COLUMN deflated SET STORAGE EXTERNAL;
GRANT SELECT, INSERT, UPDATE (replayed_at) ON quarantine TO wardlight_app;

-- +goose Down
DROP TABLE quarantine, message_key, message;
