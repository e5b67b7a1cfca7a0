package pcd

import (
	"cmp"
	"strconv"
	"strings"

	"wardlight/ingest/hl7"
	"wardlight/ward/alarm"
)

// eventAlarm says only that there is an alarm.
const eventAlarm = "MDC_EVT_ALARM"

const partitionEvent = 3 << 16

// eventName: ISO/IEEE 11073-10101 numbers of events. Two numbers are in use
// for the sign of life.
var eventName = map[int]string{
	196616: eventAlarm,
	196670: "MDC_EVT_LO", 196648: "MDC_EVT_HI", 196674: "MDC_EVT_LO_VAL_LT_LIM",
	196940: "MDC_EVT_FLUID_LINE_OCCL",
	197218: "MDC_EVT_SYRINGE_BARREL_CAPTURE_FAULT",
	197334: "MDC_EVT_VOL_INFUS_NEAR_COMP",
	197288: "MDC_EVT_PUMP_DELIV_START", 197290: "MDC_EVT_PUMP_DELIV_STOP", 197292: "MDC_EVT_PUMP_DELIV_COMP",
	258047: alarm.Heartbeat, 196614: alarm.Heartbeat,
}

// usualPriority is what an alarm counts as whose device does not say: what
// stops an infusion, or lets it run free, is high (IEC 60601-2-24).
var usualPriority = map[string]alarm.Priority{
	"MDC_EVT_FLUID_LINE_OCCL": alarm.High, "MDC_EVT_FLUID_LINE_OCCL_PROXIMAL": alarm.High, "MDC_EVT_FLUID_LINE_AIR": alarm.High,
	"MDC_EVT_DOOR_POSN_ERR": alarm.High, "MDC_EVT_CHECK_IV_SET": alarm.High, "MDC_EVT_SYRINGE_BARREL_CAPTURE_FAULT": alarm.High,
	"MDC_EVT_MALF": alarm.High, "MDC_EVT_BATT_DEPL": alarm.High, "MDC_EVT_EMER_STOP": alarm.High, "MDC_EVT_FLOW_STOP_OPEN": alarm.High,
	"MDC_EVT_VOL_INFUS_NEAR_COMP": alarm.Low,
	alarm.Heartbeat:               "",
}

// eventOf finds the reference id of an event: its name, else its number's.
func eventOf(c coded) (ref string, known bool) {
	if strings.HasPrefix(c.text, "MDC_EVT_") {
		return c.text, true
	}
	return c.eventNumber()
}

func (c coded) eventNumber() (ref string, known bool) {
	if ref, known = eventName[c.number]; !known && c.isContextFree() {
		ref, known = eventName[c.number+partitionEvent]
	}
	return ref, known
}

// event reads the row that says what happened: the event itself in OBX-3, or
// in OBX-5 where OBX-3 says only that there is an alarm. A vendor's name wins
// over the number that it lends from another event.
func (m *mds) event(r row) (ref string, mdc int, text string) {
	c := r.code
	text = joined(r.obx)
	if inValue := triplet(r.obx.Field(5), 1); r.obx.Text(2, 1) != "ST" && (inValue.number > 0 || strings.HasPrefix(inValue.text, "MDC_")) {
		text = cmp.Or(r.obx.Text(5, 9), r.obx.Text(5, 5))
		if ref, _ = eventOf(c); ref == "" || ref == eventAlarm {
			c = inValue
		}
	}
	byNumber, known := c.eventNumber()
	if known && c.text != "" && c.text != byNumber {
		m.flag(r, "number and name of the event disagree")
	}
	ref = cmp.Or(c.text, byNumber)
	if ref == "" && c.number > 0 {
		ref = "MDC:" + strconv.Itoa(c.number)
	}
	return cmp.Or(shortened(ref), eventAlarm), c.number, shortened(text)
}

// sideEvent finds in OBX-8 on which side of its limit the value is.
func sideEvent(obx hl7.Segment) string {
	for _, w := range statuses(obx).words {
		switch w {
		case "L", "LL":
			return "MDC_EVT_LO"
		case "H", "HH":
			return "MDC_EVT_HI"
		}
	}
	return ""
}

// priority reads the priority row, else OBX-8 as it was done before there was
// one. What nobody understands, or said, counts as is usual, else as medium.
func (m *mds) priority(of map[facet]row, event string) alarm.Priority {
	said := ""
	for _, w := range words(of, facetPriority) {
		switch w {
		case "PH":
			return alarm.High
		case "PM":
			return alarm.Medium
		case "PL":
			return alarm.Low
		case "PN":
			return ""
		}
		if said == "" && w != "" {
			said = w
		}
	}
	p, known := usualPriority[event]
	if !known {
		p = alarm.Medium
	}
	if _, given := of[facetPriority]; !given {
		said = ""
	}
	switch {
	case said != "":
		m.flag(of[facetPriority], "priority "+strconv.Quote(said)+" is not known, taken as "+string(p))
	case p != "":
		m.flag(of[facetEvent], "no priority, taken as "+string(p))
	}
	return p
}

// category reads the type row, else OBX-8: physiological (SP) or technical
// (ST, SA). Else what is about a measurement is about the patient.
func category(of map[facet]row, a alarm.Alert) alarm.Category {
	for _, w := range words(of, facetType) {
		switch w {
		case "SP":
			return alarm.Physiological
		case "ST", "SA":
			return alarm.Technical
		}
	}
	if a.Metric.Code != "" {
		return alarm.Physiological
	}
	return alarm.Technical
}

// words are the tokens that may say it, in the order in which they count.
func words(of map[facet]row, f facet) []string {
	out := []string{strings.ToUpper(word(of[f].obx))}
	for _, in := range []facet{facetEvent, facetSource} {
		out = append(out, statuses(of[in].obx).words...)
	}
	return out
}
