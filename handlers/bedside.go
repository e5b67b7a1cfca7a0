package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"wardlight/views"
	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/fault"
	"wardlight/ward/staff"
	"wardlight/web"
)

// bedside shows one bed with everything that is known of it now.
func (h *Handlers) bedside(c echo.Context) error {
	s, v, err := h.scene(unitInPath(c))
	if err != nil {
		return err
	}
	bed, ok := s.Unit.Bed(census.BedCode(c.Param("bed")))
	if !ok {
		return fault.New(fault.NotFound, "There is no bed %s in unit %s.", c.Param("bed"), s.Unit.Code)
	}
	who, _ := person(c)
	p := h.live(h.page(c, "", bed.ID.String()), s, v, bed.ID.Bed)
	p.Styles, p.Modules = []string{"central.css", "review.css"}, []string{"bedside.js"}
	return web.Render(c, http.StatusOK, views.BedsidePage(p, h.bedBanner(who, s, bed), s.Bedside(bed)))
}

// bedBanner names who lies in a bed. The number and the way to the history
// are for those who may review patients.
func (h *Handlers) bedBanner(who staff.Person, s views.Scene, bed *ward.Bed) views.Banner {
	var b views.Banner
	if bed.Patient != nil {
		b = h.banner(review{Stay: ward.Stay{Patient: *bed.Patient}, bed: bed}, s.At, "live")
		b.Weight = s.PumpWeight(bed)
		if !who.May(staff.Review, bed.ID.Unit) {
			b.MRN, b.Pages = "", nil
		}
	}
	if who.May(staff.MovePatient, bed.ID.Unit) {
		label := "Away, move, discharge"
		if bed.Patient == nil {
			label = "Admit"
		}
		b.Pages = append(b.Pages, views.Link{Key: "stay", Label: label, Href: views.BedURL(bed.ID) + "/stay"})
	}
	b.Bed, b.BedHref = bed.ID.String(), centralURL(s.Unit.Code)
	return b
}

func centralURL(unit census.UnitCode) string { return "/central/" + string(unit) }
