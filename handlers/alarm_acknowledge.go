package handlers

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"wardlight/views"
	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/fault"
)

const (
	maxNote = 500 // characters

	// onePress is the reason of an acknowledgement for which nobody was asked
	// for one: medium and low priority, from the worklist.
	onePress = "one-press"
)

// acknowledge takes an alarm for whoever presses the button. Nothing is
// painted as acknowledged here: every screen, this one too, learns it from
// the feed, once it is recorded.
func (h *Handlers) acknowledge(c echo.Context) error {
	who, _ := person(c)
	id := alarm.ID(c.Param("id"))
	version, err := strconv.Atoi(c.FormValue("version"))
	if err != nil {
		return fault.New(fault.Invalid, "The form does not say which version of the alarm was seen.")
	}
	e, _ := h.Ward.View().Ward.Alarm(id)
	reason, note, err := reasonOf(c, e)
	if err != nil {
		return err
	}
	command := ward.Acknowledge{Alarm: id, Version: version, By: who, Reason: reason, Note: note}
	if out := h.Ward.Submit(c.Request().Context(), command, nil); out.Err != nil {
		return h.kindly(out.Err, e)
	}
	if fromScript(c) {
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusSeeOther, backTo(e))
}

// reasonOf reads why somebody acknowledges. An alarm of high priority is not
// taken without a reason.
func reasonOf(c echo.Context, e alarm.Episode) (reason, note string, err error) {
	reason, note = c.FormValue("reason"), strings.TrimSpace(c.FormValue("note"))
	known := slices.ContainsFunc(views.Reasons(), func(r views.Reason) bool { return r.Code == reason })
	switch {
	case reason == "" && e.Priority == alarm.High:
		return "", "", fault.New(fault.Invalid, "Choose a reason: an alarm of high priority is not acknowledged without one.")
	case reason == "":
		reason = onePress
	case !known:
		return "", "", fault.New(fault.Invalid, "This reason is not on the list.")
	case reason == "other" && note == "":
		return "", "", fault.New(fault.Invalid, "Say in the note what the other reason is.")
	}
	if utf8.RuneCountInString(note) > maxNote {
		return "", "", fault.New(fault.Invalid, "The note is longer than %d characters.", maxNote)
	}
	return reason, note, nil
}

// kindly words what became of an acknowledgement that had no effect.
func (h *Handlers) kindly(err error, e alarm.Episode) error {
	var already ward.AlreadyAcknowledged
	switch {
	case errors.As(err, &already):
		at := already.At.Format("15:04 MST")
		if s, _, sceneErr := h.scene(e.Bed.Unit); sceneErr == nil {
			at = already.At.In(s.Zone).Format("15:04")
		}
		return fault.New(fault.Conflict, "Already acknowledged by %s %s. Nothing more is needed.", already.Name, at)
	case fault.KindOf(err) == fault.NotSaved:
		return fault.New(fault.NotSaved, "NOT SAVED. The acknowledgement could not be recorded in time and has no effect. The alarm stands.")
	case fault.KindOf(err) == fault.Unsettled:
		return fault.New(fault.Unsettled, "It is not known yet whether the acknowledgement was recorded. This is being checked; watch the alarm.")
	}
	return err
}

func backTo(e alarm.Episode) string {
	if e.Bed.IsZero() {
		return "/"
	}
	return "/central/" + string(e.Bed.Unit)
}
