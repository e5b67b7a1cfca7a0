package sim

import (
	"slices"
	"strings"

	"wardlight/ingest/hl7"
)

// MonitorMessage writes what a monitor, a wearable or a spot check says as
// PCD-01.
func MonitorMessage(e Envelope, l Timeline, r Report) []byte {
	b := e.observation(r.Patient, location(r.Unit, r.Bed), "182777000^monitoring of patient^SCT", l.At(r.At))
	var rows []row
	for _, reading := range r.Readings {
		rows = append(rows, reading.row(l, r.At))
	}
	writeRows(b, append(monitorParts(r), rows...))
	return b.Bytes()
}

// monitorParts are the device itself, with its name, and the modules that have
// something to say.
func monitorParts(r Report) []row {
	var rows []row
	for _, p := range MonitorParts {
		if slices.ContainsFunc(r.Readings, func(x Reading) bool { return p.contains(x.Metric.Path) }) {
			rows = append(rows, p.row())
		}
	}
	if len(rows) > 0 {
		rows[0].fields[18] = hl7.Components(r.Device.Label, "", r.Device.ID, "EUI-64")
	}
	return rows
}

// contains reports whether a path is below the part.
func (p Part) contains(path string) bool {
	named, _, _ := strings.Cut(p.Path, ".0")
	return strings.HasPrefix(path, named+".")
}
