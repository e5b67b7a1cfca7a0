// Package handlers answers requests: a file per screen or action. routes.go
// lists every route and who may use it; live.go turns changes of the ward
// into frames. A handler parses, asks whether the caller may, and hands on;
// what is right is decided in ward, what it looks like in views.
package handlers

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"wardlight/live"
	"wardlight/static"
	"wardlight/views"
	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/fault"
	"wardlight/ward/staff"
	"wardlight/web"
)

// Ward is the running ward: what it is now, and the way in for commands.
type Ward interface {
	View() live.View
	Watch(unit census.UnitCode) *live.Watch
	Submit(ctx context.Context, e ward.Event, m *ward.Message) ward.Outcome
}

// Config is what the handlers work with. All but the flags is required.
type Config struct {
	Ward    Ward
	Waves   *live.Waves // nil: none are shown
	Record  Record
	People  People
	Refused Quarantine
	Tenures Tenures
	// Links lists the open connections of senders; see the gateways page.
	Links func() []ward.Link
	// Ground is what the record stands on, as it was seen lately; nil: nothing
	// is known.
	Ground   func() ward.Ground
	Sessions Sessions
	Assets   *static.Assets
	Sockets  *web.Sockets
	Log      *slog.Logger
	Now      func() time.Time
	Warnings []string   // what was found at the start that somebody should mend
	Version  string     // of the program
	Demo     bool       // simulated patients
	Unsafe   bool       // the database may lose what it has acknowledged
	Watchers func() int // how many screens follow a unit
}

// Handlers answers requests.
type Handlers struct {
	Config
	boards boards
}

// New makes the handlers.
func New(c Config) *Handlers {
	if c.Ground == nil {
		c.Ground = func() ward.Ground { return ward.Ground{} }
	}
	return &Handlers{Config: c}
}

// person is who asks, as the ward knows people.
func person(c echo.Context) (staff.Person, bool) {
	p, ok := web.PrincipalFrom(c.Request().Context())
	return staff.Person{ID: staff.ID(p.UserID), Name: p.Name, Role: staff.Role(p.Role), Unit: census.UnitCode(p.Unit)}, ok
}

// scene is a unit as it is now.
func (h *Handlers) scene(unit census.UnitCode) (views.Scene, live.View, error) {
	v := h.Ward.View()
	s, ok := views.NewScene(v.Ward, unit, h.Now())
	if !ok {
		return s, v, fault.New(fault.NotFound, "There is no unit %s.", unit)
	}
	return s, v, nil
}

// page is the frame of a page for whoever asks. It may set a cookie and is
// therefore called before rendering.
func (h *Handlers) page(c echo.Context, nav, title string) views.Page {
	p := views.Page{
		Title: title, Nav: nav, CSRF: web.CSRFToken(c),
		Demo: h.Demo, Unsafe: h.Unsafe, BuildID: h.Assets.BuildID(), Asset: h.Assets.Path,
	}
	who, ok := person(c)
	if !ok {
		return p
	}
	p.Person = &views.Person{Name: who.Name, Role: string(who.Role)}
	p.MayAcknowledge = who.May(staff.AcknowledgeAlarm, who.Unit)
	p.Links = h.links(who)
	return p
}

// links are the pages that a person may open from anywhere.
func (h *Handlers) links(who staff.Person) []views.Link {
	var out []views.Link
	if who.May(staff.Watch, who.Unit) {
		out = append(out, views.Link{Key: "central", Label: "Central", Href: "/"}, views.Link{Key: "alarms", Label: "Alarms", Href: "/alarms"})
	}
	if who.May(staff.SeeDevices, who.Unit) {
		out = append(out, views.Link{Key: "devices", Label: "Devices", Href: "/devices"})
	}
	if who.May(staff.SeeGateways, "") {
		out = append(out, views.Link{Key: "gateways", Label: "Gateways", Href: "/admin/gateways"})
	}
	return out
}

// live adds to a page what it needs to follow the feed.
func (h *Handlers) live(p views.Page, s views.Scene, v live.View, bed census.BedCode) views.Page {
	q := url.Values{"unit": {string(s.Unit.Code)}}
	if bed != "" {
		q.Set("bed", string(bed))
	}
	p.Unit = s.Name()
	p.Feed = &views.Feed{
		URL: "/live?" + q.Encode(), Epoch: v.Epoch, Clock: s.Clock(), ZoneName: s.ZoneName(),
		Counts: s.Counts(), Bars: s.Bars(kept(v)), Lag: s.Lag(v.RecordedAt),
	}
	p.Libraries = []string{"idiomorph.min.js"}
	return p
}

// fromScript tells our scripts, and other programs, from a browser that shows
// what it gets.
func fromScript(c echo.Context) bool {
	accept := c.Request().Header.Get(echo.HeaderAccept)
	return strings.Contains(accept, "json") && !strings.Contains(accept, "text/html")
}
