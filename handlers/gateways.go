package handlers

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"wardlight/views"
	"wardlight/ward"
	"wardlight/web"
)

// gateways shows the senders that the ward has heard and the connections that
// are open.
func (h *Handlers) gateways(c echo.Context) error {
	now, zone, w := h.Now(), h.zone(), h.Ward.View().Ward
	g := views.Gateways{Clock: h.clock(), Warnings: h.Warnings}
	for _, s := range w.Sources() {
		hasDevices := slices.ContainsFunc(w.Devices(), func(d *ward.Device) bool { return d.Gateway == s.Name })
		g.Sources = append(g.Sources, views.NewSourceRow(s, hasDevices, w.Settings(), now, zone))
	}
	for _, l := range h.Links() {
		g.Links = append(g.Links, views.NewLinkRow(l, now, zone))
	}
	return web.Render(c, http.StatusOK, views.GatewaysPage(h.adminPage(c, "gateways", "Gateways"), g))
}
