package pcd

import (
	"math/big"
	"strings"

	"wardlight/ingest/hl7"
	"wardlight/ward/vitals"
)

// dimension is a unit of ISO/IEEE 11073-10101 (partition 4) and what UCUM
// calls it.
type dimension struct {
	number int    // with its partition; 0: known by its name alone
	ref    string // 11073 reference id
	ucum   string
}

var dimensions = []dimension{
	{262656, "MDC_DIM_DIMLESS", "1"},
	{262688, "MDC_DIM_PERCENT", "%"},
	{264864, "MDC_DIM_BEAT_PER_MIN", "/min"},
	{264928, "MDC_DIM_RESP_PER_MIN", "/min"},
	{0, "MDC_DIM_PER_MIN", "/min"},
	{264608, "MDC_DIM_PER_SEC", "/s"},
	{266016, "MDC_DIM_MMHG", "mm[Hg]"},
	{265987, "MDC_DIM_KILO_PASCAL", "kPa"},
	{265986, "MDC_DIM_HECTO_PASCAL", "hPa"},
	{266048, "MDC_DIM_CM_H2O", "cm[H2O]"},
	{268192, "MDC_DIM_DEGC", "Cel"},
	{266560, "MDC_DIM_FAHR", "[degF]"},
	{268160, "MDC_DIM_KELVIN", "K"},
	{265266, "MDC_DIM_MILLI_L_PER_HR", "mL/h"},
	{265216, "MDC_DIM_L_PER_MIN", "L/min"},
	{264992, "MDC_DIM_L_PER_MIN_PER_M_SQ", "L/min/m2"},
	{263762, "MDC_DIM_MILLI_L", "mL"},
	{265619, "MDC_DIM_MICRO_G_PER_KG_PER_MIN", "ug/kg/min"},
	{265651, "MDC_DIM_MICRO_G_PER_KG_PER_HR", "ug/kg/h"},
	{264306, "MDC_DIM_MILLI_G_PER_ML", "mg/mL"},
	{263890, "MDC_DIM_MILLI_G", "mg"},
	{263891, "MDC_DIM_MICRO_G", "ug"},
	{263875, "MDC_DIM_KILO_G", "kg"},
	{263441, "MDC_DIM_CENTI_M", "cm"},
	{263442, "MDC_DIM_MILLI_M", "mm"},
	{264274, "MDC_DIM_MILLI_G_PER_DL", "mg/dL"},
	{266866, "MDC_DIM_MILLI_MOLE_PER_L", "mmol/L"},
	{264320, "MDC_DIM_SEC", "s"},
	{264352, "MDC_DIM_MIN", "min"},
	{264338, "MDC_DIM_MILLI_SEC", "ms"},
	{266418, "MDC_DIM_MILLI_VOLT", "mV"},
	{266419, "MDC_DIM_MICRO_VOLT", "uV"},
}

// otherUCUM are units that are met in UCUM only.
var otherUCUM = []string{
	"ug/min", "ug/h", "mg/min", "mg/h", "mg/kg/h", "mg/kg/min", "[iU]/h", "[iU]/min", "[iU]/kg/h",
	"U/h", "U/min", "U/kg/h", "mmol/h", "meq/h", "ug/mL", "g/mL", "[iU]/mL", "U/mL", "mmol/mL", "meq/mL",
	"g", "h", "L", "mL/min", "mbar", "[lb_av]", "[in_i]", "m",
}

// ucumAlias are spellings of UCUM that mean a unit we keep under one name.
var ucumAlias = map[string]string{
	"{beat}/min": "/min", "{breath}/min": "/min", "{beats}/min": "/min", "{breaths}/min": "/min", "1/min": "/min",
	"beats/min": "/min", "breaths/min": "/min", "bpm": "/min", "rpm": "/min",
	"mmHg": "mm[Hg]", "cmH2O": "cm[H2O]", "degC": "Cel", "°C": "Cel", "degF": "[degF]", "°F": "[degF]", "{ratio}": "1",
	"L/(min.m2)": "L/min/m2", "l/min": "L/min", "lpm": "L/min",
	"ml": "mL", "ml/h": "mL/h", "mL/hr": "mL/h", "mcg/kg/min": "ug/kg/min", "µg/kg/min": "ug/kg/min", "μg/kg/min": "ug/kg/min",
}

const partitionDimension = 4 << 16

var (
	ucumByNumber = map[int]string{}
	ucumByName   = map[string]string{} // by reference id, by UCUM and by its other spellings
)

func init() {
	for _, d := range dimensions {
		if d.number != 0 {
			ucumByNumber[d.number] = d.ucum
		}
		ucumByName[d.ref], ucumByName[d.ucum] = d.ucum, d.ucum
	}
	for _, u := range otherUCUM {
		ucumByName[u] = u
	}
	for alias, u := range ucumAlias {
		ucumByName[alias] = u
	}
}

