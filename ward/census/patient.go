package census

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Identifier is a number that some authority gave (HL7 CX: id, assigning
// authority, type such as MR or VN).
type Identifier struct{ Value, Assigner, Type string }

// IsZero reports whether there is no number.
func (i Identifier) IsZero() bool { return i.Value == "" }

// Matches reports whether two identifiers name the same thing: the same
// value, with authority and type equal wherever both are given. Senders leave
// them out often enough that an empty one cannot count as different.
func (i Identifier) Matches(o Identifier) bool {
	agree := func(a, b string) bool { return a == "" || b == "" || a == b }
	return i.Value != "" && i.Value == o.Value && agree(i.Assigner, o.Assigner) && agree(i.Type, o.Type)
}

// Field is one demographic field of an update. HL7 distinguishes an empty
// field (unchanged, or unknown) from "" (delete what you have).
type Field struct {
	Given bool
	Value string // empty with Given: delete
}

func (f Field) over(old string) string {
	if !f.Given {
		return old
	}
	return printable(f.Value)
}

// printable is text without what nobody can see: control characters and
// breaks, which become spaces, and marks that turn the direction of whatever
// is written beside it, which would let a name rewrite a bed number.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.IsSpace(r):
			return ' '
		case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\ufeff':
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// Demographics is what a message says of a patient.
type Demographics struct {
	Identifiers                    []Identifier
	Family, GivenName, Middle, Sex Field
	BirthDate                      Field // YYYY-MM-DD
}

// Patient is a person. Name and dates come from the census, never from a
// device.
type Patient struct {
	ID          PatientID
	Identifiers []Identifier
	Family      string
	Given       string
	Middle      string
	Sex         string    // HL7 table 0001: F M O U A N
	BirthDate   string    // YYYY-MM-DD, or empty
	AsOf        time.Time // time of the census event these fields come from
}

// MRN is the medical record number, or the first number there is.
func (p Patient) MRN() string {
	for _, id := range p.Identifiers {
		if id.Type == "MR" {
			return id.Value
		}
	}
	if len(p.Identifiers) > 0 {
		return p.Identifiers[0].Value
	}
	return ""
}

// Name is "Family, Given".
func (p Patient) Name() string {
	switch {
	case p.Family == "":
		return p.Given
	case p.Given == "":
		return p.Family
	}
	return p.Family + ", " + p.Given
}

// Initials is the name as a corridor screen may show it: given name first.
func (p Patient) Initials() string {
	var b strings.Builder
	for _, part := range []string{p.Given, p.Family} {
		if r, n := utf8.DecodeRuneInString(part); n > 0 {
			b.WriteRune(r)
			b.WriteByte('.')
		}
	}
	return b.String()
}

// Age in whole years on the day of at; ok is false without a birth date.
func (p Patient) Age(at time.Time) (years int, ok bool) {
	born, err := time.Parse(time.DateOnly, p.BirthDate)
	if err != nil || at.Before(born) {
		return 0, false
	}
	years = at.Year() - born.Year()
	if at.Month() < born.Month() || at.Month() == born.Month() && at.Day() < born.Day() {
		years--
	}
	return years, true
}

// Update applies what a census event at time asOf says. An event older than
// what is known changes nothing but adds numbers that were not known.
func (p Patient) Update(d Demographics, asOf time.Time) Patient {
	p.Identifiers = merge(p.Identifiers, d.Identifiers)
	if asOf.Before(p.AsOf) {
		return p
	}
	p.Family = d.Family.over(p.Family)
	p.Given = d.GivenName.over(p.Given)
	p.Middle = d.Middle.over(p.Middle)
	p.Sex = d.Sex.over(p.Sex)
	p.BirthDate = d.BirthDate.over(p.BirthDate)
	p.AsOf = asOf
	return p
}

// merge adds the numbers that were not known. Of one that was, it learns the
// authority and the type: else another authority's same number would match
// it for good.
func merge(known, told []Identifier) []Identifier {
	out := slices.Clone(known)
	for _, t := range told {
		switch i := slices.IndexFunc(out, t.Matches); {
		case i >= 0:
			out[i].Assigner = cmp.Or(out[i].Assigner, t.Assigner)
			out[i].Type = cmp.Or(out[i].Type, t.Type)
		case !t.IsZero():
			out = append(out, t)
		}
	}
	return out
}
