package handlers

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"wardlight/views"
	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/fault"
	"wardlight/ward/staff"
	"wardlight/web"
)

// Tenures tells whom devices spoke for.
type Tenures interface {
	// DeviceHistory reads at most limit intervals, the newest first.
	DeviceHistory(ctx context.Context, id device.ID, limit int) ([]ward.Attribution, error)
}

// historyShown is how many intervals of a device's history are shown.
const historyShown = 50

// devices is the page about whom devices belong to; ?device= and ?bed= choose.
func (h *Handlers) devices(c echo.Context) error {
	var chosen *ward.Device
	w := h.Ward.View().Ward
	if id := c.QueryParam("device"); id != "" {
		d, ok := visibleDevice(c, w, device.ID(id))
		if !ok {
			return fault.New(fault.NotFound, "There is no such device here.")
		}
		chosen = d
	}
	bed, _ := visibleBed(c, w, c.QueryParam("bed"))
	return h.drawDevices(c, asked{device: chosen, bed: bed})
}

// asked is what somebody asks of the page.
type asked struct {
	device   *ward.Device
	bed      *ward.Bed // where it is to go; nil: not said
	form     views.AssignForm
	find     [2]string // what was scanned or typed and not found: device, bed or patient
	declined error
}

// findDevice finds what was scanned or typed. The number on a wristband is a
// patient's: it comes in a form and never stands in an address.
func (h *Handlers) findDevice(c echo.Context) error {
	text, to := strings.TrimSpace(c.FormValue("device")), strings.TrimSpace(c.FormValue("to"))
	a := asked{find: [2]string{text, to}}
	w := h.Ward.View().Ward
	if a.device, a.declined = h.deviceCalled(c, w, text); a.declined != nil || to == "" {
		return h.drawDevices(c, a)
	}
	var ok bool
	if a.bed, ok = visibleBed(c, w, to); ok {
		return h.drawDevices(c, a)
	}
	if a.bed, ok = bedOfNumber(visibleBeds(c, w), to); ok {
		a.form.Number = to
	} else {
		a.declined = fault.New(fault.NotFound, "that is neither a bed, written as ICU-12, nor the number of somebody who lies in one")
	}
	return h.drawDevices(c, a)
}

// deviceCalled finds a device by its number or its label.
func (h *Handlers) deviceCalled(c echo.Context, w ward.Ward, text string) (found *ward.Device, err error) {
	for _, d := range visibleDevices(c, w) {
		if strings.EqualFold(string(d.ID), text) {
			return d, nil
		}
		if strings.EqualFold(d.Label, text) {
			if found != nil {
				err = fault.New(fault.Conflict, "more than one device is called that: scan it, or choose it in the inventory")
			}
			found = d
		}
	}
	switch {
	case err != nil:
		return nil, err
	case found == nil:
		return nil, fault.New(fault.NotFound, "no device called that has been heard here: switch it on, and assign it when it has spoken")
	}
	return found, nil
}

// visibleBeds are those of the units that somebody may watch. A bed or a
// patient of another unit is to them one that does not exist.
func visibleBeds(c echo.Context, w ward.Ward) (beds []*ward.Bed) {
	who, _ := person(c)
	for _, u := range w.Units() {
		if who.May(staff.Watch, u.Code) {
			beds = append(beds, u.Beds...)
		}
	}
	return beds
}

func visibleBed(c echo.Context, w ward.Ward, name string) (*ward.Bed, bool) {
	who, _ := person(c)
	bed, ok := w.BedCalled(name)
	if !ok || !who.May(staff.Watch, bed.ID.Unit) {
		return nil, false
	}
	return bed, true
}

// bedOfNumber finds the bed of the one patient who has a number.
func bedOfNumber(beds []*ward.Bed, number string) (found *ward.Bed, ok bool) {
	for _, b := range beds {
		if b.Patient == nil || !slices.ContainsFunc(b.Patient.Identifiers, func(i census.Identifier) bool { return i.Value == number }) {
			continue
		}
		if found != nil {
			return nil, false
		}
		found = b
	}
	return found, found != nil
}

// visibleDevices are those of the units that somebody may watch, and those
// that report for none.
func visibleDevices(c echo.Context, w ward.Ward) []*ward.Device {
	who, _ := person(c)
	return slices.DeleteFunc(slices.Clone(w.Devices()), func(d *ward.Device) bool {
		unit := cmp.Or(d.Bed.Unit, d.Hand.Bed.Unit, d.Location.UnitCode())
		_, known := w.Unit(unit)
		return known && !who.May(staff.Watch, unit)
	})
}

func visibleDevice(c echo.Context, w ward.Ward, id device.ID) (*ward.Device, bool) {
	for _, d := range visibleDevices(c, w) {
		if d.ID == id {
			return d, true
		}
	}
	return nil, false
}

