package views

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"wardlight/ward"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

// nearEmpty is the time left from which a channel's time is framed.
const nearEmpty = 45 * time.Minute

// Pump is one channel of a pump.
type Pump struct {
	Key      string // "PUMP5/1"
	Drug     string
	State    infusion.Status
	Dose     string // never without its unit
	DoseUnit string
	Share    int    // infused part of the volume, percent; -1: not known
	EmptyAt  int64  // server time, ms; 0: not running, or not known
	At       int64  // of the report, server time, ms
	Bounds   string // ages of the report in seconds: ageing, stale, gone
	Left     string // time left, or the state in a word
	Near     bool   // runs dry soon
	Stale    bool
}

// pumps lists a bed's channels, those that run dry first on top.
func (s Scene) pumps(b *ward.Bed) []Pump {
	type row struct {
		Pump
		empty time.Time
	}
	var rows []row
	for _, d := range b.Devices {
		for _, c := range d.Channels {
			at, _ := c.EmptyAt()
			rows = append(rows, row{s.pump(d, c), at})
		}
	}
	slices.SortStableFunc(rows, func(x, y row) int {
		if a, b := x.empty.IsZero(), y.empty.IsZero(); a != b {
			if b {
				return -1
			}
			return 1
		}
		return cmp.Or(x.empty.Truncate(time.Minute).Compare(y.empty.Truncate(time.Minute)), cmp.Compare(x.Key, y.Key))
	})
	out := make([]Pump, len(rows))
	for i, r := range rows {
		out[i] = r.Pump
	}
	return out
}

func (s Scene) pump(d *ward.Device, c infusion.Channel) Pump {
	bounds := vitals.BoundsFor(vitals.Metric{}, d.Period())
	look := bounds.Freshness(s.At.Sub(c.At)).Rank()
	p := Pump{
		Key: ChannelKey(d.ID, c.Channel), Drug: cmp.Or(c.Drug, "No drug named"), State: c.Status,
		Share: -1, At: milliseconds(c.At), Left: stateWord(c.Status), Stale: look >= vitals.Stale.Rank(),
		Bounds: fmt.Sprintf("%g %g %g", bounds.Ageing.Seconds(), bounds.Stale.Seconds(), bounds.Gone.Seconds()),
	}
	if q := cmp.Or(c.Dose, c.Rate); q != nil {
		p.Dose, p.DoseUnit = q.Value.String(), readable(q.Unit)
	}
	if share, ok := c.Progress(); ok {
		p.Share = int(share*100 + .5)
	}
	if at, ok := c.EmptyAt(); ok {
		left := at.Sub(s.At)
		p.EmptyAt, p.Left, p.Near = milliseconds(at), timeLeft(left), left < nearEmpty
	}
	if p.Stale {
		p.Left, p.Near = "?", false
	}
	return p
}

// ChannelKey names a pump channel in pages and in the feed.
func ChannelKey(d device.ID, channel string) string { return string(d) + "/" + channel }

// structure is the channel without what changes while it runs.
func (p Pump) structure() Pump {
	return Pump{Key: p.Key, Drug: p.Drug, State: p.State, Dose: p.Dose, DoseUnit: p.DoseUnit}
}

// stateWord is what stands in place of the time left.
func stateWord(s infusion.Status) string {
	switch s {
	case infusion.Infusing, infusion.Bolus, infusion.Unknown:
		return "?" // nobody knows how long
	case infusion.KVO:
		return "KVO"
	case infusion.Paused:
		return "paused"
	case infusion.Stopped:
		return "stop"
	case infusion.Complete:
		return "done"
	case infusion.Standby:
		return "stby"
	case infusion.Programmed:
		return "set"
	case infusion.Off:
		return "off"
	}
	return "?"
}

// bar is the shape of the state bar: a line while drug flows.
func (p Pump) bar() string {
	switch p.State {
	case infusion.Infusing, infusion.Bolus, infusion.KVO:
		return "st"
	case infusion.Paused, infusion.Standby, infusion.Programmed:
		return "st pause"
	case infusion.Stopped, infusion.Complete, infusion.Off:
		return "st stop"
	}
	return "st unknown"
}

func (p Pump) class() string {
	class := "pump"
	if p.Near {
		class += " near"
	}
	if p.Stale {
		class += " stale"
	}
	return class
}

// width is the drawn part of the volume bar, of 100.
func (p Pump) width() int { return max(p.Share, 0) }
