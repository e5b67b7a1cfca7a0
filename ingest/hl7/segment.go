package hl7

import (
	"bytes"
	"iter"
)

// Segment is one segment of a message. The zero Segment has only empty
// fields.
type Segment struct {
	coding *coding
	raw    []byte
	ends   []uint32 // where each field ends in raw; the name is field 0
}

// Name returns the segment's name, three characters such as OBX.
func (s Segment) Name() string {
	if s.coding == nil {
		return ""
	}
	return string(s.raw[:s.ends[0]])
}

func (s Segment) is(name string) bool {
	return s.coding != nil && string(s.raw[:s.ends[0]]) == name
}

// Raw returns the segment as received, without its end. Do not change it.
func (s Segment) Raw() []byte { return s.raw }

// Field returns field n, counted as the standard counts: PID-3 is Field(3)
// of PID, and MSH-1 is the field separator itself. A field that is not there
// is empty.
func (s Segment) Field(n int) Value {
	if s.is("MSH") {
		if n == 1 {
			return Value{s.coding, s.raw[3:4]}
		}
		n--
	}
	if n < 1 || n >= len(s.ends) {
		return Value{}
	}
	return Value{s.coding, s.raw[s.ends[n-1]+1 : s.ends[n]]}
}

// Text returns one component of the first repetition of field n, decoded:
// Text(5, 1) of PID is the family name.
func (s Segment) Text(field, component int) string {
	return s.Field(field).Component(component).String()
}

// Value is a field or a part of one. The zero Value is empty.
type Value struct {
	coding *coding
	raw    []byte
}

// Raw returns the value as received: escaped, in the message's character
// set. Do not change it.
func (v Value) Raw() []byte { return v.raw }

// IsEmpty reports whether nothing was sent: unknown, or unchanged.
func (v Value) IsEmpty() bool { return len(v.raw) == 0 }

// IsNull reports whether the value is `""`, by which a sender asks that the
// value it sent before be deleted.
func (v Value) IsNull() bool { return string(v.raw) == `""` }

// String returns the decoded text: escapes resolved, converted to UTF-8,
// what cannot be converted replaced by U+FFFD. It is empty for an empty value
// and for a null one. It may contain line breaks.
func (v Value) String() string {
	if v.IsEmpty() || v.IsNull() {
		return ""
	}
	raw := v.raw
	if bytes.IndexByte(raw, v.coding.escape) >= 0 {
		raw = v.coding.unescape(raw)
	}
	return v.coding.charset.decode(raw)
}

// Repetitions yields the repetitions of a field; none when it is empty.
func (v Value) Repetitions() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.IsEmpty() {
			return
		}
		rest, more := v.raw, true
		for more {
			var one []byte
			one, rest, more = bytes.Cut(rest, []byte{v.coding.repetition})
			if !yield(Value{v.coding, one}) {
				return
			}
		}
	}
}

// Repetition returns the n-th repetition of a field, counted from 1.
func (v Value) Repetition(n int) Value {
	if v.IsEmpty() {
		return Value{}
	}
	return v.part(v.coding.repetition, n)
}

// Elements yields the components of every repetition, in their order: the
// numbers of an array (NA).
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for r := range v.Repetitions() {
			rest, more := r.raw, true
			for more {
				var one []byte
				one, rest, more = bytes.Cut(rest, []byte{v.coding.component})
				if !yield(Value{v.coding, one}) {
					return
				}
			}
		}
	}
}

// Component returns component n, counted from 1; of a field that repeats,
// that of its first repetition.
func (v Value) Component(n int) Value {
	if v.IsEmpty() {
		return Value{}
	}
	return v.Repetition(1).part(v.coding.component, n)
}

// Subcomponent returns subcomponent n, counted from 1; of a field, that of
// its first component.
func (v Value) Subcomponent(n int) Value {
	if v.IsEmpty() {
		return Value{}
	}
	return v.Component(1).part(v.coding.subcomponent, n)
}

func (v Value) part(sep byte, n int) Value {
	if n < 1 {
		return Value{}
	}
	rest := v.raw
	for ; n > 1; n-- {
		i := bytes.IndexByte(rest, sep)
		if i < 0 {
			return Value{}
		}
		rest = rest[i+1:]
	}
	if i := bytes.IndexByte(rest, sep); i >= 0 {
		rest = rest[:i]
	}
	return Value{v.coding, rest}
}
