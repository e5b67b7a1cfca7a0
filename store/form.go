package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"sync"

	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// formDigest identifies a form: what a device's message looks like apart from
// values and times.
type formDigest [16]byte

// formRow is a form as it is written.
type formRow struct {
	Digest  string   `json:"digest"`
	Device  string   `json:"device"`
	MDC     []int    `json:"mdc"`
	Places  []int    `json:"places"`
	Quality []string `json:"quality"`
	Limits  []string `json:"limits"`
	Status  []string `json:"status"`
	Method  []string `json:"method"`  // nil: all measured
	Undated []bool   `json:"undated"` // nil: none

	digest formDigest
}

// writeForms names columns apart, because a row's device is known by its id
// and written by its key.
const writeForms = `
INSERT INTO observation_form (digest, device, mdc, places, quality, limits, status, method, undated)
SELECT f.digest, (SELECT d.key FROM device d WHERE d.id = f.device), f.mdc, f.places, f.quality, f.limits, f.status, f.method, f.undated
FROM jsonb_to_recordset($1) AS f (digest uuid, device text, mdc int[], places smallint[], quality text[], limits text[], status text[], method text[], undated boolean[])
ON CONFLICT (digest) DO NOTHING`

// digestOf is the digest of the form of some values of a device.
func digestOf(d device.ID, values []vitals.Observation) formDigest {
	b := make([]byte, 0, 256)
	field := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	field(string(d))
	for _, v := range values {
		b = binary.AppendVarint(b, int64(v.Metric.MDC))
		b = append(b, byte(places(v)))
		field(string(v.Quality))
		field(v.Limits)
		field(v.Status)
	}
	if !arePlain(values) {
		b = append(b, 0, 0xff) // no value begins like this: none has 255 decimals
		for _, v := range values {
			field(string(v.Method))
			b = strconv.AppendBool(b, v.IsUndated)
		}
	}
	sum := sha256.Sum256(b)
	return formDigest(sum[:16])
}

func formOf(d device.ID, values []vitals.Observation, digest formDigest) formRow {
	f := formRow{Digest: hex.EncodeToString(digest[:]), Device: string(d), digest: digest}
	for _, v := range values {
		f.MDC = append(f.MDC, v.Metric.MDC)
		f.Places = append(f.Places, places(v))
		f.Quality = append(f.Quality, string(v.Quality))
		f.Limits = append(f.Limits, v.Limits)
		f.Status = append(f.Status, v.Status)
	}
	if !arePlain(values) {
		for _, v := range values {
			f.Method = append(f.Method, string(v.Method))
			f.Undated = append(f.Undated, v.IsUndated)
		}
	}
	return f
}

// arePlain reports whether all values were measured at a known time, as
// nearly always.
func arePlain(values []vitals.Observation) bool {
	return !slices.ContainsFunc(values, func(v vitals.Observation) bool { return v.Method != vitals.Measured || v.IsUndated })
}

// isDrawn reports whether the value in place i of a form, of these methods
// and ages, may be shown: not what somebody asked of the device, and not what
// is as old as nobody knows.
func isDrawn(method []string, undated []bool, i int) bool {
	return (method == nil || vitals.Method(method[i]) != vitals.Set) && (undated == nil || !undated[i])
}

// places is how many decimals the device wrote.
func places(v vitals.Observation) int {
	if !v.HasValue() {
		return 0
	}
	_, fraction, _ := strings.Cut(v.Value.String(), ".")
	return len(fraction)
}

// decimal makes the number again that the device wrote with these places.
func decimal(value float64, places int16) (vitals.Decimal, error) {
	return vitals.ParseDecimal(strconv.FormatFloat(value, 'f', int(places), 64))
}

// formIndex is a set of forms.
type formIndex map[formDigest]struct{}

// knownForms are forms that are in the record for sure, so that they need not
// be sent again.
type knownForms struct {
	mu    sync.Mutex
	forms formIndex
}

// formsRemembered bounds the memory: a source whose form never repeats costs
// its own row each time, and no more.
const formsRemembered = 1 << 16

func newKnownForms() *knownForms { return &knownForms{forms: formIndex{}} }

func (k *knownForms) has(d formDigest) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, ok := k.forms[d]
	return ok
}

func (k *knownForms) learn(rows []formRow) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.forms)+len(rows) > formsRemembered {
		k.forms = formIndex{}
	}
	for _, r := range rows {
		k.forms[r.digest] = struct{}{}
	}
}

func (k *knownForms) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.forms = formIndex{}
}
