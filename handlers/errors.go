package handlers

import (
	"net/http"

	"github.com/a-h/templ"

	"wardlight/views"
	"wardlight/ward/fault"
	"wardlight/web"
)

// statuses says how the web answers each kind of fault.
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

// Explain tells the chassis what a fault means to its caller. It does not
// know internal errors, which the chassis answers without their text.
func Explain(err error) (web.Problem, bool) {
	status, ok := statuses[fault.KindOf(err)]
	if !ok {
		return web.Problem{}, false
	}
	return web.Problem{Status: status, Detail: fault.Text(err)}, true
}

// ErrorPage draws a problem for a person: what went wrong, and where to go
// from here.
func (f Frame) ErrorPage(e web.ErrorView) templ.Component {
	n := views.Notice{Title: problemTitle(e), Text: e.Detail, Reference: e.RequestID, Href: "/", Link: "Back to the ward"}
	if n.Text == "" {
		n.Text = advice[e.Status]
	}
	if !e.SignedIn {
		n.Href, n.Link = "/signin", "Sign in"
	}
	return views.Message(f.bare(n.Title), n)
}

func problemTitle(e web.ErrorView) string {
	if title, ok := titles[e.Status]; ok {
		return title
	}
	if e.Status >= http.StatusInternalServerError {
		return titles[http.StatusInternalServerError]
	}
	return e.Title
}

// titles and advice are for people, who do not read status codes.
var (
	titles = map[int]string{
		http.StatusUnauthorized:        "You are signed out",
		http.StatusForbidden:           "You may not do this",
		http.StatusNotFound:            "There is nothing here",
		http.StatusConflict:            "Somebody was faster",
		http.StatusUnprocessableEntity: "This cannot be understood",
		http.StatusTooManyRequests:     "Too many attempts",
		http.StatusServiceUnavailable:  "Not now",
		http.StatusInternalServerError: "Something went wrong here",
	}
	advice = map[int]string{
		http.StatusForbidden:           "Your role does not include it. The unit's administrator can tell who may.",
		http.StatusNotFound:            "The address may be mistyped, or what it named is gone.",
		http.StatusServiceUnavailable:  "Try again in a moment. Bedside monitors and pumps are not affected.",
		http.StatusInternalServerError: "It has been logged. Bedside monitors and pumps are not affected; look at them, and tell your administrator the request below.",
	}
)

// notFound is the answer to a name that leads nowhere.
func notFound(what string) error { return fault.New(fault.NotFound, "%s", what) }

// errForbidden is the answer to somebody whose role does not go that far.
var errForbidden = fault.New(fault.Forbidden, "Your role does not include this. The unit's administrator can tell who may.")
