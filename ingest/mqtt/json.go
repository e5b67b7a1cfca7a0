package mqtt

import (
	"bytes"
	"encoding/json"
	"io"
	"math/big"
	"strconv"
	"strings"
	"time"

	"wardlight/ward/fault"
	"wardlight/ward/vitals"
)

// parse reads a payload as one JSON value. Numbers keep their digits.
func parse(payload []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(payload))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fault.New(fault.Invalid, "the payload is not JSON")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fault.New(fault.Invalid, "something follows the JSON in the payload")
	}
	return v, nil
}

func object(payload []byte) (map[string]any, error) {
	v, err := parse(payload)
	if err != nil {
		return nil, err
	}
	o, ok := v.(map[string]any)
	if !ok {
		return nil, fault.New(fault.Invalid, "the payload is not a JSON object")
	}
	return o, nil
}

// IsPointer reports whether text is a JSON pointer (RFC 6901).
func IsPointer(text string) bool {
	if text != "" && text[0] != '/' {
		return false
	}
	rest := strings.NewReplacer("~0", "", "~1", "").Replace(text)
	return !strings.Contains(rest, "~")
}

// at follows a JSON pointer.
func at(v any, pointer string) (any, bool) {
	if pointer == "" {
		return v, true
	}
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
		switch in := v.(type) {
		case map[string]any:
			next, ok := in[token]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(in) || strconv.Itoa(i) != token {
				return nil, false
			}
			v = in[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// text is a string or a number as it stands there; empty for anything else.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

func textAt(v any, pointer string) string {
	found, _ := at(v, pointer)
	return text(found)
}

// nothings are the words for "no value" of devices and hubs.
var nothings = map[string]bool{
	"": true, "null": true, "none": true, "nan": true, "unknown": true, "unavailable": true, "---": true,
}

// value reads a number, or a string that is one, or that there is none.
func value(v any) (d vitals.Decimal, isNone bool, err error) {
	s, isText := v.(string)
	if n, ok := v.(json.Number); ok {
		s, isText = n.String(), true
	}
	switch {
	case v == nil, isText && nothings[strings.ToLower(strings.TrimSpace(s))]:
		return d, true, nil
	case !isText:
		return d, false, fault.New(fault.Invalid, "a value is not a number")
	}
	d, err = decimal(strings.TrimSpace(s))
	return d, false, err
}

// decimal reads a number as it stands there: "37.20" keeps its places, and
// JSON's exponents are written out.
func decimal(s string) (vitals.Decimal, error) {
	mantissa, exponent, ok := strings.Cut(strings.ToLower(s), "e")
	if !ok {
		return vitals.ParseDecimal(s)
	}
	e, err := strconv.Atoi(exponent)
	m, err2 := vitals.ParseDecimal(mantissa)
	if err != nil || err2 != nil || e < -15 || e > 15 {
		return vitals.Decimal{}, fault.New(fault.Invalid, "not a number of at most 15 digits")
	}
	x, _ := new(big.Rat).SetString(m.String())
	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(e, -e))), nil))
	if e < 0 {
		scale.Inv(scale)
	}
	_, fraction, _ := strings.Cut(mantissa, ".")
	return vitals.ParseDecimal(x.Mul(x, scale).FloatString(max(len(fraction)-e, 0)))
}

// firstMillisecond is the smallest number of a time that is taken for
// milliseconds since 1970; below it are seconds. It is 1973 in milliseconds
// and the year 5138 in seconds.
const firstMillisecond = 100_000_000_000

// moment reads a time: RFC 3339, the same without a zone and then in zone, or
// a number of seconds or milliseconds since 1970. The zero time means none.
func moment(v any, zone *time.Location) (time.Time, error) {
	if v == nil || v == "" {
		return time.Time{}, nil
	}
	s := text(v)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return sane(t)
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return sane(t)
		}
	}
	x, ok := number64(s)
	if !ok {
		return time.Time{}, fault.New(fault.Invalid, "a time is not one: use RFC 3339, for example 2026-01-13T20:59:07Z")
	}
	if x >= firstMillisecond {
		return sane(time.UnixMicro(int64(x * 1e3)))
	}
	return sane(time.UnixMicro(int64(x * 1e6)))
}

func number64(s string) (float64, bool) {
	x, err := strconv.ParseFloat(s, 64)
	return x, err == nil && x >= 0 && x < 1e14
}

// sane refuses times of devices whose clock was never set.
func sane(t time.Time) (time.Time, error) {
	if t.Year() < 2000 || t.Year() > 2200 {
		return time.Time{}, fault.New(fault.Invalid, "a time is before 2000 or after 2200: set the device's clock, or leave the time out")
	}
	return t, nil
}
