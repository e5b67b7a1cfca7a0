package ingest

import (
	"net"
	"time"

	"wardlight/ingest/hl7"
	"wardlight/ingest/pcd"
	"wardlight/ward"
)

// Known is what the ward says of its senders, which decides what their
// messages leave open. Whether a sender's word on patient and place counts is
// not looked up here but by the ward, when it applies the report.
type Known struct {
	Settings func() ward.Settings             // nil: nothing is said of any sender
	UnitZone pcd.Zone                         // nil: UTC everywhere
	Zone     func(name string) *time.Location // of an IANA name; nil where there is none
}

// connection finds what the ward file says of a sender.
func (k Known) connection(source, peer string) ward.Connection {
	if k.Settings == nil {
		return ward.Connection{}
	}
	c, _ := k.Settings().Connection(source, peer)
	return c
}

// options are how the sender's messages are read: its times without a zone in
// its own, else in that of the unit they speak of.
func (k Known) options(c ward.Connection) pcd.Options {
	return pcd.Options{NoValue: c.NoValue, Zone: func(unit string) *time.Location {
		if c.Zone != "" && k.Zone != nil {
			if z := k.Zone(c.Zone); z != nil {
				return z
			}
		}
		if k.UnitZone == nil {
			return nil
		}
		return k.UnitZone(unit)
	}}
}

// parse reads a message as its sender writes it, and finds out who that is.
func (k Known) parse(raw []byte, peer string) (m *hl7.Message, source string, c ward.Connection, err error) {
	if m, err = hl7.Parse(raw); err != nil {
		return nil, host(peer), c, err
	}
	source = sourceOf(m, peer)
	c = k.connection(source, peer)
	if c.Charset != "" {
		m, err = hl7.ParseIn(raw, c.Charset)
	}
	return m, source, c, err
}

// sourceOf names the sender: MSH-3.1, else its network address.
func sourceOf(m *hl7.Message, peer string) string {
	if name := m.Header().Sender.Component(1).String(); name != "" {
		return name
	}
	return host(peer)
}

func host(addr string) string {
	if h, _, err := net.SplitHostPort(addr); err == nil {
		return h
	}
	return addr
}
