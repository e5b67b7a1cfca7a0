package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"wardlight/ingest/mllp"
)

// harness is a station under load.
type harness struct {
	options
	*figures
	home    string
	station *station
	senders []*sender
	poison  poisoner
	pace    rate

	stopSending func()
	sending     sync.WaitGroup

	spoolMu    sync.Mutex
	spoolTotal float64 // acknowledged from the spool by processes that are gone
	spoolNow   float64 // by the present one
}

// rate is messages per second, as a float that many may read.
type rate struct{ bits atomic.Uint64 }

func (r *rate) Load() float64   { return math.Float64frombits(r.bits.Load()) }
func (r *rate) Store(v float64) { r.bits.Store(math.Float64bits(v)) }

// begin starts a station in a new folder and puts it under load.
func begin(ctx context.Context, o options, f *figures, g gateways) (*harness, error) {
	home, err := folder()
	if err != nil {
		return nil, err
	}
	return beginIn(ctx, o, f, g, home)
}

func beginIn(ctx context.Context, o options, f *figures, g gateways, home string) (*harness, error) {
	h, err := started(ctx, o, f, home)
	if err != nil {
		return nil, err
	}
	if err := h.admit(ctx, g.senders); err != nil {
		return nil, err
	}
	h.load(g)
	return h, nil
}

// started is a harness whose station runs, without load.
func started(ctx context.Context, o options, f *figures, home string) (*harness, error) {
	h := &harness{options: o, figures: f, home: home}
	h.station = &station{binary: o.binary, dir: filepath.Join(home, "data"), file: filepath.Join(home, "ward.yaml"), log: &tail{}}
	if err := os.WriteFile(h.station.file, []byte(ward()), 0o644); err != nil {
		return nil, err
	}
	if err := h.station.start(ctx); err != nil {
		return nil, fmt.Errorf("%w:\n%s", err, h.station.log)
	}
	return h, nil
}

// admit puts a patient into every bed.
func (h *harness) admit(ctx context.Context, senders int) error {
	c, err := mllp.Dial(ctx, h.station.mllp)
	if err != nil {
		return err
	}
	defer c.Close()
	for s := range senders {
		for n := range bedsPerSender {
			answer, err := c.Send(ctx, admission(s, n, time.Now().Add(-time.Minute)))
			if err != nil || !strings.Contains(string(answer), "MSA|CA|") {
				return fmt.Errorf("admission: %v %q", err, answer)
			}
		}
	}
	return nil
}

// load starts the senders and the nuisances.
func (h *harness) load(g gateways) {
	ctx, stop := context.WithCancel(context.Background())
	h.stopSending = stop
	h.pace.Store(float64(g.rate))
	for n := range g.senders {
		h.senders = append(h.senders, newSender(h, n, g.depth))
	}
	for _, x := range h.senders {
		h.sending.Go(func() { x.run(ctx) })
	}
	h.sending.Go(func() { h.poison.run(ctx, h) })
	for _, nuisance := range []func(context.Context, *harness){dribble, dribble, deaf, halfOpen} {
		h.sending.Go(func() { nuisance(ctx, h) })
	}
	h.sending.Go(func() { h.watchSpool(ctx) })
}

// end takes everything down.
func (h *harness) end() {
	h.stopSending()
	h.sending.Wait()
	h.station.stop()
	_ = os.RemoveAll(h.home)
}

// explain adds what the station said last.
func (h *harness) explain(err error) error {
	return fmt.Errorf("%w\nthe station's log ends:\n%s", err, h.station.log)
}

func (h *harness) acked() (n int) {
	for _, x := range h.senders {
		n += x.acknowledged()
	}
	return n
}

func (h *harness) inFlight() (n int) {
	for _, x := range h.senders {
		n += x.inFlight()
	}
	return n
}

// patience is how long anything may take before the run counts as stuck. It
// is no measure of the station: that is what the figures are for.
const patience = 4 * time.Minute

var errStuck = errors.New("stuck")

// until waits for something that must come about.
func (h *harness) until(ctx context.Context, what string, ok func() bool) error {
	for limit := time.Now().Add(patience); !ok(); wait(ctx, 20*time.Millisecond) {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case !h.station.isUp():
			return fmt.Errorf("the station ended by itself while waiting until %s", what)
		case time.Now().After(limit):
			return fmt.Errorf("%w: not within %v: %s", errStuck, patience, what)
		}
	}
	return nil
}

// isWell: the station is ready, the spool empty, and acknowledgements come.
func (h *harness) becomesWell(ctx context.Context) error {
	if err := h.until(ctx, "the record keeps up and the spool is empty", func() bool {
		m, err := h.metrics(ctx)
		return err == nil && m["wardlight_spool_messages"] == 0 && m["wardlight_record_lag_seconds"] < 3
	}); err != nil {
		return err
	}
	from := h.acked()
	return h.until(ctx, "acknowledgements come", func() bool { return h.acked() >= from+100 })
}

// settle lets everything that was sent be acknowledged, and stops sending.
func (h *harness) settle(ctx context.Context) error {
	h.pace.Store(0)
	err := h.until(ctx, "all that was sent is acknowledged", func() bool { return h.inFlight() == 0 })
	if err == nil {
		err = h.until(ctx, "the spool is empty", func() bool {
			m, err := h.metrics(ctx)
			return err == nil && m["wardlight_spool_messages"] == 0
		})
	}
	h.stopSending()
	h.sending.Wait()
	return err
}

// metrics reads the station's own.
func (h *harness) metrics(ctx context.Context) (map[string]float64, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+h.station.http+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	m := map[string]float64{}
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			m[name] = v
		}
	}
	return m, nil
}

// watchSpool adds up what was acknowledged from the spool. What the last
// moments before a kill add is missing.
func (h *harness) watchSpool(ctx context.Context) {
	for ; ctx.Err() == nil; wait(ctx, 300*time.Millisecond) {
		m, err := h.metrics(ctx)
		if err != nil {
			continue
		}
		h.spoolMu.Lock()
		if now := m["wardlight_messages_spooled_total"]; now < h.spoolNow {
			h.spoolTotal += h.spoolNow
			h.spoolNow = now
		} else {
			h.spoolNow = now
		}
		h.spoolMu.Unlock()
	}
}

func (h *harness) spoolAcked() float64 {
	h.spoolMu.Lock()
	defer h.spoolMu.Unlock()
	return h.spoolTotal + h.spoolNow
}
