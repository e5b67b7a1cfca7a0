package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"wardlight/views"
	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/fault"
	"wardlight/ward/infusion"
	"wardlight/ward/staff"
	"wardlight/web"
)

// Record is the history of patients and alarms.
type Record interface {
	// Stay is a patient and their open or last encounter; fault.NotFound when
	// nobody has that id.
	Stay(ctx context.Context, id census.PatientID) (ward.Stay, error)
	// Trend reads [from, to) in that many buckets of equal length.
	Trend(ctx context.Context, id census.PatientID, from, to time.Time, buckets int) ([]ward.Trend, error)
	// Infusions reads the changes of [from, until), by pump, channel and time.
	Infusions(ctx context.Context, id census.PatientID, from, until time.Time) ([]infusion.Channel, error)
	// RecentEpisodes reads closed alarms of a unit, the newest first.
	RecentEpisodes(ctx context.Context, unit census.UnitCode, limit int) ([]alarm.Episode, error)
}

const (
	usualSpan   = 24 * time.Hour
	longestSpan = 32 * 24 * time.Hour
	usualWidth  = 720  // px that a chart is wide, unless the caller says
	widest      = 2000 // px
	// A pixel shows two buckets at most: finer ones could not be told apart.
	bucketsPerPixel = 2
)

var presets = []struct {
	label  string
	length time.Duration
}{{"1 h", time.Hour}, {"6 h", 6 * time.Hour}, {"24 h", 24 * time.Hour}}

// review is a patient whose history somebody looks at.
type review struct {
	ward.Stay
	bed   *ward.Bed  // nil: in no bed
	unit  *ward.Unit // of the bed, or of the last one; may be nil
	zone  *time.Location
	rules []alarm.Rule // in force now; none when in no bed
}

// trends shows a patient's history as lanes on one time axis.
func (h *Handlers) trends(c echo.Context) error {
	r, err := h.review(c)
	if err != nil {
		return err
	}
	w, err := h.window(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	chart, err := h.chart(ctx, r, w.Span)
	if err != nil {
		return err
	}
	rates, err := h.Record.Infusions(ctx, r.Patient.ID, w.From, w.To)
	if err != nil {
		return err
	}
	now := h.Now()
	t := views.NewTrends(h.banner(r, now, "trends"), chart, w.Span, now, r.zone)
	t.Rates = views.NewRateLanes(rates, r.zone)
	w.links(&t, views.TrendsURL(r.Patient.ID), now)
	p := h.page(c, "", "Trends "+t.Bed)
	if r.unit != nil {
		p.Unit = views.UnitName{Code: string(r.unit.Code), Name: r.unit.Name, Zone: r.zone.String()}
	}
	p.Styles, p.Libraries, p.Modules = []string{"uPlot.min.css", "review.css"}, []string{"uPlot.iife.min.js"}, []string{"trends.js"}
	return web.Render(c, http.StatusOK, views.TrendsPage(p, t))
}

// trendData is the same chart for programs, as fine as px pixels can show.
func (h *Handlers) trendData(c echo.Context) error {
	r, err := h.review(c)
	if err != nil {
		return err
	}
	w, err := h.window(c)
	if err != nil {
		return err
	}
	chart, err := h.chart(c.Request().Context(), r, w.Span)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, chart)
}

func (h *Handlers) chart(ctx context.Context, r review, span views.Span) (views.Chart, error) {
	trends, err := h.Record.Trend(ctx, r.Patient.ID, span.From, span.To, span.Buckets())
	if err != nil {
		return views.Chart{}, err
	}
	return views.NewChart(span, h.Now(), r.zone, trends, r.rules), nil
}

