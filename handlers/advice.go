package handlers

import (
	"cmp"
	"net/http"

	"wardlight/web"
)

// wording says an error in words for people, who do not read status codes:
// what it is, and what to do.
func wording(e web.ErrorView) (title, text string) {
	known := e.Status
	if _, ok := titles[known]; !ok && known > http.StatusInternalServerError {
		known = http.StatusInternalServerError
	}
	return cmp.Or(titles[known], e.Title), cmp.Or(e.Detail, advice[known])
}

var titles = map[int]string{
	http.StatusUnauthorized:        "You are signed out",
	http.StatusForbidden:           "You may not do this",
	http.StatusNotFound:            "There is nothing here",
	http.StatusConflict:            "This was not done",
	http.StatusUnprocessableEntity: "This cannot be understood",
	http.StatusTooManyRequests:     "Too many attempts",
	http.StatusServiceUnavailable:  "Not now",
	http.StatusInternalServerError: "Something went wrong here",
}

var advice = map[int]string{
	http.StatusUnauthorized:        "Sign in and try again.",
	http.StatusForbidden:           "Your role does not include it. The unit's administrator can tell who may.",
	http.StatusNotFound:            "The address may be mistyped, or what it named is gone.",
	http.StatusServiceUnavailable:  "Try again in a moment. Bedside monitors and pumps are not affected.",
	http.StatusInternalServerError: "It has been logged. Bedside monitors and pumps are not affected: look at them, and give your administrator the number below.",
}
