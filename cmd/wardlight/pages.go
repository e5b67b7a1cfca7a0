package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"wardlight/handlers"
	"wardlight/static"
	"wardlight/store"
	"wardlight/ward"
	"wardlight/ward/fault"
	"wardlight/ward/staff"
	"wardlight/web"
)

// pageListener is the HTTP server, or nothing when it is off.
type pageListener struct {
	server *web.Server
	ln     net.Listener
	cancel context.CancelFunc
	done   chan struct{}
}

func (c *serveFlags) listenHTTP(st *station, links func() []ward.Link, log *slog.Logger, demo bool) (*pageListener, error) {
	l := &pageListener{done: make(chan struct{}), cancel: func() {}}
	if c.Listen == "off" {
		return l, nil
	}
	ln, err := listen(c.Listen)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "--listen: %w", err)
	}
	l.ln = ln
	log = log.With("component", "web")
	assets := static.New()
	sessions := web.NewSessions(sessionRecord{st.Store}, sessionRecord{st.Store}, log)
	st.sessions.Store(sessions)
	l.server = web.New(web.Config{
		Log: log, Sessions: sessions, Assets: assets,
		Explain: handlers.Explain, ErrorPage: handlers.ErrorPage(assets),
		TrustProxy: c.Proxy, Origins: c.Origin,
	})
	h := handlers.New(handlers.Config{
		Ward: st.loop, Waves: st.waves, Record: st.Store, People: people{st.Store}, Refused: quarantine{st}, Tenures: st.Store,
		Links: links, Sessions: sessions, Ground: st.ground.know, Warnings: st.Warnings(),
		Assets: assets, Sockets: l.server.Sockets, Log: log, Now: time.Now,
		Version: version, Demo: demo, Unsafe: st.UnsafeDurability(),
		Watchers: st.loop.Watchers,
	})
	handlers.Register(l.server.Echo, h.Routes())
	return l, nil
}

// serve answers until stop; ended is told if it ends by itself.
func (l *pageListener) serve(ctx context.Context, ended func(error)) string {
	if l.server == nil {
		close(l.done)
		return "off"
	}
	ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(l.done)
		if err := l.server.Serve(ctx, l.ln); err != nil && ctx.Err() == nil {
			ended(err)
		}
	}()
	return l.ln.Addr().String()
}

func (l *pageListener) stop() {
	l.cancel()
	<-l.done
}

// people finds in the record who may sign in.
type people struct{ store *store.Store }

func (p people) Credentials(ctx context.Context, login string) (staff.Person, string, error) {
	a, err := p.store.User(ctx, login)
	if err == nil && !a.DisabledAt.IsZero() {
		err = fault.New(fault.NotFound, "the account is disabled")
	}
	if err != nil {
		return staff.Person{}, "", err
	}
	return a.Person, a.PasswordHash, nil
}

func (p people) Names(ctx context.Context) (map[string]string, error) {
	accounts, err := p.store.Users(ctx)
	names := make(map[string]string, len(accounts))
	for _, a := range accounts {
		names[string(a.Person.ID)] = a.Person.Name
	}
	return names, err
}

// sessionRecord lets the chassis use the record's sessions and tokens: web
// and store know nothing of each other.
type sessionRecord struct{ store *store.Store }

func (r sessionRecord) CreateSession(ctx context.Context, s web.Session) error {
	return r.store.CreateSession(ctx, store.Session{
		Hash: store.SecretHash(s.Hash), Person: staff.Person{ID: staff.ID(s.Principal.UserID)},
		CreatedAt: s.CreatedAt, SeenAt: s.SeenAt,
	})
}

func (r sessionRecord) Session(ctx context.Context, hash web.SecretHash) (web.Session, error) {
	s, err := r.store.Session(ctx, store.SecretHash(hash))
	if err != nil {
		return web.Session{}, unknown(err)
	}
	return web.Session{Hash: hash, Principal: principal(s.Person, web.Human), CreatedAt: s.CreatedAt, SeenAt: s.SeenAt}, nil
}

func (r sessionRecord) TouchSession(ctx context.Context, hash web.SecretHash, at time.Time) error {
	return r.store.TouchSession(ctx, store.SecretHash(hash), at)
}

func (r sessionRecord) DeleteSession(ctx context.Context, hash web.SecretHash) error {
	return r.store.DeleteSession(ctx, store.SecretHash(hash))
}

func (r sessionRecord) Token(ctx context.Context, hash web.SecretHash) (web.Principal, error) {
	p, err := r.store.Token(ctx, store.SecretHash(hash))
	if err != nil {
		return web.Principal{}, unknown(err)
	}
	return principal(p, web.Machine), nil
}

func principal(p staff.Person, kind web.Kind) web.Principal {
	return web.Principal{UserID: string(p.ID), Name: p.Name, Role: string(p.Role), Unit: string(p.Unit), Kind: kind}
}

func unknown(err error) error {
	if fault.KindOf(err) == fault.SignedOut {
		return errors.Join(web.ErrUnknownSecret, err)
	}
	return err
}

// quarantine lets pages read and replay what could not be decoded.
type quarantine struct{ *station }

func (q quarantine) Replay(ctx context.Context, id int64) error { return q.replay(ctx, id) }