// unitOf reads OBX-6, in which the 11073 and the UCUM triplet may come in
// either order, or alone, the number with its partition or without. All that
// is known of it must mean the same unit: a sender is on record that calls
// another unit's number Fahrenheit. why is empty when it does.
func unitOf(v hl7.Value) (ucum, why string) {
	for _, first := range [...]int{1, 4} {
		for _, u := range triplet(v, first).dimensions() {
			switch {
			case u == "" || u == ucum:
			case ucum == "":
				ucum = u
			default:
				return "", "code and name of the unit disagree: " + ucum + ", " + u
			}
		}
	}
	if ucum != "" {
		return ucum, ""
	}
	switch raw := strings.TrimSpace(v.Component(1).String()); raw {
	case "":
		return "", "no unit"
	default:
		return "", "unit " + raw + " is not known"
	}
}

// dimensions is what the triplet's number and its names mean, each empty where
// it is not known.
func (c coded) dimensions() [3]string {
	byNumber := ucumByNumber[c.number]
	if byNumber == "" && c.number > 0 && c.number < 1<<16 {
		byNumber = ucumByNumber[c.number+partitionDimension]
	}
	return [3]string{byNumber, ucumByName[c.id], ucumByName[c.text]}
}

// conversion makes one unit of another: × factor + offset. places is how many
// decimals the result has beyond those that were written, so that it is as
// exact as the device was, and no more; least is the fewest it has.
type conversion struct {
	factor, offset *big.Rat
	places, least  int
}

// conversions by "from>to". 1 °F is 0.56 °C, so that whole degrees Fahrenheit
// need a decimal; a tenth of a kPa, or of a mmol/L, is about one unit of the
// other.
var conversions = map[string]conversion{
	"[degF]>Cel":     {big.NewRat(5, 9), big.NewRat(-160, 9), 0, 1},
	"kPa>mm[Hg]":     {factor: big.NewRat(750062, 100000), places: -1},
	"hPa>mm[Hg]":     {factor: big.NewRat(750062, 1000000)},
	"mbar>mm[Hg]":    {factor: big.NewRat(750062, 1000000)},
	"cm[H2O]>mm[Hg]": {factor: big.NewRat(735559, 1000000)},
	"mm[Hg]>cm[H2O]": {factor: big.NewRat(1359510, 1000000)},
	"hPa>cm[H2O]":    {factor: big.NewRat(1019716, 1000000)},
	"mbar>cm[H2O]":   {factor: big.NewRat(1019716, 1000000)},
	"kPa>cm[H2O]":    {factor: big.NewRat(1019716, 100000), places: -1},
	"mmol/L>mg/dL":   {factor: big.NewRat(180156, 10000), places: -1}, // of glucose
	"mm>mV":          {factor: big.NewRat(1, 10), places: 1},          // of the ECG at its standard gain, 10 mm/mV
	"uV>mV":          {factor: big.NewRat(1, 1000), places: 3},
	"s>ms":           {factor: big.NewRat(1000, 1), places: -3},
	"mL/min>L/min":   {factor: big.NewRat(1, 1000), places: 3},
	"L>mL":           {factor: big.NewRat(1000, 1), places: -3},
	"g>kg":           {factor: big.NewRat(1, 1000), places: 3},
	"m>cm":           {factor: big.NewRat(100, 1), places: -2},
	"[lb_av]>kg":     {factor: big.NewRat(45359237, 100000000), least: 1},
	"[in_i]>cm":      {factor: big.NewRat(254, 100)},
	"1>%":            {factor: big.NewRat(100, 1), places: -2},
}

// convert brings a value into the unit in which its metric is kept; ok is
// false where that cannot be done for certain.
func convert(v vitals.Decimal, from string, m vitals.Metric) (out vitals.Decimal, ok bool) {
	if from == m.Unit {
		return v, true
	}
	c, known := conversions[from+">"+m.Unit]
	switch {
	case from == "%" && m.Code == vitals.PerfusionIndex:
		return v, true // its number is a percentage by custom, whichever unit is written
	case from == "1" && v.Compare(vitals.MustDecimal("1")) > 0:
		return vitals.Decimal{}, false // no fraction
	case from == "mmol/L" && m.Code != vitals.Glucose && m.Code != vitals.GlucosePlasma,
		from == "mm" && m.Code != vitals.STLeadI && m.Code != vitals.STLeadII:
		return vitals.Decimal{}, false
	case !known:
		return vitals.Decimal{}, false
	}
	return c.apply(v)
}

func (c conversion) apply(v vitals.Decimal) (vitals.Decimal, bool) {
	text := v.String()
	x, _ := new(big.Rat).SetString(text)
	places := c.places
	if i := strings.IndexByte(text, '.'); i >= 0 {
		places += len(text) - i - 1
	}
	x.Mul(x, c.factor)
	if c.offset != nil {
		x.Add(x, c.offset)
	}
	out, err := vitals.ParseDecimal(x.FloatString(max(places, c.least, 0)))
	return out, err == nil
}
