package main

import (
	"fmt"
	"slices"
	"time"
)

// figures are what a run found; the one line of JSON.
type figures struct {
	Acked     int `json:"acked"`      // messages acknowledged
	Lost      int `json:"lost"`       // of these, not in the record
	Doubled   int `json:"doubled"`    // messages or values that are there more than once
	Refused   int `json:"refused"`    // poison messages answered; each is in quarantine, or counts as lost
	SentAgain int `json:"sent_again"` // messages sent again because no answer came
	Repeated  int `json:"repeated"`   // messages sent again although answered
	Unasked   int `json:"wrong_answers"`

	Faults   map[string]int    `json:"faults"`
	Ready    spread            `json:"ready_ms"`     // from the kill of the process to ready
	AckAgain map[string]spread `json:"ack_again_ms"` // longest silence of acknowledgements, by fault
	Drained  spread            `json:"drained_ms"`   // from the database's return to an empty spool

	SpoolAcked  int     `json:"spool_acked"`  // acknowledged from the outage spool
	OutageAcked int     `json:"outage_acked"` // acknowledged in the longest outage
	Rate        float64 `json:"rate"`         // acknowledged per second, faults included
	Seconds     float64 `json:"seconds"`
	Seed        uint64  `json:"seed"`
	Skipped     string  `json:"skipped,omitempty"` // what could not be done here, and why
}

// spread sums durations up, in milliseconds.
type spread struct {
	P50 int64 `json:"p50"`
	Max int64 `json:"max"`
	N   int   `json:"n"`
	all []int64
}

func (s spread) with(d time.Duration) spread {
	s.all = append(slices.Clone(s.all), d.Milliseconds())
	slices.Sort(s.all)
	s.P50, s.Max, s.N = s.all[len(s.all)/2], s.all[len(s.all)-1], len(s.all)
	return s
}

func newFigures(o options) *figures {
	return &figures{Faults: map[string]int{}, AckAgain: map[string]spread{}, Seed: o.seed}
}

// tally adds what the senders of a harness were told.
func (f *figures) tally(h *harness, took time.Duration) {
	for _, x := range h.senders {
		x.mu.Lock()
		f.SentAgain += x.again
		f.Repeated += x.repeats
		f.Unasked += len(x.wrong)
		x.mu.Unlock()
	}
	f.Acked += h.acked()
	f.Refused += h.poison.answered()
	f.SpoolAcked += int(h.spoolAcked())
	f.Seconds = took.Seconds()
	f.Rate = float64(h.acked()) / took.Seconds()
}

// verdict is an error if anything acknowledged is lost or doubled, or a
// sender got an answer that nobody should get.
func (f *figures) verdict() error {
	if f.Lost+f.Doubled+f.Unasked > 0 {
		return fmt.Errorf("%d lost, %d doubled, %d wrong answers", f.Lost, f.Doubled, f.Unasked)
	}
	return nil
}
