package handlers

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"wardlight/views"
	"wardlight/ward"
	"wardlight/ward/fault"
	"wardlight/web"
)

// Quarantine keeps the messages that could not be decoded.
type Quarantine interface {
	// QuarantinePage lists the newest with a number below before (0: all)
	// whose reason contains reason, without their bytes.
	QuarantinePage(ctx context.Context, reason string, before int64, limit int) ([]ward.Quarantine, error)
	Quarantined(ctx context.Context, id int64) (ward.Quarantine, error)
	// Replay decodes one again and hands it to the ward. Its error says why
	// it still cannot be taken in.
	Replay(ctx context.Context, id int64) error
}

// quarantineShown is how many messages a page of the list shows.
const quarantineShown = 100

func (h *Handlers) quarantine(c echo.Context) error {
	reason := strings.TrimSpace(c.QueryParam("reason"))
	before, err := strconv.ParseInt(cmp.Or(c.QueryParam("before"), "0"), 10, 64)
	if err != nil || before < 0 {
		return fault.New(fault.Invalid, "The address says before which message to list, but not with a number.")
	}
	list, err := h.Refused.QuarantinePage(c.Request().Context(), reason, before, quarantineShown+1)
	if err != nil {
		return err
	}
	now, zone := h.Now(), h.zone()
	l := views.QuarantineList{Reason: reason, Clock: h.clock()}
	if len(list) > quarantineShown {
		list = list[:quarantineShown]
		l.Older = views.QuarantineListURL(reason, list[quarantineShown-1].ID)
	}
	for _, q := range list {
		l.Rows = append(l.Rows, views.NewQuarantineRow(q, now, zone))
	}
	return web.Render(c, http.StatusOK, views.QuarantinePage(h.adminPage(c, "quarantine", "Quarantine"), l))
}

// quarantined explains one message; its text only to who asks for it, and
// then the audit trail says so.
func (h *Handlers) quarantined(c echo.Context) error { return h.drawQuarantined(c, "", nil) }

func (h *Handlers) readQuarantined(c echo.Context) error {
	who, _ := person(c)
	seen := ward.Audited{Actor: who.ID, Action: "read-quarantine", Subject: c.Param("id")}
	if out := h.Ward.Submit(c.Request().Context(), seen, nil); out.Err != nil {
		return out.Err
	}
	return h.drawQuarantined(c, "", nil)
}

func (h *Handlers) replayQuarantined(c echo.Context) error {
	id, err := quarantineID(c)
	if err != nil {
		return err
	}
	who, _ := person(c)
	asked := ward.Audited{Actor: who.ID, Action: "quarantine-replay", Subject: c.Param("id")}
	if out := h.Ward.Submit(c.Request().Context(), asked, nil); out.Err != nil {
		return out.Err
	}
	err = h.Refused.Replay(c.Request().Context(), id)
	return h.drawQuarantined(c, "It was decoded and recorded, as of when it came.", err)
}

func (h *Handlers) drawQuarantined(c echo.Context, done string, failed error) error {
	id, err := quarantineID(c)
	if err != nil {
		return err
	}
	q, err := h.Refused.Quarantined(c.Request().Context(), id)
	if err != nil {
		return err
	}
	isAsked := c.Request().Method == http.MethodPost && done == ""
	d := views.NewQuarantine(q, isAsked, h.Now(), h.zone())
	status := http.StatusOK
	d.Notice = done
	if failed != nil {
		status, d.IsBad = http.StatusUnprocessableEntity, true
		d.Notice = fmt.Sprintf("It still cannot be taken in: %s", fault.Text(failed))
	}
	page := h.adminPage(c, "quarantine", "Message in quarantine")
	return web.Render(c, status, views.QuarantineMessage(page, d, h.clock()))
}

func quarantineID(c echo.Context) (int64, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return 0, fault.New(fault.NotFound, "There is no message %s in quarantine.", c.Param("id"))
	}
	return id, nil
}

func (h *Handlers) adminPage(c echo.Context, nav, title string) views.Page {
	p := h.page(c, nav, title)
	p.Styles = []string{"review.css"}
	return p
}

// zone is that of pages about no unit: of the first unit, since a station's
// units mostly share it; the clock names it.
func (h *Handlers) zone() *time.Location {
	for _, u := range h.Ward.View().Ward.Units() {
		if z, err := time.LoadLocation(u.Zone); err == nil {
			return z
		}
	}
	return time.UTC
}

func (h *Handlers) clock() string { return h.Now().In(h.zone()).Format("15:04:05 MST") }
