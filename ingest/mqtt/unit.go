package mqtt

import (
	"math/big"
	"strings"

	"wardlight/ward/vitals"
)

// ucum gives the UCUM unit for how devices and their makers write it; others
// are taken as UCUM already.
var ucum = map[string]string{
	"bpm": "/min", "beats/min": "/min", "breaths/min": "/min", "1/min": "/min", "brpm": "/min",
	"{beat}/min": "/min", "{beats}/min": "/min", "{breath}/min": "/min", "{breaths}/min": "/min", "rpm": "/min",
	"mmHg": "mm[Hg]", "C": "Cel", "°C": "Cel", "degC": "Cel", "F": "[degF]", "°F": "[degF]", "degF": "[degF]",
	"lb": "[lb_av]", "lbs": "[lb_av]",
}

// convert brings a value into the unit in which its metric is kept, with the
// precision it came with. ok is false for a unit that we do not know for it.
func convert(v vitals.Decimal, from, to string) (_ vitals.Decimal, ok bool) {
	if u, known := ucum[from]; known {
		from = u
	}
	if from == to || from == "" {
		return v, true
	}
	c, ok := conversions[from+">"+to]
	if !ok {
		return v, false
	}
	return c.of(v)
}

// conversion is v × factor + offset, written with morePlaces than v has.
type conversion struct {
	factor, offset *big.Rat
	morePlaces     int
}

var conversions = map[string]conversion{
	"[degF]>Cel":   {big.NewRat(5, 9), big.NewRat(-160, 9), 0}, // (x − 32) / 1.8
	"K>Cel":        {big.NewRat(1, 1), big.NewRat(-27315, 100), 0},
	"kPa>mm[Hg]":   {big.NewRat(750062, 100000), new(big.Rat), -1}, // two places of kPa are about one mmHg
	"mmol/L>mg/dL": {big.NewRat(180156, 10000), new(big.Rat), -1},  // glucose
	"g>kg":         {big.NewRat(1, 1000), new(big.Rat), 3},
	"[lb_av]>kg":   {big.NewRat(45359237, 100000000), new(big.Rat), 1},
}

func (c conversion) of(v vitals.Decimal) (vitals.Decimal, bool) {
	text := v.String()
	x, ok := new(big.Rat).SetString(text)
	if !ok {
		return v, false
	}
	places := c.morePlaces
	if i := strings.IndexByte(text, '.'); i >= 0 {
		places += len(text) - i - 1
	}
	x.Add(x.Mul(x, c.factor), c.offset)
	out, err := vitals.ParseDecimal(x.FloatString(max(places, 0)))
	return out, err == nil
}

// Metric finds a metric by what a payload or a ward file calls it: a
// LOINC code, "MDC:" and the number, or the 11073 reference id.
func Metric(name string) (vitals.Metric, bool) {
	if strings.HasPrefix(name, "MDC_") {
		return vitals.ByRefID(name)
	}
	return vitals.ByCode(vitals.Code(name))
}
