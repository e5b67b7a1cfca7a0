package static

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"path"
	"strings"
	"testing"
)

// The lock file says exactly which bytes of other people's work are in the binary, and under which licence.
func TestVendoredFilesAreThoseOfTheLockFile(t *testing.T) {
	raw, err := fs.ReadFile(embedded, "vendor/lock.json")
	if err != nil {
		t.Fatal(err)
	}
	var locks []struct {
		Name, Version, Licence string
		ArchiveSHA256          string `json:"archive_sha256"`
		Files                  map[string]string
	}
	if err := json.Unmarshal(raw, &locks); err != nil {
		t.Fatal(err)
	}
	locked := map[string]bool{"lock.json": true}
	for _, l := range locks {
		if l.Name == "" || l.Version == "" || l.Licence == "" || len(l.ArchiveSHA256) != 2*sha256.Size {
			t.Errorf("incomplete entry %+v", l)
		}
		if _, ok := l.Files[l.Name+".LICENSE"]; !ok {
			t.Errorf("%s has no licence text", l.Name)
		}
		for name, want := range l.Files {
			locked[name] = true
			b, err := fs.ReadFile(embedded, "vendor/"+name)
			if err != nil {
				t.Error(err)
				continue
			}
			if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != want {
				t.Errorf("%s is not the file that the lock file names", name)
			}
		}
	}
	entries, err := fs.ReadDir(embedded, "vendor")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !locked[e.Name()] {
			t.Errorf("vendor/%s is in no entry of the lock file", e.Name())
		}
	}
}

func TestVendoredFilesAreServedUnchanged(t *testing.T) {
	a := New()
	for name, p := range a.paths {
		want, err := fs.ReadFile(embedded, path.Join("vendor", name))
		if err != nil {
			continue // ours, not vendored
		}
		if string(a.served[p].plain) != string(want) {
			t.Errorf("%s was changed on the way", name)
		}
	}
}

// The content security policy refuses inline styles without a word, so no module may write one as text.
func TestOwnModulesWriteNoInlineStyle(t *testing.T) {
	files, err := fs.Glob(embedded, "js/*.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := fs.ReadFile(embedded, f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), ` style="`) || strings.Contains(string(b), "setAttribute(\"style\"") {
			t.Errorf("%s writes an inline style", f)
		}
	}
}
