// Package vitals holds what devices measure: the metrics with their codes and
// units, observations with their quality, and how fresh a value is. Numbers
// are exact decimals as the device wrote them.
package vitals

import (
	"cmp"
	"time"
)

// Code names a quantity on screens, in the feed and in the API: the LOINC
// code where one exists, else "MDC:" and the ISO/IEEE 11073-10101 number.
type Code string

// The codes that rules and screens name.
const (
	HeartRate      Code = "8867-4"  // from the ECG
	PulseRate      Code = "8889-8"  // from the pulse oximeter
	SpO2           Code = "59408-5" // oxygen saturation by pulse oximetry
	RespRate       Code = "9279-1"
	NIBPSystolic   Code = "8480-6" // non-invasive (cuff)
	NIBPDiastolic  Code = "8462-4"
	NIBPMean       Code = "8478-0"
	ABPSystolic    Code = "76215-3" // invasive (arterial line)
	ABPDiastolic   Code = "76213-8"
	ABPMean        Code = "76214-6"
	Temperature    Code = "8310-5"
	EndTidalCO2    Code = "19891-1"
	CVPMean        Code = "60985-9"
	PerfusionIndex Code = "61006-3"
	Glucose        Code = "2339-0"
	BodyWeight     Code = "29463-7"
)

// Metric describes one quantity as one kind of source measures it. Several
// metrics may share a Code; Rank decides which of them is shown.
type Metric struct {
	MDC   int    // 11073-10101 with its partition: partition × 65536 + term
	RefID string // 11073 reference id
	Code  Code
	Label string // as on a tile: "HR"
	Unit  string // UCUM, the unit in which it is kept and judged
	Rank  int    // lower is shown first among sources of one Code
	// Intermittent is true where a value is taken now and then (a cuff, a
	// thermometer) and stays meaningful until the next.
	Intermittent bool
}

// Metrics is the catalogue of what is charted as a vital sign, in the order
// in which a bedside lists them. Codes: ISO/IEEE 11073-10101 and LOINC.
var Metrics = []Metric{
	{147842, "MDC_ECG_HEART_RATE", HeartRate, "HR", "/min", 0, false},
	{149514, "MDC_PULS_RATE", PulseRate, "Pulse", "/min", 1, false},
	{149530, "MDC_PULS_OXIM_PULS_RATE", PulseRate, "Pulse", "/min", 0, false},
	{149522, "MDC_BLD_PULS_RATE_INV", PulseRate, "Pulse", "/min", 2, false},
	{149546, "MDC_PULS_RATE_NON_INV", "MDC:149546", "Pulse (NIBP)", "/min", 0, true},
	{150456, "MDC_PULS_OXIM_SAT_O2", SpO2, "SpO2", "%", 0, false},
	{151578, "MDC_TTHOR_RESP_RATE", RespRate, "RR", "/min", 0, false},
	{151562, "MDC_RESP_RATE", RespRate, "RR", "/min", 1, false},
	{151594, "MDC_CO2_RESP_RATE", RespRate, "RR", "/min", 2, false},
	{151658, "MDC_PULS_OXIM_PLETH_RESP_RATE", RespRate, "RR", "/min", 3, false},
	{150037, "MDC_PRESS_BLD_ART_ABP_SYS", ABPSystolic, "ABP sys", "mm[Hg]", 0, false},
	{150038, "MDC_PRESS_BLD_ART_ABP_DIA", ABPDiastolic, "ABP dia", "mm[Hg]", 0, false},
	{150039, "MDC_PRESS_BLD_ART_ABP_MEAN", ABPMean, "ABP mean", "mm[Hg]", 0, false},
	{150033, "MDC_PRESS_BLD_ART_SYS", ABPSystolic, "ABP sys", "mm[Hg]", 1, false},
	{150034, "MDC_PRESS_BLD_ART_DIA", ABPDiastolic, "ABP dia", "mm[Hg]", 1, false},
	{150035, "MDC_PRESS_BLD_ART_MEAN", ABPMean, "ABP mean", "mm[Hg]", 1, false},
	{150021, "MDC_PRESS_BLD_NONINV_SYS", NIBPSystolic, "NIBP sys", "mm[Hg]", 0, true},
	{150022, "MDC_PRESS_BLD_NONINV_DIA", NIBPDiastolic, "NIBP dia", "mm[Hg]", 0, true},
	{150023, "MDC_PRESS_BLD_NONINV_MEAN", NIBPMean, "NIBP mean", "mm[Hg]", 0, true},
	{150301, "MDC_PRESS_CUFF_SYS", NIBPSystolic, "NIBP sys", "mm[Hg]", 1, true},
	{150302, "MDC_PRESS_CUFF_DIA", NIBPDiastolic, "NIBP dia", "mm[Hg]", 1, true},
	{150303, "MDC_PRESS_CUFF_MEAN", NIBPMean, "NIBP mean", "mm[Hg]", 1, true},
	{150344, "MDC_TEMP", Temperature, "T", "Cel", 1, true},
	{150364, "MDC_TEMP_BODY", Temperature, "T", "Cel", 0, true},
	{150368, "MDC_TEMP_CORE", Temperature, "T", "Cel", 0, true},
	{150388, "MDC_TEMP_SKIN", "MDC:150388", "T skin", "Cel", 0, true},
	{150372, "MDC_TEMP_ESOPH", Temperature, "T", "Cel", 0, true},
	{150392, "MDC_TEMP_TYMP", Temperature, "T", "Cel", 0, true},
	{151728, "MDC_AWAY_CO2_ET", EndTidalCO2, "EtCO2", "mm[Hg]", 0, false},
	{150087, "MDC_PRESS_BLD_VEN_CENT_MEAN", CVPMean, "CVP", "mm[Hg]", 0, false},
	{150448, "MDC_PULS_OXIM_PERF_REL", PerfusionIndex, "PI", "1", 0, false},
	{160020, "MDC_CONC_GLU_GEN", Glucose, "Glucose", "mg/dL", 0, true},
	{188736, "MDC_MASS_BODY_ACTUAL", BodyWeight, "Weight", "kg", 0, true},
}

