package hl7

import (
	"errors"
	"fmt"
)

// Problem is what is wrong with one field of a message that could be parsed.
type Problem struct {
	Location Location
	Code     int // HL7 table 0357
	Err      error
}

// Missing says that err is about an empty field that the message must have.
func Missing(segment string, field int, err error) error {
	return &Problem{Location{Segment: segment, Sequence: 1, Field: field}, CodeFieldMissing, err}
}

// Mistyped says that err is about a field that does not hold what it must; an
// empty one is missing.
func Mistyped(segment string, field int, isEmpty bool, err error) error {
	if isEmpty {
		return Missing(segment, field, err)
	}
	return &Problem{Location{Segment: segment, Sequence: 1, Field: field}, CodeDataType, err}
}

func (p *Problem) Error() string {
	return fmt.Sprintf("%s-%d: %v", p.Location.Segment, p.Location.Field, p.Err)
}

func (p *Problem) Unwrap() error { return p.Err }

// Decline is the outcome of a message that was parsed and cannot be used; text
// is for the people who run the sender. An error that names no field is about
// a segment or field that is missing somewhere.
func Decline(err error, text string) Outcome {
	o := Outcome{Kind: Rejected, Code: CodeFieldMissing, Text: text}
	var p *Problem
	if errors.As(err, &p) {
		o.Code, o.Location = p.Code, p.Location
	}
	return o
}
