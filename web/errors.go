package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// Problem is what a caller is told about an error: an HTTP status and, if there is more to say, one sentence that says
// what to do. Nothing of the inside belongs here.
type Problem struct {
	Status int
	Detail string
}

// ErrorView is what an error page shows.
type ErrorView struct {
	Problem
	Title     string // the status in words
	RequestID string // under which the error stands in the log
	SignedIn  bool
}

// problemDocument is RFC 9457's.
type problemDocument struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail,omitempty"`
	RequestID string `json:"request_id"`
}

// errorAnswers is the one place where errors are logged and answered.
type errorAnswers struct {
	log     *slog.Logger
	explain func(error) (Problem, bool)
	page    func(ErrorView) templ.Component
}

func (a errorAnswers) handle(err error, c echo.Context) {
	p := a.problem(err)
	if p.Status >= http.StatusInternalServerError {
		a.report(err, c)
	}
	if c.Response().Committed {
		return // too late to say anything else
	}
	if answerErr := a.answer(c, p); answerErr != nil && c.Request().Context().Err() == nil {
		a.log.WarnContext(c.Request().Context(), "error not answered", "error", answerErr, "request_id", RequestID(c.Request().Context()))
	}
}

// problem translates an error: the chassis' own first, then what the injected table knows; the rest is our fault.
func (a errorAnswers) problem(err error) Problem {
	if a.explain != nil {
		if p, ok := a.explain(err); ok {
			return p
		}
	}
	var fromEcho *echo.HTTPError
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return Problem{Status: http.StatusRequestEntityTooLarge}
	case errors.As(err, &fromEcho):
		return problemOf(fromEcho)
	case errors.Is(err, context.DeadlineExceeded):
		return Problem{http.StatusServiceUnavailable, "This took too long. Try again."}
	case errors.Is(err, context.Canceled):
		return Problem{Status: statusCallerLeft}
	}
	return Problem{Status: http.StatusInternalServerError}
}

// statusCallerLeft is for the log only: nobody is there to read the answer.
const statusCallerLeft = 499

// problemOf keeps the message of an echo error only where a handler wrote one: below 500, and more than the status' name.
func problemOf(err *echo.HTTPError) Problem {
	p := Problem{Status: err.Code}
	if text, ok := err.Message.(string); ok && err.Code < http.StatusInternalServerError && text != http.StatusText(err.Code) {
		p.Detail = text
	}
	return p
}

func (a errorAnswers) report(err error, c echo.Context) {
	ctx := c.Request().Context()
	attrs := []any{"error", err, "route", c.Path(), "request_id", RequestID(ctx)}
	var panicked panicError
	if errors.As(err, &panicked) {
		attrs = append(attrs, "stack", string(panicked.stack))
	}
	a.log.ErrorContext(ctx, "request failed", attrs...)
}

func (a errorAnswers) answer(c echo.Context, p Problem) error {
	ctx := c.Request().Context()
	view := ErrorView{Problem: p, Title: statusText(p.Status), RequestID: RequestID(ctx)}
	_, view.SignedIn = PrincipalFrom(ctx)
	switch {
	case c.Request().Method == http.MethodHead:
		return c.NoContent(p.Status)
	case wantsJSON(c):
		doc, err := json.Marshal(problemDocument{"about:blank", view.Title, p.Status, p.Detail, view.RequestID})
		if err != nil {
			return err
		}
		return c.Blob(p.Status, "application/problem+json", doc)
	}
	if a.page != nil {
		// The time that the request had is over; its page is drawn all the same.
		c.SetRequest(c.Request().WithContext(context.WithoutCancel(ctx)))
		err := Render(c, p.Status, a.page(view))
		if err == nil || c.Response().Committed {
			return err
		}
		a.report(err, c) // the plain line below still answers
	}
	return c.String(p.Status, strings.TrimSpace(fmt.Sprintf("%s. %s (request %s)", view.Title, p.Detail, view.RequestID)))
}

func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return text
	}
	return "Error"
}

// wantsJSON tells programs from people: by the path, else by what is accepted.
func wantsJSON(c echo.Context) bool {
	path, accept := c.Request().URL.Path, c.Request().Header.Get(echo.HeaderAccept)
	return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/fhir/") ||
		strings.Contains(accept, "json") && !strings.Contains(accept, "text/html")
}
