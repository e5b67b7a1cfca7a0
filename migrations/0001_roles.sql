-- +goose Up

-- Two roles. The owner, who runs this, changes the schema. The application
-- works as wardlight_app, which may add to the record but not rewrite it.
-- +goose StatementBegin
DO $$
DECLARE
    may_become text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'wardlight_app') THEN
        BEGIN
            CREATE ROLE wardlight_app NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- another database of this server was migrated meanwhile
        END;
    END IF;
    IF NOT pg_has_role(current_user, 'wardlight_app', may_become) THEN
        EXECUTE format('GRANT wardlight_app TO %I', current_user);
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE insufficient_privilege USING MESSAGE = format(
        'the database owner %I may not make the role wardlight_app; let a superuser run: '
        'CREATE ROLE wardlight_app NOLOGIN; GRANT wardlight_app TO %I;', current_user, current_user);
END
$$;
-- +goose StatementEnd

GRANT USAGE ON SCHEMA public TO wardlight_app;

-- The oldest migration that a binary must know to work with this schema.
CREATE TABLE schema_rule (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    min_binary integer NOT NULL
);
INSERT INTO schema_rule (min_binary) VALUES (1);
GRANT SELECT ON schema_rule TO wardlight_app;

-- Which process writes now, and when it last did. Each transaction of the
-- record updates this row, so that a process whose epoch is over fails.
CREATE TABLE tenure (
    one          boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch        text NOT NULL,
    holder       text NOT NULL,
    since        timestamptz NOT NULL,
    heartbeat_at timestamptz NOT NULL
) WITH (fillfactor = 20);
GRANT SELECT, INSERT, UPDATE ON tenure TO wardlight_app;

-- When nobody watched: from the last heartbeat of one process to the start of
-- the next.
CREATE TABLE no_surveillance (
    epoch   text PRIMARY KEY, -- of the process that found the gap
    from_at timestamptz NOT NULL,
    to_at   timestamptz NOT NULL
);
GRANT SELECT, INSERT ON no_surveillance TO wardlight_app;

-- +goose Down
DROP TABLE no_surveillance, tenure, schema_rule;
-- The role stays: it belongs to the server, and other databases may use it.
REVOKE USAGE ON SCHEMA public FROM wardlight_app;
