package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// mayImport is the plan of the house: which rooms a room may use. A room that
// is not listed may use none. doc/architecture.md draws it.
var mayImport = map[string][]string{
	"cmd":        {"*"},
	"web":        {"ward/fault", "ward/staff", "views", "static"},
	"handlers":   {"web", "views", "static", "live", "ward", "ingest/fhir"},
	"store":      {"ward", "migrations", "store"},
	"views":      {"ward", "static"},
	"static":     {},
	"migrations": {},
	"ward":       {"ward"},
	"ingest":     {"ward", "ingest"},
	"live":       {"ward"},
	"sim":        {"ingest/hl7", "ingest/mllp", "sim"},
	"e2e":        {"sim", "ingest/hl7", "ingest/mllp"},
}

// nouns are the packages below ward, in order: none imports one to its right.
var nouns = []string{"fault", "census", "staff", "device", "vitals", "druglib", "infusion", "score", "alarm", "audit"}

// topLevel is all that may stand in the root folder, dot-files apart.
var topLevel = []string{
	"cmd", "web", "handlers", "store", "views", "static", "migrations", "ward", "ingest", "live", "sim", "e2e", "tools", "doc",
	"go.mod", "go.sum", "Makefile", "README.md", "CONTRIBUTING.md", "LICENSE", "NOTICE",
}

const maxLines = 600

type goPackage struct {
	ImportPath string
	Imports    []string
	Doc        string
	Name       string
	GoFiles    []string
}

func TestHouse(t *testing.T) {
	for _, p := range packages(t) {
		from := strings.TrimPrefix(p.ImportPath, "wardlight/")
		if p.Doc == "" && len(p.GoFiles) > 0 {
			t.Errorf("%s has no package comment: its one-line promise", from)
		}
		for _, imported := range p.Imports {
			to, ours := strings.CutPrefix(imported, "wardlight/")
			if ours && !allowed(from, to) {
				t.Errorf("%s imports %s, which the plan of the house forbids", from, to)
			}
		}
	}
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Doc,Name,GoFiles", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p goPackage
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func allowed(from, to string) bool {
	room, _, _ := strings.Cut(from, "/")
	if room == "ward" && strings.HasPrefix(to, "ward/") && strings.HasPrefix(from, "ward/") {
		return slices.Index(nouns, to[len("ward/"):]) < slices.Index(nouns, from[len("ward/"):])
	}
	return slices.ContainsFunc(mayImport[room], func(may string) bool {
		return may == "*" || to == may || strings.HasPrefix(to, may+"/")
	})
}

func TestTopLevel(t *testing.T) {
	out, err := exec.Command("git", "-C", "..", "ls-files").Output()
	if err != nil {
		t.Skipf("not a git checkout: %v", err)
	}
	for _, f := range strings.Fields(string(out)) {
		top, _, _ := strings.Cut(f, "/")
		if !strings.HasPrefix(top, ".") && !slices.Contains(topLevel, top) {
			t.Errorf("%s does not belong to the top level", top)
		}
	}
}

func TestFilesAreReadable(t *testing.T) {
	inline := regexp.MustCompile(` (style|on[a-z]+)=`)
	eachSource(t, func(path string, text string) {
		if n := strings.Count(text, "\n"); n > maxLines && !strings.HasSuffix(path, "_templ.go") && !strings.HasSuffix(path, "schema.sql") {
			t.Errorf("%s has %d lines; %d is what a reader can hold", path, n, maxLines)
		}
		if strings.HasSuffix(path, ".templ") && inline.MatchString(text) {
			t.Errorf("%s has an inline style or handler, which the page policy refuses silently", path)
		}
	})
}

func eachSource(t *testing.T, visit func(path, text string)) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && (name == "vendor" || name == "bin" || name == "data" || strings.HasPrefix(name, ".") && name != "..") {
			return filepath.SkipDir
		}
		if !slices.Contains([]string{".go", ".templ", ".js", ".css", ".sql"}, filepath.Ext(name)) {
			return nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
		visit(path, string(raw))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
