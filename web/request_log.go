package web

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// logRequests writes one line per request: the route's pattern, never the path, query or body, since these can hold
// patient data. It answers errors itself, because only then is the status known.
func logRequests(log *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := time.Now()
			if err := next(c); err != nil {
				c.Error(err)
			}
			status := c.Response().Status
			if c.IsWebSocket() && !c.Response().Committed {
				status = http.StatusSwitchingProtocols // echo does not see the answer of a hijacked connection
			}
			ctx := c.Request().Context()
			person, _ := PrincipalFrom(ctx)
			log.LogAttrs(ctx, slog.LevelInfo, "request",
				slog.String("method", c.Request().Method),
				slog.String("route", c.Path()),
				slog.Int("status", status),
				slog.Int64("bytes", c.Response().Size),
				slog.Duration("took", time.Since(start)),
				slog.String("user_id", person.UserID),
				slog.String("request_id", RequestID(ctx)),
			)
			return nil
		}
	}
}
