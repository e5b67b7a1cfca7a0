// Package ingest turns what arrives from gateways into inputs of the ward and
// answers the sender once they are recorded. A message that cannot be decoded
// goes to quarantine with its bytes, never to silence.
package ingest

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"wardlight/ingest/adt"
	"wardlight/ingest/hl7"
	"wardlight/ingest/mllp"
	"wardlight/ingest/pcd"
	"wardlight/ward"
	"wardlight/ward/device"
	"wardlight/ward/fault"
	"wardlight/ward/vitals"
)

// Sink takes inputs in order. It calls done once the input is recorded or has
// failed; it returns an error only when it takes no more inputs.
type Sink interface {
	Enqueue(ctx context.Context, e ward.Event, m *ward.Message, done func(ward.Outcome)) error
}

// Waves takes waveforms the moment they arrive. They are transient: shown,
// kept for minutes, and no part of the record.
type Waves interface {
	// Take takes a device's waveforms. known is false if the ward should hear
	// of the device first: they may have been let go.
	Take(d device.ID, waves []vitals.Wave, sentAt, receivedAt time.Time) (known bool)
}

// HL7 receives HL7 v2 messages from MLLP connections. It implements
// mllp.Handler.
type HL7 struct {
	Sink  Sink
	Waves Waves // nil: waveforms are let go
	Known Known
	Now   func() time.Time
	Log   *slog.Logger

	told told
}

var _ mllp.Handler = (*HL7)(nil)

// Receive decodes a message and hands it on. It is answered when it is
// durable: accepted, or refused and in quarantine. One that holds nothing but
// waveforms is answered at once: they are transient, and no later message may
// wait for them.
func (h *HL7) Receive(ctx context.Context, from mllp.Peer, raw []byte, reply func([][]byte)) {
	now := h.Now()
	d := decode(raw, from.Addr, h.Known)
	if d.flags > 0 {
		h.Log.Debug("rows not charted", "source", d.source, "rows", d.flags)
	}
	if h.showWaves(d, now) && d.isOnlyWaves() {
		reply(d.answer(ward.Outcome{}, h.Now()))
		return
	}
	m := ward.NewMessage(d.source, d.controlID, d.kind, from.Addr, raw, now)
	err := h.Sink.Enqueue(ctx, d.event, m, func(o ward.Outcome) {
		if fault.KindOf(o.Err) == fault.Unavailable {
			reply(nil) // going down: the sender will send it again
			return
		}
		reply(d.answer(o, h.Now()))
	})
	if err != nil {
		reply(nil)
	}
}

// showWaves hands on the waveforms of a message. It reports whether the ward
// knows all their devices, and what the message says of patient and place. Of
// a device that is said to be with somebody else, none are shown before the
// ward has heard so.
func (h *HL7) showWaves(d decoded, now time.Time) bool {
	news := map[device.ID]said{}
	reports, _ := d.event.(ward.Reports)
	for _, r := range reports {
		news[r.Device.ID] = max(news[r.Device.ID], h.told.hear(r))
	}
	allKnown := true
	for _, w := range d.waves {
		allKnown = allKnown && news[w.Device] == asBefore
		if news[w.Device] != otherwise {
			allKnown = h.Waves != nil && h.Waves.Take(w.Device, w.Waves, w.SentAt, now) && allKnown
		}
	}
	return allKnown
}

// Refused lists a frame that could not be read. Of one that was too large
// nothing is kept but where it came from.
func (h *HL7) Refused(from mllp.Peer, r mllp.Refusal) [][]byte {
	now := h.Now()
	refused := ward.Refused{Reason: r.Err.Error(), Code: "207"}
	m := ward.NewMessage(host(from.Addr), "", "", from.Addr, append(append([]byte{}, r.Head...), now.String()...), now)
	m.Raw = r.Raw
	if err := h.Sink.Enqueue(context.Background(), refused, m, func(ward.Outcome) {}); err != nil {
		h.Log.Error("a refused frame could not be listed", "peer", from.Addr, "err", err)
	}
	if errors.Is(r.Err, mllp.ErrInterrupted) {
		return nil // the sender itself gave it up, and expects one answer for the message that follows
	}
	return hl7.ReplyHead(r.Head, hl7.Outcome{Kind: hl7.Rejected, Code: hl7.CodeApplicationInternal, Text: refused.Reason}, now, newControlID)
}

// Decode reads a message kept in quarantine again, which had come from peer.
// It fails as it did before if the message still cannot be decoded.
func Decode(raw []byte, peer string, known Known) (ward.Event, error) {
	d := decode(raw, peer, known)
	if r, refused := d.event.(ward.Refused); refused {
		return nil, fault.New(fault.Invalid, "%s", r.Reason)
	}
	return d.event, nil
}

// decoded is a message with what it means and how it will be answered.
type decoded struct {
	raw       []byte
	source    string       // MSH-3.1, else the sender's address
	message   *hl7.Message // nil when it could not be read
	unread    error
	event     ward.Event
	outcome   hl7.Outcome // of a refusal
	controlID string
	kind      string
	flags     int
	waves     []pcd.Waves
}

