package pcd

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"wardlight/ingest/hl7"
	"wardlight/ward"
	"wardlight/ward/device"
	"wardlight/ward/fault"
	"wardlight/ward/infusion"
)

// eventProfile names IHE PCD-10 in MSH-21.
const eventProfile = "1.3.6.1.4.1.19376.1.6.4.10"

// IsEvent reports whether an ORU tells of an infusion event (IHE PCD-10), by
// its trigger or by its profile.
func IsEvent(h hl7.Header) bool {
	return h.Event == "R42" || h.Event == "R01" && slices.Contains(h.Profiles, eventProfile)
}

// DecodeEvent reads an IHE PCD-10 message: what happened to a pump's channel,
// and how the channel was then.
func DecodeEvent(m *hl7.Message, o Options) (ward.Reports, error) {
	d, err := read(m, o)
	if err != nil {
		return nil, err
	}
	var out ward.Reports
	for _, pump := range d.devices {
		if e, ok := d.pumpEvent(pump); ok {
			pump.identity.Kind = device.Pump
			out = append(out, ward.Report{
				Device: pump.identity, Patient: d.patient, Location: d.location, SentAt: d.sent,
				PumpEvents: []infusion.Event{e}, Flags: pump.flags,
			})
		}
	}
	if len(out) == 0 {
		return nil, fault.New(fault.Invalid, "no row says what happened (MDC_ATTR_EVT_COND)")
	}
	return out, nil
}

// pumpEvent reads the event of one pump.
func (d *decoder) pumpEvent(m *mds) (e infusion.Event, ok bool) {
	condition, ok := m.find(68487, "MDC_ATTR_EVT_COND")
	if !ok {
		return e, false
	}
	c := triplet(condition.obx.Field(5), 1)
	byNumber, known := c.eventNumber()
	if known && c.text != "" && c.text != byNumber {
		m.flag(condition.row, "number and name of the event disagree")
	}
	ref := cmp.Or(c.text, byNumber, c.id)
	if ref == "" {
		return e, false
	}
	vmd := d.sourceVMD(m)
	e = infusion.Event{Channel: strconv.Itoa(vmd), Kind: infusion.EventKind(ref), DeviceAt: condition.measured}
	of := *m
	of.kind = device.Pump
	of.metrics = slices.DeleteFunc(slices.Clone(m.metrics), func(r located) bool { return r.path.level(levelVMD) != vmd })
	if states := d.channels(&of); len(states) > 0 {
		e.State = states[0]
	}
	m.flags = of.flags
	e.State.Channel, e.State.DeviceAt = e.Channel, e.DeviceAt
	delivering, reason := of.token("MDC_PUMP_CURRENT_DELIVERY_STATUS"), of.token("MDC_PUMP_NOT_DELIVERING_REASON")
	e.Detail = cmp.Or(reason, delivering)
	e.State.Status = afterEvent(e, delivering)
	return e, true
}

// sourceVMD is the channel's number: what MDC_ATTR_EVT_SOURCE points at, else
// the first part of the pump that has rows.
func (d *decoder) sourceVMD(m *mds) int {
	if source, ok := m.find(68488, "MDC_ATTR_EVT_SOURCE"); ok {
		if vmd := parsePath(strings.TrimSpace(source.obx.Text(5, 1))).level(levelVMD); vmd > 0 {
			return vmd
		}
	}
	for _, r := range m.metrics {
		if vmd := r.path.level(levelVMD); vmd > 0 {
			return vmd
		}
	}
	return 1
}

// afterEvent is the channel's status. A rate is changed by a stop that is in
// transition and a start that follows: in between nobody knows. Where the pump
// gives no status the event itself says it; empty: it is about something else.
func afterEvent(e infusion.Event, delivering string) infusion.Status {
	s := e.State.Status
	isSaid := s != infusion.Unknown && s != ""
	switch {
	case strings.HasSuffix(delivering, "transitioning") && !e.State.IsRunning():
		return infusion.Unknown
	case e.Kind == infusion.DeliveryComplete && s != infusion.KVO && s != infusion.Off && s != infusion.Stopped:
		return infusion.Complete
	case isSaid:
		return s
	case e.Kind == infusion.DeliveryStart:
		return infusion.Infusing
	case e.Kind == infusion.DeliveryStop:
		return infusion.Paused
	}
	return ""
}

// find finds a row by its number or its name.
func (m *mds) find(number int, ref string) (located, bool) {
	i := slices.IndexFunc(m.metrics, func(r located) bool { return r.code.number == number || r.code.text == ref })
	if i < 0 {
		return located{}, false
	}
	return m.metrics[i], true
}

// token is the enumerated value of a pump's row.
func (m *mds) token(ref string) string {
	for _, r := range m.metrics {
		if name, _ := reference(r.code); name == ref {
			return cmp.Or(r.obx.Text(5, 2), r.obx.Text(5, 1))
		}
	}
	return ""
}
