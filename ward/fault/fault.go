// Package fault gives every error that a person or a machine may meet a kind,
// so that one table can turn it into a status, an exit code or an HL7
// acknowledgement. A fault's text is written for its reader and never holds
// patient data.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what sort of thing went wrong.
type Kind string

// The kinds. An error without a kind is Internal.
const (
	Invalid     Kind = "invalid"     // the request itself is wrong; sending it again will not help
	NotFound    Kind = "not-found"   // what it names does not exist, or not for this caller
	Conflict    Kind = "conflict"    // somebody else was first, or the thing has changed since
	Forbidden   Kind = "forbidden"   // the caller may not
	SignedOut   Kind = "signed-out"  // the caller is not known
	Unavailable Kind = "unavailable" // not now; the same request may succeed later
	NotSaved    Kind = "not-saved"   // withdrawn: it could not be recorded in time and has no effect
	Unsettled   Kind = "unsettled"   // it may or may not have been recorded; being checked
	Internal    Kind = "internal"
)

type fault struct {
	kind Kind
	text string
	err  error
}

func (f *fault) Error() string { return f.text }
func (f *fault) Unwrap() error { return f.err }

// New makes an error of a kind. The text says what is wrong and what to do;
// %w keeps a cause.
func New(kind Kind, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &fault{kind: kind, text: err.Error(), err: errors.Unwrap(err)}
}

// About says which field of a form an error is about, by the name that the
// input gives it: what is wrong is shown beside what was typed.
func About(field string, err error) error { return &about{field, err} }

// FieldOf is the field that an error is about; empty: no single one.
func FieldOf(err error) string {
	var a *about
	if errors.As(err, &a) {
		return a.field
	}
	return ""
}

type about struct {
	field string
	err   error
}

func (a *about) Error() string { return a.err.Error() }
func (a *about) Unwrap() error { return a.err }

// KindOf reports the kind of the outermost fault in err's chain; Internal if
// there is none, and "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var f *fault
	if errors.As(err, &f) {
		return f.kind
	}
	return Internal
}

// Text is what a caller may be shown: the fault's own words, or nothing that
// would betray an internal error.
func Text(err error) string {
	var f *fault
	if errors.As(err, &f) && f.kind != Internal {
		return f.text
	}
	return "internal error"
}
