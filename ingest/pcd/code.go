package pcd

import (
	"strconv"
	"strings"

	"wardlight/ingest/hl7"
	"wardlight/ward/vitals"
)

// coded is one triplet of a CWE: identifier, text, coding system.
type coded struct {
	id     string
	text   string
	system string
	number int // of the identifier, 0 when it is none
}

func triplet(v hl7.Value, first int) coded {
	c := coded{
		id:     strings.TrimSpace(v.Component(first).Subcomponent(1).String()),
		text:   strings.TrimSpace(v.Component(first + 1).Subcomponent(1).String()),
		system: v.Component(first + 2).Subcomponent(1).String(),
	}
	if c.id != "" && c.id[0] <= '9' { // a name is no number: Atoi would word an error for each
		c.number, _ = strconv.Atoi(c.id)
	}
	return c
}

// observed finds the 11073 triplet of OBX-3, which may be its alternate one.
func observed(v hl7.Value) coded {
	a := triplet(v, 1)
	if a.system == "MDC" {
		return a
	}
	if b := triplet(v, 4); b.system == "MDC" {
		return b
	}
	return a
}

const partitionPhysio = 2 << 16

// metric finds what the code means: by number, else by reference id. Where
// both are known and disagree, neither is believed.
func metric(c coded) (m vitals.Metric, known, disagrees bool) {
	byRef, refKnown := vitals.ByRefID(c.text)
	byNumber, numberKnown := vitals.ByMDC(c.number)
	if !numberKnown && c.isContextFree() {
		byNumber, numberKnown = vitals.ByMDC(c.number + partitionPhysio)
	}
	_, isPumpNumber := c.pumpNumber()
	switch {
	case numberKnown && refKnown && byNumber.Code != byRef.Code,
		numberKnown && pumpReferences[pumpName(c.text)],
		refKnown && isPumpNumber:
		return vitals.Metric{}, true, true
	case numberKnown:
		return byNumber, true, false
	}
	return byRef, refKnown, false
}

// isContextFree reports whether the number lacks its partition, as older
// senders write it.
func (c coded) isContextFree() bool { return c.number > 0 && c.number < 1<<16 }

// reference gives the reference id by which pump rows are recognised: the
// number where we know it, else the text without vendors' DEV_ variants. Where
// number and text are both known and disagree, there is none.
func reference(c coded) (ref string, disagrees bool) {
	byNumber, known := c.pumpNumber()
	name := pumpName(c.text)
	_, isVital := vitals.ByRefID(c.text)
	switch {
	case !known:
		return name, false
	case isVital, pumpReferences[name] && name != byNumber:
		return "", true
	}
	return byNumber, false
}

func (c coded) pumpNumber() (ref string, known bool) {
	if ref, known = pumpReference[c.number]; !known && c.isContextFree() {
		ref, known = pumpReference[c.number+partitionPhysio]
	}
	return ref, known
}

func pumpName(text string) string {
	return strings.Replace(text, "MDC_DEV_PUMP_", "MDC_PUMP_", 1)
}

// pumpReference: ISO/IEEE 11073-10101 numbers of infusion rows.
var pumpReference = map[int]string{
	157784: "MDC_FLOW_FLUID_PUMP",
	158014: "MDC_FLOW_FLUID_PUMP_CURRENT",
	157924: "MDC_RATE_DOSE",
	157884: "MDC_VOL_FLUID_TBI",
	157872: "MDC_VOL_FLUID_TBI_REMAIN",
	157993: "MDC_VOL_FLUID_DELIV_TOTAL",
	157992: "MDC_VOL_FLUID_DELIV_SEGMENT",
	157916: "MDC_TIME_PD_REMAIN",
	184514: "MDC_DRUG_NAME_LABEL",
	157760: "MDC_CONC_DRUG",
	184519: "MDC_PUMP_INFUSING_STATUS",
	158005: "MDC_PUMP_CURRENT_DELIVERY_STATUS",
	158006: "MDC_PUMP_NOT_DELIVERING_REASON",
	158008: "MDC_PUMP_PROGRAM_DELIVERY_MODE",
	158012: "MDC_PUMP_SOURCE_CHANNEL_LABEL",
	158016: "MDC_PUMP_ACTIVE_SOURCES",
	68063:  "MDC_ATTR_PT_WEIGHT",
}

var pumpReferences = func() map[string]bool {
	names := map[string]bool{}
	for _, name := range pumpReference {
		names[name] = true
	}
	return names
}()

// isPump reports whether a device row names an infusion pump or a part of it.
func isPump(c coded) bool {
	switch c.number {
	case 70049, 70050, 70053, 70054, 69985, 69986, 70067, 70071, 70091:
		return true
	}
	return strings.HasPrefix(c.text, "MDC_DEV_PUMP_")
}
