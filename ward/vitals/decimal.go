package vitals

import (
	"math"
	"strconv"
	"strings"

	"wardlight/ward/fault"
)

// Decimal is a number exactly as a device wrote it: "37.20" stays "37.20",
// and limits are compared without binary rounding. The zero value is "0".
type Decimal struct {
	units  int64 // value × 10^places
	places uint8
}

const maxDigits = 15

// ParseDecimal reads an HL7 NM: an optional sign, digits, an optional point.
// Exponents, blanks and more than 15 digits are refused.
func ParseDecimal(s string) (Decimal, error) {
	whole := strings.TrimLeft(s, "+-")
	if len(s)-len(whole) > 1 || whole == "" {
		return Decimal{}, fault.New(fault.Invalid, "not a number")
	}
	digits, fraction, _ := strings.Cut(whole, ".")
	if digits+fraction == "" || len(digits)+len(fraction) > maxDigits {
		return Decimal{}, fault.New(fault.Invalid, "not a number of at most %d digits", maxDigits)
	}
	var n int64
	for _, part := range [...]string{digits, fraction} {
		for _, c := range []byte(part) {
			if c < '0' || c > '9' {
				return Decimal{}, fault.New(fault.Invalid, "not a number")
			}
			n = n*10 + int64(c-'0')
		}
	}
	if s[0] == '-' {
		n = -n
	}
	return Decimal{n, uint8(len(fraction))}, nil
}

// MustDecimal is ParseDecimal for constants in code and tests.
func MustDecimal(s string) Decimal {
	d, err := ParseDecimal(s)
	if err != nil {
		panic("vitals: " + s + ": " + err.Error())
	}
	return d
}

// Round makes a Decimal of f, which must be finite, with the given number of
// places. What needs more than 15 digits becomes the largest that does not.
func Round(f float64, places uint8) Decimal {
	const most = 1e15 - 1
	return Decimal{int64(min(max(math.Round(f*math.Pow10(int(places))), -most), most)), places}
}

// String writes the number with the places it came with.
func (d Decimal) String() string {
	s := strconv.FormatInt(d.units, 10)
	if d.places == 0 {
		return s
	}
	sign := ""
	if d.units < 0 {
		sign, s = "-", s[1:]
	}
	if pad := int(d.places) + 1 - len(s); pad > 0 {
		s = strings.Repeat("0", pad) + s
	}
	cut := len(s) - int(d.places)
	return sign + s[:cut] + "." + s[cut:]
}

// Float is the nearest float64, for charts and ratios, never for limits.
func (d Decimal) Float() float64 { return float64(d.units) / math.Pow10(int(d.places)) }

// Compare is -1, 0 or +1 as d is less than, equal to or greater than o.
// "37.20" and "37.2" are equal.
func (d Decimal) Compare(o Decimal) int {
	a, b := d.aligned(o)
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Add is d + o with the places of the more precise one.
func (d Decimal) Add(o Decimal) Decimal {
	a, b := d.aligned(o)
	sum := a + b
	switch {
	case a > 0 && b > 0 && sum < 0:
		sum = math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		sum = -math.MaxInt64
	}
	return Decimal{sum, max(d.places, o.places)}
}

// Sub is d − o with the places of the more precise one.
func (d Decimal) Sub(o Decimal) Decimal {
	return d.Add(Decimal{-o.units, o.places})
}

// Sign is -1, 0 or +1.
func (d Decimal) Sign() int { return d.Compare(Decimal{}) }

func (d Decimal) aligned(o Decimal) (int64, int64) {
	a, b := d.units, o.units
	for p := d.places; p < o.places; p++ {
		a = saturatingTimesTen(a)
	}
	for p := o.places; p < d.places; p++ {
		b = saturatingTimesTen(b)
	}
	return a, b
}

// saturatingTimesTen keeps the order of two numbers where the aligned digits
// would not fit: 15 digits and 15 places at once, far from any vital sign.
func saturatingTimesTen(n int64) int64 {
	const limit = math.MaxInt64 / 10
	switch {
	case n > limit:
		return math.MaxInt64
	case n < -limit:
		return -math.MaxInt64
	}
	return n * 10
}

// MarshalText writes the number as String does.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the number as ParseDecimal does.
func (d *Decimal) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDecimal(string(b))
	return err
}
