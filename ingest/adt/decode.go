// Package adt decodes HL7 v2 messages about the census (ADT: admit, register,
// transfer, discharge, their cancellations, updates and merges) to movements.
package adt

import (
	"time"

	"wardlight/ingest/hl7"
	"wardlight/ingest/pcd"
	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/fault"
)

var movements = map[string]census.MovementKind{
	"A01": census.Admit, "A02": census.Transfer, "A03": census.Discharge, "A04": census.Register,
	"A08": census.Update, "A11": census.CancelAdmit, "A12": census.CancelTransfer, "A13": census.CancelDischarge,
	"A31": census.UpdatePerson, "A40": census.Merge,
}

// Understands reports whether the trigger event is one of those decoded here.
func Understands(event string) bool { _, ok := movements[event]; return ok }

// Decode reads an ADT message. MSH-9.2 decides what it is, since EVN-1 is
// wrong in practice. The error is a fault whose text says what to mend.
func Decode(m *hl7.Message, zone pcd.Zone) (ward.Moved, error) {
	h := m.Header()
	kind, ok := movements[h.Event]
	if !ok {
		return ward.Moved{}, fault.New(fault.Invalid, "ADT event %q is not understood", h.Event)
	}
	pv1, _ := m.First("PV1")
	pid, hasPID := m.First("PID")
	to := pcd.Location(pv1.Field(3))
	tz := time.UTC
	if z := zone(to.Unit); z != nil {
		tz = z
	}
	at, err := eventTime(m, h, kind, tz)
	if err != nil {
		return ward.Moved{}, err
	}
	mv := census.Movement{
		Kind: kind, At: at, To: to, From: pcd.Location(pv1.Field(6)),
		AdmittedAt: timeOrZero(pv1.Text(44, 1), tz), DischargedAt: timeOrZero(pv1.Text(45, 1), tz),
		Patient: demographics(pid),
	}
	if visits := pcd.Identifiers(pv1.Field(19)); len(visits) > 0 {
		mv.Visit = visits[0]
	}
	if !hasPID || len(mv.Patient.Identifiers) == 0 {
		return ward.Moved{}, hl7.Missing("PID", 3, fault.New(fault.Invalid, "PID-3 has no patient number"))
	}
	if (kind == census.Transfer || kind == census.CancelTransfer) && to.IsZero() {
		return ward.Moved{}, hl7.Missing("PV1", 3, fault.New(fault.Invalid, "PV1-3 is empty: it must say where the patient is now"))
	}
	if kind == census.Merge {
		mv.Prior, err = prior(m)
	}
	return ward.Moved{Movement: mv}, err
}

// prior is the numbers that a merge ends. The message may carry several
// merges (HL7 v2.5.1, 3.3.40); here each takes one.
func prior(m *hl7.Message) ([]census.Identifier, error) {
	var numbers []census.Identifier
	pairs := 0
	for mrg := range m.Segments("MRG") {
		numbers = pcd.Identifiers(mrg.Field(1))
		pairs++
	}
	switch {
	case len(numbers) == 0:
		return nil, hl7.Missing("MRG", 1, fault.New(fault.Invalid, "MRG-1 has no patient number: which number does the one in PID-3 replace?"))
	case pairs > 1:
		return nil, fault.New(fault.Invalid, "%d merges in one message: send each in a message of its own", pairs)
	}
	return numbers, nil
}

// eventTime is when it happened: EVN-6, else EVN-2, else MSH-7. The EVN-6 of a
// cancellation is the time of the event that it cancels (HL7 v2.5.1, 3.4.1.6),
// so it counts by EVN-2: it is newer than what it undoes.
func eventTime(m *hl7.Message, h hl7.Header, kind census.MovementKind, tz *time.Location) (time.Time, error) {
	evn, _ := m.First("EVN")
	told := []string{evn.Text(6, 1), evn.Text(2, 1)}
	if kind.IsCancellation() {
		told = told[1:]
	}
	for _, s := range told {
		if t := timeOrZero(s, tz); !t.IsZero() {
			return t, nil
		}
	}
	t, _, err := h.SentAt(tz)
	if err != nil {
		return time.Time{}, hl7.Mistyped("MSH", 7, h.Sent == "", fault.New(fault.Invalid, "neither EVN-6, EVN-2 nor MSH-7 is a time"))
	}
	return t, nil
}

func timeOrZero(s string, tz *time.Location) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, _, err := hl7.ParseTime(s, tz)
	if err != nil {
		return time.Time{}
	}
	return t
}

func demographics(pid hl7.Segment) census.Demographics {
	name := pid.Field(5).Repetition(1) // the legal name comes first (HL7 v2.5.1, 3.4.2.5)
	return census.Demographics{
		Identifiers: pcd.Identifiers(pid.Field(3)),
		Family:      field(name.Component(1).Subcomponent(1)),
		GivenName:   field(name.Component(2)),
		Middle:      field(name.Component(3)),
		Sex:         field(pid.Field(8).Component(1)),
		BirthDate:   birthDate(pid.Field(7).Component(1)),
	}
}

func field(v hl7.Value) census.Field {
	return census.Field{Given: !v.IsEmpty(), Value: v.String()}
}

// nullDates are written by systems that know no birth date.
var nullDates = map[string]bool{"18991230": true, "19000101": true}

func birthDate(v hl7.Value) census.Field {
	f := field(v)
	if !f.Given || f.Value == "" {
		return f
	}
	if len(f.Value) >= 8 && !nullDates[f.Value[:8]] {
		if t, err := time.Parse("20060102", f.Value[:8]); err == nil {
			return census.Field{Given: true, Value: t.Format(time.DateOnly)}
		}
	}
	return census.Field{}
}
