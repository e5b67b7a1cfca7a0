package sim

import (
	"slices"
	"time"
)

// admissionFeed is the admissions system.
type admissionFeed struct {
	*player
	sender Sender
	ahead  []Movement
}

// due is at once for all who were there when the script began.
func (a *admissionFeed) due() time.Duration {
	if len(a.ahead) == 0 {
		return never
	}
	return max(a.ahead[0].Patient.Admitted, 0)
}

func (a *admissionFeed) say(time.Duration) (*outgoing, bool) {
	m := a.ahead[0]
	a.ahead = a.ahead[1:]
	m.At = a.line.At(m.Patient.Admitted)
	e := a.envelope(a.sender, m.Patient.Visit, m.Patient.Admitted, a.sent(max(m.Patient.Admitted, 0)))
	return &outgoing{
		Envelope: e, raw: AdmissionMessage(e, m), isKept: true,
		answered: func() { a.register.enter(m.Patient) },
	}, true
}

// deviceFeed is a monitor, a wearable or a spot check.
type deviceFeed struct {
	*player
	sender Sender
	unit   Unit
	bed    Bed
	device Device
	encode func(Envelope, Timeline, Report) []byte
	isHeld bool          // nothing of its past is sent yet; of a spot check, not all
	next   time.Duration // when it speaks
	told   time.Duration // what it has spoken of last
}

func (f *deviceFeed) due() time.Duration {
	if f.isHeld {
		return never
	}
	return f.next
}

func (f *deviceFeed) say(now time.Duration) (*outgoing, bool) {
	f.next = f.device.Schedule.Next(now)
	t := f.next - f.device.Schedule.Period
	if !f.register.has(f.bed.Patient) {
		return nil, false
	}
	return f.at(t, f.sent(t))
}

// at is what the device says of a time. A spot check only says what it has
// measured anew, and keeps it until it is answered, for it will not say it
// again.
func (f *deviceFeed) at(t time.Duration, sent time.Time) (*outgoing, bool) {
	r := f.simulation.Report(f.unit, f.bed, f.device, t)
	told, isSpotCheck := f.told, f.device.Kind == SpotCheck
	r.Readings = slices.DeleteFunc(r.Readings, func(x Reading) bool {
		return x.At < f.bed.Patient.Admitted || isSpotCheck && x.At <= told
	})
	if r.IsSilent || len(r.Readings) == 0 {
		return nil, false
	}
	f.told = t
	e := f.envelope(f.sender, f.device.Label, t, sent)
	return &outgoing{Envelope: e, raw: f.encode(e, f.line, r), isKept: isSpotCheck}, true
}

// upload is the past of a device, a message a minute, oldest first, sent now
// as a gateway does that was cut off: late, but with a clock that is right.
type upload struct {
	device *deviceFeed
	at     time.Duration
}

func (u *upload) next() (*outgoing, bool) {
	for u.at < 0 {
		t := u.at
		u.at += time.Minute
		if m, ok := u.device.at(t, time.Now()); ok {
			m.isKept = true
			return m, true
		}
	}
	return nil, false
}

// pumpFeed is a pump. It speaks on its schedule, and within a second of every
// change of state.
type pumpFeed struct {
	*player
	sender Sender
	pump   Pump
	next   time.Duration // when its schedule has it speak
	look   time.Duration // when it looks for a change
	state  []phase
}

// phase is what makes a state of a channel another than the one before.
type phase struct {
	bag   int
	phase Phase
}

func (f *pumpFeed) due() time.Duration { return min(f.next, f.look) }

func (f *pumpFeed) say(now time.Duration) (*outgoing, bool) {
	t := now.Truncate(time.Second)
	f.look = t + time.Second
	isScheduled := f.next <= now
	if isScheduled {
		f.next = f.pump.Schedule.Next(now)
		t = f.next - f.pump.Schedule.Period
	}
	if !f.register.has(f.pump.Patient) {
		return nil, false
	}
	r := f.pump.At(t)
	if r.IsSilent || !f.isNews(r) && !isScheduled {
		return nil, false
	}
	e := f.envelope(f.sender, f.pump.Label, t, f.sent(t))
	return &outgoing{Envelope: e, raw: PumpMessage(e, f.line, r)}, true
}

func (f *pumpFeed) isNews(r PumpReport) bool {
	var now []phase
	for _, c := range r.Channels {
		now = append(now, phase{c.Bag, c.Phase})
	}
	if slices.Equal(now, f.state) {
		return false
	}
	f.state = now
	return true
}
