package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"wardlight/live"
	"wardlight/views"
	"wardlight/ward/alarm"
	"wardlight/ward/fault"
	"wardlight/ward/staff"
	"wardlight/web"
)

// alarmPage shows one alarm as a page of its own.
func (h *Handlers) alarmPage(c echo.Context) error {
	s, v, e, err := h.alarm(c)
	if err != nil {
		return err
	}
	p := h.live(h.page(c, "alarms", views.Says(e)), s, v, "")
	p.Styles, p.Modules = []string{"central.css"}, []string{"alarm.js"}
	return web.Render(c, http.StatusOK, views.AlarmPage(p, h.answer(c, s, e)))
}

// alarmPanel is the same without the page around it, for a page that is
// already there.
func (h *Handlers) alarmPanel(c echo.Context) error {
	s, _, e, err := h.alarm(c)
	if err != nil {
		return err
	}
	return web.Render(c, http.StatusOK, views.AlarmPanel(h.answer(c, s, e)))
}

func (h *Handlers) answer(c echo.Context, s views.Scene, e alarm.Episode) views.Panel {
	who, _ := person(c)
	p := s.Panel(e)
	p.CSRF, p.MayAct = web.CSRFToken(c), mayAnswer(who, e)
	return p
}

func mayAnswer(who staff.Person, e alarm.Episode) bool {
	return who.May(staff.AcknowledgeAlarm, e.Bed.Unit) || e.Bed.IsZero() && who.May(staff.AcknowledgeAlarm, who.Unit)
}

// alarm finds the open alarm of the address and the unit in whose time and
// place it is shown.
func (h *Handlers) alarm(c echo.Context) (views.Scene, live.View, alarm.Episode, error) {
	who, _ := person(c)
	v := h.Ward.View()
	ended := fault.New(fault.NotFound, "This alarm has ended.")
	e, ok := v.Ward.Alarm(alarm.ID(c.Param("id")))
	if !ok {
		return views.Scene{}, v, e, ended
	}
	unit := e.Bed.Unit
	if e.Bed.IsZero() {
		units := visible(v.Ward, who)
		if len(units) == 0 {
			return views.Scene{}, v, e, ended
		}
		unit = units[0].Code
	}
	if !who.May(staff.Watch, unit) {
		return views.Scene{}, v, e, ended // another unit's: not to be told apart from none
	}
	s, v, err := h.scene(unit)
	return s, v, e, err
}
