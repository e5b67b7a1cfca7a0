package ingest

import (
	"slices"
	"sync"

	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/device"
)

// maxTold is how many devices are remembered; beyond it, all are forgotten
// and heard of anew.
const maxTold = 16384

// maxNumbers is how many numbers of a patient are remembered.
const maxNumbers = 8

// told remembers what each device's messages last said of patient and place.
// A message of nothing but waveforms is no part of the record; but one that
// says that the device is with somebody else must reach the ward, or the
// waveforms would go on under the patient before.
type told struct {
	mu sync.Mutex
	of map[device.ID]whereabouts
}

// whereabouts are whom and where a device is said to be with.
type whereabouts struct {
	patient []census.Identifier
	place   census.Location
}

// said is what is new in a report.
type said int

const (
	asBefore said = iota
	firstWord
	otherwise
)

func (t *told) hear(r ward.Report) said {
	t.mu.Lock()
	defer t.mu.Unlock()
	before, known := t.of[r.Device.ID]
	if !known && len(t.of) >= maxTold || t.of == nil {
		t.of = map[device.ID]whereabouts{}
	}
	now, isOther := before.and(r)
	t.of[r.Device.ID] = now
	switch {
	case !known:
		return firstWord
	case isOther:
		return otherwise
	}
	return asBefore
}

// and adds what a report says. One that names nobody, or no place, says
// nothing new of it; nor does one that knows more or fewer numbers of the
// same patient.
func (w whereabouts) and(r ward.Report) (now whereabouts, isOther bool) {
	isTheirs := func(n census.Identifier) bool { return slices.ContainsFunc(w.patient, n.Matches) }
	if len(r.Patient) > 0 {
		isOther = !slices.ContainsFunc(r.Patient, isTheirs)
		w.patient = slices.Clone(r.Patient[:min(len(r.Patient), maxNumbers)])
	}
	if place := r.Location; !place.IsZero() {
		place.Facility = "" // not always said
		isOther = isOther || place != w.place
		w.place = place
	}
	return w, isOther
}
