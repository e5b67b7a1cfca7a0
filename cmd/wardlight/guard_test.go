package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGuardNetworks(t *testing.T) {
	got, err := guard{Allow: []string{"10.1.0.0/16", "192.0.2.7", "2001:db8::/32"}}.networks()
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, p := range got {
		text = append(text, p.String())
	}
	if diff := cmp.Diff([]string{"10.1.0.0/16", "192.0.2.7/32", "2001:db8::/32"}, text); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := (guard{Allow: []string{"ward-3"}}).networks(); err == nil || !strings.Contains(err.Error(), "10.1.0.0/16") {
		t.Errorf("a name: %v", err)
	}
	var none []netip.Prefix
	if got, err := (guard{}).networks(); err != nil || !cmp.Equal(got, none, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })) {
		t.Errorf("none: %v, %v", got, err)
	}
}

func TestGuardTLSRefuses(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("no certificate"), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cert, open, private := file("cert", 0o644), file("open", 0o644), file("private", 0o600)
	for _, tt := range []struct {
		name string
		g    guard
		want string
	}{
		{"clients without a certificate of ours", guard{Clients: cert}, "give a certificate"},
		{"a certificate without a key", guard{Cert: cert}, "both"},
		{"a key that others can read", guard{Cert: cert, Key: open}, "chmod 600"},
		{"what is no certificate", guard{Cert: cert, Key: private}, "cannot be used"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := tt.g.tls(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q in it", err, tt.want)
			}
		})
	}
	if c, err := (guard{}).tls(); c != nil || err != nil {
		t.Errorf("nothing asked for: %v, %v", c, err)
	}
}
