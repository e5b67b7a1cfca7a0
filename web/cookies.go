package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// cookie returns the value of a cookie, empty when the browser sent none.
func cookie(c echo.Context, name string) string {
	k, err := c.Cookie(name)
	if err != nil {
		return ""
	}
	return k.Value
}

// setCookie sets a cookie that scripts cannot read and that other sites' forms and frames do not carry. Its name has
// no "__Host-" prefix, because a browser refuses that without TLS and a ward may run on a plain local network.
func setCookie(c echo.Context, name, value string, life time.Duration) {
	c.SetCookie(&http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(life.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: isTLS(c),
	})
}

func dropCookie(c echo.Context, name string) { setCookie(c, name, "", -time.Second) }
