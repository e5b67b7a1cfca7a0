package handlers

import (
	"context"
	"errors"

	"github.com/labstack/echo/v4"

	"wardlight/ward"
	"wardlight/ward/fault"
)

// savedWithin is how long a page waits to hear that a change is recorded.
const savedWithin = ward.CommandTTL

// submitByHand hands in what somebody changes by hand and waits until it is
// recorded. In the first seconds of an outage it is taken in and not recorded
// yet: then the page says so, instead of waiting for the record.
func (h *Handlers) submitByHand(c echo.Context, e ward.Event) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), savedWithin)
	defer cancel()
	out := h.Ward.Submit(ctx, e, nil)
	if fault.KindOf(out.Err) == fault.Unsettled && errors.Is(ctx.Err(), context.DeadlineExceeded) && c.Request().Context().Err() == nil {
		return fault.New(fault.Unsettled, "it is done on the screens, but not saved yet: the record does not answer; look again before you do it once more")
	}
	return out.Err
}
