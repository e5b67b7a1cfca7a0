package sim

import (
	"fmt"
	"strconv"
	"strings"

	"wardlight/ingest/hl7"
)

// WaveMessage writes waveforms as the IHE Waveform Content Module has it: an
// array for each, over the interval of OBR-7 and OBR-8, with its rate and
// range in facet rows.
func WaveMessage(e Envelope, l Timeline, r WaveReport) []byte {
	b := e.about(r.Patient, location(r.Unit, r.Bed))
	b.Sparse("OBR", hl7.Fields{
		1: "1", 3: hl7.Components(e.ControlID, e.Sender.Name, e.Sender.ID, "EUI-64"), 4: "69121^MDC_OBS_WAVE_CTS^MDC",
		7: when(l.At(r.From)), 8: when(l.At(r.At)),
	})
	rows := []row{MonitorParts[0].row()}
	rows[0].fields[18] = hl7.Components(r.Device.Label, "", r.Device.ID, "EUI-64")
	for _, w := range r.Waves {
		rows = append(rows, w.rows()...)
	}
	writeRows(b, rows)
	return b.Bytes()
}

func (w Wave) rows() []row {
	facet := func(number, kind, refID string, value hl7.Encoded, unit UnitOfMeasure) row {
		return row{path: w.Path + "." + number, fields: hl7.Fields{
			2: hl7.Encoded(kind), 3: code(0, refID), 5: value, 6: unit.encoded(), 11: "R",
		}}
	}
	return []row{
		{path: w.Path, note: fmt.Sprintf("recording %s %s sample %d", w.Origin.Record, w.Origin.Signal, w.Origin.Index), fields: hl7.Fields{
			2: "NA", 3: code(w.MDC, w.RefID), 5: hl7.Encoded(strings.Join(w.Values, "^")), 6: w.Unit.encoded(), 11: "R",
		}},
		facet("1", "NM", "MDC_ATTR_SAMP_RATE", hl7.Encoded(strconv.FormatFloat(w.Rate, 'f', -1, 64)), perSecond),
		facet("2", "NR", "MDC_ATTR_DATA_RANGE", hl7.Components(w.Low, w.High), w.Unit),
	}
}
