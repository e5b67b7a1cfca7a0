package sim

import (
	"fmt"
	"time"
)

// plan is a channel worked out in whole numbers: volumes in µL, flow in µL/h.
type plan struct {
	Channel
	rate  string // mL/h, as set
	flow  int64
	vtbi  int64
	first int64 // of the first bag, given before the script begins
}

func (c Channel) plan() (plan, error) {
	rate, err := c.Program.Rate()
	if err != nil {
		return plan{}, err
	}
	flow, err := decimal(rate)
	if err != nil {
		return plan{}, err
	}
	vtbi, err := decimal(c.Program.VTBI)
	if err != nil {
		return plan{}, fmt.Errorf("VTBI: %w", err)
	}
	given, err := decimal(c.Infused)
	if err != nil {
		return plan{}, fmt.Errorf("infused: %w", err)
	}
	p := plan{c, rate, thousandths(flow), thousandths(vtbi), thousandths(given)}
	switch {
	case p.first < 0 || p.first >= p.vtbi:
		return plan{}, fmt.Errorf("%s of %s mL are infused", c.Infused, c.Program.VTBI)
	case c.PauseAt < 0 || c.PauseFor < 0 || c.NewBagWait <= 0:
		return plan{}, fmt.Errorf("times out of range")
	}
	return p, nil
}

// runFor is how long the flow takes to give a volume, to the second above, so
// that the volume is complete when it is over.
func (p plan) runFor(volume int64) time.Duration {
	return time.Duration((volume*3600+p.flow-1)/p.flow) * time.Second
}

// bag is where one bag stands.
type bag struct {
	number int
	given  int64 // µL
	phase  Phase
}

// bagAt finds the bag that hangs at t. The first one hung before the script
// began; all later ones are alike.
func (p plan) bagAt(t time.Duration) bag {
	first := p.bagLength(p.first)
	if t < first {
		return p.within(p.first, t)
	}
	t -= first
	cycle := p.bagLength(0)
	b := p.within(0, t%cycle)
	b.number = 1 + int(t/cycle)
	return b
}

// bagLength is the time from a bag of which so much was given until the next
// is started.
func (p plan) bagLength(given int64) time.Duration {
	length := p.runFor(p.vtbi-given) + p.NewBagWait
	if p.isPausedAfter(given) {
		length += p.PauseFor
	}
	return length
}

// pauseVolume is what a bag has given when its pause comes, in µL.
func (p plan) pauseVolume() int64 { return p.volume(p.PauseAt) }

// isPausedAfter reports whether a bag's pause still lies ahead.
func (p plan) isPausedAfter(given int64) bool {
	return p.pauseVolume() > given && p.pauseVolume() < p.vtbi
}

// within is a bag of which so much was given, t later.
func (p plan) within(given int64, t time.Duration) bag {
	if p.isPausedAfter(given) {
		switch before := p.runFor(p.pauseVolume() - given); {
		case t >= before+p.PauseFor:
			t -= p.PauseFor
		case t >= before:
			return bag{given: p.pauseVolume(), phase: Paused}
		}
	}
	if t < p.runFor(p.vtbi-given) {
		return bag{given: given + p.volume(t), phase: Infusing}
	}
	if p.Ending == KeepOpen {
		return bag{given: p.vtbi, phase: KVO}
	}
	return bag{given: p.vtbi, phase: Complete}
}

// volume is what flows in a time, in µL.
func (p plan) volume(run time.Duration) int64 {
	return p.flow * int64(run/time.Millisecond) / 3_600_000
}

// at is what the channel reports at t. Infused is cut to the pump's 0.1 mL and
// the rest is worked out from it, so that infused + remaining = VTBI in every
// message. What flows at KVO belongs to no program and is not counted.
func (c Channel) at(t time.Duration) (ChannelState, error) {
	p, err := c.plan()
	if err != nil {
		return ChannelState{}, err
	}
	b := p.bagAt(max(t, 0))
	s := ChannelState{Label: c.Label, Drug: c.Program.Drug, Bag: b.number, Phase: b.phase}
	s.InfusingStatus, s.DeliveryStatus, s.NotDelivering = b.phase.statuses()
	infused := b.given / 100 * 100
	s.Readings = p.readings(b.phase, infused, t)
	return s, nil
}

func (p plan) readings(phase Phase, infused int64, t time.Duration) []Reading {
	var out []Reading
	row := func(m Metric, value string, source Source) {
		if value != "" {
			out = append(out, Reading{Metric: m, Value: value, At: t, Source: source})
		}
	}
	remaining := p.vtbi - infused
	row(FlowCurrent, p.flowing(phase), Simulated)
	row(FlowSet, p.rate, Set)
	row(in(DoseRate, p.Program.DoseUnit.Unit), p.Program.Dose, Set)
	row(VTBI, tenths(p.vtbi), Set)
	row(Infused, tenths(infused), Simulated)
	row(Remaining, tenths(remaining), Simulated)
	if phase == Infusing {
		row(TimeLeft, fmt.Sprint(remaining*60/p.flow), Simulated)
	}
	row(in(Concentration, p.Program.ConcUnit), p.Program.Concentration, Set)
	row(PatientWeight, p.Program.Weight, Set)
	return out
}

// flowing is the rate now, in mL/h.
func (p plan) flowing(phase Phase) string {
	switch phase {
	case Infusing:
		return p.rate
	case KVO:
		if p.flow < 1000 { // never faster than the program was
			return p.rate
		}
		return KVORate
	}
	return "0.0"
}

func in(m Metric, u UnitOfMeasure) Metric {
	m.Unit = u
	return m
}

// statuses are the terms of IHE PCD for a phase.
func (p Phase) statuses() (infusing, delivery, reason string) {
	switch p {
	case Infusing:
		return "pump-status-infusing", "pump-delivery-status-delivering", ""
	case KVO:
		return "pump-status-infusing", "pump-delivery-status-kvo", ""
	case Paused:
		return "pump-status-not-infusing", "pump-delivery-status-not-delivering", "pump-stopped-by-clinician"
	}
	return "pump-status-not-infusing", "pump-delivery-status-not-delivering", "pump-stopped-not-specified"
}
