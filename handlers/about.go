package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"wardlight/static"
	"wardlight/views"
	"wardlight/web"
)

// about shows the intended use, the version and the licences. It is for
// everyone: somebody who cannot sign in must be able to read the intended use.
func (h *Handlers) about(c echo.Context) error {
	a := views.About{Version: h.Version, Build: h.Assets.BuildID()}
	for _, l := range static.Libraries() {
		a.Libraries = append(a.Libraries, views.Library(l))
	}
	return web.Render(c, http.StatusOK, views.AboutPage(h.reading(c, "About"), a))
}

// keys lists the keyboard.
func (h *Handlers) keys(c echo.Context) error {
	return web.Render(c, http.StatusOK, views.KeysPage(h.reading(c, "Keys"), shortcuts))
}

func (h *Handlers) reading(c echo.Context, title string) views.Page {
	p := h.page(c, "", title)
	p.Styles = []string{"review.css"}
	return p
}

// shortcuts are the keys that the pages' scripts know.
var shortcuts = []views.KeyGroup{
	{Title: "Central station", Shortcuts: []views.Shortcut{
		{Keys: []string{"←", "→", "↑", "↓"}, Does: "Go from bed to bed"},
		{Keys: []string{"Enter"}, Does: "Open the bed"},
		{Keys: []string{"N"}, Does: "Go to the next bed with an alarm to answer"},
		{Keys: []string{"A"}, Does: "Acknowledge the most urgent alarm of the bed"},
		{Keys: []string{"1", "5"}, Does: "In an open alarm: choose the reason with that number, 1 to 5"},
		{Keys: []string{"Esc"}, Does: "Close an open alarm without answering it"},
		{Keys: []string{"F"}, Does: "Full screen, and back"},
		{Keys: []string{"?"}, Does: "This page"},
	}},
	{Title: "Trends", Shortcuts: []views.Shortcut{
		{Keys: []string{"←", "→"}, Does: "Move the cursor by one bucket; with Shift by ten"},
		{Keys: []string{"Esc"}, Does: "Take the cursor away"},
	}},
}
