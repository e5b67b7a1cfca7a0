package static

import (
	"strings"
	"testing"
)

func TestLibrariesCarryTheirLicences(t *testing.T) {
	found := map[string]Library{}
	for _, l := range Libraries() {
		found[l.Name] = l
		if l.Version == "" || l.Licence == "" || l.Text == "" {
			t.Errorf("%s: version %q, licence %q, %d letters of text", l.Name, l.Version, l.Licence, len(l.Text))
		}
	}
	if !strings.Contains(found["uplot"].Text, "MIT") {
		t.Errorf("uplot: licence %q", found["uplot"].Text)
	}
}
