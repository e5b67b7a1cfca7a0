package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward/fault"
	"wardlight/ward/staff"
)

// Account is a person who may sign in.
type Account struct {
	Person       staff.Person
	PasswordHash string // argon2id, PHC string format
	DisabledAt   time.Time
}

const accountColumns = `SELECT id, login, name, role, unit, password_hash, disabled_at FROM staff`

func scanAccount(row pgx.CollectableRow) (a Account, err error) {
	var disabledAt *time.Time
	p := &a.Person
	err = row.Scan(&p.ID, &p.Login, &p.Name, &p.Role, &p.Unit, &a.PasswordHash, &disabledAt)
	a.DisabledAt = timeOf(disabledAt)
	return a, err
}

// AddUser lets a person sign in. A login that exists, in whatever case, is a
// Conflict.
func (s *Store) AddUser(ctx context.Context, p staff.Person, passwordHash string, at time.Time) error {
	const add = `INSERT INTO staff (id, login, name, role, unit, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	_, err := s.pool.Exec(ctx, add, p.ID, p.Login, p.Name, p.Role, p.Unit, passwordHash, moment(at))
	if is(err, uniqueViolation) {
		return fault.New(fault.Conflict, "a user %q exists already", p.Login)
	}
	return classify(err)
}

// User finds who signs in with a login, disabled or not. An unknown login is
// NotFound.
func (s *Store) User(ctx context.Context, login string) (Account, error) {
	rows, _ := s.pool.Query(ctx, accountColumns+` WHERE lower(login) = lower($1)`, login)
	a, err := pgx.CollectExactlyOneRow(rows, scanAccount)
	return a, classify(err)
}

// Users lists everybody by login.
func (s *Store) Users(ctx context.Context) ([]Account, error) {
	rows, _ := s.pool.Query(ctx, accountColumns+` ORDER BY lower(login)`)
	out, err := pgx.CollectRows(rows, scanAccount)
	return out, classify(err)
}

// SetPassword changes a person's password and ends their sessions.
func (s *Store) SetPassword(ctx context.Context, login, passwordHash string) error {
	return s.changeUser(ctx, `UPDATE staff SET password_hash = $2 WHERE lower(login) = lower($1) RETURNING id`, login, passwordHash)
}

// DisableUser takes away a person's right to sign in and ends their sessions.
func (s *Store) DisableUser(ctx context.Context, login string, at time.Time) error {
	const disable = `UPDATE staff SET disabled_at = coalesce(disabled_at, $2) WHERE lower(login) = lower($1) RETURNING id`
	return s.changeUser(ctx, disable, login, moment(at))
}

func (s *Store) changeUser(ctx context.Context, change, login string, value any) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var id string
		if err := tx.QueryRow(ctx, change, login, value).Scan(&id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM session WHERE staff = $1`, id)
		return err
	})
	if err = classify(err); fault.KindOf(err) == fault.NotFound {
		return fault.New(fault.NotFound, "there is no user %q", login)
	}
	return err
}
