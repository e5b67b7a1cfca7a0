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
	NIBPPulse      Code = "MDC:149546" // as the cuff counts it
	ABPSystolic    Code = "76215-3"    // invasive (arterial line)
	ABPDiastolic   Code = "76213-8"
	ABPMean        Code = "76214-6"
	PAPSystolic    Code = "8440-0" // pulmonary artery
	PAPDiastolic   Code = "8385-7"
	PAPMean        Code = "8414-5"
	Temperature    Code = "8310-5"
	SkinTemp       Code = "MDC:150388"
	EndTidalCO2    Code = "19891-1"
	InspiredCO2    Code = "MDC:151716"
	ExpiredCO2     Code = "MDC:151712"
	InspiredO2     Code = "3150-6" // FiO2
	PEEP           Code = "20077-4"
	CVPMean        Code = "60985-9"
	CardiacOutput  Code = "8741-1"
	CardiacIndex   Code = "MDC:149772"
	PVCRate        Code = "MDC:148066" // ventricular premature beats
	STLeadI        Code = "MDC:131841"
	STLeadII       Code = "MDC:131842"
	QTInterval     Code = "8634-8"
	QTCorrected    Code = "8636-3"
	PerfusionIndex Code = "61006-3"
	Glucose        Code = "2339-0" // of whole blood
	GlucosePlasma  Code = "2345-7"
	BodyWeight     Code = "29463-7"
	BodyHeight     Code = "8302-2"
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
	{149546, "MDC_PULS_RATE_NON_INV", NIBPPulse, "Pulse (NIBP)", "/min", 0, true},
	{150456, "MDC_PULS_OXIM_SAT_O2", SpO2, "SpO2", "%", 0, false},
	{151578, "MDC_TTHOR_RESP_RATE", RespRate, "RR", "/min", 0, false},
	{151562, "MDC_RESP_RATE", RespRate, "RR", "/min", 1, false},
	{151594, "MDC_CO2_RESP_RATE", RespRate, "RR", "/min", 2, false},
	{151658, "MDC_PULS_OXIM_PLETH_RESP_RATE", RespRate, "RR", "/min", 3, false},
	{151570, "MDC_AWAY_RESP_RATE", RespRate, "RR", "/min", 4, false},
	{151586, "MDC_VENT_RESP_RATE", RespRate, "RR", "/min", 5, false},
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
	{150388, "MDC_TEMP_SKIN", SkinTemp, "T skin", "Cel", 0, true},
	{150372, "MDC_TEMP_ESOPH", Temperature, "T", "Cel", 0, true},
	{150392, "MDC_TEMP_TYMP", Temperature, "T", "Cel", 0, true},
	{151728, "MDC_AWAY_CO2_ET", EndTidalCO2, "EtCO2", "mm[Hg]", 0, false},
	{151708, "MDC_CONC_AWAY_CO2_ET", EndTidalCO2, "EtCO2", "mm[Hg]", 1, false},
	{150087, "MDC_PRESS_BLD_VEN_CENT_MEAN", CVPMean, "CVP", "mm[Hg]", 0, false},
	{150448, "MDC_PULS_OXIM_PERF_REL", PerfusionIndex, "PI", "1", 0, false},
	{150488, "MDC_BLD_PERF_INDEX", PerfusionIndex, "PI", "1", 1, false},
	{150045, "MDC_PRESS_BLD_ART_PULM_SYS", PAPSystolic, "PAP sys", "mm[Hg]", 0, false},
	{150046, "MDC_PRESS_BLD_ART_PULM_DIA", PAPDiastolic, "PAP dia", "mm[Hg]", 0, false},
	{150047, "MDC_PRESS_BLD_ART_PULM_MEAN", PAPMean, "PAP mean", "mm[Hg]", 0, false},
	{150276, "MDC_OUTPUT_CARD", CardiacOutput, "CO", "L/min", 0, true},
	{149772, "MDC_OUTPUT_CARD_INDEX", CardiacIndex, "CI", "L/min/m2", 0, true},
	{151716, "MDC_CONC_AWAY_CO2_INSP", InspiredCO2, "CO2 insp", "mm[Hg]", 0, false},
	{151712, "MDC_CONC_AWAY_CO2_EXP", ExpiredCO2, "CO2 exp", "mm[Hg]", 0, false},
	{152196, "MDC_CONC_AWAY_O2_INSP", InspiredO2, "FiO2", "%", 0, false},
	{160920, "MDC_VENT_CONC_AWAY_O2_INSP", InspiredO2, "FiO2", "%", 1, false},
	{151976, "MDC_VENT_PRESS_AWAY_END_EXP_POS", PEEP, "PEEP", "cm[H2O]", 0, false},
	{151817, "MDC_PRESS_AWAY_INSP_PEAK", "MDC:151817", "P peak", "cm[H2O]", 0, false},
	{151868, "MDC_VOL_AWAY_TIDAL", "MDC:151868", "Vt", "mL", 0, false},
	{151880, "MDC_VOL_MINUTE_AWAY", "MDC:151880", "MV", "L/min", 0, false},
	{148066, "MDC_ECG_V_P_C_RATE", PVCRate, "PVC", "/min", 0, false},
	{131841, "MDC_ECG_AMPL_ST_I", STLeadI, "ST I", "mV", 0, false},
	{131842, "MDC_ECG_AMPL_ST_II", STLeadII, "ST II", "mV", 0, false},
	{147232, "MDC_ECG_TIME_PD_QT_GL", QTInterval, "QT", "ms", 0, false},
	{147236, "MDC_ECG_TIME_PD_QTc", QTCorrected, "QTc", "ms", 0, false},
	{160020, "MDC_CONC_GLU_GEN", Glucose, "Glucose", "mg/dL", 0, true},
	{160184, "MDC_CONC_GLU_CAPILLARY_WHOLEBLOOD", Glucose, "Glucose", "mg/dL", 0, true},
	{160188, "MDC_CONC_GLU_CAPILLARY_PLASMA", GlucosePlasma, "Glucose (plasma)", "mg/dL", 0, true},
	{188736, "MDC_MASS_BODY_ACTUAL", BodyWeight, "Weight", "kg", 0, true},
	{188740, "MDC_LEN_BODY_ACTUAL", BodyHeight, "Height", "cm", 0, true},
}

// MayBeNegative reports whether a value below zero is one, and not a device's
// way to say that there is none: pressures near zero of the vessels, and the
// deviation of the ST segment.
func (m Metric) MayBeNegative() bool {
	switch m.Code {
	case CVPMean, PAPSystolic, PAPDiastolic, PAPMean, STLeadI, STLeadII:
		return true
	}
	return false
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

// alias are other names under which vendors send a number of the catalogue.
var alias = map[string]string{
	"MDC_ECG_CARD_BEAT_RATE": "MDC_ECG_HEART_RATE",
	"MDC_ECG_TIME_PD_QTC":    "MDC_ECG_TIME_PD_QTc",
}

// ByRefID finds the metric with the 11073 reference id, or with another name
// that vendors give it.
func ByRefID(ref string) (Metric, bool) {
	m, ok := byRefID[cmp.Or(alias[ref], ref)]
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
// as either may count in a score; weight and height until they are gone.
func staleAfter(code Code) time.Duration {
	switch code {
	case Temperature:
		return 4 * time.Hour
	case BodyWeight, BodyHeight:
		return 24 * time.Hour
	}
	return time.Hour
}
