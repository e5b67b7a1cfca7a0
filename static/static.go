// Package static holds what a browser fetches besides pages: style sheets, ES modules, vendored scripts and drawings.
//
// Everything is embedded in the binary and served under a name that contains a digest of its content, so that a browser
// may keep it for ever and a new build never mixes with an old one. References between files (an import, a url()) are
// rewritten to the same names. Vendored files are served byte for byte as their authors published them.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Root is the URL path under which all assets are served.
const Root = "/static/"

// hashDigits is how much of the SHA-256 goes into a name; 32 bits are plenty among a few dozen files that we wrote.
const hashDigits = 8

//go:embed css img js vendor
var embedded embed.FS

// Assets is the set of files that a browser may fetch. It never changes after New.
type Assets struct {
	paths   map[string]string // base name to URL path
	served  map[string]file   // URL path to what is sent
	buildID string
}

type file struct {
	contentType string
	plain       []byte
	zipped      []byte // empty when compression does not pay
}

// New prepares the embedded files. It panics when one refers to a file that does not exist, because such a binary
// cannot show its pages.
func New() *Assets {
	a, err := publish(embedded)
	if err != nil {
		panic(err)
	}
	return a
}

// Path returns the URL path of the asset with that base name, such as "/static/live.3f9a1c2b.js" for "live.js".
// It panics for a name that does not exist: only a page template can have asked for it.
func (a *Assets) Path(name string) string {
	p, ok := a.paths[name]
	if !ok {
		panic("static: no asset is called " + strconv.Quote(name))
	}
	return p
}

// BuildID identifies the whole set: it differs whenever any asset does, so a page can notice that the server is newer.
func (a *Assets) BuildID() string { return a.buildID }

// ServeHTTP sends an asset by its hashed name; a name that was never issued is not found.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	f, ok := a.served[r.URL.Path]
	if !ok {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	f.send(w, r)
}

func (f file) send(w http.ResponseWriter, r *http.Request) {
	body := f.plain
	h := w.Header()
	h.Set("Cache-Control", "public,max-age=31536000,immutable")
	h.Set("Content-Type", f.contentType)
	h.Set("Vary", "Accept-Encoding")
	if len(f.zipped) > 0 && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.zipped
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the browser went away: nothing is left to tell it
	}
}

// contentTypes lists what is published; other files (licences, the lock file, notes) stay inside.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".png": "image/png",
	".svg": "image/svg+xml",
}

// publish reads every publishable file of fsys and gives it its name and final content.
func publish(fsys fs.FS) (*Assets, error) {
	sources, err := read(fsys)
	if err != nil {
		return nil, err
	}
	names, err := hashedNames(sources)
	if err != nil {
		return nil, err
	}
	a := &Assets{paths: map[string]string{}, served: map[string]file{}}
	whole := sha256.New()
	for _, p := range sortedKeys(sources) {
		base, url := path.Base(p), Root+names[p]
		if _, taken := a.paths[base]; taken {
			return nil, fmt.Errorf("static: two assets are called %q", base)
		}
		body := sources[p].rewritten(names)
		a.paths[base] = url
		a.served[url] = file{contentType: contentTypes[path.Ext(p)], plain: body, zipped: zip(body)}
		fmt.Fprintln(whole, url)
	}
	a.buildID = hex.EncodeToString(whole.Sum(nil))[:2*hashDigits]
	return a, nil
}

// read collects the publishable files by their path.
func read(fsys fs.FS) (map[string]source, error) {
	sources := map[string]source{}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || contentTypes[path.Ext(p)] == "" {
			return err
		}
		body, err := fs.ReadFile(fsys, p)
		sources[p] = source{path: p, body: body}
		return err
	})
	return sources, err
}

// zip compresses once at start what every browser will ask for; it returns nothing when that saves less than a tenth.
func zip(body []byte) []byte {
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	_, _ = z.Write(body) // a bytes.Buffer never fails
	_ = z.Close()
	if out.Len() > len(body)*9/10 {
		return nil
	}
	return out.Bytes()
}

func sortedKeys(m map[string]source) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