func (h *Handlers) drawDevices(c echo.Context, a asked) error {
	v := h.Ward.View()
	w, now, zone := v.Ward, h.Now(), h.zone()
	all := visibleDevices(c, w)
	who, _ := person(c)
	d := views.Devices{
		Clock: h.clock(), MayAssign: who.May(staff.AssignDevice, who.Unit), Attention: views.NewAttention(visibleBeds(c, w), all, now),
		Pool:   views.NewPool(slices.DeleteFunc(slices.Clone(all), func(d *ward.Device) bool { return !d.Bed.IsZero() }), now),
		Device: a.find[0], To: a.find[1],
	}
	d.Connected, d.Silent = views.Presence(all, now)
	status := http.StatusOK
	if a.declined != nil {
		problem, ok := Explain(a.declined)
		if !ok {
			return a.declined
		}
		status, d.Declined = problem.Status, sentence(problem.Detail)
		a.form.Wrong, a.form.Why = fault.FieldOf(a.declined), d.Declined
	}
	if a.device != nil {
		facts := h.deviceFacts(c, w, a)
		if a.bed != nil {
			d.MayAssign = who.May(staff.AssignDevice, a.bed.ID.Unit)
		}
		d.Chosen, d.Device = &facts, a.device.Label
		if a.bed != nil {
			d.To = a.bed.ID.String()
		}
		d.Bed = bedDevices(w, a, now, zone)
	}
	p := h.page(c, "devices", "Devices")
	p.Styles, p.Modules = []string{"review.css"}, []string{"scan.js"}
	return web.Render(c, status, views.DevicesPage(p, d))
}

// deviceFacts describes the chosen device. Its history is in the record, and
// the rest of the page stands while the record is away.
func (h *Handlers) deviceFacts(c echo.Context, w ward.Ward, a asked) views.DeviceFacts {
	now, zone := h.Now(), h.zone()
	f := views.NewDeviceFacts(w, a.device, now, zone)
	f.Form = a.form
	who, _ := person(c)
	f.NeedsCharge = f.Stakes != "" && !who.May(staff.ReassignDevice, a.device.Bed.Unit)
	if a.bed != nil {
		f.Target = views.NewTarget(a.bed)
	}
	history, err := h.Tenures.DeviceHistory(c.Request().Context(), a.device.ID, historyShown)
	names := map[string]string{}
	if err == nil {
		names, err = h.People.Names(c.Request().Context())
	}
	if err != nil {
		h.Log.WarnContext(c.Request().Context(), "a device's history cannot be read", "error", err)
		f.HistoryAway = true
		return f
	}
	history = seenBy(who, history)
	f.History, f.Timeline = views.NewTenures(history, names, now, zone), views.NewTimeline(history, names, now, zone)
	return f
}

// seenBy is a history as somebody may see it: where they may not review, no
// patient is named, and of a unit that they may not watch only its code.
func seenBy(who staff.Person, history []ward.Attribution) []ward.Attribution {
	history = slices.Clone(history)
	for i := range history {
		unit := history[i].Bed.Unit
		if !who.May(staff.Review, unit) {
			history[i].Patient = census.Patient{}
		}
		if !who.May(staff.Watch, unit) {
			history[i].Bed.Bed = ""
		}
	}
	return history
}

// bedDevices lists what reports for the bed that the page is about.
func bedDevices(w ward.Ward, a asked, now time.Time, zone *time.Location) *views.BedDevices {
	bed := a.bed
	if bed == nil {
		var ok bool
		if bed, ok = w.Bed(a.device.Bed); !ok {
			return nil
		}
	}
	return views.NewBedDevices(bed, a.device.ID, now, zone)
}

// assignDevice makes a device report for a bed.
func (h *Handlers) assignDevice(c echo.Context) error {
	a, event, err := h.readAssignment(c)
	if err != nil {
		return err
	}
	switch {
	case a.declined != nil:
		return h.drawDevices(c, a)
	case a.form.Choice == "leave":
		return c.Redirect(http.StatusSeeOther, views.DevicesURL(a.device.ID, ""))
	}
	if err := h.submitByHand(c, event); err != nil && !h.isTwice(err, event.Device, event.Bed, event.By) {
		a.declined, a.form.AsksReadBack = err, errors.Is(err, ward.ErrReadBack)
		return h.drawDevices(c, a)
	}
	return c.Redirect(http.StatusSeeOther, views.DevicesURL(a.device.ID, ""))
}

