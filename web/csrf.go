package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"mime"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

const (
	csrfField  = "_csrf"
	csrfHeader = "X-CSRF-Token"

	// signInCookie stands in for the session while there is none, so that the sign-in form is protected as well:
	// without it a stranger's page could sign a nurse in under another name.
	signInCookie = "wardlight_signin"
	signInLife   = time.Hour

	csrfNonce = 16 // bytes
)

// CSRFToken returns the token that this page's forms must send back, as field "_csrf" or header "X-CSRF-Token". It is
// bound to the session by the session's own secret, so it stays good across a restart; each call gives another one.
// It may set a cookie and is therefore called before the page is rendered.
func CSRFToken(c echo.Context) string {
	secret := boundTo(c)
	if secret == "" {
		secret = NewSecret()
		setCookie(c, signInCookie, secret, signInLife)
	}
	nonce := make([]byte, csrfNonce)
	rand.Read(nonce) // never fails
	return base64.RawURLEncoding.EncodeToString(append(nonce, csrfMAC(secret, nonce)...))
}

// checkCSRF lets a request that changes something pass only when one of our own pages sent it: the browser says so
// (Sec-Fetch-Site, Origin) and the token proves it. Bearer callers are exempt: no browser adds that header by itself.
func checkCSRF(origins originCheck) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			if _, machine := bearer(r); machine || isSafe(r.Method) {
				return next(c)
			}
			if !origins.allowsForm(r) {
				return echo.NewHTTPError(http.StatusForbidden, "This request came from another site.")
			}
			secret := boundTo(c)
			if secret == "" && wantsJSON(c) {
				return echo.ErrUnauthorized // a machine without its token
			}
			if !validCSRF(secret, sentToken(c)) {
				return echo.NewHTTPError(http.StatusForbidden, "This page is out of date. Reload it and try again.")
			}
			return next(c)
		}
	}
}

// boundTo returns the secret that a token must match: the valid session's, else the sign-in form's.
func boundTo(c echo.Context) string {
	if _, signedIn := PrincipalFrom(c.Request().Context()); signedIn {
		return cookie(c, sessionCookie)
	}
	return cookie(c, signInCookie)
}

func sentToken(c echo.Context) string {
	if t := c.Request().Header.Get(csrfHeader); t != "" {
		return t
	}
	kind, _, _ := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if kind != echo.MIMEApplicationForm && kind != echo.MIMEMultipartForm {
		return ""
	}
	return c.Request().PostFormValue(csrfField) // from the body only: a token in an address would be logged on its way
}

func validCSRF(secret, token string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != csrfNonce+sha256.Size || secret == "" {
		return false
	}
	return hmac.Equal(raw[csrfNonce:], csrfMAC(secret, raw[:csrfNonce]))
}

func csrfMAC(secret string, nonce []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("wardlight csrf 1"))
	mac.Write(nonce)
	return mac.Sum(nil)
}

// isSafe follows RFC 9110 §9.2.1.
func isSafe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions || method == http.MethodTrace
}
