package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"wardlight/views"
	"wardlight/web"
)

// patient leads to the bed in which somebody lies, or tells of their stays.
func (h *Handlers) patient(c echo.Context) error {
	r, err := h.review(c)
	if err != nil {
		return err
	}
	if r.bed != nil {
		return c.Redirect(http.StatusSeeOther, views.BedURL(r.bed.ID))
	}
	p := h.page(c, "", "Patient")
	p.Styles = []string{"review.css"}
	return web.Render(c, http.StatusOK, views.PatientPage(p, views.NewPatient(r.Stay, h.Now(), r.zone)))
}
