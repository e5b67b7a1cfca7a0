package ward_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/staff"
	"wardlight/ward/vitals"
)

// odd draws events whose every field may be missing, absurd or contradict the
// next: what a decoder lets through, or a request forges.
type odd struct {
	t   *rapid.T
	now time.Time
}

func (o odd) word(name string) string {
	return rapid.SampledFrom([]string{"", "ICU", "STEPDOWN", "1", "2", "3", "M1", "M2", "D1", "D2", " ", "ICU-1", "\u202e", "i3.1"}).Draw(o.t, name)
}

func (o odd) at(name string) time.Time {
	back := rapid.SampledFrom([]time.Duration{0, time.Second, time.Minute, time.Hour, -time.Hour, 30 * 24 * time.Hour, 200 * 365 * 24 * time.Hour, -1}).Draw(o.t, name)
	if back == -1 {
		return time.Time{}
	}
	return o.now.Add(-back)
}

func (o odd) place() census.Location {
	return census.Location{Unit: o.word("unit"), Room: o.word("room"), Bed: o.word("bed")}
}

func (o odd) bed() census.BedID {
	return census.BedID{Unit: census.UnitCode(o.word("unit")), Bed: census.BedCode(o.word("bed"))}
}

func (o odd) numbers() (out []census.Identifier) {
	for range rapid.IntRange(0, 2).Draw(o.t, "numbers") {
		out = append(out, census.Identifier{Value: o.word("number"), Assigner: o.word("by"), Type: rapid.SampledFrom([]string{"", "MR", "VN"}).Draw(o.t, "type")})
	}
	return out
}

func (o odd) person() staff.Person {
	return rapid.SampledFrom([]staff.Person{{}, kim, lee, ada, {ID: "x", Role: "nobody"}}).Draw(o.t, "person")
}

func (o odd) metric() vitals.Metric {
	m, _ := vitals.ByMDC(rapid.SampledFrom([]int{0, hrMDC, spo2MDC, pulseMDC, nibpMDC}).Draw(o.t, "metric"))
	return m
}

func (o odd) value() *vitals.Decimal {
	v := rapid.SampledFrom([]string{"", "0", "-5", "84", "999999999999"}).Draw(o.t, "value")
	if v == "" {
		return nil
	}
	d := vitals.MustDecimal(v)
	return &d
}

func (o odd) alert() alarm.Alert {
	return alarm.Alert{
		Key: o.word("key"), Update: o.word("update"), Channel: o.word("channel"), Event: o.word("event"),
		Metric: o.metric(), Value: o.value(), Limits: rapid.SampledFrom([]string{"", "-", "^", "<", "90-100", "--5"}).Draw(o.t, "limits"),
		Category: rapid.SampledFrom([]alarm.Category{"", alarm.Physiological, alarm.Technical}).Draw(o.t, "category"),
		Priority: rapid.SampledFrom([]alarm.Priority{"", alarm.Low, alarm.High}).Draw(o.t, "priority"),
		Phase:    rapid.SampledFrom([]alarm.Phase{"", alarm.PhaseStart, alarm.PhaseEnd, alarm.PhaseContinue, alarm.PhaseReset, alarm.PhaseTimePoint}).Draw(o.t, "phase"),
		State:    rapid.SampledFrom([]alarm.DeviceState{"", alarm.DeviceInactive, alarm.DeviceLatched}).Draw(o.t, "state"),
		DeviceAt: o.at("alarm"),
	}
}

func (o odd) report() ward.Report {
	r := ward.Report{
		Device:  device.Identity{ID: device.ID(o.word("device")), Kind: rapid.SampledFrom([]device.Kind{"", device.Pump, device.Wearable}).Draw(o.t, "kind")},
		Patient: o.numbers(), Location: o.place(), SentAt: o.at("sent"),
		IsOffline: rapid.IntRange(0, 9).Draw(o.t, "offline") == 0,
	}
	for range rapid.IntRange(0, 2).Draw(o.t, "values") {
		v := vitals.Observation{Metric: o.metric(), DeviceAt: o.at("measured"), Quality: vitals.Invalid, IsUndated: rapid.Bool().Draw(o.t, "undated")}
		if d := o.value(); d != nil {
			v.Value, v.Quality = *d, vitals.OK
		}
		if rapid.Bool().Draw(o.t, "set") {
			v.Method = vitals.Set
		}
		r.Observations = append(r.Observations, v)
		r.Corrections = append(r.Corrections, vitals.Correction{Kind: vitals.Replaced, Metric: o.metric(), DeviceAt: o.at("of"), Value: o.value()})
	}
	for range rapid.IntRange(0, 2).Draw(o.t, "channels") {
		c := infusion.Channel{Channel: o.word("channel"), Status: rapid.SampledFrom([]infusion.Status{"", infusion.Infusing}).Draw(o.t, "status"), DeviceAt: o.at("channel")}
		r.Channels = append(r.Channels, c)
		r.PumpEvents = append(r.PumpEvents, infusion.Event{Channel: o.word("channel"), Kind: infusion.EventKind(o.word("event")), State: c, DeviceAt: o.at("event")})
	}
	for range rapid.IntRange(0, 2).Draw(o.t, "alerts") {
		r.Alerts = append(r.Alerts, o.alert())
	}
	return r
}

