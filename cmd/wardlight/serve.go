package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"wardlight/ingest"
	"wardlight/ingest/mllp"
	"wardlight/store"
	"wardlight/ward"
	"wardlight/ward/fault"
)

// serveFlags are what serve and demo share.
type serveFlags struct {
	recordFlags
	spoolFlags
	logFlags
	mqttFlags
	Listen      string        `default:"127.0.0.1:8080" help:"HTTP address; off, or :0 for a free port."`
	MLLP        string        `default:"127.0.0.1:2575" name:"mllp" help:"HL7 v2 address (MLLP); off, or :0 for a free port."`
	MLLPMax     byteSize      `default:"16MiB" name:"mllp-max" help:"Largest HL7 message."`
	FrameMax    time.Duration `default:"30s" name:"mllp-frame-timeout" help:"How long one HL7 frame may take to arrive."`
	MLLPIdle    time.Duration `default:"10m" name:"mllp-idle" help:"How long an HL7 connection may be silent before it is closed."`
	MLLPAllow   []string      `name:"mllp-allow" placeholder:"NETWORK" help:"Networks from which HL7 senders may connect, for example 10.1.0.0/16. Default: any."`
	MLLPCert    string        `name:"mllp-cert" placeholder:"FILE" type:"existingfile" help:"Certificate (PEM) of the HL7 listener, which then speaks TLS only."`
	MLLPKey     string        `name:"mllp-key" placeholder:"FILE" type:"existingfile" help:"Key of the certificate; readable by its owner alone."`
	MLLPClients string        `name:"mllp-clients" placeholder:"FILE" type:"existingfile" help:"Authorities (PEM) that sign the senders' certificates; without one of theirs nobody gets in."`
	Ward        string        `placeholder:"FILE" type:"existingfile" help:"Ward file, applied at start when it is new."`
	KeepDays    int           `default:"0" help:"Days for which observations are kept; 0: for good."`
	KeepRawDays int           `default:"0" help:"Days for which raw messages are kept; 0: for good."`
	Origin      []string      `help:"Further origin under which pages may be served, for example https://ward.example (behind a proxy)."`
	Proxy       bool          `name:"trust-proxy" help:"Believe X-Forwarded-For from private addresses. Set it only behind a proxy of your own."`
}

type serveCmd struct{ serveFlags }

// Run serves until it is told to stop.
func (c *serveCmd) Run(ctx context.Context, s streams) error {
	return c.serve(ctx, s, nil)
}

// Help shows an example.
func (serveCmd) Help() string { return example("wardlight serve --ward ward.yaml --mllp 0.0.0.0:2575") }

// extras are what a demo adds to a station that is about to say ready.
type extras func(ctx context.Context, st *station, addr addresses) error

// addresses are where the station listens, "off" where it does not.
type addresses struct{ HTTP, MLLP, MQTT string }

func (a addresses) String() string {
	return fmt.Sprintf("ready http=%s mllp=%s mqtt=%s", a.HTTP, a.MLLP, a.MQTT)
}

