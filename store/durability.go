package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"wardlight/ward/fault"
)

// durability refuses a server that confirms what a power failure can take
// back, unless allowed; unsafe then says that it is one.
func durability(ctx context.Context, conn *pgx.Conn, allowed bool) (unsafe bool, err error) {
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		var value string
		if err := conn.QueryRow(ctx, `SELECT current_setting($1)`, setting).Scan(&value); err != nil {
			return false, classify(err)
		}
		if value != "off" {
			continue
		}
		if !allowed {
			return true, fault.New(fault.Invalid,
				"the database runs with %s=off and can lose what it has confirmed: set %s=on (for tests only: --unsafe-durability)", setting, setting)
		}
		unsafe = true
	}
	return unsafe, nil
}
