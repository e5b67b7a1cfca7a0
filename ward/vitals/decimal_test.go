package vitals_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wardlight/ward/fault"
	"wardlight/ward/vitals"
)

func TestParseDecimalKeepsWhatTheDeviceWrote(t *testing.T) {
	for in, want := range map[string]string{
		"37.20": "37.20", "37.2": "37.2", "0": "0", "0.0": "0.0", "-0.5": "-0.5", "-12": "-12", "+88": "88",
		".5": "0.5", "5.": "5", "007": "7", "-.05": "-0.05", "-0": "0", "0.001": "0.001",
		"999999999999999": "999999999999999", ".000000000000001": "0.000000000000001",
	} {
		d, err := vitals.ParseDecimal(in)
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if got := d.String(); got != want {
			t.Errorf("%q reads as %q, want %q", in, got, want)
		}
	}
}

func TestParseDecimalRefuses(t *testing.T) {
	for _, in := range []string{
		"", " ", ".", "-", "+", "--1", "+-1", "1-", "1..2", "1.2.3", "1e3", "1E3", "0x10", " 1", "1 ", "1,5", "NaN", "Inf", "---", "<5", "９",
		"1000000000000000", "0.000000000000001",
	} {
		if d, err := vitals.ParseDecimal(in); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q reads as %v (%v), want it refused as invalid", in, d, err)
		}
	}
}

func FuzzParseDecimal(f *testing.F) {
	for _, seed := range []string{"37.20", "-.5", "+0", "1.2.3", "9999999999999999", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		d, err := vitals.ParseDecimal(in)
		if err != nil {
			return
		}
		if rat(t, d).Cmp(ratOf(t, in)) != 0 {
			t.Errorf("%q reads as %s", in, d)
		}
		again, err := vitals.ParseDecimal(strings.TrimPrefix(d.String(), "0"))
		if d.Sign() > 0 && (err != nil || again != d) {
			t.Errorf("%q is written as %q, which reads as %v (%v)", in, d, again, err)
		}
	})
}

type failer interface{ Fatalf(string, ...any) }

func rat(t failer, d vitals.Decimal) *big.Rat { return ratOf(t, d.String()) }

func ratOf(t failer, s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		t.Fatalf("%q is no number", s)
	}
	return r
}

// number draws any number that a device may write.
func number(digits int) *rapid.Generator[vitals.Decimal] {
	return rapid.Custom(func(t *rapid.T) vitals.Decimal {
		text := rapid.StringMatching(fmt.Sprintf("[0-9]{1,%d}", digits)).Draw(t, "digits")
		point := rapid.IntRange(0, len(text)).Draw(t, "point")
		sign := rapid.SampledFrom([]string{"", "-", "+"}).Draw(t, "sign")
		d, err := vitals.ParseDecimal(sign + text[:point] + "." + text[point:])
		if err != nil {
			t.Fatalf("%v", err)
		}
		return d
	})
}

func TestCompareIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := number(15).Draw(t, "a"), number(15).Draw(t, "b")
		if got, want := a.Compare(b), rat(t, a).Cmp(rat(t, b)); got != want {
			t.Fatalf("%s against %s: %d, want %d", a, b, got, want)
		}
		if got, want := a.Sign(), rat(t, a).Sign(); got != want {
			t.Fatalf("sign of %s: %d, want %d", a, got, want)
		}
	})
}

func TestAddAndSubAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := number(9).Draw(t, "a"), number(9).Draw(t, "b")
		if got, want := rat(t, a.Add(b)), new(big.Rat).Add(rat(t, a), rat(t, b)); got.Cmp(want) != 0 {
			t.Fatalf("%s + %s = %s, want %s", a, b, a.Add(b), want)
		}
		if got, want := rat(t, a.Sub(b)), new(big.Rat).Sub(rat(t, a), rat(t, b)); got.Cmp(want) != 0 {
			t.Fatalf("%s − %s = %s, want %s", a, b, a.Sub(b), want)
		}
	})
}

// Even where the exact sum does not fit, its sign and order are right: a
// limit never wraps round to the other side.
func TestAddNeverWraps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := number(15).Draw(t, "a"), number(15).Draw(t, "b")
		if got, want := a.Add(b).Sign(), new(big.Rat).Add(rat(t, a), rat(t, b)).Sign(); got != want {
			t.Fatalf("sign of %s + %s: %d, want %d", a, b, got, want)
		}
	})
}

func TestCompareIgnoresTrailingZeros(t *testing.T) {
	a, b := vitals.MustDecimal("37.20"), vitals.MustDecimal("37.2")
	if a.Compare(b) != 0 || a == b {
		t.Errorf("37.20 and 37.2 are equal in value (%d) and differ in precision (%v)", a.Compare(b), a == b)
	}
}

func TestRound(t *testing.T) {
	for _, test := range []struct {
		f      float64
		places uint8
		want   string
	}{
		{37.0000001, 1, "37.0"},
		{98.6 - 32, 2, "66.60"},
		{-0.05, 1, "-0.1"},
		{87.5, 0, "88"},
		{1e30, 0, "999999999999999"},
		{-1e30, 2, "-9999999999999.99"},
	} {
		if got := vitals.Round(test.f, test.places).String(); got != test.want {
			t.Errorf("Round(%v, %d) = %s, want %s", test.f, test.places, got, test.want)
		}
	}
}

func TestDecimalAsText(t *testing.T) {
	text, err := vitals.MustDecimal("37.20").MarshalText()
	if err != nil || string(text) != "37.20" {
		t.Fatalf("%s, %v", text, err)
	}
	var d vitals.Decimal
	if err := d.UnmarshalText(text); err != nil || d != vitals.MustDecimal("37.20") {
		t.Errorf("%s, %v", d, err)
	}
	if err := d.UnmarshalText([]byte("1e3")); err == nil {
		t.Error("an exponent was read")
	}
}
