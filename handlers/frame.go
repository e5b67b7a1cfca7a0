package handlers

import (
	"net/url"

	"github.com/labstack/echo/v4"

	"wardlight/views"
	"wardlight/ward/census"
	"wardlight/ward/fault"
	"wardlight/ward/staff"
	"wardlight/web"
)

// Frame is what all pages of one process have in common.
type Frame struct {
	Asset   func(name string) string // URL path of an asset
	BuildID string
	Version string
	Demo    bool // simulated patients
	Unsafe  bool // the database may lose what it has acknowledged
}

// page begins a page for whoever asks. It may set a cookie, so it comes
// before rendering. unit is the one whose alarms may be acknowledged on it.
func (f Frame) page(c echo.Context, title string, unit views.UnitName) views.Page {
	p := f.bare(title)
	p.Unit, p.CSRF = unit, web.CSRFToken(c)
	who, err := asker(c)
	if err != nil {
		return p
	}
	p.Person = &views.Person{Name: who.Name, Role: string(who.Role)}
	p.MayAcknowledge = who.May(staff.AcknowledgeAlarm, census.UnitCode(unit.Code))
	p.Links = []views.Link{{Key: "central", Label: "Central", Href: centralURL(unit.Code)}, {Key: "alarms", Label: "Alarms", Href: alarmsURL(unit.Code)}}
	return p
}

// bare is a page that knows nobody.
func (f Frame) bare(title string) views.Page {
	return views.Page{Title: title, Asset: f.Asset, BuildID: f.BuildID, Demo: f.Demo, Unsafe: f.Unsafe}
}

// asker is the person or machine behind a request.
func asker(c echo.Context) (staff.Person, error) {
	p, ok := web.PrincipalFrom(c.Request().Context())
	if !ok {
		return staff.Person{}, fault.New(fault.SignedOut, "Sign in first.")
	}
	return staff.Person{ID: staff.ID(p.UserID), Name: p.Name, Role: staff.Role(p.Role), Unit: census.UnitCode(p.Unit)}, nil
}

func centralURL(unit string) string {
	if unit == "" {
		return "/"
	}
	return "/central/" + url.PathEscape(unit)
}

func alarmsURL(unit string) string {
	if unit == "" {
		return "/alarms"
	}
	return "/alarms?unit=" + url.QueryEscape(unit)
}
