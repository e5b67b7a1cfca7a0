package web

import (
	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// Render draws a page completely before the first byte is sent, so that a page that fails is an error page and never
// half a ward.
func Render(c echo.Context, status int, page templ.Component) error {
	buf := templ.GetBuffer()
	defer templ.ReleaseBuffer(buf)
	if err := page.Render(c.Request().Context(), buf); err != nil {
		return err
	}
	return c.HTMLBlob(status, buf.Bytes())
}
