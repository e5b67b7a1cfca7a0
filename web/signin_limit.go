package web

import (
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
)

const (
	// signInBurst attempts may come at once from one address: a whole shift may sign in behind one.
	signInBurst = 20
	// signInEvery is after how long an address may try once more.
	signInEvery = 3 * time.Second
)

// LimitSignIn returns the middleware of the sign-in form's POST. Too many attempts from one address get 429 and the
// seconds to wait. It says nothing to a slow guesser; the cost of a hash does.
func LimitSignIn() echo.MiddlewareFunc {
	limit := &signInLimit{fullAt: map[string]time.Time{}}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if wait := limit.take(c.RealIP(), time.Now()); wait > 0 {
				seconds := strconv.Itoa(int(wait/time.Second) + 1)
				c.Response().Header().Set(echo.HeaderRetryAfter, seconds)
				return echo.NewHTTPError(http.StatusTooManyRequests, "Too many attempts. Wait "+seconds+" seconds and try again.")
			}
			return next(c)
		}
	}
}

// signInLimit is a token bucket per address, kept as the time at which the bucket is full again.
type signInLimit struct {
	mu     sync.Mutex
	fullAt map[string]time.Time
}

// take returns zero when the address may try now, else how long it must wait.
func (l *signInLimit) take(address string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.fullAt, func(_ string, full time.Time) bool { return !full.After(now) })
	full := l.fullAt[address]
	if full.Before(now) {
		full = now
	}
	full = full.Add(signInEvery)
	if wait := full.Sub(now) - signInBurst*signInEvery; wait > 0 {
		return wait
	}
	l.fullAt[address] = full
	return 0
}
