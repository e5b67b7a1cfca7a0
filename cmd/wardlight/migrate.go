package main

import (
	"context"

	"wardlight/store"
	"wardlight/ward/fault"
)

type migrateCmd struct {
	DatabaseURL string `required:"" name:"database-url" placeholder:"URL" help:"Owner's URL of the database."`
}

// Help shows an example.
func (migrateCmd) Help() string {
	return example("wardlight migrate --database-url postgres://owner@db/wardlight")
}

// Run migrates an external database; a private one migrates itself.
func (c *migrateCmd) Run(ctx context.Context) error {
	if c.DatabaseURL == "" {
		return fault.New(fault.Invalid, "--database-url is empty")
	}
	return store.Migrate(ctx, c.DatabaseURL)
}
