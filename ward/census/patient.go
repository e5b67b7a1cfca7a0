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
	BirthDate                      Field // YYYY-MM-DD, or YYYY: estimated
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
	BirthDate   string    // YYYY-MM-DD; YYYY where only the age is estimated; or empty
	AsOf        time.Time // time of the newest census event about them
	Told        Told      // time of the event that each field comes from
}

// Told is the time of the census event that a patient's fields come from:
// events rarely give all of them, and arrive in any order. Zero: never told,
// or, where there is a value, Patient.AsOf.
type Told struct{ Family, Given, Middle, Sex, BirthDate time.Time }

// MRN is the medical record number, or the first number there is.
func (p Patient) MRN() string {
	for _, id := range p.Identifiers {
		if id.Type == MedicalRecord {
			return id.Value
		}
	}
	for _, id := range p.Identifiers {
		if id.Assigner != madeHere {
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
	case p.Family == "" && p.Given == "" && p.IsUnidentified():
		return "Unidentified"
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
	if year, err := time.Parse("2006", p.BirthDate); err == nil && !at.Before(year) {
		return at.Year() - year.Year(), true
	}
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

// IsAgeEstimated reports whether only the year of birth is known, as somebody
// guessed it who has an unidentified patient before them.
func (p Patient) IsAgeEstimated() bool { return len(p.BirthDate) == len("2006") }

// told is a field and the time of the event that it comes from.
type told struct {
	value *string
	at    *time.Time
}

func (p *Patient) fields() [5]told {
	out := [5]told{
		{&p.Family, &p.Told.Family},
		{&p.Given, &p.Told.Given},
		{&p.Middle, &p.Told.Middle},
		{&p.Sex, &p.Told.Sex},
		{&p.BirthDate, &p.Told.BirthDate},
	}
	for _, f := range out {
		if *f.value != "" && f.at.IsZero() {
			*f.at = p.AsOf
		}
	}
	return out
}

// Update applies what a census event at time asOf says. Of each field the
// newest event counts; numbers are only ever added.
func (p Patient) Update(d Demographics, asOf time.Time) Patient {
	p.Identifiers = merge(p.Identifiers, d.Identifiers)
	given := [5]Field{d.Family, d.GivenName, d.Middle, d.Sex, d.BirthDate}
	for i, f := range p.fields() {
		if given[i].Given && !asOf.Before(*f.at) {
			*f.value, *f.at = printable(given[i].Value), asOf
		}
	}
	if asOf.After(p.AsOf) {
		p.AsOf = asOf
	}
	return p
}

// Absorb gives the patient with the numbers and the newer fields of another
// record of the same person.
func (p Patient) Absorb(o Patient) Patient {
	p.Identifiers = merge(p.Identifiers, o.Identifiers)
	theirs := o.fields()
	for i, f := range p.fields() {
		if theirs[i].at.After(*f.at) {
			*f.value, *f.at = *theirs[i].value, *theirs[i].at
		}
	}
	return p
}

// Equal reports whether two patients are the same and known alike.
func (p Patient) Equal(o Patient) bool {
	type fields struct{ id, family, given, middle, sex, born string }
	of := func(p Patient) fields {
		return fields{string(p.ID), p.Family, p.Given, p.Middle, p.Sex, p.BirthDate}
	}
	return of(p) == of(o) && p.AsOf.Equal(o.AsOf) && slices.Equal(p.Identifiers, o.Identifiers)
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
