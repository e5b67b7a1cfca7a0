package static

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"strings"
)

// source is one file as it stands in the repository.
type source struct {
	path string
	body []byte
}

// In a module: from "./x.js", import "./x.js", import("./x.js") and new URL("./x.js", import.meta.url). Only relative
// specifiers count. In a style sheet: url(x.svg), bare or quoted, and @import "x.css". Group 2 is the reference.
var (
	inModule = regexp.MustCompile(`(\b(?:from|import|new URL)\s*\(?\s*["'])(\.{1,2}/[^"'\s]+)(["'])`)
	inStyle  = regexp.MustCompile(`(\burl\(\s*["']?|@import\s+["'])([^"')\s]+)(["']?)`)
)

// pattern finds references in s, or is nil when s has none that we may change.
func (s source) pattern() *regexp.Regexp {
	switch {
	case strings.HasPrefix(s.path, "vendor/"):
		return nil // byte for byte as published, so that the lock file can be checked against what is served
	case path.Ext(s.path) == ".js":
		return inModule
	case path.Ext(s.path) == ".css":
		return inStyle
	}
	return nil
}

// references lists the paths of the files that s needs.
func (s source) references() []string {
	re := s.pattern()
	if re == nil {
		return nil
	}
	var out []string
	for _, m := range re.FindAllSubmatch(s.body, -1) {
		if ref := string(m[2]); !inline(ref) {
			out = append(out, s.resolve(ref))
		}
	}
	return out
}

// rewritten returns the body with every reference replaced by the name that it is served under.
func (s source) rewritten(names map[string]string) []byte {
	re := s.pattern()
	if re == nil {
		return s.body
	}
	return re.ReplaceAllFunc(s.body, func(match []byte) []byte {
		m := re.FindSubmatch(match)
		if inline(string(m[2])) {
			return match
		}
		return []byte(string(m[1]) + "./" + names[s.resolve(string(m[2]))] + string(m[3]))
	})
}

// inline tells references that name no file: embedded data and fragments of the same document.
func inline(ref string) bool {
	return strings.HasPrefix(ref, "data:") || strings.HasPrefix(ref, "#")
}

func (s source) resolve(ref string) string { return path.Join(path.Dir(s.path), ref) }

// hashedNames gives every source its name. The digest covers the source and all that it reaches, so a changed module
// renames those that import it; modules that import each other are no special case.
func hashedNames(sources map[string]source) (map[string]string, error) {
	names := make(map[string]string, len(sources))
	for p := range sources {
		reached := map[string]source{}
		if err := reach(p, p, sources, reached); err != nil {
			return nil, err
		}
		digest := sha256.New()
		for _, r := range sortedKeys(reached) {
			fmt.Fprintf(digest, "%s %d\n%s", r, len(reached[r].body), reached[r].body)
		}
		ext := path.Ext(p)
		stem := strings.TrimSuffix(path.Base(p), ext)
		names[p] = stem + "." + hex.EncodeToString(digest.Sum(nil))[:hashDigits] + ext
	}
	return names, nil
}

// reach adds to reached the file at p and everything it needs; from is who asked.
func reach(p, from string, sources, reached map[string]source) error {
	s, ok := sources[p]
	if !ok {
		return fmt.Errorf("static: %s refers to %s, which does not exist", from, p)
	}
	if _, seen := reached[p]; seen {
		return nil
	}
	reached[p] = s
	for _, ref := range s.references() {
		if err := reach(ref, p, sources, reached); err != nil {
			return err
		}
	}
	return nil
}
