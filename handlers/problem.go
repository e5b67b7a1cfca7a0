package handlers

import (
	"net/http"

	"github.com/a-h/templ"

	"wardlight/static"
	"wardlight/views"
	"wardlight/ward/fault"
	"wardlight/web"
)

// statuses says what a kind of fault means to an HTTP caller.
var statuses = map[fault.Kind]int{
	fault.Invalid:     http.StatusUnprocessableEntity,
	fault.NotFound:    http.StatusNotFound,
	fault.Conflict:    http.StatusConflict,
	fault.Forbidden:   http.StatusForbidden,
	fault.SignedOut:   http.StatusUnauthorized,
	fault.Unavailable: http.StatusServiceUnavailable,
	fault.NotSaved:    http.StatusServiceUnavailable,
	fault.Unsettled:   http.StatusServiceUnavailable,
}

// Explain says what a fault of the ward means to an HTTP caller; false for
// what is no fault of a known kind.
func Explain(err error) (web.Problem, bool) {
	status, ok := statuses[fault.KindOf(err)]
	if !ok {
		return web.Problem{}, false
	}
	return web.Problem{Status: status, Detail: fault.Text(err)}, true
}

// ErrorPage draws an error for people.
func ErrorPage(assets *static.Assets) func(web.ErrorView) templ.Component {
	return func(e web.ErrorView) templ.Component {
		title, text := wording(e)
		p := views.Page{Title: title, BuildID: assets.BuildID(), Asset: assets.Path, Styles: []string{"central.css"}}
		m := views.Notice{Title: title, Text: text, Reference: e.RequestID, Href: "/", Link: "Go to the first page"}
		if e.Status == http.StatusUnauthorized {
			m.Href, m.Link = "/signin", "Sign in"
		}
		return views.Message(p, m)
	}
}
