package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

const (
	sessionCookie = "wardlight"

	// SessionLifetime ends a session whatever its use: a twelve-hour shift.
	SessionLifetime = 12 * time.Hour
	// sessionIdle ends a session that nobody used. An open live page counts as use: monitoring never ends in a sign-in form.
	sessionIdle = 2 * time.Hour
	// checkEvery is how old an answer of the record may be before it is asked again; a revoked token lives this long.
	checkEvery = time.Minute
	// retryEvery is the pause between questions while the record does not answer.
	retryEvery = 5 * time.Second
	// checkTimeout bounds one question, so that a frozen database never freezes a screen.
	checkTimeout = time.Second
)

// ErrUnknownSecret is what the stores return for a hash that they do not hold (any more), or whose owner is disabled.
var ErrUnknownSecret = errors.New("web: unknown session or token")

// Session is one sign-in.
type Session struct {
	Hash      SecretHash
	Principal Principal
	CreatedAt time.Time
	SeenAt    time.Time // last use, to the minute
}

// SessionStore is the record of sessions. Any error but ErrUnknownSecret means that the record could not be asked.
type SessionStore interface {
	CreateSession(ctx context.Context, s Session) error
	// Session reads a session with its owner's present name, role and unit.
	Session(ctx context.Context, hash SecretHash) (Session, error)
	TouchSession(ctx context.Context, hash SecretHash, at time.Time) error
	// DeleteSession succeeds when there was no such session.
	DeleteSession(ctx context.Context, hash SecretHash) error
}

// TokenStore is the record of machines' tokens; errors as in SessionStore.
type TokenStore interface {
	Token(ctx context.Context, hash SecretHash) (Principal, error)
}

// Sessions knows who asks. What it has learnt it honours while the record cannot be reached.
type Sessions struct {
	store  SessionStore
	tokens TokenStore
	log    *slog.Logger
	known  *memory
}

// NewSessions works on the two records.
func NewSessions(store SessionStore, tokens TokenStore, log *slog.Logger) *Sessions {
	return &Sessions{store: store, tokens: tokens, log: log, known: newMemory()}
}

// Start signs a person in: a new secret in a cookie, its hash in the record.
func (s *Sessions) Start(c echo.Context, p Principal) error {
	p.Kind = Human
	secret, now := NewSecret(), time.Now()
	session := Session{Hash: HashSecret(secret), Principal: p, CreatedAt: now, SeenAt: now}
	if err := s.store.CreateSession(c.Request().Context(), session); err != nil {
		return err
	}
	s.known.learn(remembered{Session: session, checkedAt: now}, now)
	setCookie(c, sessionCookie, secret, SessionLifetime)
	dropCookie(c, signInCookie) // its form is spent
	return nil
}

// End signs the person out. The session is over here even when the record cannot be told; the error then says so.
func (s *Sessions) End(c echo.Context) error {
	dropCookie(c, sessionCookie)
	secret := cookie(c, sessionCookie)
	if secret == "" {
		return nil
	}
	hash := HashSecret(secret)
	s.known.end(hash, time.Now())
	return s.store.DeleteSession(c.Request().Context(), hash)
}

// Forget drops what is remembered of a user, so that a new role or a disabled account counts from the next request.
func (s *Sessions) Forget(userID string) { s.known.forgetUser(userID) }

// secretKey is under what the context keeps the hash of the secret that the request came with.
type secretKey struct{}

type presented struct {
	hash SecretHash
	kind Kind
}

