-- +goose Up
CREATE TABLE staff (
    id            text PRIMARY KEY,
    login         text NOT NULL,
    name          text NOT NULL,
    role          text NOT NULL,
    unit          text NOT NULL, -- empty: every unit
    password_hash text NOT NULL, -- argon2id, PHC string format
    created_at    timestamptz NOT NULL,
    disabled_at   timestamptz
);
CREATE UNIQUE INDEX staff_login ON staff (lower(login));
GRANT SELECT, INSERT, UPDATE ON staff TO wardlight_app;

CREATE TABLE session (
    hash       bytea PRIMARY KEY, -- SHA-256 of the cookie's secret
    staff      text NOT NULL REFERENCES staff,
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL
);
CREATE INDEX ON session (staff);
GRANT SELECT, INSERT, UPDATE (seen_at), DELETE ON session TO wardlight_app;

CREATE TABLE token (
    hash       bytea PRIMARY KEY, -- SHA-256 of the bearer token
    id         text NOT NULL UNIQUE,
    name       text NOT NULL,
    role       text NOT NULL,
    unit       text NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE UNIQUE INDEX token_name ON token (name) WHERE revoked_at IS NULL;
GRANT SELECT, INSERT, UPDATE (revoked_at) ON token TO wardlight_app;

-- +goose Down
DROP TABLE token, session, staff;
