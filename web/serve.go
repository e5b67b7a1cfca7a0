package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// stopTimeout is how long running requests and live connections have to end.
const stopTimeout = 10 * time.Second

// Serve answers on the listener until ctx ends, then stops: no new requests, live connections closed with 1001, and
// return only when all have ended or ten seconds have passed. The caller may close the record afterwards.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	srv := &http.Server{
		Handler:           s.Echo,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       60 * time.Second,
		// No write timeout: it would cut live connections and long answers; the request's context bounds the work.
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	select {
	case err := <-failed:
		return errors.Join(err, s.stopAll(ctx, srv))
	case <-ctx.Done():
	}
	err := s.stopAll(ctx, srv)
	<-failed // always http.ErrServerClosed now
	return err
}

// stopAll ends requests and live connections together: http.Server does not know hijacked connections.
func (s *Server) stopAll(ctx context.Context, srv *http.Server) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	sockets := make(chan error, 1)
	go func() { sockets <- s.Sockets.stop(ctx) }()
	err := srv.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, srv.Close())
	}
	return errors.Join(err, <-sockets)
}
