package sim

import (
	"strconv"

	"wardlight/ingest/hl7"
)

// Rows of a pump that are no quantities.
var (
	infusingStatus = Part{184519, "MDC_PUMP_INFUSING_STATUS", "1.1.1.1"}
	deliveryStatus = Part{158005, "MDC_PUMP_CURRENT_DELIVERY_STATUS", "1.1.2.1"}
	drugName       = Part{184514, "MDC_DRUG_NAME_LABEL", "1.1.2.8"}
	notDelivering  = Part{158006, "MDC_PUMP_NOT_DELIVERING_REASON", "1.1.2.11"}
)

// PumpMessage writes what a pump says as PCD-01, one VMD per channel.
func PumpMessage(e Envelope, l Timeline, r PumpReport) []byte {
	mds := PumpParts[0]
	b := e.observation(r.Pump.Patient, location(r.Pump.Unit, r.Pump.Bed), code(mds.MDC, mds.RefID), l.At(r.At))
	b.Segment("NTE", "1", "", "simulated")
	device := mds.row()
	device.fields[18] = hl7.Components(r.Pump.Label, "", r.Pump.ID, "EUI-64")
	rows := []row{device}
	for i, c := range r.Channels {
		rows = append(rows, c.rows(l, i+1, r)...)
	}
	writeRows(b, rows)
	return b.Bytes()
}

// rows are those of channel number n. The NTE below OBR speaks for them all.
func (c ChannelState) rows(l Timeline, n int, r PumpReport) []row {
	var rows []row
	for _, p := range PumpParts[1:] {
		rows = append(rows, p.row())
	}
	rows = append(rows,
		infusingStatus.saying("CWE", hl7.Components("", c.InfusingStatus)),
		deliveryStatus.saying("CWE", hl7.Components("", c.DeliveryStatus)),
		drugName.saying("ST", hl7.Text(c.Drug)),
	)
	if c.NotDelivering != "" {
		rows = append(rows, notDelivering.saying("CWE", hl7.Components("", c.NotDelivering)))
	}
	for _, reading := range c.Readings {
		rows = append(rows, reading.row(l, r.At))
	}
	for i := range rows {
		rows[i].path, rows[i].note = onChannel(rows[i].path, n), ""
	}
	return rows
}

func (p Part) saying(kind, value hl7.Encoded) row {
	return row{path: p.Path, fields: hl7.Fields{2: kind, 3: code(p.MDC, p.RefID), 5: value, 11: "R"}}
}

// onChannel is a path of channel 1 on channel n.
func onChannel(path string, n int) string { return "1." + strconv.Itoa(n) + path[len("1.1"):] }
