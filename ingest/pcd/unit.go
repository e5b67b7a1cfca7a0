package pcd

import (
	"math/big"
	"strings"

	"wardlight/ward/vitals"
)

// ucumOf translates units of ISO/IEEE 11073-10101 (partition 4) to UCUM. Old
// senders leave the partition out, so that both numbers are known.
var ucumOf = map[int]string{
	262656: "1", 262688: "%",
	264864: "/min", 264928: "/min", 264608: "/s",
	266016: "mm[Hg]", 265987: "kPa", 266048: "cm[H2O]",
	268192: "Cel", 266560: "[degF]",
	265266: "mL/h", 265216: "L/min", 264992: "L/min/m2", 263762: "mL",
	265619: "ug/kg/min", 265651: "ug/kg/h", 264306: "mg/mL",
	263890: "mg", 263891: "ug", 263875: "kg", 263441: "cm",
	264274: "mg/dL", 266866: "mmol/L",
	264320: "s", 264352: "min", 264338: "ms", 266418: "mV",
}

const partitionDimension = 4 << 16

// ucumAlias are spellings of UCUM that mean a unit we keep under one name.
var ucumAlias = map[string]string{
	"{beat}/min": "/min", "{breath}/min": "/min", "{beats}/min": "/min", "{breaths}/min": "/min", "1/min": "/min",
	"mmHg": "mm[Hg]", "degC": "Cel", "°C": "Cel", "degF": "[degF]", "{ratio}": "1",
	"ml": "mL", "ml/h": "mL/h", "mL/hr": "mL/h", "mcg/kg/min": "ug/kg/min", "µg/kg/min": "ug/kg/min", "μg/kg/min": "ug/kg/min",
}

var knownUCUM = func() map[string]bool {
	known := map[string]bool{}
	for _, u := range ucumOf {
		known[u] = true
	}
	for _, u := range []string{"ug/min", "ug/h", "mg/min", "mg/h", "mg/kg/h", "mg/kg/min", "[iU]/h", "[iU]/min", "[iU]/kg/h", "U/h", "U/min", "U/kg/h", "mmol/h", "meq/h", "ug/mL", "g/mL", "[iU]/mL", "U/mL", "mmol/mL", "meq/mL", "g", "h", "L"} {
		known[u] = true
	}
	return known
}()

// unitOf reads OBX-6, in which the 11073 and the UCUM triplet may come in
// either order, or alone. ok is false for a unit we do not know; raw is then
// what to show of it.
func unitOf(code1, code2 coded) (ucum, raw string, ok bool) {
	for _, c := range []coded{code1, code2} {
		if u, known := ucumOf[c.number]; known {
			return u, u, true
		}
		if u, known := ucumOf[c.number+partitionDimension]; known && c.number > 0 && c.number < 1<<16 {
			return u, u, true
		}
	}
	for _, c := range []coded{code1, code2} {
		u := c.id
		if alias, found := ucumAlias[u]; found {
			u = alias
		}
		if knownUCUM[u] {
			return u, u, true
		}
	}
	return "", strings.TrimSpace(code1.id), false
}

// convert brings a value into the unit in which its metric is kept. Degrees
// Fahrenheit, kilopascal and plain numbers of a percentage are converted with
// the precision they came with; anything else must be the unit already.
func convert(v vitals.Decimal, from, to string) (vitals.Decimal, bool) {
	if from == to {
		return v, true
	}
	switch from + ">" + to {
	case "[degF]>Cel": // (x − 32) / 1.8
		return linear(v, big.NewRat(5, 9), big.NewRat(-160, 9), 0), true
	case "kPa>mm[Hg]": // × 7.50062; two places of kPa are about one mmHg
		return linear(v, big.NewRat(750062, 100000), new(big.Rat), -1), true
	case "cm[H2O]>mm[Hg]":
		return linear(v, big.NewRat(735559, 1000000), new(big.Rat), 0), true
	}
	return vitals.Decimal{}, false
}

// linear computes v × a + b, rounded to the places of v and some more.
func linear(v vitals.Decimal, a, b *big.Rat, morePlaces int) vitals.Decimal {
	text := v.String()
	x, _ := new(big.Rat).SetString(text)
	places := morePlaces
	if i := strings.IndexByte(text, '.'); i >= 0 {
		places += len(text) - i - 1
	}
	x.Add(x.Mul(x, a), b)
	out, err := vitals.ParseDecimal(x.FloatString(max(places, 0)))
	if err != nil {
		return vitals.Round(v.Float(), 0)
	}
	return out
}
