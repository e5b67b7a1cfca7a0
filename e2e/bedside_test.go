package e2e

import (
	"fmt"
	"testing"
	"time"
)

// within waits for what a person would see, and logs how long it took. It
// fails only at three times the wanted time: a shared machine is no judge of
// the last second.
func within(t *testing.T, wanted time.Duration, what string, ok func() bool) {
	t.Helper()
	by(t, time.Now(), wanted, what, ok)
}

// by is within, counted from a moment before.
func by(t *testing.T, began time.Time, wanted time.Duration, what string, ok func() bool) {
	t.Helper()
	for !ok() {
		if time.Since(began) > 3*wanted {
			t.Fatalf("%s: not even within %v; wanted %v", what, 3*wanted, wanted)
		}
		time.Sleep(20 * time.Millisecond)
	}
	took := time.Since(began)
	t.Logf("%s: %.2f s (wanted %v)", what, took.Seconds(), wanted)
}

// people adds one person per role that the tests know.
func (s *station) people() {
	s.t.Helper()
	s.user("kim", "Kim R.", "nurse")
	s.user("lee", "Lee M.", "charge-nurse")
	s.user("berg", "Dr Berg", "physician")
	s.user("ash", "Ash T.", "admin")
}

// admitted puts Ngozi Okafor into bed 12 and Jane Doe into bed 1.
func (s *station) admitted() *gateway {
	s.t.Helper()
	g := s.gateway()
	now := time.Now().Add(-time.Minute)
	g.accept(admission("A1", now, "12", "MRN1001", "Okafor", "Ngozi"))
	g.accept(admission("A2", now, "1", "MRN1002", "Doe", "Jane"))
	return g
}

// monitor is a bedside monitor that speaks once a second until stop.
type monitor struct {
	s        *station
	bed, mrn string
	readings chan []reading
	ends     chan struct{}
	ended    chan struct{}
}

// monitor starts a monitor that says the same readings until others are told.
func (s *station) monitor(bed, mrn string, readings ...reading) *monitor {
	m := &monitor{s: s, bed: bed, mrn: mrn, readings: make(chan []reading), ends: make(chan struct{}), ended: make(chan struct{})}
	g := s.gateway()
	go m.speak(g, readings)
	s.t.Cleanup(m.stop)
	return m
}

func (m *monitor) speak(g *gateway, readings []reading) {
	defer close(m.ended)
	beat := time.NewTicker(time.Second)
	defer beat.Stop()
	for n := 0; ; n++ {
		at := time.Now()
		_, err := g.Send(m.s.t.Context(), vitals(fmt.Sprintf("M%s.%d.%d", m.bed, at.UnixNano(), n), at, m.bed, m.mrn, readings...))
		if err != nil {
			return // the test has stopped the station, or is over
		}
		select {
		case readings = <-m.readings:
		case <-beat.C:
		case <-m.ends:
			return
		}
	}
}

// say changes what the monitor reports, at once.
func (m *monitor) say(readings ...reading) {
	m.s.t.Helper()
	select {
	case m.readings <- readings:
	case <-m.ended:
		m.s.t.Fatalf("the monitor of bed %s has lost the station", m.bed)
	}
}

// change is say for a station that does not answer: it does not wait until
// the monitor is done with what it said before.
func (m *monitor) change(readings ...reading) {
	go func() {
		select {
		case m.readings <- readings:
		case <-m.ended:
		}
	}()
}

func (m *monitor) stop() {
	select {
	case <-m.ends:
	default:
		close(m.ends)
	}
	<-m.ended
}
