package cluster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// installFake puts a server of some version into a folder, as far as the
// search looks at it.
func installFake(t *testing.T, bin, version string) {
	t.Helper()
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"postgres", "initdb"} {
		script := fmt.Sprintf("#!/bin/sh\necho '%s (PostgreSQL) %s'\n", name, version)
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// onlyIn makes the search look nowhere but in root and on a path.
func onlyIn(t *testing.T, root, path string) {
	t.Helper()
	former := installed
	installed = []string{filepath.Join(root, "lib", "*", "bin")}
	t.Cleanup(func() { installed = former })
	t.Setenv("PG_BINDIR", "")
	t.Setenv("PATH", path)
}

func TestTheNewestServerIsFound(t *testing.T) {
	root := t.TempDir()
	installFake(t, filepath.Join(root, "lib/9.6/bin"), "9.6.24")
	installFake(t, filepath.Join(root, "lib/15/bin"), "15.14 (Debian 15.14-0+deb12u1)")
	installFake(t, filepath.Join(root, "path"), "18beta2")
	onlyIn(t, root, filepath.Join(root, "path"))

	for want, bin := range map[int]string{0: "path", 18: "path", 15: "lib/15/bin"} {
		s, err := findServer(want)
		if err != nil || s.bin != filepath.Join(root, bin) {
			t.Errorf("version %d: found %v, %v; want the one in %s", want, s, err, bin)
		}
	}
	if _, err := findServer(17); err == nil || !strings.Contains(err.Error(), "install version 17") {
		t.Errorf("version 17: %v", err)
	}

	t.Setenv("PG_BINDIR", filepath.Join(root, "lib/15/bin"))
	if s, err := findServer(0); err != nil || s.major != 15 {
		t.Errorf("PG_BINDIR: %v, %v", s, err)
	}
}

func TestAMissingServerIsNamed(t *testing.T) {
	check := func(name string, hint string) {
		t.Helper()
		_, err := Start(testContext(t), Options{DataDir: openDir(t)})
		if !errors.Is(err, ErrNoServer) {
			t.Fatalf("%s: %v, want ErrNoServer", name, err)
		}
		for _, want := range []string{"apt-get install postgresql", "brew install postgresql", hint} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q lacks %q", name, err, want)
			}
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than one line: %q", name, err)
		}
	}
	root := t.TempDir()
	onlyIn(t, root, root)
	check("nothing installed", "")

	installFake(t, filepath.Join(root, "lib/9.6/bin"), "9.6.24")
	check("too old", "only PostgreSQL 9 ")

	t.Setenv("PG_BINDIR", filepath.Join(root, "nowhere"))
	check("wrong PG_BINDIR", "PG_BINDIR=")
}
