// Package web is the HTTP chassis: the middleware that every request passes, sessions, passwords, rendering, error
// answers and the websocket pumps.
//
// It knows no bed, no alarm and no table. What it needs of the record (sessions, tokens) it declares as small
// interfaces; what an error means to its caller it is told by Config.Explain. echo types go no further than this
// package and handlers.
package web

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

const (
	bodyLimit      = 1 << 20          // bytes; the largest form or JSON body that a person or a machine sends here
	requestTimeout = 15 * time.Second // for anything but a websocket
)

// Config is what the chassis must be given. Log and Sessions are required.
type Config struct {
	Log      *slog.Logger
	Sessions *Sessions

	// Assets answers everything under /static/.
	Assets http.Handler

	// Explain says what an error means to the caller; false where it does not know the error, which is then answered
	// as an internal fault without its text.
	Explain func(error) (Problem, bool)

	// ErrorPage draws a problem for a person. Without it the answer is one line of plain text.
	ErrorPage func(ErrorView) templ.Component

	// TrustProxy believes X-Forwarded-For from loopback and private addresses. Set it only behind a proxy of one's own.
	TrustProxy bool

	// Origins are further origins, such as "https://ward.example", that pages may be served under; needed where a
	// proxy rewrites the Host header.
	Origins []string
}

// Server is the chassis. Routes are added to Echo before Serve.
type Server struct {
	Echo    *echo.Echo
	Sockets *Sockets
	log     *slog.Logger
}

// New builds the chassis. It panics when an origin of the configuration is not one.
func New(cfg Config) *Server {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = echo.ExtractIPDirect() // unset, echo believes X-Forwarded-For from anyone
	if cfg.TrustProxy {
		e.IPExtractor = echo.ExtractIPFromXFFHeader()
	}
	e.HTTPErrorHandler = errorAnswers{cfg.Log, cfg.Explain, cfg.ErrorPage}.handle
	origins := newOriginCheck(cfg.Origins)
	e.Use(
		requestID,            // first: every later line and page names the request
		securityHeaders,      // before anything can answer, so that errors carry them too
		logRequests(cfg.Log), // outside recovery, so that a panic is a logged 500
		recoverPanics,        // inside it: from here on a panic is an error like any other
		limitBody(bodyLimit), // before anything reads the body (the CSRF check reads the form)
		limitTime(requestTimeout),
		compress,                // inside the log, which answers errors on the plain connection
		cfg.Sessions.Middleware, // who is asking
		checkCSRF(origins),      // after the session, to which the token is bound
	)
	if cfg.Assets != nil {
		e.Match([]string{http.MethodGet, http.MethodHead}, "/static/*", echo.WrapHandler(cfg.Assets))
	}
	return &Server{Echo: e, Sockets: newSockets(cfg.Log, origins, cfg.Sessions.StillValid), log: cfg.Log}
}
