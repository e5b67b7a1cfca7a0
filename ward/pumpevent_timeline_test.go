package ward_test

import (
	"testing"

	"wardlight/ward"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

// Events reports what happened to a pump's channel 1, at second at, now.
func (m *monitor) Events(kind infusion.EventKind, at float64, state infusion.Channel) []ward.Change {
	state.Channel, state.DeviceAt = "1", second(at)
	r := m.report()
	r.PumpEvents = []infusion.Event{{Channel: "1", Kind: kind, State: state, DeviceAt: second(at)}}
	return m.l.Do(ward.Reports{r})
}

func TestPumpEvents(t *testing.T) {
	l := newTimeline(t)
	pump := l.Monitor("PUMP5", "ICU-12").Kind(device.Pump)
	vtbi := &infusion.Quantity{Value: vitals.MustDecimal("250.0"), Unit: "mL"}
	l.At(100)
	pump.Pumps(infusion.Channel{Channel: "1", Status: infusion.Infusing, Drug: "Dopamine", VTBI: vtbi})

	steps := []struct {
		name   string
		second float64
		kind   infusion.EventKind
		at     float64
		state  infusion.Status // the event says
		want   infusion.Status // the channel is
	}{
		{"complete", 110, infusion.DeliveryComplete, 109, infusion.Complete, infusion.Complete},
		{"then keeps the vein open", 111, infusion.DeliveryStart, 111, infusion.KVO, infusion.KVO},
		{"told ten minutes late", 120, infusion.DeliveryStop, -490, infusion.Stopped, infusion.KVO},
		{"stopped by an alarm", 130, infusion.DeliveryStop, 130, infusion.Stopped, infusion.Stopped},
		{"overtaken by a newer word", 131, infusion.DeliveryStart, 120, infusion.Infusing, infusion.Stopped},
		{"says nothing of the delivery", 140, "MDC_EVT_PUMP_VOL_COUNTERS_CLEARED", 140, "", infusion.Stopped},
	}
	for _, s := range steps {
		l.At(s.second)
		changes := pump.Events(s.kind, s.at, infusion.Channel{Status: s.state})
		told := changesOf[ward.PumpEventsReported](changes)
		if len(told) != 1 || told[0].Events[0].Kind != s.kind || !told[0].Events[0].At.Equal(second(s.at)) || told[0].Events[0].Device != "PUMP5" {
			t.Errorf("%s: recorded %+v", s.name, told)
		}
		c := l.Bed("ICU-12").Channels()
		if len(c) != 1 || c[0].Status != s.want || c[0].Drug != "Dopamine" || c[0].VTBI != vtbi {
			t.Errorf("%s: the channel is %+v, want %s", s.name, c, s.want)
		}
	}
	l.At(150)
	pump.Events(infusion.DeliveryStart, 150, infusion.Channel{Status: infusion.Infusing, Drug: "Saline"})
	if c := l.Bed("ICU-12").Channels()[0]; c.Drug != "Saline" || c.VTBI != nil {
		t.Errorf("another drug has the old one's volume: %+v", c)
	}
}
