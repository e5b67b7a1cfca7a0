package hl7

import "time"

// Header is what MSH says about a message as a whole.
type Header struct {
	Sender    Value    // MSH-3; its components differ by vendor, see Raw for a key
	Facility  Value    // MSH-4
	Sent      string   // MSH-7, see SentAt
	Code      string   // MSH-9.1, e.g. ORU
	Event     string   // MSH-9.2, e.g. R01
	ControlID string   // MSH-10, byte for byte as sent
	Process   string   // MSH-11.1: P production, T training, D debugging
	Version   string   // MSH-12.1, e.g. 2.6
	AcceptAck string   // MSH-15: AL, NE, ER, SU or empty
	AppAck    string   // MSH-16: AL, NE, ER, SU or empty
	Charset   string   // MSH-18
	Profiles  []string // the object identifiers in MSH-21.3
}

// Header is what MSH says. Do not change its Profiles.
func (m *Message) Header() Header { return m.head }

func headerOf(msh Segment) Header {
	h := Header{
		Sender:    msh.Field(3),
		Facility:  msh.Field(4),
		Sent:      msh.Text(7, 1),
		Code:      msh.Text(9, 1),
		Event:     msh.Text(9, 2),
		ControlID: string(msh.Field(10).raw),
		Process:   msh.Text(11, 1),
		Version:   msh.Text(12, 1),
		AcceptAck: msh.Text(15, 1),
		AppAck:    msh.Text(16, 1),
		Charset:   msh.Text(18, 1),
	}
	for profile := range msh.Field(21).Repetitions() {
		if oid := profile.Component(3).String(); oid != "" {
			h.Profiles = append(h.Profiles, oid)
		}
	}
	return h
}

// SentAt returns the time in MSH-7; zone is for senders that omit theirs.
func (h Header) SentAt(zone *time.Location) (time.Time, Precision, error) {
	return ParseTime(h.Sent, zone)
}
