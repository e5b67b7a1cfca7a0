-- +goose Up

-- What somebody last said of whom a device speaks for; it outranks its gateway.
ALTER TABLE device ADD hand jsonb; -- null: nobody said anything

-- +goose Down
ALTER TABLE device DROP hand;
