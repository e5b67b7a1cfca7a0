package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"wardlight/views"
	"wardlight/ward"
	"wardlight/ward/fault"
	"wardlight/ward/staff"
	"wardlight/web"
)

// first leads everyone to the screen that they start with: the central
// station of their unit, or of the intensive care unit where they have none.
func (h *Handlers) first(c echo.Context) error {
	who, _ := person(c)
	units := visible(h.Ward.View().Ward, who)
	if len(units) == 0 {
		return fault.New(fault.NotFound, "No unit has been set up yet. An administrator does that with: wardlight ward apply FILE.")
	}
	first := units[0]
	for _, u := range units {
		if strings.HasSuffix(u.CareArea, "icu") {
			first = u
			break
		}
	}
	return c.Redirect(http.StatusSeeOther, "/central/"+string(first.Code))
}

// visible are the units that a person may watch.
func visible(w ward.Ward, who staff.Person) []*ward.Unit {
	var out []*ward.Unit
	for _, u := range w.Units() {
		if who.May(staff.Watch, u.Code) {
			out = append(out, u)
		}
	}
	return out
}

// central shows a unit's beds and its alarms.
func (h *Handlers) central(c echo.Context) error {
	s, v, err := h.scene(unitInPath(c))
	if err != nil {
		return err
	}
	who, _ := person(c)
	p := h.live(h.page(c, "central", s.Unit.Name), s, v, "")
	p.Styles, p.Modules = []string{"central.css"}, []string{"central.js"}
	return web.Render(c, http.StatusOK, views.CentralStation(p, s.Central(h.unitLinks(v.Ward, who, s.Unit))))
}

func (h *Handlers) unitLinks(w ward.Ward, who staff.Person, current *ward.Unit) []views.UnitLink {
	var out []views.UnitLink
	for _, u := range visible(w, who) {
		out = append(out, views.UnitLink{
			Code: string(u.Code), Name: u.Name, Href: "/central/" + string(u.Code), Current: u.Code == current.Code,
		})
	}
	return out
}
