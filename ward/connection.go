package ward

import (
	"net/netip"
	"slices"
	"time"

	"wardlight/ward/fault"
)

// Settings is how senders are to be understood.
func (w Ward) Settings() Settings { return w.settings }

// Connection finds what the ward file says of a sender: its MSH-3.1, and the
// network address that it speaks from, with or without a port. The first that
// fits wins.
func (s Settings) Connection(source, peer string) (Connection, bool) {
	address, isAddress := addressOf(peer)
	for _, c := range s.Connections {
		if (c.Source == "" || c.Source == source) && (len(c.Peers) == 0 || isAddress && c.isFrom(address)) {
			return c, true
		}
	}
	return Connection{}, false
}

func addressOf(peer string) (netip.Addr, bool) {
	if p, err := netip.ParseAddrPort(peer); err == nil {
		return p.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(peer)
	return a.Unmap().WithZone(""), err == nil
}

func (c Connection) isFrom(a netip.Addr) bool {
	return slices.ContainsFunc(c.Peers, func(network string) bool {
		p, err := netip.ParsePrefix(network)
		return err == nil && p.Contains(a)
	})
}

// over are the settings where s says something, else as they were.
func (s Settings) over(before Settings) Settings {
	if s.Connections == nil {
		s.Connections = before.Connections
	}
	if s.Topics == nil {
		s.Topics = before.Topics
	}
	return s
}

// Validate says in one line what is wrong with the settings, if anything is.
func (s Settings) Validate() error {
	for i, t := range s.Topics {
		if t.Name == "" || t.Filter == "" || t.Mapping == "" {
			return fault.New(fault.Invalid, "topic %d (%s) needs a name, a filter and a mapping", i+1, t.Name)
		}
		if slices.ContainsFunc(s.Topics[:i], func(o Topic) bool { return o.Name == t.Name }) {
			return fault.New(fault.Invalid, "topic %q is defined twice", t.Name)
		}
	}
	for i, c := range s.Connections {
		if c.Name == "" {
			return fault.New(fault.Invalid, "connection %d has no name", i+1)
		}
		if slices.ContainsFunc(s.Connections[:i], func(o Connection) bool { return o.Name == c.Name }) {
			return fault.New(fault.Invalid, "connection %q is defined twice", c.Name)
		}
		for _, network := range c.Peers {
			if _, err := netip.ParsePrefix(network); err != nil {
				return fault.New(fault.Invalid, "connection %q: peer %q is not a network, for example 10.20.0.0/16 or 10.20.0.7/32", c.Name, network)
			}
		}
		if _, err := time.LoadLocation(c.Zone); err != nil {
			return fault.New(fault.Invalid, "connection %q: zone %q is not an IANA time zone, for example Europe/London", c.Name, c.Zone)
		}
	}
	return nil
}
