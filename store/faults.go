package store

import (
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"wardlight/ward/fault"
)

// SQLSTATEs that are told apart.
const (
	commandTooLate   = "WL001" // our own, raised by the trigger of table command
	notNullViolation = "23502"
	uniqueViolation  = "23505"
)

// classify gives an error of the database its kind. Only data that the
// database refuses is the data's own fault; all else, a broken connection, a
// full disk, a missing table, is the database's, and the same request may
// succeed later.
func classify(err error) error {
	if err == nil || fault.KindOf(err) != fault.Internal {
		return err
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.New(fault.NotFound, "not in the record: %w", err)
	}
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return fault.New(fault.Unavailable, "the database cannot be reached: %w", err)
	}
	switch class := refused.Code[:2]; {
	case refused.Code == commandTooLate:
		return fault.New(fault.NotSaved, "not recorded in time: %w", err)
	case refused.Code == notNullViolation && refused.ColumnName == "form":
		return fault.New(fault.Unavailable, "the record forgot a form: %w", err)
	case class == "22", class == "23", class == "54": // data, integrity, program limits
		return err
	}
	return fault.New(fault.Unavailable, "the database does not accept this now: %w", err)
}

// is reports whether the database refused with this SQLSTATE.
func is(err error, sqlstate string) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == sqlstate
}
