package store

import (
	"testing"
	"time"

	"wardlight/ward"
	"wardlight/ward/infusion"
)

func TestPumpEventsFollowTheEncounter(t *testing.T) {
	s := record(t)
	event := func(n int, kind infusion.EventKind) infusion.Event {
		at := seconds(n)
		return infusion.Event{
			Device: "0013", Channel: "1", Kind: kind, Detail: "door open", At: at, DeviceAt: at.Add(-time.Second), ReceivedAt: seconds(90),
			State: infusion.Channel{
				Device: "0013", Channel: "1", Status: infusion.Infusing, Drug: "Dopamine", Rate: quantity("15.0", "mL/h"),
				At: at, DeviceAt: at.Add(-time.Second), ReceivedAt: seconds(90),
			},
		}
	}
	before, start, stop, private := event(-10, infusion.DeliveryStop), event(10, infusion.DeliveryStart), event(20, infusion.DeliveryStop), event(20, "MDC_EVT_X")
	released := onBed("0013", noon)
	released.To = seconds(60)
	s.mustRecord(t, admitted(noon),
		entry("i1", seconds(90), message("one", seconds(90)), ward.PumpEventsReported{Events: []infusion.Event{before, start, stop, private}}),
		entry("i2", seconds(90), nil, ward.Released{Association: released}),
		entry("i3", seconds(90), message("two", seconds(90)), ward.PumpEventsReported{Events: []infusion.Event{event(70, infusion.DeliveryStart)}}))

	diff(t, "events", []infusion.Event{stop, private, start}, must(s.PumpEvents(t.Context(), "e1", 10)))
	diff(t, "the newest", []infusion.Event{stop}, must(s.PumpEvents(t.Context(), "e1", 1)))
}