// review finds the patient of the address, unless the caller may not see
// their history.
func (h *Handlers) review(c echo.Context) (review, error) {
	who, _ := person(c)
	id := census.PatientID(c.Param("id"))
	v := h.Ward.View()
	r := review{zone: time.UTC}
	if !utf8.ValidString(string(id)) || strings.ContainsRune(string(id), 0) { // no id that the record can be asked for
		return r, fault.New(fault.NotFound, "There is no such patient.")
	}
	unit := census.UnitCode("")
	if bed, ok := v.Ward.BedOf(id); ok {
		r.bed, r.Patient, r.Encounter, unit = bed, *bed.Patient, *bed.Encounter, bed.ID.Unit
	} else {
		stay, err := h.Record.Stay(c.Request().Context(), id)
		if fault.KindOf(err) == fault.NotFound {
			return r, fault.New(fault.NotFound, "There is no such patient.")
		}
		if err != nil {
			return r, err
		}
		r.Stay, unit = stay, stay.Encounter.Bed.Unit
	}
	if !who.May(staff.Review, unit) {
		return r, fault.New(fault.Forbidden, "The role %s may not open this patient's history.", who.Role)
	}
	if s, ok := views.NewScene(v.Ward, unit, h.Now()); ok {
		r.unit, r.zone = s.Unit, s.Zone
		if r.bed != nil {
			r.rules = s.Unit.Rules()
		}
	}
	return r, nil
}

// banner describes a reviewed patient and leads to the other pages.
func (h *Handlers) banner(r review, at time.Time, current string) views.Banner {
	b := views.NewBanner(r.Patient, at)
	b.Current = current
	if r.bed != nil {
		b.Bed, b.BedHref = r.bed.ID.String(), views.BedURL(r.bed.ID)
		b.Pages = append(b.Pages, views.Link{Key: "live", Label: "Live", Href: b.BedHref})
	}
	b.Pages = append(b.Pages, views.Link{Key: "trends", Label: "Trends", Href: views.TrendsURL(r.Patient.ID)})
	return b
}

// window is the time that somebody looks at, as the address says it.
type window struct {
	views.Span
	length time.Duration
	end    time.Time
	fixed  bool // the address names the end; otherwise it is now
}

// window reads from and to (RFC 3339), or span (such as "6h") back from to or
// now, and px.
func (h *Handlers) window(c echo.Context) (window, error) {
	px := usualWidth
	now := h.Now().Round(0).UTC()
	w := window{length: usualSpan, end: now}
	bad := func(name string) error {
		return fault.New(fault.Invalid, "%q is not a time: write it as 2026-11-20T14:00:00Z.", name)
	}
	if to := c.QueryParam("to"); to != "" {
		t, err := time.Parse(time.RFC3339, to)
		if err != nil {
			return w, bad("to")
		}
		w.end, w.fixed = minTime(t.UTC(), now), true
	}
	if s := c.QueryParam("span"); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil {
			return w, fault.New(fault.Invalid, "The span is not a length of time: write it as 6h.")
		}
		w.length = d
	}
	if from := c.QueryParam("from"); from != "" {
		t, err := time.Parse(time.RFC3339, from)
		if err != nil {
			return w, bad("from")
		}
		w.length = w.end.Sub(t)
	}
	if w.length < time.Minute || w.length > longestSpan {
		return w, fault.New(fault.Invalid, "Choose from 1 minute to 32 days, beginning in the past.")
	}
	if s := c.QueryParam("px"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > widest {
			return w, fault.New(fault.Invalid, "px is the width of the chart, 1 to %d.", widest)
		}
		px = n
	}
	w.Span = views.NewSpan(w.end.Add(-w.length), w.end, bucketsPerPixel*px)
	return w, nil
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// links fills in where the page leads: other lengths, earlier, later, now.
func (w window) links(t *views.Trends, at string, now time.Time) {
	address := func(length time.Duration, end time.Time, fixed bool) string {
		q := url.Values{}
		if fixed {
			q.Set("from", end.Add(-length).UTC().Format(time.RFC3339))
			q.Set("to", end.UTC().Format(time.RFC3339))
		} else {
			q.Set("span", length.String())
		}
		return at + "?" + q.Encode()
	}
	for _, p := range presets {
		t.Presets = append(t.Presets, views.Preset{Label: p.label, Href: address(p.length, w.end, w.fixed), Current: p.length == w.length})
	}
	t.Earlier, t.Now = address(w.length, w.end.Add(-w.length), true), address(w.length, now, false)
	switch later := w.end.Add(w.length); {
	case !w.fixed:
	case later.Before(now):
		t.Later = address(w.length, later, true)
	default:
		t.Later = t.Now
	}
}
