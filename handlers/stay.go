package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"wardlight/views"
	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/fault"
	"wardlight/web"
)

// stay is where people say who is in a bed, and where they go.
func (h *Handlers) stay(c echo.Context) error { return h.drawStay(c, "", nil) }

// drawStay draws the page; form is the one that was declined, and why.
func (h *Handlers) drawStay(c echo.Context, form string, declined error) error {
	s, bed, err := h.bed(c)
	if err != nil {
		return err
	}
	f := views.NewStayForm(bed, freeBeds(s.Ward), s.At, s.Zone)
	status := http.StatusOK
	if declined != nil {
		problem, ok := Explain(declined)
		if !ok {
			return declined
		}
		status = problem.Status
		f.Asks, f.Declined, f.Typed, f.Wrong = form, sentence(problem.Detail), typed(c), fault.FieldOf(declined)
	}
	p := h.page(c, "", bed.ID.String())
	p.Unit, p.Styles = s.Name(), []string{"review.css"}
	return web.Render(c, status, views.StayPage(p, f))
}

// bed is the bed that an address names.
func (h *Handlers) bed(c echo.Context) (views.Scene, *ward.Bed, error) {
	s, _, err := h.scene(unitInPath(c))
	if err != nil {
		return s, nil, err
	}
	bed, ok := s.Unit.Bed(census.BedCode(c.Param("bed")))
	if !ok {
		return s, nil, fault.New(fault.NotFound, "There is no bed %s in unit %s.", c.Param("bed"), s.Unit.Code)
	}
	return s, bed, nil
}

// freeBeds are those to which a patient can be moved, in any unit.
func freeBeds(w ward.Ward) (free []census.BedID) {
	for _, u := range w.Units() {
		for _, b := range u.Beds {
			if b.Encounter == nil {
				free = append(free, b.ID)
			}
		}
	}
	return free
}

func (h *Handlers) admit(c echo.Context) error {
	return h.moveByHand(c, "admission", func(bed *ward.Bed) (ward.Event, error) {
		if bed.Encounter != nil {
			return nil, fault.New(fault.Conflict, "somebody is in bed %s by now", bed.ID)
		}
		m := census.Movement{Kind: census.Admit, To: placeOf(bed.ID)}
		if c.FormValue("who") != "unknown" {
			if strings.TrimSpace(c.FormValue("number")) == "" {
				return nil, fault.About("number", fault.New(fault.Invalid, "type the number on the wristband, or admit somebody unidentified"))
			}
			var err error
			if m.Patient, err = h.demographics(c); err != nil {
				return nil, err
			}
		} else {
			m.Patient.Sex = given(c, "sex")
		}
		return ward.Moved{Movement: m}, nil
	})
}

func (h *Handlers) transfer(c echo.Context) error {
	return h.moveByHand(c, "transfer", func(bed *ward.Bed) (ward.Event, error) {
		to, err := h.destination(c)
		if err != nil {
			return nil, err
		}
		return ward.Moved{Movement: census.Movement{Kind: census.Transfer, To: placeOf(to), From: placeOf(bed.ID)}}, nil
	})
}

// destination is the bed that a transfer goes to.
func (h *Handlers) destination(c echo.Context) (census.BedID, error) {
	bed, ok := h.Ward.View().Ward.BedCalled(c.FormValue("to"))
	if !ok {
		return census.BedID{}, fault.About("to", fault.New(fault.Invalid, "choose the bed to transfer to"))
	}
	return bed.ID, nil
}

func (h *Handlers) discharge(c echo.Context) error {
	return h.moveByHand(c, "discharge", func(*ward.Bed) (ward.Event, error) {
		return ward.Moved{Movement: census.Movement{Kind: census.Discharge}, Reason: strings.TrimSpace(c.FormValue("reason"))}, nil
	})
}

func (h *Handlers) identify(c echo.Context) error {
	return h.moveByHand(c, "identity", func(bed *ward.Bed) (ward.Event, error) {
		d, err := h.demographics(c)
		return ward.Moved{Movement: census.Movement{Kind: census.Update, To: placeOf(bed.ID), Patient: d}}, err
	})
}