// Outranks reports whether m is the better of two sources of one quantity.
func (m Metric) Outranks(o Metric) bool {
	return m.Code == o.Code && cmp.Or(cmp.Compare(m.Rank, o.Rank), cmp.Compare(m.MDC, o.MDC)) < 0
}

// The catalogue is searched for every row of every message, so each way of
// asking has its index.
var (
	byMDC   = make(map[int]Metric, len(Metrics))
	byRefID = make(map[string]Metric, len(Metrics))
	order   = make(map[Code]int, len(Metrics)) // place of the first with the code
)

func init() {
	for i, m := range Metrics {
		byMDC[m.MDC] = m
		byRefID[m.RefID] = m
		if _, known := order[m.Code]; !known {
			order[m.Code] = i
		}
	}
}

// ByMDC finds the metric with the 11073 number.
func ByMDC(mdc int) (Metric, bool) {
	m, ok := byMDC[mdc]
	return m, ok
}

// ByRefID finds the metric with the 11073 reference id. Vendors also write
// MDC_ECG_CARD_BEAT_RATE for the number of MDC_ECG_HEART_RATE.
func ByRefID(ref string) (Metric, bool) {
	if ref == "MDC_ECG_CARD_BEAT_RATE" {
		ref = "MDC_ECG_HEART_RATE"
	}
	m, ok := byRefID[ref]
	return m, ok
}

// ByCode finds the first metric, in catalogue order, that is shown under code.
func ByCode(code Code) (Metric, bool) {
	i, ok := order[code]
	if !ok {
		return Metric{}, false
	}
	return Metrics[i], true
}

// Order is the place of a code in the catalogue; unknown codes come last.
func Order(code Code) int {
	if i, ok := order[code]; ok {
		return i
	}
	return len(Metrics)
}

// staleAfter is how long an intermittent value may be shown as current when
// its source has no known rhythm: a cuff 60 min, a temperature 4 h, as long
// as either may count in a score.
func staleAfter(code Code) time.Duration {
	if code == Temperature {
		return 4 * time.Hour
	}
	return time.Hour
}
