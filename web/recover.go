package web

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/labstack/echo/v4"
)

// panicError is a handler's panic as an error; the stack goes to the log only.
type panicError struct {
	value any
	stack []byte
}

// Error names the panic without its stack.
func (p panicError) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// recoverPanics turns a panic into an error, so that one broken request is answered and the others go on.
func recoverPanics(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			value := recover()
			if value == nil {
				return
			}
			if e, ok := value.(error); ok && errors.Is(e, http.ErrAbortHandler) {
				panic(value) // the documented way to drop a connection
			}
			err = panicError{value, debug.Stack()}
		}()
		return next(c)
	}
}
