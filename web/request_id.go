package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"

	"github.com/labstack/echo/v4"
)

type requestIDKey struct{}

// requestID names each request, in its context and in the X-Request-ID header of the answer. A name that the caller
// brings is ignored: it would let anyone write into the log.
func requestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := make([]byte, 8)
		rand.Read(id) // never fails
		name := hex.EncodeToString(id)
		c.Response().Header().Set(echo.HeaderXRequestID, name)
		c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), requestIDKey{}, name)))
		return next(c)
	}
}

// RequestID is the name under which this request stands in the log; empty outside a request.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}
