package census

import "slices"

// medicalRecord is the type of the number by which a hospital knows a patient
// (HL7 table 0203). Unlike an insurance or a social security number, nobody
// shares it and nobody has two of one authority, until a merge says so.
const medicalRecord = "MR"

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
			case told.Type != medicalRecord || known.Type != medicalRecord:
			case known.Matches(told):
				return false
			case told.Assigner == "" || known.Assigner == "" || told.Assigner == known.Assigner:
				contradicted = true
			}
		}
	}
	return contradicted
}
