// Command torture breaks a running station in every way in which one breaks,
// while gateways send, and then compares what they were told with what is in
// the record: everything acknowledged is there, and there once. It prints one
// line of JSON and fails if anything is lost or doubled.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// options of a run.
type options struct {
	binary string        // wardlight
	length time.Duration // of the faults
	rate   int           // messages offered per second while all is well
	seed   uint64
	gentle time.Duration // how long the long faults last; the others are shorter
	log    *log.Logger
}

func main() {
	o := options{log: log.New(os.Stderr, "", log.Ltime)}
	flag.StringVar(&o.binary, "bin", "bin/wardlight", "the program under test")
	flag.DurationVar(&o.length, "for", 10*time.Minute, "how long faults are made")
	flag.IntVar(&o.rate, "rate", 3000, "messages offered per second while all is well")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "the same seed makes the same faults in the same order")
	flag.DurationVar(&o.gentle, "outage", time.Minute, "how long the database is away at the longest")
	var rates rateList
	flag.Var(&rates, "load", "measure these rates of messages per second instead, for example 2000,5000, without faults")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(rates) > 0 {
		if err := loads(ctx, o, rates); err != nil {
			fmt.Fprintln(os.Stderr, "load:", err)
			os.Exit(1)
		}
		return
	}
	figures, err := torture(ctx, o)
	if line, jsonErr := json.Marshal(figures); jsonErr == nil && figures != nil {
		fmt.Println(string(line))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(1)
	}
}

// rateList reads rates that are separated by commas.
type rateList []int

func (l *rateList) String() string { return fmt.Sprint(*l) }

func (l *rateList) Set(text string) error {
	for _, one := range strings.Split(text, ",") {
		n, err := strconv.Atoi(one)
		if err != nil || n < mostSenders {
			return fmt.Errorf("%q is not a rate from %d on", one, mostSenders)
		}
		*l = append(*l, n)
	}
	return nil
}

// torture is the whole run: a full disk first, on a small file system of its
// own, then everything else on a real one.
func torture(ctx context.Context, o options) (*figures, error) {
	o.log.Printf("seed %d", o.seed)
	f := newFigures(o)
	if err := fillDisk(ctx, o, f); err != nil {
		return f, fmt.Errorf("disk full: %w", err)
	}
	h, err := begin(ctx, o, f, gateways{senders: 16, depth: 128, rate: o.rate})
	if err != nil {
		return f, err
	}
	defer h.end()
	began := time.Now()
	if err := h.breakThings(ctx, o.length); err != nil {
		return f, h.explain(err)
	}
	if err := h.settle(ctx); err != nil {
		return f, h.explain(err)
	}
	f.tally(h, time.Since(began))
	if err := h.check(ctx); err != nil {
		return f, h.explain(err)
	}
	return f, f.verdict()
}