func decode(raw []byte, peer string, known Known) decoded {
	d := decoded{raw: raw}
	m, source, sender, err := known.parse(raw, peer)
	d.source = source
	if err != nil {
		d.unread = err
		d.refuse(hl7.Refusal(err))
		return d
	}
	d.message = m
	h, options := m.Header(), known.options(sender)
	d.controlID, d.kind = h.ControlID, h.Code+"^"+h.Event
	switch outcome, isOther := unsupported(h); {
	case isOther:
		d.refuse(outcome)
	case h.Code == "ORU" && h.Event == "R40":
		reports, err := pcd.DecodeAlert(m, options)
		d.reports(reports, nil, err)
	case h.Code == "ORU" && pcd.IsEvent(h):
		reports, err := pcd.DecodeEvent(m, options)
		d.reports(reports, nil, err)
	case h.Code == "ORU" && (h.Event == "R01" || h.Event == "W01"): // W01: the same with waveforms
		d.reports(pcd.Decode(m, options))
	case h.Code == "ADT" && (h.Process == "T" || h.Process == "D"):
		d.setAside("MSH-11 says that this is no real patient: a movement for training or debugging takes nobody's bed")
	case h.Code == "ADT" && adt.Understands(h.Event):
		moved, err := adt.Decode(m, options.Zone)
		d.take(moved, err)
	case h.Code == "ADT" || h.Code == "ORU":
		d.refuse(hl7.Outcome{Kind: hl7.Rejected, Code: hl7.CodeUnsupportedEvent, Text: "this event is not supported: " + d.kind})
	case h.Code == "RGV": // IHE PCD-03, an order to a pump
		d.refuse(hl7.Outcome{Kind: hl7.Rejected, Code: hl7.CodeUnsupportedType, Text: "this station never commands a device: " + d.kind + " is refused"})
	default:
		d.refuse(hl7.Outcome{Kind: hl7.Rejected, Code: hl7.CodeUnsupportedType, Text: "this message type is not supported: " + d.kind})
	}
	return d
}

// unsupported refuses what MSH-11 and MSH-12 say that this is not for.
func unsupported(h hl7.Header) (hl7.Outcome, bool) {
	switch {
	case h.Version != "" && !strings.HasPrefix(h.Version, "2."):
		return hl7.Outcome{Kind: hl7.Rejected, Code: hl7.CodeUnsupportedVersion, Text: "HL7 version " + h.Version + " is not read here: send 2.2 to 2.8"}, true
	case !slices.Contains([]string{"", "P", "T", "D"}, h.Process):
		return hl7.Outcome{Kind: hl7.Rejected, Code: hl7.CodeUnsupportedProcess, Text: "MSH-11 is none of P, T and D: " + h.Process}, true
	}
	return hl7.Outcome{}, false
}

func (d *decoded) reports(r ward.Reports, waves []pcd.Waves, err error) {
	for _, one := range r {
		d.flags += len(one.Flags)
	}
	d.waves = waves
	d.take(r, err)
}

// isOnlyWaves reports whether the message says nothing but waveforms. Rows
// that were not understood are something: they go on record.
func (d *decoded) isOnlyWaves() bool {
	reports, ok := d.event.(ward.Reports)
	return ok && len(d.waves) > 0 && !slices.ContainsFunc(reports, func(r ward.Report) bool {
		return len(r.Observations)+len(r.Corrections)+len(r.Channels)+len(r.PumpEvents)+len(r.Alerts)+len(r.Flags) > 0
	})
}

func (d *decoded) take(e ward.Event, err error) {
	if err != nil {
		d.refuse(hl7.Decline(err, fault.Text(err)))
		return
	}
	d.event = e
}

// setAside keeps a message in quarantine, for people to see, and accepts it:
// nothing is wrong with it, but it must not have an effect. Values of training
// and debugging can be flagged; a movement has no place to be flagged in, and
// would take a patient's bed.
func (d *decoded) setAside(why string) {
	d.event = ward.Refused{Reason: why, Code: code(hl7.CodeUnsupportedProcess)}
}

func (d *decoded) refuse(o hl7.Outcome) {
	d.outcome = o
	d.event = ward.Refused{Reason: o.Text, Code: code(o.Code)}
}

func code(n int) string {
	if n == 0 {
		n = hl7.CodeApplicationInternal
	}
	return string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})
}

// answer is what the sender gets once the input's fate is known.
func (d *decoded) answer(o ward.Outcome, now time.Time) [][]byte {
	switch {
	case d.isAnswer():
		return [][]byte{}
	case d.unread != nil:
		return hl7.ReplyUnreadable(d.raw, d.unread, now, newControlID)
	case o.Err != nil:
		return hl7.Reply(d.message, hl7.Outcome{Kind: hl7.Error, Code: hl7.CodeApplicationInternal, Text: fault.Text(o.Err)}, now, newControlID)
	}
	return hl7.Reply(d.message, d.outcome, now, newControlID)
}

// isAnswer reports whether the message itself answers one: to answer it would
// go on for ever.
func (d *decoded) isAnswer() bool {
	if d.message == nil {
		return false
	}
	_, found := d.message.First("MSA")
	return found
}

func newControlID() string { return rand.Text()[:20] }