// Middleware finds out who asks and puts the Principal into the request's context. A bearer token that is not valid is
// refused, a cookie that is not valid is no cookie. Assets and health checks are for everyone and ask nobody.
func (s *Sessions) Middleware(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		secret, ok := secretOf(c)
		if !ok || forEveryone(c.Path()) {
			return next(c)
		}
		ctx := c.Request().Context()
		p, err := s.identify(ctx, secret)
		switch {
		case errors.Is(err, ErrUnknownSecret) && secret.kind == Human:
			return next(c)
		case errors.Is(err, ErrUnknownSecret):
			c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Bearer error="invalid_token"`)
			return echo.ErrUnauthorized
		case err != nil:
			return echo.ErrServiceUnavailable.WithInternal(err)
		}
		ctx = context.WithValue(WithPrincipal(ctx, p), secretKey{}, secret)
		c.SetRequest(c.Request().WithContext(ctx))
		return next(c)
	}
}

// StillValid tells whether the secret that a request came with is valid now; long-lived connections ask again and again.
// It stays true while the record cannot be asked.
func (s *Sessions) StillValid(ctx context.Context) bool {
	secret, ok := ctx.Value(secretKey{}).(presented)
	if !ok {
		return false
	}
	_, err := s.identify(ctx, secret)
	return !errors.Is(err, ErrUnknownSecret)
}

// identify says whose secret it is: from memory while that is fresh or the record is away, else from the record.
func (s *Sessions) identify(ctx context.Context, secret presented) (Principal, error) {
	now := time.Now()
	r, found, ended := s.known.recall(secret)
	if ended || found && r.over(now) {
		return Principal{}, ErrUnknownSecret
	}
	if found && now.Before(r.checkedAt.Add(checkEvery)) {
		return r.Principal, nil
	}
	session, err := s.ask(ctx, secret)
	switch {
	case errors.Is(err, ErrUnknownSecret):
		s.known.forget(secret)
		return Principal{}, err
	case err != nil && !found:
		return Principal{}, err
	case err != nil:
		s.log.WarnContext(ctx, "sign-in honoured from memory", "user_id", r.Principal.UserID, "error", err)
		r.SeenAt, r.checkedAt = now, now.Add(retryEvery-checkEvery)
		s.known.learn(r, now)
		return r.Principal, nil
	}
	if r.SeenAt.After(session.SeenAt) {
		session.SeenAt = r.SeenAt // used while the record was away
	}
	return s.admit(ctx, session, now)
}

// admit remembers what the record said, unless the session is over, and tells the record that it is in use.
func (s *Sessions) admit(ctx context.Context, session Session, now time.Time) (Principal, error) {
	r := remembered{Session: session, checkedAt: now}
	if r.over(now) {
		return Principal{}, ErrUnknownSecret
	}
	if r.Principal.Kind == Human {
		r.SeenAt = now
		if err := s.touch(ctx, session.Hash, now); err != nil {
			s.log.WarnContext(ctx, "session use not recorded", "user_id", r.Principal.UserID, "error", err)
		}
	}
	s.known.learn(r, now)
	return r.Principal, nil
}

// ask reads the record. The question outlives a caller who goes away, so that an impatient browser leaves nothing
// half-learnt, but not its own second.
func (s *Sessions) ask(ctx context.Context, secret presented) (Session, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTimeout)
	defer cancel()
	if secret.kind == Human {
		session, err := s.store.Session(ctx, secret.hash)
		session.Hash, session.Principal.Kind = secret.hash, Human
		return session, err
	}
	p, err := s.tokens.Token(ctx, secret.hash)
	p.Kind = Machine
	return Session{Hash: secret.hash, Principal: p}, err
}

func (s *Sessions) touch(ctx context.Context, hash SecretHash, at time.Time) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTimeout)
	defer cancel()
	return s.store.TouchSession(ctx, hash, at)
}

// secretOf returns what the request came with. A bearer token hides the cookie: a caller is a machine or a person,
// never both, and only a request without a cookie's authority may skip the CSRF check.
func secretOf(c echo.Context) (presented, bool) {
	if token, ok := bearer(c.Request()); ok {
		return presented{HashSecret(token), Machine}, true
	}
	if secret := cookie(c, sessionCookie); secret != "" {
		return presented{HashSecret(secret), Human}, true
	}
	return presented{}, false
}

// bearer returns the token of an Authorization header (RFC 6750 §2.1).
func bearer(r *http.Request) (string, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer")
}

// forEveryone lists the routes that neither ask nor wait for the record.
func forEveryone(route string) bool {
	switch route {
	case "/static/*", "/livez", "/readyz", "/metrics":
		return true
	}
	return false
}
