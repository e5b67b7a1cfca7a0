package views

import (
	"fmt"
	"testing"
	"time"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/staff"
	"wardlight/ward/vitals"
)

// noon is when the tests' ward begins, in summer time.
var noon = time.Date(2026, 7, 1, 11, 0, 0, 0, time.UTC)

// stage is a ward under test.
type stage struct {
	t    *testing.T
	ward ward.Ward
	now  time.Time
	n    int
}

// newStage is unit ICU with beds 1 to 4 and a patient in bed 1.
func newStage(t *testing.T) *stage {
	s := &stage{t: t, now: noon}
	s.apply(ward.Configure{Units: []ward.UnitConfig{{Unit: census.Unit{
		Code: "ICU", Name: "Intensive care", Zone: "Europe/London", CareArea: "adult-icu", TrustGateway: true,
		Beds: []census.BedCode{"1", "2", "3", "4"},
	}}}})
	s.admit("1", "MRN1", "Okafor", "Ngozi")
	return s
}

func (s *stage) apply(e ward.Event) {
	s.t.Helper()
	s.n++
	next, changes := ward.Apply(s.ward, ward.Input{ID: fmt.Sprintf("i%d", s.n), At: s.now, Event: e})
	for _, c := range changes {
		if d, refused := c.What.(ward.Declined); refused {
			s.t.Fatalf("%T: %v", e, d.Err)
		}
	}
	s.ward = next
}

func (s *stage) admit(bed, mrn, family, given string) {
	s.t.Helper()
	field := func(v string) census.Field { return census.Field{Given: true, Value: v} }
	s.apply(ward.Moved{Movement: census.Movement{
		Kind: census.Admit, At: s.now, To: census.Location{Unit: "ICU", Bed: bed},
		Patient: census.Demographics{
			Identifiers: []census.Identifier{{Value: mrn, Type: "MR"}},
			Family:      field(family), GivenName: field(given), Sex: field("F"), BirthDate: field("1955-03-04"),
		},
	}})
}

// measure reports values from the bed's monitor; an empty value is the news
// that there is none.
func (s *stage) measure(bed string, values map[vitals.Code]string) {
	s.t.Helper()
	var list []vitals.Observation
	for _, m := range vitals.Metrics {
		v, ok := values[m.Code]
		if known, _ := vitals.ByCode(m.Code); !ok || known.MDC != m.MDC {
			continue
		}
		o := vitals.Observation{Metric: m, DeviceAt: s.now, Quality: vitals.Invalid}
		if v != "" {
			o.Value, o.Quality = vitals.MustDecimal(v), vitals.OK
		}
		list = append(list, o)
	}
	s.apply(ward.Reports{{
		Device:   device.Identity{ID: device.ID("MON" + bed), Kind: device.Monitor},
		Location: census.Location{Unit: "ICU", Bed: bed}, SentAt: s.now, Observations: list,
	}})
}

func (s *stage) infuse(bed string, channels ...infusion.Channel) {
	s.t.Helper()
	for i := range channels {
		channels[i].DeviceAt = s.now
	}
	s.apply(ward.Reports{{
		Device:   device.Identity{ID: device.ID("PUMP" + bed), Kind: device.Pump},
		Location: census.Location{Unit: "ICU", Bed: bed}, SentAt: s.now, Channels: channels,
	}})
}

// pass lets seconds go by, a tick each.
func (s *stage) pass(seconds int) {
	s.t.Helper()
	for range seconds {
		s.now = s.now.Add(time.Second)
		s.apply(ward.Tick{RecordedAt: s.now})
	}
}

// hold reports the same values once a second.
func (s *stage) hold(seconds int, bed string, values map[vitals.Code]string) {
	s.t.Helper()
	for range seconds {
		s.pass(1)
		s.measure(bed, values)
	}
}

func (s *stage) scene() Scene {
	s.t.Helper()
	scene, ok := NewScene(s.ward, "ICU", s.now)
	if !ok {
		s.t.Fatal("no unit")
	}
	return scene
}

func (s *stage) bed(code census.BedCode) *ward.Bed {
	s.t.Helper()
	b, ok := s.scene().Unit.Bed(code)
	if !ok {
		s.t.Fatalf("no bed %s", code)
	}
	return b
}

func (s *stage) tile(code census.BedCode) Tile { return s.scene().Tile(s.bed(code)) }

// acknowledge takes the bed's most urgent alarm, and records it.
func (s *stage) acknowledge(code census.BedCode) {
	s.t.Helper()
	e, ok := s.bed(code).Worst()
	if !ok {
		s.t.Fatal("no alarm")
	}
	kim := staff.Person{ID: "u1", Name: "Kim R.", Role: staff.Nurse}
	s.apply(ward.Acknowledge{Alarm: e.ID, Version: e.Version, By: kim, Reason: "at-bedside"})
	s.apply(ward.Confirm{Command: fmt.Sprintf("i%d", s.n)})
}

func amountOf(value, unit string) *infusion.Quantity {
	return &infusion.Quantity{Value: vitals.MustDecimal(value), Unit: unit}
}

// limitAlarm is an alarm as a limit makes it.
func limitAlarm(side alarm.Side, metric vitals.Code, worst, limit string) alarm.Episode {
	w, l := vitals.MustDecimal(worst), vitals.MustDecimal(limit)
	return alarm.Episode{
		ID: "a", Origin: alarm.FromLimit, Category: alarm.Physiological, Priority: alarm.Medium, State: alarm.ActiveUnacknowledged,
		Metric: metric, Side: side, Worst: &w, Limit: &l, Onset: noon,
	}
}
