-- +goose Up

-- Who did what, when. Each row carries the digest of itself chained to the
-- row before; row one is the first start.
CREATE TABLE audit (
    row     bigint PRIMARY KEY CHECK (row > 0),
    input   text NOT NULL UNIQUE, -- with its place in the input: written once
    at      timestamptz NOT NULL,
    actor   text NOT NULL,
    action  text NOT NULL,
    subject text NOT NULL,
    detail  text NOT NULL,
    digest  bytea NOT NULL
);
CREATE INDEX ON audit (at);
GRANT SELECT, INSERT ON audit TO wardlight_app;

-- +goose Down
DROP TABLE audit;
