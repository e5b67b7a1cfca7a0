package handlers

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"wardlight/ward/census"
	"wardlight/ward/fault"
	"wardlight/ward/staff"
	"wardlight/web"
)

// Route is one address and who may use it.
type Route struct {
	Method, Path string
	May          staff.Action                       // empty: everyone, signed in or not
	Unit         func(echo.Context) census.UnitCode // in which unit; nil: the handler asks, once it knows
	Handle       echo.HandlerFunc
}

// Routes lists every route and who may use it.
func (h *Handlers) Routes() []Route {
	return []Route{
		{http.MethodGet, "/", staff.Watch, nil, h.first},
		{http.MethodGet, "/central/:unit", staff.Watch, unitInPath, h.central},
		{http.MethodGet, "/live", staff.Watch, unitInQuery, h.feed},
		{http.MethodGet, "/alarms/:id", staff.Watch, nil, h.alarmPage},
		{http.MethodGet, "/alarms/:id/panel", staff.Watch, nil, h.alarmPanel},
		{http.MethodPost, "/alarms/:id/acknowledgement", staff.AcknowledgeAlarm, nil, h.acknowledge},
		{http.MethodGet, "/api/units/:unit/snapshot", staff.ReadSnapshot, unitInPath, h.snapshot},
		{http.MethodGet, "/bed/:unit/:bed", staff.Watch, unitInPath, h.bedside},
		{http.MethodGet, "/bed/:unit/:bed/stay", staff.MovePatient, unitInPath, h.stay},
		{http.MethodPost, "/bed/:unit/:bed/admission", staff.MovePatient, unitInPath, h.admit},
		{http.MethodPost, "/bed/:unit/:bed/transfer", staff.MovePatient, unitInPath, h.transfer},
		{http.MethodPost, "/bed/:unit/:bed/discharge", staff.MovePatient, unitInPath, h.discharge},
		{http.MethodPost, "/bed/:unit/:bed/identity", staff.MovePatient, unitInPath, h.identify},
		{http.MethodPost, "/bed/:unit/:bed/away", staff.MovePatient, unitInPath, h.goAway},
		{http.MethodGet, "/alarms", staff.Watch, nil, h.alarms},
		{http.MethodGet, "/patients/:id", staff.Review, nil, h.patient},
		{http.MethodGet, "/patients/:id/trends", staff.Review, nil, h.trends},
		{http.MethodGet, apiTrend, staff.Review, nil, h.trendData},
		{http.MethodGet, "/devices", staff.SeeDevices, nil, h.devices},
		{http.MethodPost, "/devices", staff.SeeDevices, nil, h.findDevice},
		{http.MethodGet, "/devices/inventory", staff.SeeDevices, nil, h.inventory},
		{http.MethodPost, "/devices/assign", staff.AssignDevice, nil, h.assignDevice},
		{http.MethodPost, "/devices/release", staff.AssignDevice, nil, h.releaseDevice},
		{http.MethodGet, "/admin/gateways", staff.SeeGateways, wholeStation, h.gateways},
		{http.MethodGet, "/admin/quarantine", staff.ReadQuarantine, wholeStation, h.quarantine},
		{http.MethodGet, "/admin/quarantine/:id", staff.ReadQuarantine, wholeStation, h.quarantined},
		{http.MethodPost, "/admin/quarantine/:id", staff.ReadQuarantine, wholeStation, h.readQuarantined},
		{http.MethodPost, "/admin/quarantine/:id/replay", staff.ReadQuarantine, wholeStation, h.replayQuarantined},
		{http.MethodGet, "/signin", "", nil, h.signInForm},
		{http.MethodPost, "/signin", "", nil, web.LimitSignIn()(h.signIn)},
		{http.MethodPost, "/signout", "", nil, h.signOut},
		{http.MethodGet, "/about", "", nil, h.about},
		{http.MethodGet, "/help", "", nil, h.keys},
		{http.MethodGet, "/help/keys", "", nil, h.keys},
		{http.MethodGet, "/livez", "", nil, h.alive},
		{http.MethodGet, "/readyz", "", nil, h.ready},
		{http.MethodGet, "/metrics", "", nil, h.metrics()},
	}
}

func unitInPath(c echo.Context) census.UnitCode  { return census.UnitCode(c.Param("unit")) }
func unitInQuery(c echo.Context) census.UnitCode { return census.UnitCode(c.QueryParam("unit")) }

// wholeStation is for what belongs to no unit: what came in before anybody
// could tell whose it is. Somebody bound to a unit may not see it.
func wholeStation(echo.Context) census.UnitCode { return "" }

// Register adds the routes to the chassis.
func Register(e *echo.Echo, routes []Route) {
	for _, r := range routes {
		e.Add(r.Method, r.Path, r.guarded())
	}
}

// guarded asks who it is and whether they may, before anything else happens.
func (r Route) guarded() echo.HandlerFunc {
	return func(c echo.Context) error {
		if r.May == "" {
			return r.Handle(c)
		}
		who, signedIn := person(c)
		switch {
		case !signedIn && r.Method == http.MethodGet && !fromScript(c) && !c.IsWebSocket() && !strings.HasPrefix(c.Path(), "/api/"):
			return c.Redirect(http.StatusSeeOther, "/signin?"+url.Values{"next": {c.Request().RequestURI}}.Encode())
		case !signedIn:
			return fault.New(fault.SignedOut, "Sign in first.")
		case !who.May(r.May, r.where(c, who)):
			return fault.New(fault.Forbidden, "The role %s may not do this here.", who.Role)
		}
		return r.Handle(c)
	}
}

// where is the unit that the request is about; without one, wherever the
// person may be.
func (r Route) where(c echo.Context, who staff.Person) census.UnitCode {
	if r.Unit == nil {
		return who.Unit
	}
	return r.Unit(c)
}

const (
	apiSnapshot = "/api/units/:unit/snapshot"
	apiTrend    = "/api/patients/:id/trend"
)
