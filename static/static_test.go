package static

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func pages(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, body := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(body)}
	}
	return fsys
}

func mustPublish(t *testing.T, files map[string]string) *Assets {
	t.Helper()
	a, err := publish(pages(files))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func get(a *Assets, method, target, encoding string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	if encoding != "" {
		r.Header.Set("Accept-Encoding", encoding)
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEmbeddedFilesAreServedForEver(t *testing.T) {
	a := New()
	types := map[string]string{
		"tokens.css": "text/css; charset=utf-8", "wardlight.css": "text/css; charset=utf-8", "uPlot.min.css": "text/css; charset=utf-8",
		"uPlot.iife.min.js": "text/javascript; charset=utf-8", "idiomorph.min.js": "text/javascript; charset=utf-8",
		"favicon.svg": "image/svg+xml",
	}
	for name, want := range types {
		p := a.Path(name)
		if !regexp.MustCompile(`^/static/.+\.[0-9a-f]{8}\.(css|js|svg)$`).MatchString(p) {
			t.Errorf("%s is served as %s", name, p)
		}
		res := get(a, "GET", p, "")
		if res.StatusCode != 200 || res.Header.Get("Content-Type") != want {
			t.Errorf("%s: %d %s, want 200 %s", name, res.StatusCode, res.Header.Get("Content-Type"), want)
		}
		if got := res.Header.Get("Cache-Control"); got != "public,max-age=31536000,immutable" {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
	}
}

func TestOnlyIssuedNamesAreServed(t *testing.T) {
	a := New()
	for _, target := range []string{"/static/tokens.css", "/static/tokens.00000000.css", "/static/", "/static/vendor/lock.json", "/static/../go.mod"} {
		res := get(a, "GET", target, "")
		if res.StatusCode != 404 || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("GET %s: %d, Cache-Control %q, want 404 that is not kept", target, res.StatusCode, res.Header.Get("Cache-Control"))
		}
	}
	if res := get(a, "POST", a.Path("tokens.css"), ""); res.StatusCode != 405 {
		t.Errorf("POST: %d, want 405", res.StatusCode)
	}
	if res := get(a, "HEAD", a.Path("tokens.css"), ""); res.StatusCode != 200 || body(t, res) != "" || res.Header.Get("Content-Length") == "0" {
		t.Errorf("HEAD: %d with length %s and a body or no length", res.StatusCode, res.Header.Get("Content-Length"))
	}
}

func TestCompressedFormHoldsTheSameBytes(t *testing.T) {
	a := New()
	p := a.Path("wardlight.css")
	plain, zipped := get(a, "GET", p, ""), get(a, "GET", p, "br, gzip")
	if zipped.Header.Get("Content-Encoding") != "gzip" || zipped.Header.Get("Vary") != "Accept-Encoding" || plain.Header.Get("Content-Encoding") != "" {
		t.Fatalf("encodings %q and %q, Vary %q", plain.Header.Get("Content-Encoding"), zipped.Header.Get("Content-Encoding"), zipped.Header.Get("Vary"))
	}
	z, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	unzipped, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if string(unzipped) != body(t, plain) {
		t.Error("the compressed form differs from the plain one")
	}
}

func TestReferencesBecomeServedNames(t *testing.T) {
	a := mustPublish(t, map[string]string{
		"js/live.js": `import { a, b } from "./values.js";
import {
  c,
} from './socket.js';
import "./veil.js"
const later = import("./later.js"), w = new Worker(new URL("./dog.js", import.meta.url), {type: "module"});
export * from "./values.js";
const words = "from the ward";`,
		"js/values.js": "export const a = 1, b = 2", "js/socket.js": "export const c = 3", "js/veil.js": "0",
		"js/later.js": "1", "js/dog.js": "2",
		"css/page.css": `@import "base.css"; a { background: url(../img/a.svg); mask: url("../img/a.svg") } b { background: url(data:image/png;base64,AA==), url('#x') }`,
		"css/base.css": "b{}", "img/a.svg": "<svg/>",
	})
	live, page := body(t, get(a, "GET", a.Path("live.js"), "")), body(t, get(a, "GET", a.Path("page.css"), ""))
	relative := func(name string) string { return "./" + path.Base(a.Path(name)) }
	for _, want := range []string{
		`import { a, b } from "` + relative("values.js") + `"`, `} from '` + relative("socket.js") + `'`, `import "` + relative("veil.js") + `"`,
		`import("` + relative("later.js") + `")`, `new URL("` + relative("dog.js") + `", import.meta.url)`, `export * from "` + relative("values.js") + `"`, `"from the ward"`,
	} {
		if !strings.Contains(live, want) {
			t.Errorf("live.js lacks %s:\n%s", want, live)
		}
	}
	for _, want := range []string{
		`@import "` + relative("base.css") + `"`, `background: url(` + relative("a.svg") + `)`, `mask: url("` + relative("a.svg") + `")`,
		"url(data:image/png;base64,AA==)", "url('#x')",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("page.css lacks %s:\n%s", want, page)
		}
	}
}

func TestAChangeRenamesEverythingThatReachesIt(t *testing.T) {
	files := map[string]string{
		"js/page.js": `import "./a.js"`, "js/a.js": `import "./b.js"`, "js/b.js": `import "./a.js"; let n = 1`, "js/other.js": "0",
	}
	before := mustPublish(t, files)
	files["js/b.js"] = `import "./a.js"; let n = 2`
	after := mustPublish(t, files)
	for name, changes := range map[string]bool{"page.js": true, "a.js": true, "b.js": true, "other.js": false} {
		if changed := before.Path(name) != after.Path(name); changed != changes {
			t.Errorf("%s renamed: %t, want %t", name, changed, changes)
		}
	}
	if before.BuildID() == after.BuildID() {
		t.Error("the build id did not change")
	}
	if again := mustPublish(t, files); again.BuildID() != after.BuildID() {
		t.Error("the same files have two build ids")
	}
}

func TestBrokenSetsAreRefused(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"missing module":   {"js/a.js": `import "./gone.js"`},
		"missing drawing":  {"css/a.css": `a{background:url(gone.svg)}`},
		"outside address":  {"css/a.css": `@import "https://fonts.example/x.css"`},
		"same name twice":  {"css/a.css": "", "vendor/a.css": ""},
		"outside the tree": {"js/a.js": `import "../../etc/passwd.js"`},
	} {
		if _, err := publish(pages(files)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestPathPanicsForAnUnknownName(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	New().Path("gone.js")
}
