-- +goose Up

-- Each alarm as it is now. alarm_event tells how it came to be so.
CREATE TABLE alarm_episode (
    id                text PRIMARY KEY,
    version           integer NOT NULL,
    unit              text NOT NULL, -- empty: about the system itself
    bed               text NOT NULL,
    encounter         text NOT NULL,
    device            text NOT NULL,
    channel           text NOT NULL,
    code              text NOT NULL,
    metric            text NOT NULL,
    side              text NOT NULL,
    label             text NOT NULL,
    category          text NOT NULL,
    origin            text NOT NULL,
    priority          text NOT NULL,
    highest           text NOT NULL,
    state             text NOT NULL,
    onset             timestamptz NOT NULL, -- when it was decided
    onset_at          timestamptz,          -- when the value was measured
    ended_at          timestamptz,
    closed_at         timestamptz,
    closed_reason     text NOT NULL,
    value             numeric,
    worst             numeric,
    limit_value       numeric,
    limit_from        text NOT NULL,
    recurrence        integer NOT NULL,
    chain             text NOT NULL,
    accept_from       integer NOT NULL,
    acknowledged      jsonb,
    request           jsonb                 -- an acknowledgement that was not effective yet
) WITH (fillfactor = 80);
CREATE INDEX ON alarm_episode (onset) WHERE state <> 'closed';
CREATE INDEX ON alarm_episode (encounter, onset);
CREATE INDEX ON alarm_episode (unit, onset);
GRANT SELECT, INSERT, UPDATE ON alarm_episode TO wardlight_app;

CREATE TABLE alarm_event (
    episode    text NOT NULL REFERENCES alarm_episode,
    version    integer NOT NULL, -- of the episode after it
    what       text NOT NULL,
    at         timestamptz NOT NULL,
    from_state text NOT NULL,
    to_state   text NOT NULL,
    by         text NOT NULL,    -- empty: the data did it
    detail     text NOT NULL,
    PRIMARY KEY (episode, version, what)
);
CREATE INDEX ON alarm_event (at);
GRANT SELECT, INSERT ON alarm_event TO wardlight_app;

-- People's commands that are on record. One that would come too late fails
-- the commit of everything that was to be recorded with it.
CREATE TABLE command (
    id          text PRIMARY KEY,
    deadline    timestamptz, -- on this server's clock
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT ON command TO wardlight_app;

-- +goose StatementBegin
CREATE FUNCTION command_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF clock_timestamp() > NEW.deadline THEN
        RAISE EXCEPTION USING ERRCODE = 'WL001', MESSAGE = 'command ' || NEW.id || ' is too late';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE CONSTRAINT TRIGGER command_in_time AFTER INSERT ON command
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION command_in_time();

-- +goose Down
DROP TABLE command, alarm_event, alarm_episode;
DROP FUNCTION command_in_time();
