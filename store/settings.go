package store

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"

	"wardlight/ward"
)

// settingsRow is the one row of how senders are to be understood.
type settingsRow struct {
	Config json.RawMessage `json:"config"`
}

const writeSettings = `
INSERT INTO settings (config) SELECT config FROM jsonb_to_recordset($1) AS r (config jsonb)
ON CONFLICT (one) DO UPDATE SET config = EXCLUDED.config`

func (b *batch) configure(s ward.Settings) error {
	config, err := json.Marshal(s)
	b.settings = []settingsRow{{config}} // the last of a batch holds
	return err
}

func (b *batch) queueSettings(q *pgx.Batch) error { return queueRows(q, writeSettings, b.settings) }

func settings(ctx context.Context, q querier) (s ward.Settings, err error) {
	err = q.QueryRow(ctx, `SELECT config FROM settings`).Scan(&s)
	if errors.Is(err, pgx.ErrNoRows) {
		return ward.Settings{}, nil
	}
	return s, err
}
