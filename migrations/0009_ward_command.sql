-- +goose Up

-- What the command line asks of the process that runs the ward, and its
-- answers.
CREATE TABLE ward_command (
    id           text PRIMARY KEY,
    kind         text NOT NULL,
    payload      jsonb NOT NULL,
    actor        text NOT NULL,
    submitted_at timestamptz NOT NULL,
    status       text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'done', 'failed')),
    result       text NOT NULL DEFAULT '',
    finished_at  timestamptz
);
CREATE INDEX ON ward_command (submitted_at) WHERE status = 'pending';
GRANT SELECT, INSERT, UPDATE (status, result, finished_at) ON ward_command TO wardlight_app;

-- +goose StatementBegin
CREATE FUNCTION ward_command_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify(CASE NEW.status WHEN 'pending' THEN 'ward_command' ELSE 'ward_command_finished' END, NEW.id);
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER ward_command_changed AFTER INSERT OR UPDATE ON ward_command
    FOR EACH ROW EXECUTE FUNCTION ward_command_changed();

-- +goose Down
DROP TABLE ward_command;
DROP FUNCTION ward_command_changed();
