package ward

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/device"
)

// maxSources is how many senders are remembered; of more, the one that was
// silent for longest is forgotten. Each device on MQTT is one.
const maxSources = 4096

// Source is a sender of messages since this process started, for the engineer
// who looks after the interfaces.
type Source struct {
	Name     string // MSH-3.1, or the address of one that names itself nowhere
	Peer     string // network address of the last message
	HeardAt  time.Time
	Clock    device.Clock
	Messages int       // taken in, refused ones too
	Refused  int       // kept in quarantine instead
	LastBad  string    // why the last one was
	BadAt    time.Time // zero: none was
}

// Sources lists the senders by name.
func (w Ward) Sources() []*Source {
	return slices.SortedFunc(w.sources.values(), func(a, b *Source) int { return cmp.Compare(a.Name, b.Name) })
}

// Source finds a sender.
func (w Ward) Source(name string) (*Source, bool) { return w.sources.get(name) }

// name is what the sender of a message is known by.
func (m *Message) name() string {
	if m.Source != "" {
		return m.Source
	}
	if host, _, err := net.SplitHostPort(m.Peer); err == nil {
		return host
	}
	return m.Peer
}

// hear notes that a sender has spoken, and learns from it how its clock goes.
func (d *draft) hear() {
	m := d.in.Message
	if m == nil || m.IsReplay {
		return
	}
	next := Source{Name: m.name()}
	known, found := d.sources.get(next.Name)
	if found {
		next = *known
	}
	next.Peer, next.HeardAt = m.Peer, d.in.At
	next.Messages++
	switch e := d.in.Event.(type) {
	case Refused:
		next.Refused++
		next.LastBad, next.BadAt = e.Reason, d.in.At
	case Reports:
		if len(e) > 0 && !e[0].SentAt.IsZero() {
			next.Clock = next.Clock.Heard(e[0].SentAt, d.in.At)
		}
	}
	d.sources = d.sources.set(next.Name, &next)
	if !found && d.sources.count() > maxSources {
		d.forgetSilentest(next.Name)
	}
}

func (d *draft) forgetSilentest(but string) {
	var silentest *Source
	for s := range d.sources.values() {
		if s.Name != but && (silentest == nil || s.HeardAt.Before(silentest.HeardAt)) {
			silentest = s
		}
	}
	d.sources = d.sources.without(silentest.Name)
}

// clock is what is known of the clock by which the present message counts.
func (d *draft) clock() device.Clock {
	if d.in.Message == nil {
		return device.Clock{}
	}
	if s, ok := d.Source(d.in.Message.name()); ok {
		return s.Clock
	}
	return device.Clock{}
}

// watchClocks keeps one alarm about the clocks that somebody should look
// after.
func (d *draft) watchClocks() {
	var off []string
	for s := range d.sources.values() {
		if s.Clock.IsSuspect() {
			off = append(off, s.Name+" "+clockWords(s.Clock))
		}
	}
	slices.Sort(off)
	label := ""
	if len(off) > 0 {
		label = "Clock of gateway off: " + strings.Join(off, ", ")
	}
	d.systemAlarm(CodeClockSkew, label, alarm.Low)
}

func clockWords(c device.Clock) string {
	offset, ok := c.Offset()
	switch {
	case !ok:
		return "(unknown, its values count as late)"
	case offset < 0:
		return roughly(-offset) + " fast"
	}
	return roughly(offset) + " slow"
}

// roughly words a duration so that jitter does not change it every second.
func roughly(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()/24+0.5))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()+0.5))
	}
	return fmt.Sprintf("%d min", int(d.Minutes()+0.5))
}
