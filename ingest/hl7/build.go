package hl7

import (
	"bytes"
	"strings"
	"time"
)

// Encoded is a field as it stands in a message, escapes applied. A constant
// of the program may be used as it is; whatever comes from elsewhere must go
// through [Text] or [Components].
type Encoded string

// Null asks the receiver to delete the value it holds.
const Null Encoded = `""`

// Text encodes s as a field of one component.
func Text(s string) Encoded { return Encoded(escapeText(s)) }

// Components encodes each part as one component: Components("Okafor",
// "Ngozi") is Okafor^Ngozi. Empty components at the end are left out.
func Components(parts ...string) Encoded { return encodeParts("^", parts) }

// Subcomponents encodes each part as one subcomponent of a single component.
func Subcomponents(parts ...string) Encoded { return encodeParts("&", parts) }

// Compose makes a field of components that are already encoded.
func Compose(components ...Encoded) Encoded { return joinEncoded("^", components) }

// Repeat makes a field of repetitions.
func Repeat(repetitions ...Encoded) Encoded { return joinEncoded("~", repetitions) }

func encodeParts(sep string, parts []string) Encoded {
	encoded := make([]string, len(parts))
	for i, p := range parts {
		encoded[i] = escapeText(p)
	}
	return Encoded(strings.TrimRight(strings.Join(encoded, sep), sep))
}

func joinEncoded(sep string, parts []Encoded) Encoded {
	joined := make([]string, len(parts))
	for i, p := range parts {
		joined[i] = string(p)
	}
	return Encoded(strings.Join(joined, sep))
}

// Builder writes one message: UTF-8, the usual delimiters, CR after each
// segment.
type Builder struct{ out bytes.Buffer }

// MSH is the header of a message to send.
type MSH struct {
	Sender, SenderFacility     Encoded   // MSH-3, MSH-4
	Receiver, ReceiverFacility Encoded   // MSH-5, MSH-6
	Sent                       time.Time // MSH-7, written to the millisecond
	Type                       Encoded   // MSH-9, e.g. ORU^R01^ORU_R01
	ControlID                  string    // MSH-10
	Process                    Encoded   // MSH-11; empty means P
	Version                    Encoded   // MSH-12; empty means 2.6
	AcceptAck, AppAck          Encoded   // MSH-15, MSH-16
	Profiles                   Encoded   // MSH-21
}

// NewBuilder starts a message with its MSH.
func NewBuilder(h MSH) *Builder {
	b := &Builder{}
	return b.Segment("MSH", `^~\&`, h.Sender, h.SenderFacility, h.Receiver, h.ReceiverFacility,
		Encoded(FormatTimeMillis(h.Sent)), "", h.Type, Text(h.ControlID),
		or(h.Process, "P"), or(h.Version, "2.6"), "", "", h.AcceptAck, h.AppAck, "",
		"UNICODE UTF-8", "", "", h.Profiles)
}

func or(e, missing Encoded) Encoded {
	if e == "" {
		return missing
	}
	return e
}

// Segment adds a segment with its fields from the first on. Empty fields at
// the end are left out.
func (b *Builder) Segment(name string, fields ...Encoded) *Builder {
	for len(fields) > 0 && fields[len(fields)-1] == "" {
		fields = fields[:len(fields)-1]
	}
	b.out.WriteString(name)
	for _, f := range fields {
		b.out.WriteByte('|')
		b.out.WriteString(string(f))
	}
	b.out.WriteByte('\r')
	return b
}

// Fields are the fields of a segment by their number.
type Fields map[int]Encoded

// Sparse adds a segment of which only some fields are set.
func (b *Builder) Sparse(name string, fields Fields) *Builder {
	last := 0
	for n := range fields {
		last = max(last, n)
	}
	row := make([]Encoded, last)
	for n, f := range fields {
		row[n-1] = f
	}
	return b.Segment(name, row...)
}

// Bytes returns the message so far, without MLLP framing.
func (b *Builder) Bytes() []byte { return bytes.Clone(b.out.Bytes()) }
