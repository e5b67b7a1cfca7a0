-- +goose Up
CREATE TABLE device (
    key      integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    id       text NOT NULL UNIQUE, -- as the device reports itself
    label    text NOT NULL,
    kind     text NOT NULL,
    gateway  text NOT NULL,
    unit     text NOT NULL,        -- location as last reported (HL7 PL)
    room     text NOT NULL,
    bed      text NOT NULL,
    facility text NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON device TO wardlight_app;

-- For which bed and encounter a device spoke, when. A device speaks for one
-- at a time: intervals of the same device never overlap. The ranges of one
-- number stand for equality, which spares the extension btree_gist.
CREATE TABLE association (
    began_by  text PRIMARY KEY,      -- input that began it
    ended_by  text UNIQUE,           -- input that ended it
    device    integer NOT NULL REFERENCES device,
    unit      text NOT NULL,
    bed       text NOT NULL,
    encounter text NOT NULL,         -- empty: nobody in the bed
    since     timestamptz NOT NULL,  -- as the ward counts it
    during    tstzrange NOT NULL,    -- since, but never before the interval that went before
    by        text NOT NULL,
    EXCLUDE USING gist (int4range(device, device, '[]') WITH &&, during WITH &&)
);
CREATE INDEX ON association (encounter);
CREATE INDEX ON association (device, since);
GRANT SELECT, INSERT, UPDATE (ended_by, during) ON association TO wardlight_app;

-- +goose Down
DROP TABLE association, device;
