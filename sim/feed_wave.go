package sim

import "time"

// waveFeed is the waveforms of a monitor.
type waveFeed struct {
	*player
	sender   Sender
	unit     Unit
	bed      Bed
	device   Device
	schedule Schedule
	next     time.Duration
}

func (f *waveFeed) due() time.Duration { return f.next }

func (f *waveFeed) say(now time.Duration) (*outgoing, bool) {
	f.next = f.schedule.Next(now)
	t := f.next - f.schedule.Period
	if !f.register.has(f.bed.Patient) {
		return nil, false
	}
	r := f.simulation.Waves(f.unit, f.bed, f.device, t)
	if len(r.Waves) == 0 {
		return nil, false
	}
	e := f.envelope(f.sender, f.device.Label+".w", t, f.sent(t))
	return &outgoing{Envelope: e, raw: WaveMessage(e, f.line, r)}, true
}

// waveGateway is the unit's gateway again, on a connection of its own, so that
// waveforms and numbers do not wait for each other's answers.
func (p *player) waveGateway(u Unit, number int) *gateway {
	g := p.gateway(u.Code+"GW", number)
	if !p.Config.Waves || p.Speed != 1 {
		return g
	}
	for _, b := range u.Beds {
		for _, d := range b.Devices {
			replayed, ok := p.simulation.replayed[d.Window.Record].(waves)
			if !ok || d.Kind != Monitor || len(replayed.traces) == 0 {
				continue
			}
			schedule := Schedule{Phase: d.Schedule.Phase % wavePeriod, Period: wavePeriod}
			g.feeds = append(g.feeds, &waveFeed{player: p, sender: g.sender, unit: u, bed: b, device: d, schedule: schedule, next: schedule.Phase})
		}
	}
	return g
}