// serve opens the station, listens, says ready, and takes everything down in
// the opposite order.
func (c *serveFlags) serve(ctx context.Context, s streams, more extras) error {
	log := c.logger(s.Err)
	defer runtime.KeepAlive(make([]byte, ballastSize))
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	st, err := openStation(ctx, c.recordFlags, &c.spoolFlags, log)
	if err != nil {
		return err
	}
	defer st.close()
	st.onEnd = func(err error) { stop(err) }
	st.retention = store.Retention{Observations: days(c.KeepDays), Messages: days(c.KeepRawDays)}
	st.start(ctx)
	if err := st.awaitLeft(ctx); err != nil {
		return err
	}
	if err := c.applyWard(ctx, st); err != nil {
		return err
	}

	var addr addresses
	hl7, err := c.listenMLLP(st, log)
	if err != nil {
		return err
	}
	addr.MLLP = hl7.serve()
	defer hl7.stop()
	devices, err := c.mqttFlags.listen(st, log)
	if err != nil {
		return err
	}
	defer devices.stop()
	if addr.MQTT, err = devices.serve(); err != nil {
		return err
	}
	links := func() []ward.Link { return append(hl7.links(), devices.links()...) }
	pages, err := c.listenHTTP(st, links, log, more != nil)
	if err != nil {
		return err
	}
	addr.HTTP = pages.serve(ctx, func(err error) { stop(err) })
	defer pages.stop()
	if more != nil {
		if err := more(ctx, st, addr); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintln(s.Out, addr); err != nil {
		return fmt.Errorf("say ready: %w", err)
	}
	<-ctx.Done()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	log.Info("stopping")
	return nil
}

// ballastSize is memory that is never touched, and so never taken from the
// machine. It counts as in use, so that what messages leave behind is
// collected after each 64 MiB and more, not after a few: nearly all that a
// message needs is garbage a moment later. Unlike a higher GOGC this costs no
// more memory when an outage fills it with messages.
const ballastSize = 64 << 20

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// applyWard brings in the ward file, unless it was applied before.
func (c *serveFlags) applyWard(ctx context.Context, st *station) error {
	if c.Ward == "" {
		return nil
	}
	raw, err := os.ReadFile(c.Ward)
	if err != nil {
		return fmt.Errorf("ward file: %w", err)
	}
	return st.applyWardFile(ctx, raw, "cli:"+operator(), false)
}

// hl7Listener is the MLLP server, or nothing when it is off.
type hl7Listener struct {
	server *mllp.Server
	done   chan struct{}
	log    *slog.Logger
}

func (c *serveFlags) listenMLLP(st *station, log *slog.Logger) (*hl7Listener, error) {
	l := &hl7Listener{log: log.With("component", "mllp"), done: make(chan struct{})}
	if c.MLLP == "off" {
		return l, nil
	}
	who := guard{Allow: c.MLLPAllow, Cert: c.MLLPCert, Key: c.MLLPKey, Clients: c.MLLPClients}
	networks, err := who.networks()
	if err != nil {
		return nil, fmt.Errorf("--mllp-allow: %w", err)
	}
	secure, err := who.tls()
	if err != nil {
		return nil, fmt.Errorf("--mllp-cert: %w", err)
	}
	ln, err := listen(c.MLLP)
	if err != nil {
		return nil, fmt.Errorf("--mllp: %w", err)
	}
	l.server = &mllp.Server{
		Listener: ln, Max: int(c.MLLPMax), FrameTimeout: c.FrameMax, Idle: c.MLLPIdle, Log: l.log,
		Allow: networks, TLS: secure,
		Handler: &ingest.HL7{Sink: st.loop, Waves: st.waves, Known: st.known(func() ward.Ward { return st.loop.View().Ward }), Now: time.Now, Log: l.log},
	}
	return l, nil
}

// links lists who is connected.
func (l *hl7Listener) links() []ward.Link {
	if l.server == nil {
		return nil
	}
	return l.server.Links()
}

func (l *hl7Listener) serve() string {
	if l.server == nil {
		close(l.done)
		return "off"
	}
	go func() {
		defer close(l.done)
		if err := l.server.Serve(); err != nil && !errors.Is(err, net.ErrClosed) {
			l.log.Error("HL7 listener ended", "err", err)
		}
	}()
	return l.server.Listener.Addr().String()
}

// stop answers what is in flight, and closes.
func (l *hl7Listener) stop() {
	if l.server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := l.server.Shutdown(ctx); err != nil {
		l.log.Warn("HL7 connections cut off", "err", err)
	}
	<-l.done
}

func listen(addr string) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "cannot listen on %s: %w", addr, err)
	}
	return ln, nil
}

// byteSize is a number of bytes as people write it: 16MiB, 512KiB, 1000.
type byteSize int

// Decode reads the flag.
func (b *byteSize) Decode(ctx *kong.DecodeContext) error {
	var text string
	if err := ctx.Scan.PopValueInto("size", &text); err != nil {
		return err
	}
	unit := 1
	number := text
	for suffix, size := range map[string]int{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30} {
		if n, ok := strings.CutSuffix(text, suffix); ok {
			number, unit = n, size
		}
	}
	var n int
	if _, err := fmt.Sscanf(number, "%d", &n); err != nil || n <= 0 {
		return fmt.Errorf("%q is not a size such as 16MiB", text)
	}
	*b = byteSize(n * unit)
	return nil
}