func (h *Handlers) goAway(c echo.Context) error {
	return h.moveByHand(c, "away", func(bed *ward.Bed) (ward.Event, error) {
		if c.FormValue("back") != "" {
			return ward.GoAway{}, nil
		}
		minutes, err := strconv.Atoi(c.FormValue("minutes"))
		if err != nil || minutes <= 0 {
			return nil, fault.About("minutes", fault.New(fault.Invalid, "choose for how long at most"))
		}
		where := strings.TrimSpace(c.FormValue("where"))
		if where == "" {
			return nil, fault.About("where", fault.New(fault.Invalid, "say where the patient is"))
		}
		return ward.GoAway{Where: where, Until: h.Now().Add(time.Duration(minutes) * time.Minute)}, nil
	})
}

// moveByHand does what a form asks, in the name of whoever sent it and of the
// stay that they saw. Nothing is painted here as done: the bed shows it.
func (h *Handlers) moveByHand(c echo.Context, form string, asked func(*ward.Bed) (ward.Event, error)) error {
	_, bed, err := h.bed(c)
	if err != nil {
		return err
	}
	event, err := asked(bed)
	if err != nil {
		return h.drawStay(c, form, err)
	}
	who, _ := person(c)
	stay := census.EncounterID(c.FormValue("encounter"))
	switch e := event.(type) {
	case ward.Moved:
		e.By, e.Encounter, e.Confirmed = who, stay, c.FormValue("confirmed") != ""
		event = e
	case ward.GoAway:
		e.By, e.Encounter = who, stay
		event = e
	}
	if form != "admission" && bed.Encounter == nil {
		return h.drawStay(c, form, fault.New(fault.Conflict, "nobody is in bed %s any more: who was there was moved or discharged", bed.ID))
	}
	if isAboutAnother(bed, stay, form) {
		return h.drawStay(c, form, fault.New(fault.Conflict, "somebody else is in bed %s by now: look again", bed.ID))
	}
	if err := h.submitByHand(c, event); err != nil {
		return h.drawStay(c, form, err)
	}
	return c.Redirect(http.StatusSeeOther, views.BedURL(bed.ID))
}

func isAboutAnother(bed *ward.Bed, stay census.EncounterID, form string) bool {
	return form != "admission" && bed.Encounter.ID != stay
}

func placeOf(b census.BedID) census.Location {
	return census.Location{Unit: string(b.Unit), Bed: string(b.Bed)}
}

// demographics is who somebody is, as typed: an empty field says nothing. What
// was typed is not repeated in an error, which may be logged.
func (h *Handlers) demographics(c echo.Context) (census.Demographics, error) {
	d := census.Demographics{
		Family: given(c, "family"), GivenName: given(c, "given"), Sex: given(c, "sex"), BirthDate: given(c, "born"),
	}
	if number := strings.TrimSpace(c.FormValue("number")); number != "" {
		d.Identifiers = []census.Identifier{{Value: number}}
	}
	if born := d.BirthDate; born.Given {
		day, err := time.Parse(time.DateOnly, born.Value)
		if err != nil || day.After(h.Now()) || day.Year() < 1880 {
			return d, fault.About("born", fault.New(fault.Invalid, "that is no date of birth: write it as 1958-04-12"))
		}
	}
	return d, nil
}

func given(c echo.Context, name string) census.Field {
	v := strings.TrimSpace(c.FormValue(name))
	return census.Field{Given: v != "", Value: v}
}

// typed is what a form held, to show it again when it was declined.
func typed(c echo.Context) map[string]string {
	values, err := c.FormParams()
	if err != nil {
		return nil
	}
	out := map[string]string{}
	for name, v := range values {
		if name != "_csrf" && !slices.Contains(v, "\x00") {
			out[name] = v[0]
		}
	}
	return out
}

// sentence makes a fault's text one for people.
func sentence(text string) string {
	if text == "" {
		return text
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}
