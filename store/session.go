package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward/fault"
	"wardlight/ward/staff"
)

// SecretHash is the SHA-256 of a session's or machine's secret; the secret
// itself is never here.
type SecretHash = [sha256.Size]byte

// Session is one sign-in.
type Session struct {
	Hash      SecretHash
	Person    staff.Person
	CreatedAt time.Time
	SeenAt    time.Time
}

// CreateSession records a sign-in.
func (s *Store) CreateSession(ctx context.Context, n Session) error {
	const create = `INSERT INTO session (hash, staff, created_at, seen_at) VALUES ($1, $2, $3, $4)`
	_, err := s.pool.Exec(ctx, create, n.Hash[:], n.Person.ID, moment(n.CreatedAt), moment(n.SeenAt))
	return classify(err)
}

// Session reads a session with its owner's present name, role and unit. A
// session that there is not, or whose owner is disabled, is SignedOut.
func (s *Store) Session(ctx context.Context, hash SecretHash) (Session, error) {
	const read = `
SELECT p.id, p.login, p.name, p.role, p.unit, s.created_at, s.seen_at
FROM session s JOIN staff p ON p.id = s.staff
WHERE s.hash = $1 AND p.disabled_at IS NULL`
	n := Session{Hash: hash}
	p := &n.Person
	err := s.pool.QueryRow(ctx, read, hash[:]).Scan(&p.ID, &p.Login, &p.Name, &p.Role, &p.Unit, &n.CreatedAt, &n.SeenAt)
	return n, unknownSecret(err)
}

// TouchSession notes that a session was in use at time at.
func (s *Store) TouchSession(ctx context.Context, hash SecretHash, at time.Time) error {
	const touch = `UPDATE session SET seen_at = greatest(seen_at, $2) WHERE hash = $1`
	_, err := s.pool.Exec(ctx, touch, hash[:], moment(at))
	return classify(err)
}

// DeleteSession ends a session; it succeeds when there is none.
func (s *Store) DeleteSession(ctx context.Context, hash SecretHash) error {
	_, err := s.pool.Exec(ctx, `DELETE FROM session WHERE hash = $1`, hash[:])
	return classify(err)
}

// ForgetSessions drops sessions that began before a time.
func (s *Store) ForgetSessions(ctx context.Context, before time.Time) error {
	_, err := s.pool.Exec(ctx, `DELETE FROM session WHERE created_at < $1`, moment(before))
	return classify(err)
}

// AddToken lets a machine in. A name that is in use is a Conflict.
func (s *Store) AddToken(ctx context.Context, hash SecretHash, p staff.Person, at time.Time) error {
	const add = `INSERT INTO token (hash, id, name, role, unit, created_at) VALUES ($1, $2, $3, $4, $5, $6)`
	_, err := s.pool.Exec(ctx, add, hash[:], p.ID, p.Name, p.Role, p.Unit, moment(at))
	if is(err, uniqueViolation) {
		return fault.New(fault.Conflict, "a token %q exists already: revoke it first", p.Name)
	}
	return classify(err)
}

// Token finds the machine that a token belongs to; SignedOut if there is
// none, or it was revoked.
func (s *Store) Token(ctx context.Context, hash SecretHash) (p staff.Person, err error) {
	const read = `SELECT id, name, role, unit FROM token WHERE hash = $1 AND revoked_at IS NULL`
	err = s.pool.QueryRow(ctx, read, hash[:]).Scan(&p.ID, &p.Name, &p.Role, &p.Unit)
	return p, unknownSecret(err)
}

// RevokeToken ends a machine's right to come in, and says which machine it is.
func (s *Store) RevokeToken(ctx context.Context, name string, at time.Time) (who staff.ID, err error) {
	const revoke = `UPDATE token SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL RETURNING id`
	err = s.pool.QueryRow(ctx, revoke, name, moment(at)).Scan(&who)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", fault.New(fault.NotFound, "there is no token %q", name)
	}
	return who, classify(err)
}

// Tokens lists the machines that may come in, by name.
func (s *Store) Tokens(ctx context.Context) ([]staff.Person, error) {
	rows, _ := s.pool.Query(ctx, `SELECT id, name, role, unit FROM token WHERE revoked_at IS NULL ORDER BY name`)
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p staff.Person, err error) {
		err = row.Scan(&p.ID, &p.Name, &p.Role, &p.Unit)
		return p, err
	})
	return out, classify(err)
}

func unknownSecret(err error) error {
	if err = classify(err); fault.KindOf(err) == fault.NotFound {
		return fault.New(fault.SignedOut, "not signed in")
	}
	return err
}
