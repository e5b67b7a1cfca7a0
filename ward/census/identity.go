package census

import (
	"crypto/sha256"
	"encoding/base32"
	"slices"
)

// MedicalRecord is the type of the number by which a hospital knows a patient
// (HL7 table 0203). Unlike an insurance or a social security number, nobody
// shares it and nobody has two of one authority, until a merge says so.
const MedicalRecord = "MR"

// madeHere is the authority of the numbers that this system makes up.
const madeHere = "WARDLIGHT"

// Unknown is the number of somebody whom nobody can name yet, made of what is
// unique to their admission. Its type is a patient's internal number.
func Unknown(unique string) Identifier {
	sum := sha256.Sum256([]byte(unique))
	return Identifier{Value: "UNKNOWN-" + base32.StdEncoding.EncodeToString(sum[:5]), Assigner: madeHere, Type: "PI"}
}

// IsUnidentified reports whether nobody has told who this is.
func (p Patient) IsUnidentified() bool {
	return len(p.Identifiers) > 0 && !slices.ContainsFunc(p.Identifiers, func(n Identifier) bool { return n.Assigner != madeHere })
}

// IsNamedBy reports whether the numbers of a message are this patient's: one
// of them is, and no medical record number says that it is somebody else.
func (p Patient) IsNamedBy(numbers []Identifier) bool {
	isKnown := func(n Identifier) bool { return slices.ContainsFunc(p.Identifiers, n.Matches) }
	return slices.ContainsFunc(numbers, isKnown) && !p.isContradictedBy(numbers)
}

func (p Patient) isContradictedBy(numbers []Identifier) bool {
	contradicted := false
	for _, told := range numbers {
		for _, known := range p.Identifiers {
			switch {
			case told.Type != MedicalRecord || known.Type != MedicalRecord:
			case known.Matches(told):
				return false
			case told.Assigner == "" || known.Assigner == "" || told.Assigner == known.Assigner:
				contradicted = true
			}
		}
	}
	return contradicted
}
