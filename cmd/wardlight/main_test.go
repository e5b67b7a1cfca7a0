package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func TestRun(t *testing.T) {
	tests := []struct {
		name string
		args []string
		code int
		out  string // part of standard output
		err  string // part of standard error
	}{
		{"version", []string{"version"}, 0, "wardlight", ""},
		{"help", []string{"--help"}, 0, "secondary display", ""},
		{"nothing", nil, 0, "Usage:", ""},
		{"help of a command shows an example", []string{"serve", "--help"}, 0, "    wardlight serve --ward", ""},
		{"help of a deeper command too", []string{"user", "add", "--help"}, 0, "    wardlight user add", ""},
		{"no such command", []string{"fly"}, 2, "", "wardlight:"},
		{"no such flag", []string{"serve", "--fly"}, 2, "", "--fly"},
		{"a size that is none", []string{"serve", "--mllp-max", "big"}, 2, "", "16MiB"},
		{"a ward file that is not there", []string{"ward", "apply", "/no/such/file"}, 1, "", "no such file"},
		{"a role that there is not", []string{"user", "add", "kim", "--name", "Kim", "--role", "king"}, 1, "", "nurse"},
		{"a person is no machine", []string{"token", "add", "x", "--role", "nurse"}, 1, "", "machine"},
		{"a demo without devices", []string{"demo", "--mllp", "off"}, 1, "", "--mllp"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			code := run(t.Context(), tt.args, streams{strings.NewReader(""), &out, &errs})
			if code != tt.code || !strings.Contains(out.String(), tt.out) || !strings.Contains(errs.String(), tt.err) {
				t.Errorf("exit %d, out %q, err %q; want %d, %q, %q", code, out.String(), errs.String(), tt.code, tt.out, tt.err)
			}
			if tt.code == 1 && strings.Count(strings.TrimSpace(errs.String()), "\n") > 0 {
				t.Errorf("an error of more than one line: %q", errs.String())
			}
		})
	}
}

func TestEveryCommandShowsAnExample(t *testing.T) {
	parser, err := kong.New(&cli{})
	if err != nil {
		t.Fatal(err)
	}
	for _, leaf := range parser.Model.Leaves(true) {
		path := strings.TrimPrefix(leaf.Path(), "wardlight ")
		if path != "version" && !strings.Contains(leaf.Detail, "wardlight "+path) {
			t.Errorf("%s: help without an example: %q", path, leaf.Detail)
		}
	}
}

func TestShortPasswordIsRefused(t *testing.T) {
	var out, errs bytes.Buffer
	s := streams{strings.NewReader("short\n"), &out, &errs}
	if _, err := askPassword(t.Context(), s); err == nil || !strings.Contains(err.Error(), "characters") {
		t.Errorf("error %v", err)
	}
}
