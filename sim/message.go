package sim

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"wardlight/ingest/hl7"
)

// facility assigns the numbers of patients and visits.
const facility = "SIMHOSP"

// Sender is a gateway as MSH-3 names it.
type Sender struct {
	Name string
	ID   string // EUI-64
}

func (s Sender) encoded() hl7.Encoded { return hl7.Components(s.Name, s.ID, "EUI-64") }

// Envelope is what a message says of itself.
type Envelope struct {
	Sender    Sender
	ControlID string
	Sent      time.Time
}

// begin writes MSH. The accept acknowledgement is always asked for, and never
// an application's (IHE PCD TF-2, B.1).
func (e Envelope) begin(kind, profiles hl7.Encoded) *hl7.Builder {
	return hl7.NewBuilder(hl7.MSH{
		Sender: e.Sender.encoded(), SenderFacility: facility,
		Sent: e.Sent.UTC(), Type: kind, ControlID: e.ControlID,
		AcceptAck: "AL", AppAck: "NE", Profiles: profiles,
	})
}

// observation begins an unsolicited PCD-01 report on a patient, who may be
// unknown, at a place: MSH, PID, PV1 and OBR.
func (e Envelope) observation(p *Patient, place, subject hl7.Encoded, at time.Time) *hl7.Builder {
	b := e.about(p, place)
	return b.Sparse("OBR", hl7.Fields{
		1: "1", 3: hl7.Components(e.ControlID, e.Sender.Name, e.Sender.ID, "EUI-64"), 4: subject, 7: when(at),
	})
}

// about begins a report on a patient, who may be unknown, at a place: MSH, PID
// and PV1.
func (e Envelope) about(p *Patient, place hl7.Encoded) *hl7.Builder {
	b := e.begin("ORU^R01^ORU_R01", "IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO")
	visit := hl7.Fields{2: "I", 3: place}
	if p == nil {
		b.Sparse("PID", hl7.Fields{5: "^^^^^^U"})
	} else {
		b.Sparse("PID", p.fields())
		visit[19] = hl7.Text(p.Visit)
	}
	return b.Sparse("PV1", visit)
}

// fields are PID's.
func (p *Patient) fields() hl7.Fields {
	return hl7.Fields{
		3: hl7.Components(p.MRN, "", "", facility, "MR"),
		5: hl7.Components(p.Family, p.Given, "", "", "", "", "L"),
		7: hl7.Text(strings.ReplaceAll(p.BirthDate, "-", "")),
		8: hl7.Text(p.Sex),
	}
}

func location(unit, bed string) hl7.Encoded { return hl7.Components(unit, "", bed, facility) }

func when(t time.Time) hl7.Encoded { return hl7.Encoded(hl7.FormatTimeMillis(t.UTC())) }

func code(mdc int, refID string) hl7.Encoded { return hl7.Components(strconv.Itoa(mdc), refID, "MDC") }

// encoded is OBX-6: the unit as 11073-10101 writes it, and as UCUM does.
func (u UnitOfMeasure) encoded() hl7.Encoded {
	if u.MDC == 0 {
		return hl7.Components(u.UCUM, u.UCUM, "UCUM")
	}
	return hl7.Components(strconv.Itoa(u.MDC), u.RefID, "MDC", u.UCUM, u.UCUM, "UCUM")
}

// row is an OBX, and the NTE below it.
type row struct {
	path   string
	fields hl7.Fields
	note   string // empty: none
}

func (p Part) row() row {
	return row{path: p.Path, fields: hl7.Fields{3: code(p.MDC, p.RefID), 11: "X"}}
}

// row is a value, or that there is none. at is the time of the report, which
// OBR-7 says once for all values that were not taken at another.
func (r Reading) row(l Timeline, at time.Duration) row {
	f := hl7.Fields{
		2: "NM", 3: code(r.Metric.MDC, r.Metric.RefID), 5: hl7.Text(r.Value), 6: r.Metric.Unit.encoded(),
		7: hl7.Text(r.Metric.Limits), 11: "R",
	}
	if r.Flag != "" {
		f[8], f[11] = hl7.Text(string(r.Flag)), "X" // IHE PCD TF-2, B.8.5
	}
	if r.At != at {
		f[14] = when(l.At(r.At))
	}
	if r.Source == Set {
		f[17] = "MSET^manual-setting^MDC"
	}
	return row{path: r.Metric.Path, fields: f, note: r.note()}
}

// note says where a value comes from, so that it can be compared with the
// recording, and that nobody takes an invented one for real.
func (r Reading) note() string {
	switch {
	case r.Source == Simulated && r.Overlay != "":
		return "simulated: " + string(r.Overlay)
	case r.Source == Simulated:
		return "simulated"
	case r.Source == Recorded:
		return fmt.Sprintf("recording %s %s minute %d", r.Origin.Record, r.Origin.Signal, r.Origin.Index)
	case r.Source == Derived:
		return fmt.Sprintf("derived from recording %s %s sample %d", r.Origin.Record, r.Origin.Signal, r.Origin.Index)
	}
	return ""
}

// writeRows numbers the rows and writes them in the order of their paths.
func writeRows(b *hl7.Builder, rows []row) {
	slices.SortStableFunc(rows, func(x, y row) int { return comparePaths(x.path, y.path) })
	for i, r := range rows {
		r.fields[1], r.fields[4] = hl7.Encoded(strconv.Itoa(i+1)), hl7.Encoded(r.path)
		b.Sparse("OBX", r.fields)
		if r.note != "" {
			b.Segment("NTE", "1", "", hl7.Text(r.note))
		}
	}
}

// comparePaths compares two containment paths number by number.
func comparePaths(x, y string) int {
	for x != "" && y != "" {
		var a, b string
		a, x, _ = strings.Cut(x, ".")
		b, y, _ = strings.Cut(y, ".")
		if c := cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(x), len(y))
}
