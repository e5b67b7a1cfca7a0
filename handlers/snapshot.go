package handlers

import (
	"cmp"
	"math"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"wardlight/views"
	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

// unitJSON is a unit as programs read it. Its form is a promise: fields are
// added, never changed. Times are RFC 3339 in UTC, values decimal strings as
// the device wrote them.
type unitJSON struct {
	Unit        census.UnitCode `json:"unit"`
	Epoch       string          `json:"epoch"`
	Seq         uint64          `json:"seq"`
	RecordedSeq uint64          `json:"recorded_seq"`
	At          time.Time       `json:"at"`
	Beds        []bedJSON       `json:"beds"`
	Alarms      []alarmJSON     `json:"alarms"` // about the system itself
	Unassigned  []strayJSON     `json:"unassigned"`
}

type bedJSON struct {
	Bed       census.BedCode     `json:"bed"`
	Encounter census.EncounterID `json:"encounter,omitempty"`
	Patient   *patientJSON       `json:"patient"`
	Vitals    []vitalJSON        `json:"vitals"`
	Infusions []infusionJSON     `json:"infusions"`
	Alarms    []alarmJSON        `json:"alarms"`
	NEWS2     *struct{}          `json:"news2"` // null: not scored here yet
	Away      *awayJSON          `json:"away,omitempty"`
}

// awayJSON is a patient who is out of bed for a while.
type awayJSON struct {
	Where string    `json:"where"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	By    string    `json:"by"`
}

type patientJSON struct {
	ID   census.PatientID `json:"id"`
	MRN  string           `json:"mrn"`
	Name string           `json:"name"`
}

type vitalJSON struct {
	Code       vitals.Code      `json:"code"`
	MDC        int              `json:"mdc"`
	Label      string           `json:"label"`
	Value      *string          `json:"value"` // null: the device says that there is none
	Unit       string           `json:"unit"`
	At         time.Time        `json:"at"`
	ReceivedAt time.Time        `json:"received_at"`
	Age        float64          `json:"age_s"`
	Freshness  vitals.Freshness `json:"freshness"`
	Quality    vitals.Quality   `json:"quality"`
	Device     string           `json:"device"` // as people read it on the device
}

type infusionJSON struct {
	Device    string          `json:"device"`
	Channel   string          `json:"channel"`
	Status    infusion.Status `json:"status"`
	Drug      string          `json:"drug"`
	Rate      *string         `json:"rate"` // mL/h
	Dose      *string         `json:"dose"`
	DoseUnit  *string         `json:"dose_unit"`
	VTBI      *string         `json:"vtbi"`      // mL
	Infused   *string         `json:"infused"`   // mL
	Remaining *string         `json:"remaining"` // mL
	EmptyAt   *time.Time      `json:"empty_at"`
	At        time.Time       `json:"at"`
}

type alarmJSON struct {
	ID             alarm.ID       `json:"id"`
	Version        int            `json:"version"`
	Code           string         `json:"code"`
	Label          string         `json:"label"`
	Category       alarm.Category `json:"category"`
	Priority       alarm.Priority `json:"priority"`
	Origin         alarm.Origin   `json:"origin"`
	State          string         `json:"state"`
	AcknowledgedBy *string        `json:"acknowledged_by"`
	AtDevice       []string       `json:"at_device,omitempty"` // what was done there: acknowledged, audio-paused, alarm-paused
	Onset          time.Time      `json:"onset"`
	Value          *string        `json:"value"`
	Limit          *string        `json:"limit"`
	Bed            census.BedCode `json:"bed,omitempty"`
}

type strayJSON struct {
	Device   string      `json:"device"`
	Kind     device.Kind `json:"kind"`
	LastSeen time.Time   `json:"last_seen"`
	Location string      `json:"location"`
}

// snapshot gives a unit as JSON: what the feed starts with, for programs.
func (h *Handlers) snapshot(c echo.Context) error {
	s, v, err := h.scene(unitInPath(c))
	if err != nil {
		return err
	}
	out := unitJSON{
		Unit: s.Unit.Code, Epoch: v.Epoch, Seq: v.Seq(s.Unit.Code), RecordedSeq: v.Recorded(s.Unit.Code), At: utc(s.At),
		Beds: []bedJSON{}, Alarms: alarmsJSON(v.Ward.SystemAlarms()), Unassigned: []strayJSON{},
	}
	for _, b := range s.Unit.Beds {
		out.Beds = append(out.Beds, bedAsJSON(s, b))
	}
	for _, d := range s.Strays() {
		out.Unassigned = append(out.Unassigned, strayJSON{d.Label, d.Kind, utc(d.HeardAt), d.Location.String()})
	}
	return c.JSON(http.StatusOK, out)
}

func bedAsJSON(s views.Scene, b *ward.Bed) bedJSON {
	out := bedJSON{Bed: b.ID.Bed, Vitals: []vitalJSON{}, Infusions: []infusionJSON{}, Alarms: alarmsJSON(b.Episodes)}
	if b.Encounter != nil {
		out.Encounter = b.Encounter.ID
	}
	if b.Patient != nil {
		out.Patient = &patientJSON{b.Patient.ID, b.Patient.MRN(), b.Patient.Name()}
	}
	if a := b.Away(); a != nil {
		out.Away = &awayJSON{a.Where, utc(a.Since), utc(a.Until), a.By}
	}
	for _, v := range b.Vitals(s.At) {
		out.Vitals = append(out.Vitals, vitalAsJSON(v, s.At))
	}
	for _, d := range b.Devices {
		for _, c := range d.Channels {
			out.Infusions = append(out.Infusions, infusionAsJSON(d.Label, c))
		}
	}
	return out
}

func vitalAsJSON(v ward.Shown, at time.Time) vitalJSON {
	out := vitalJSON{
		Code: v.Now.Metric.Code, MDC: v.Now.Metric.MDC, Label: v.Now.Metric.Label, Unit: v.Now.Metric.Unit,
		At: utc(v.Now.At), ReceivedAt: utc(v.Now.ReceivedAt),
		Age:       math.Round(max(at.Sub(v.Now.At).Seconds(), 0)*10) / 10,
		Freshness: v.Freshness, Quality: cmp.Or(v.Now.Quality, vitals.OK), Device: v.Device.Label,
	}
	if v.Now.HasValue() {
		out.Value = decimal(&v.Now.Value)
	}
	return out
}

func infusionAsJSON(pump string, c infusion.Channel) infusionJSON {
	out := infusionJSON{
		Device: pump, Channel: c.Channel, Status: c.Status, Drug: c.Drug, At: utc(c.At),
		Rate: amount(c.Rate), Dose: amount(c.Dose), VTBI: amount(c.VTBI), Infused: amount(c.Infused), Remaining: amount(c.Remaining),
	}
	if c.Dose != nil {
		out.DoseUnit = &c.Dose.Unit
	}
	if at, ok := c.EmptyAt(); ok {
		empty := utc(at)
		out.EmptyAt = &empty
	}
	return out
}

func alarmsJSON(list []alarm.Episode) []alarmJSON {
	out := make([]alarmJSON, 0, len(list))
	for _, e := range list {
		a := alarmJSON{
			ID: e.ID, Version: e.Version, Code: e.Code, Label: e.Label, Category: e.Category, Priority: e.Priority,
			Origin: e.Origin, State: e.State.Shown(), Onset: utc(e.Onset), Value: decimal(e.Value), Limit: decimal(e.Limit), Bed: e.Bed.Bed,
		}
		if e.State.IsAcknowledged() && e.Acknowledged != nil {
			a.AcknowledgedBy = &e.Acknowledged.Name
		}
		a.AtDevice = doneAtDevice(e.AtDevice)
		out = append(out, a)
	}
	return out
}

func doneAtDevice(done alarm.AtDevice) (did []string) {
	if done.IsAcknowledged {
		did = append(did, "acknowledged")
	}
	if done.IsAudioPaused {
		did = append(did, "audio-paused")
	}
	if done.IsAlarmPaused {
		did = append(did, "alarm-paused")
	}
	return did
}

func decimal(d *vitals.Decimal) *string {
	if d == nil {
		return nil
	}
	s := d.String()
	return &s
}

func amount(q *infusion.Quantity) *string {
	if q == nil {
		return nil
	}
	return decimal(&q.Value)
}

func utc(t time.Time) time.Time { return t.Round(0).UTC() }
