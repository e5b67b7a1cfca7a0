package spool

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"time"

	"wardlight/ward"
)

// A record of the file, numbers little-endian:
//
//	magic   4 bytes "WLS1"
//	length  4 bytes, of the body
//	seq     8 bytes, from 1 on
//	body's CRC-32C   4 bytes
//	header's CRC-32C 4 bytes, of all before it
//	body: one line of JSON, then the message as it arrived
const (
	magic      = "WLS1"
	headerSize = 24
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// label is the line of JSON before a message's bytes.
type label struct {
	ID         string        `json:"id"` // of the input
	At         time.Time     `json:"at"`
	Source     string        `json:"source"`
	Peer       string        `json:"peer"`
	ControlID  string        `json:"control_id"`
	Type       string        `json:"type"`
	ReceivedAt time.Time     `json:"received_at"`
	Digest     []byte        `json:"digest"`
	Refused    *ward.Refused `json:"refused,omitempty"`
}

var errNoMessage = errors.New("only messages are kept")

// appendRecord adds one input to b.
func appendRecord(b []byte, seq uint64, in ward.Input) ([]byte, error) {
	m := in.Message
	if m == nil {
		return b, errNoMessage
	}
	l := label{
		ID: in.ID, At: in.At, Source: m.Source, Peer: m.Peer, ControlID: m.ControlID, Type: m.Type,
		ReceivedAt: m.ReceivedAt, Digest: m.Digest[:],
	}
	if r, ok := in.Event.(ward.Refused); ok {
		l.Refused = &r
	}
	line, err := json.Marshal(l)
	if err != nil {
		return b, err
	}
	from := len(b)
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(line)+1+len(m.Raw)))
	b = binary.LittleEndian.AppendUint64(b, seq)
	sum := crc32.Update(crc32.Checksum(line, castagnoli), castagnoli, []byte{'\n'})
	b = binary.LittleEndian.AppendUint32(b, crc32.Update(sum, castagnoli, m.Raw))
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[from:], castagnoli))
	b = append(append(b, line...), '\n')
	return append(b, m.Raw...), nil
}

// found is what a file holds.
type found struct {
	inputs  []ward.Input
	seq     uint64 // of the newest
	damaged int    // bytes that belong to no record and do not look like a write cut short
	torn    int    // bytes at the end that do
}

// scan reads all records that are whole. After damage it goes on at the next
// whole record.
func scan(raw []byte) (f found) {
	for at := 0; at < len(raw); {
		in, seq, size, state := readRecord(raw[at:])
		switch {
		case state == whole && seq > f.seq:
			f.inputs, f.seq = append(f.inputs, in), seq
			at += size
		case state == short:
			f.torn = len(raw) - at
			return f
		default:
			next := nextRecord(raw, at+max(1, size))
			f.damaged += next - at
			at = next
		}
	}
	return f
}

// nextRecord finds where a header begins that is whole, or the end.
func nextRecord(raw []byte, from int) int {
	for from < len(raw) {
		i := bytes.Index(raw[from:], []byte(magic))
		if i < 0 {
			return len(raw)
		}
		from += i
		if len(raw)-from >= headerSize && isHeader(raw[from:]) {
			return from
		}
		from++
	}
	return len(raw)
}

type state int

const (
	whole state = iota
	short       // the beginning of a record, as far as it goes
	broken
)

func isHeader(b []byte) bool {
	return string(b[:4]) == magic && crc32.Checksum(b[:headerSize-4], castagnoli) == binary.LittleEndian.Uint32(b[headerSize-4:])
}

// readRecord reads the record at the beginning of b. The size of a broken one
// is known if its header is whole: a record that a sender has put into the
// bytes of its message is not one of ours, and is not looked for there.
func readRecord(b []byte) (in ward.Input, seq uint64, size int, s state) {
	if len(b) < headerSize {
		if n := min(len(b), len(magic)); string(b[:n]) != magic[:n] {
			return in, 0, 0, broken
		}
		return in, 0, 0, short
	}
	if !isHeader(b) {
		return in, 0, 0, broken
	}
	size = headerSize + int(binary.LittleEndian.Uint32(b[4:]))
	if size > len(b) {
		return in, 0, 0, short
	}
	body := b[headerSize:size]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(b[16:]) {
		return in, 0, size, broken
	}
	in, ok := decode(body)
	if !ok {
		return in, 0, size, broken
	}
	return in, binary.LittleEndian.Uint64(b[8:]), size, whole
}

func decode(body []byte) (in ward.Input, ok bool) {
	line, raw, found := bytes.Cut(body, []byte{'\n'})
	var l label
	if !found || json.Unmarshal(line, &l) != nil || len(l.Digest) != sha256.Size {
		return in, false
	}
	in = ward.Input{ID: l.ID, At: l.At, Message: &ward.Message{
		Source: l.Source, ControlID: l.ControlID, Type: l.Type, Digest: [sha256.Size]byte(l.Digest),
		Raw: bytes.Clone(raw), Peer: l.Peer, ReceivedAt: l.ReceivedAt,
	}}
	if l.Refused != nil {
		in.Event = *l.Refused
	}
	return in, true
}
