package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"wardlight/ward/fault"
)

func TestKindAndText(t *testing.T) {
	conflict := fault.New(fault.Conflict, "bed is in use")
	for _, test := range []struct {
		name string
		err  error
		kind fault.Kind
		text string
	}{
		{"no error", nil, "", "internal error"},
		{"without a kind", io.EOF, fault.Internal, "internal error"},
		{"with a kind", conflict, fault.Conflict, "bed is in use"},
		{"wrapped by a plain error", fmt.Errorf("apply: %w", conflict), fault.Conflict, "bed is in use"},
		{"wrapped by another kind: the outer one counts", fault.New(fault.Invalid, "file: %w", conflict), fault.Invalid, "file: bed is in use"},
		{"internal keeps its words to itself", fault.New(fault.Internal, "disk %d", 3), fault.Internal, "internal error"},
		{"joined", errors.Join(io.EOF, conflict), fault.Conflict, "bed is in use"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := fault.KindOf(test.err); got != test.kind {
				t.Errorf("KindOf = %q, want %q", got, test.kind)
			}
			if got := fault.Text(test.err); got != test.text {
				t.Errorf("Text = %q, want %q", got, test.text)
			}
		})
	}
}

func TestAFieldIsKeptBesideTheFault(t *testing.T) {
	err := fmt.Errorf("assign: %w", fault.About("reason", fault.New(fault.Invalid, "give a reason: %w", io.EOF)))
	if fault.FieldOf(err) != "reason" || fault.KindOf(err) != fault.Invalid || fault.Text(err) != "give a reason: EOF" || !errors.Is(err, io.EOF) {
		t.Errorf("%v: about %q, %s, %q", err, fault.FieldOf(err), fault.KindOf(err), fault.Text(err))
	}
	if got := fault.FieldOf(io.EOF); got != "" {
		t.Errorf("another error is about %q", got)
	}
}

func TestNewKeepsItsCause(t *testing.T) {
	err := fault.New(fault.Unavailable, "record: %w", io.ErrUnexpectedEOF)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v does not unwrap to its cause", err)
	}
}
