package handlers

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"wardlight/views"
	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/fault"
	"wardlight/web"
)

// closedShown is how many closed alarms of a unit are listed.
const closedShown = 50

// alarms lists what stands open in all units that somebody may see, or in
// ?unit=, and what has closed lately in one of them.
func (h *Handlers) alarms(c echo.Context) error {
	who, _ := person(c)
	v := h.Ward.View()
	units := visible(v.Ward, who)
	only := unitInQuery(c)
	if only != "" {
		units = slices.DeleteFunc(units, func(u *ward.Unit) bool { return u.Code != only })
		if _, exists := v.Ward.Unit(only); exists && len(units) == 0 {
			return fault.New(fault.Forbidden, "The role %s may not see unit %s.", who.Role, only)
		}
	}
	if len(units) == 0 {
		return fault.New(fault.NotFound, "There is no unit %s.", only)
	}
	list := views.AlarmList{Units: alarmUnits(visible(v.Ward, who), only)}
	open := openAlarms(v.Ward, units)
	for _, e := range open {
		s, _, err := h.scene(homeOf(e, units))
		if err != nil {
			return err
		}
		for _, l := range s.AlarmLines([]alarm.Episode{e}) {
			l.MayAct = mayAnswer(who, e)
			list.Open = append(list.Open, l)
		}
	}
	s, _, err := h.scene(units[0].Code)
	if err != nil {
		return err
	}
	list.Clock = s.Clock() + " " + s.ZoneName()
	if err := h.addClosed(c, &list, units); err != nil {
		return err
	}
	p := h.page(c, "alarms", "Alarms")
	if only != "" {
		p.Unit = s.Name()
	}
	p.Styles = []string{"central.css", "review.css"}
	return web.Render(c, http.StatusOK, views.AlarmsPage(p, list))
}

// addClosed reads the history of each unit listed, newest first in each.
func (h *Handlers) addClosed(c echo.Context, list *views.AlarmList, units []*ward.Unit) error {
	for _, u := range units {
		closed, err := h.Record.RecentEpisodes(c.Request().Context(), u.Code, closedShown/len(units))
		if err != nil {
			return err
		}
		s, _, err := h.scene(u.Code)
		if err != nil {
			return err
		}
		list.Past = append(list.Past, s.PastAlarms(closed)...)
	}
	return nil
}

// openAlarms are the system's and the units', the most urgent first.
func openAlarms(w ward.Ward, units []*ward.Unit) []alarm.Episode {
	open := slices.Clone(w.SystemAlarms())
	for _, u := range units {
		for _, b := range u.Beds {
			open = append(open, b.Episodes...)
		}
	}
	slices.SortStableFunc(open, func(a, b alarm.Episode) int {
		if a.Before(b) {
			return -1
		}
		return 1
	})
	return open
}

// homeOf is the unit in whose time an alarm is told.
func homeOf(e alarm.Episode, units []*ward.Unit) census.UnitCode {
	if e.Bed.IsZero() {
		return units[0].Code
	}
	return e.Bed.Unit
}

func alarmUnits(units []*ward.Unit, only census.UnitCode) []views.UnitLink {
	out := []views.UnitLink{{Code: "All", Name: "All units", Href: "/alarms", Current: only == ""}}
	for _, u := range units {
		out = append(out, views.UnitLink{
			Code: string(u.Code), Name: u.Name, Href: "/alarms?" + url.Values{"unit": {string(u.Code)}}.Encode(), Current: u.Code == only,
		})
	}
	return out
}
