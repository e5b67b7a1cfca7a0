package sim

import (
	"time"

	"wardlight/ingest/hl7"
)

// Event is an ADT trigger event.
type Event string

// The events.
const (
	Admitted    Event = "A01"
	Transferred Event = "A02"
	Discharged  Event = "A03"
)

// Movement is a patient who comes, moves or leaves.
type Movement struct {
	Event               Event
	Patient             *Patient
	At                  time.Time
	Unit, Bed           string
	PriorUnit, PriorBed string // of a transfer
}

// AdmissionMessage writes a movement as ADT^A01, A02 or A03.
func AdmissionMessage(e Envelope, m Movement) []byte {
	event := string(m.Event)
	b := e.begin(hl7.Components("ADT", event, "ADT_"+event), "")
	b.Sparse("EVN", hl7.Fields{2: when(m.At), 6: when(m.At)})
	b.Sparse("PID", m.Patient.fields())
	visit := hl7.Fields{2: "I", 3: location(m.Unit, m.Bed), 19: hl7.Text(m.Patient.Visit)}
	switch m.Event {
	case Admitted:
		visit[44] = when(m.At)
	case Transferred:
		visit[6] = location(m.PriorUnit, m.PriorBed)
	case Discharged:
		visit[45] = when(m.At)
	}
	return b.Sparse("PV1", visit).Bytes()
}