func (o odd) event() ward.Event {
	switch rapid.IntRange(0, 10).Draw(o.t, "what") {
	case 0, 1:
		m := census.Movement{
			Kind: census.MovementKind(rapid.SampledFrom(append([]census.MovementKind{""}, movements...)).Draw(o.t, "movement")),
			At:   o.at("moved"), Patient: census.Demographics{Identifiers: o.numbers(), BirthDate: census.Field{Given: true, Value: o.word("born")}},
			To: o.place(), From: o.place(), Prior: o.numbers(), AdmittedAt: o.at("admitted"), DischargedAt: o.at("discharged"),
			Visit: census.Identifier{Value: o.word("visit")},
		}
		return ward.Moved{Movement: m, By: o.person(), Encounter: census.EncounterID(o.word("stay")), Confirmed: true, Reason: o.word("why")}
	case 2:
		return ward.Assign{
			Device: device.ID(o.word("device")), Bed: o.bed(), By: o.person(), Identifiers: [2]string{o.word("first"), o.word("second")},
			From: o.at("from"), ReadBack: o.word("read back"), Reason: o.word("why"), Confirmed: true, Seen: o.at("seen"),
		}
	case 3:
		return ward.Release{Device: device.ID(o.word("device")), By: o.person(), Confirmed: true, Reason: o.word("why"), Seen: o.at("seen")}
	case 4:
		return ward.GoAway{Encounter: census.EncounterID(o.word("stay")), Where: o.word("where"), Until: o.at("until"), By: o.person()}
	case 5:
		return ward.Acknowledge{Alarm: alarm.ID(o.word("alarm")), Version: rapid.IntRange(-1, 3).Draw(o.t, "version"), By: o.person()}
	case 6:
		return ward.Tick{RecordedAt: o.at("recorded"), Waiting: []string{o.word("waiting")}}
	case 7:
		return rapid.SampledFrom([]ward.Event{ward.Confirm{}, ward.Withdraw{Command: "i1"}, ward.KeepStrip{}, ward.Refused{}, ward.Audited{}, ward.Configure{}, nil}).Draw(o.t, "event")
	}
	return ward.Reports{o.report(), o.report()}
}

// Whatever comes in, the ward does not panic, and no alarm ends before it began.
func TestNothingIsTooOdd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, _ := ward.Apply(ward.Ward{}, ward.Input{ID: "i", At: noon, Event: configure(0)})
		now := noon
		for i := range rapid.IntRange(1, 25).Draw(t, "length") {
			now = now.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 40, 700}).Draw(t, "pass")) * time.Second)
			in := ward.Input{ID: fmt.Sprint("i", i), At: now, Event: odd{t, now}.event()}
			if rapid.Bool().Draw(t, "message") {
				in.Message = &ward.Message{Source: odd{t, now}.word("source"), Peer: odd{t, now}.word("peer"), ReceivedAt: now, IsReplay: rapid.IntRange(0, 9).Draw(t, "replay") == 0}
			}
			var changes []ward.Change
			w, changes = ward.Apply(w, in)
			for _, c := range changesOf[ward.EpisodeChanged](changes) {
				if e := c.Episode; !e.EndedAt.IsZero() && e.EndedAt.Before(e.OnsetAt) {
					t.Fatalf("%q ended at %v, before it began at %v", e.Label, e.EndedAt, e.OnsetAt)
				}
			}
			for _, u := range w.Units() {
				for _, b := range u.Beds {
					b.Vitals(now)
					b.Channels()
					b.Worst()
				}
			}
		}
	})
}
