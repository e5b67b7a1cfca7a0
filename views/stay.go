package views

import (
	"time"

	"github.com/a-h/templ"

	"wardlight/ward"
	"wardlight/ward/census"
)

// StayForm is the page on which people say who is in a bed and where they go.
type StayForm struct {
	Bed, BedHref string
	Action       string // address of the bed, below which every form is sent
	Patient      string // name; empty: nobody is in the bed
	Encounter    string
	IsUnknown    bool     // in the bed, but nobody knows who it is
	Alarms       []string // that stand at the bed
	Away         string   // "imaging since 14:03, until 16:00"; empty: in bed
	Free         []census.BedID
	Identity     map[string]string // what is known, by the field's name
	Typed        map[string]string // what was sent and declined, by the field's name
	Declined     string            // why
	Asks         string            // which form it was: "admission", "transfer", …
	Wrong        string            // which of its fields; empty: no single one
}

// NewStayForm is the form of a bed at now.
func NewStayForm(bed *ward.Bed, free []census.BedID, now time.Time, zone *time.Location) StayForm {
	f := StayForm{Bed: bed.ID.String(), BedHref: BedURL(bed.ID), Action: BedURL(bed.ID), Free: free}
	if bed.Encounter == nil || bed.Patient == nil {
		return f
	}
	p := *bed.Patient
	f.Patient, f.Encounter, f.IsUnknown = nameOf(p), string(bed.Encounter.ID), p.IsUnidentified()
	f.Identity = map[string]string{
		"number": p.MRN(), "family": p.Family, "given": p.Given, "born": p.BirthDate, "sex": p.Sex,
	}
	if f.IsUnknown {
		f.Identity["number"] = ""
	}
	for _, e := range bed.Episodes {
		f.Alarms = append(f.Alarms, Says(e))
	}
	if a := bed.Encounter.Away; a != nil {
		f.Away = a.Where + " since " + when(a.Since, now, zone) + ", until " + when(a.Until, now, zone)
	}
	return f
}

// who names the patient within a sentence or on a button.
func (f StayForm) who() string {
	if f.IsUnknown {
		return "the unidentified patient"
	}
	return f.Patient
}

// value is what a field shows: what was typed, before what is known.
func (f StayForm) value(form, name string) string {
	if f.Asks == form {
		return f.Typed[name]
	}
	if form == "identity" {
		return f.Identity[name]
	}
	return ""
}

func (f StayForm) isWrong(form, name string) bool { return f.Asks == form && f.Wrong == name }

// marks are what an input says of itself when it was declined.
func (f StayForm) marks(form, name string) templ.Attributes {
	return marks(f.isWrong(form, name), form+"-"+name)
}

// needsConfirmation reports whether the form must ask for a second look.
func (f StayForm) needsConfirmation(form string) bool { return f.Asks == form && len(f.Alarms) > 0 }

// sexes are the values of HL7 table 0001 that a person chooses from.
var sexes = []struct{ Code, Word string }{{"", "not known"}, {"F", "female"}, {"M", "male"}, {"O", "other"}}

// absences are how long somebody is usually away, in minutes.
var absences = []struct{ Minutes, Word string }{{"30", "30 minutes"}, {"60", "1 hour"}, {"120", "2 hours"}, {"240", "4 hours"}, {"720", "12 hours"}}

func (f StayForm) reasonLabel() string {
	if len(f.Alarms) > 0 {
		return "Reason, required while alarms stand"
	}
	return "Reason"
}
