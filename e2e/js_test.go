package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// policy is what a browser may do on every page of the product.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
	"font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; " +
	"frame-ancestors 'none'"

// The modules of the pages, in a browser and under the policy of the product.
func TestModules(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("js/*.test.js")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test modules: %v", err)
	}
	server := httptest.NewServer(bench())
	t.Cleanup(server.Close)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".test.js")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := (&station{t: t}).page()
			p.expect("inline style violates") // one case tries it
			p.do("open", chromedp.Navigate(server.URL+"/bench/"+name))
			eventually(t, time.Minute, "all cases have run", func() bool { return eval[bool](p, `"results" in globalThis`) })
			type result struct{ Name, Error string }
			for _, r := range eval[[]result](p, `results`) {
				t.Run(r.Name, func(t *testing.T) {
					if r.Error != "" {
						t.Error(r.Error)
					}
				})
			}
		})
	}
}

// bench serves the modules as they are written, and a page for each test.
func bench() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/js/", http.StripPrefix("/js/", http.FileServer(http.Dir("../static/js"))))
	mux.Handle("/css/", http.StripPrefix("/css/", http.FileServer(http.Dir("../static/css"))))
	mux.Handle("/vendor/", http.StripPrefix("/vendor/", http.FileServer(http.Dir("../static/vendor"))))
	mux.Handle("/test/", http.StripPrefix("/test/", http.FileServer(http.Dir("js"))))
	mux.HandleFunc("/bench/{name}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<!doctype html><html lang="en"><link rel="icon" href="data:,">`+
			`<link rel="stylesheet" href="/css/tokens.css"><link rel="stylesheet" href="/css/wardlight.css"><link rel="stylesheet" href="/css/central.css">`+
			`<script defer src="/vendor/idiomorph.min.js"></script><script type="module" src="/test/%s.test.js"></script><body></body></html>`, r.PathValue("name"))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		mux.ServeHTTP(w, r)
	})
}
