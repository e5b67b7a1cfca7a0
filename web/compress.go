package web

import (
	"compress/gzip"
	"net/http"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
)

// compressMin is the size in bytes below which compression gains nothing.
const compressMin = 1024

var zippers = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	return z
}}

// compress gzips HTML and JSON. Pages hold a CSRF token; that each carries a fresh one (see CSRFToken) keeps the
// compressed length from giving it away.
func compress(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.IsWebSocket() || !strings.Contains(c.Request().Header.Get(echo.HeaderAcceptEncoding), "gzip") {
			return next(c)
		}
		plain := c.Response().Writer
		w := &compressor{ResponseWriter: plain}
		c.Response().Writer = w
		// Restored even when the handler fails: the error is then answered uncompressed, by whoever handles it.
		defer func() { c.Response().Writer = plain }()
		err := next(c)
		w.finish()
		return err
	}
}

// compressor decides at the first write, when type and size are known.
type compressor struct {
	http.ResponseWriter
	status int // held back until the decision
	sent   bool
	zip    *gzip.Writer
}

// WriteHeader remembers the status until the first write.
func (w *compressor) WriteHeader(status int) { w.status = status }

// Write sends p, compressed where that pays.
func (w *compressor) Write(p []byte) (int, error) {
	w.decide(len(p))
	if w.zip != nil {
		return w.zip.Write(p)
	}
	return w.ResponseWriter.Write(p)
}

// Flush sends what is held back.
func (w *compressor) Flush() {
	w.decide(0)
	if w.zip != nil {
		_ = w.zip.Flush() // a broken connection shows at the next write
	}
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the connection.
func (w *compressor) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *compressor) decide(size int) {
	if w.sent {
		return
	}
	w.sent = true
	h := w.Header()
	if compressible(h.Get(echo.HeaderContentType)) && h.Get(echo.HeaderContentEncoding) == "" {
		h.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
		if size >= compressMin {
			h.Set(echo.HeaderContentEncoding, "gzip")
			h.Del(echo.HeaderContentLength)
			w.zip = zippers.Get().(*gzip.Writer)
			w.zip.Reset(w.ResponseWriter)
		}
	}
	if w.status != 0 {
		w.ResponseWriter.WriteHeader(w.status)
	}
}

func (w *compressor) finish() {
	if w.status != 0 {
		w.decide(0)
	}
	if w.zip != nil {
		_ = w.zip.Close() // a broken connection: nothing is left to tell
		zippers.Put(w.zip)
	}
}

func compressible(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	return kind == "text/html" || kind == "application/json" || strings.HasSuffix(kind, "+json")
}