// isTwice reports whether a form was declined only because it was sent twice:
// what the person says of the device is already so.
func (h *Handlers) isTwice(declined error, id device.ID, bed census.BedID, by staff.Person) bool {
	d, ok := h.Ward.View().Ward.Device(id)
	return ok && fault.KindOf(declined) == fault.Conflict && d.Bed == bed && d.Hand.By == string(by.ID) && d.Hand.Bed == bed
}

func (h *Handlers) readAssignment(c echo.Context) (asked, ward.Assign, error) {
	w := h.Ward.View().Ward
	id := device.ID(c.FormValue("device"))
	a := asked{form: views.AssignForm{
		Number: c.FormValue("number"), Second: c.FormValue("second"), Choice: c.FormValue("choice"), Since: strings.TrimSpace(c.FormValue("since")), Reason: c.FormValue("reason"),
	}}
	var ok bool
	if a.device, ok = visibleDevice(c, w, id); !ok {
		return a, ward.Assign{}, fault.New(fault.NotFound, "There is no such device here.")
	}
	if a.bed, ok = visibleBed(c, w, c.FormValue("bed")); !ok {
		return a, ward.Assign{}, fault.New(fault.NotFound, "There is no such bed here.")
	}
	seen, err := time.Parse(time.RFC3339Nano, c.FormValue("seen"))
	if err != nil {
		return a, ward.Assign{}, fault.New(fault.Invalid, "The form does not say which state of the device was seen.")
	}
	who, _ := person(c)
	event := ward.Assign{
		Device: id, Bed: a.bed.ID, By: who, Identifiers: [2]string{a.form.Number, a.form.Second}, Seen: seen,
		Reason: strings.TrimSpace(a.form.Reason), ReadBack: c.FormValue("readback"), Confirmed: c.FormValue("confirmed") != "",
	}
	switch isConflict := !a.device.Bed.IsZero() && a.device.Bed != a.bed.ID; {
	case a.form.Choice == "since":
		event.From, a.declined = since(a.form.Since, h.Now(), h.zone())
	case isConflict && a.form.Choice == "":
		a.declined = fault.About("choice", fault.New(fault.Invalid, "choose whether it moves from now, was wrong since a time, or stays"))
	case isConflict && event.Reason == "" && a.form.Choice != "leave":
		a.declined = fault.About(ward.FieldReason, fault.New(fault.Invalid, "give a reason to take it from %s", a.device.Bed))
	}
	return a, event, nil
}

// since reads a time of day as the last time that the clock showed it.
func since(text string, now time.Time, zone *time.Location) (time.Time, error) {
	t, err := time.ParseInLocation("15:04", text, zone)
	if err != nil {
		return time.Time{}, fault.About(ward.FieldSince, fault.New(fault.Invalid, "write the time since which it was wrong as 13:40"))
	}
	local := now.In(zone)
	at := time.Date(local.Year(), local.Month(), local.Day(), t.Hour(), t.Minute(), 0, 0, zone)
	if at.After(now) {
		at = at.AddDate(0, 0, -1)
	}
	return at, nil
}

// releaseDevice makes a device report for nobody. Where something is at stake
// it must be assigned elsewhere instead, with a reason.
func (h *Handlers) releaseDevice(c echo.Context) error {
	w := h.Ward.View().Ward
	id := device.ID(c.FormValue("device"))
	d, ok := visibleDevice(c, w, id)
	if !ok {
		return fault.New(fault.NotFound, "There is no such device here.")
	}
	seen, err := time.Parse(time.RFC3339Nano, c.FormValue("seen"))
	if err != nil {
		return fault.New(fault.Invalid, "The form does not say which state of the device was seen.")
	}
	who, _ := person(c)
	release := ward.Release{Device: id, By: who, Seen: seen, Reason: strings.TrimSpace(c.FormValue("reason")), Confirmed: c.FormValue("confirmed") != ""}
	if err := h.submitByHand(c, release); err != nil && !h.isTwice(err, id, census.BedID{}, who) {
		a := asked{device: d, declined: err}
		a.form.AsksRelease, a.form.Reason = errors.Is(err, ward.ErrUnconfirmed), release.Reason
		return h.drawDevices(c, a)
	}
	return c.Redirect(http.StatusSeeOther, views.DevicesURL(id, ""))
}

// inventory lists every device.
func (h *Handlers) inventory(c echo.Context) error {
	w, now := h.Ward.View().Ward, h.Now()
	all := visibleDevices(c, w)
	connected, silent := views.Presence(all, now)
	p := h.page(c, "devices", "Devices")
	p.Styles, p.Modules = []string{"review.css"}, []string{"filter.js"}
	who, _ := person(c)
	return web.Render(c, http.StatusOK, views.InventoryPage(p, views.NewInventory(w, all, now), who.May(staff.AssignDevice, who.Unit), h.clock(), connected, silent))
}
