package web

import "github.com/labstack/echo/v4"

// contentSecurityPolicy lets a page load from this server only and run no inline script or style. Trusted Types are
// not demanded: that idiomorph works under them has not been shown.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
	"font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; " +
	"frame-ancestors 'none'"

// securityHeaders sets what every answer carries. Pages show patients, so nothing is kept by a browser or proxy unless
// a handler says otherwise, as the assets do.
func securityHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "autoplay=(self), camera=(self), fullscreen=(self), screen-wake-lock=(self), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		if isTLS(c) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		return next(c)
	}
}

// isTLS tells whether the browser speaks TLS, to us or to a proxy on a private address.
func isTLS(c echo.Context) bool { return c.Scheme() == "https" }
