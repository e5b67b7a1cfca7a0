// Package migrations is the history of the database's schema, one numbered
// file per step, embedded. It runs nothing itself.
package migrations

import "embed"

// FS holds the steps as goose reads them.
//
//go:embed 0*.sql
var FS embed.FS

// Latest is the number of the newest step, which this binary needs.
const Latest = 12
