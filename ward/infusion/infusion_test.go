package infusion_test

import (
	"testing"
	"time"

	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

func ml(s string) *infusion.Quantity {
	return &infusion.Quantity{Value: vitals.MustDecimal(s), Unit: "mL"}
}

func TestEmptyAt(t *testing.T) {
	reported := time.Date(2026, 1, 13, 12, 0, 10, 0, time.UTC)
	dopamine := infusion.Channel{Status: infusion.Infusing, Rate: ml("15.0"), VTBI: ml("250.0"), Infused: ml("60.0"), Remaining: ml("190.0"), At: reported}
	nextDay := time.Date(2026, 1, 14, 0, 40, 10, 0, time.UTC)
	with := func(edit func(*infusion.Channel)) infusion.Channel { c := dopamine; edit(&c); return c }
	for _, test := range []struct {
		name string
		c    infusion.Channel
		want time.Time // zero: no forecast
	}{
		{"190 mL at 15 mL/h", dopamine, nextDay},
		{"the pump's own time left, 760 min", with(func(c *infusion.Channel) { c.TimeLeft = 760 * time.Minute; c.Remaining = nil }), nextDay},
		{"the pump knows better than a division", with(func(c *infusion.Channel) { c.TimeLeft = time.Hour }), reported.Add(time.Hour)},
		{"a bolus flows too", with(func(c *infusion.Channel) { c.Status = infusion.Bolus }), nextDay},
		{"nothing left", with(func(c *infusion.Channel) { c.Remaining = ml("0") }), reported},
		{"keeps the fraction of the report's second", with(func(c *infusion.Channel) { c.At = reported.Add(300 * time.Millisecond) }), nextDay.Add(300 * time.Millisecond)},
		{"paused", with(func(c *infusion.Channel) { c.Status = infusion.Paused; c.TimeLeft = time.Hour }), time.Time{}},
		{"keep vein open", with(func(c *infusion.Channel) { c.Status = infusion.KVO }), time.Time{}},
		{"stopped by an alarm", with(func(c *infusion.Channel) { c.Status = infusion.Stopped }), time.Time{}},
		{"complete", with(func(c *infusion.Channel) { c.Status = infusion.Complete }), time.Time{}},
		{"state unknown", with(func(c *infusion.Channel) { c.Status = infusion.Unknown }), time.Time{}},
		{"no rate", with(func(c *infusion.Channel) { c.Rate = nil }), time.Time{}},
		{"rate 0", with(func(c *infusion.Channel) { c.Rate = ml("0.0") }), time.Time{}},
		{"no volume", with(func(c *infusion.Channel) { c.Remaining = nil }), time.Time{}},
		{"a volume below nothing", with(func(c *infusion.Channel) { c.Remaining = ml("-1") }), time.Time{}},
		{"a rate next to nothing forecasts nothing", with(func(c *infusion.Channel) { c.Rate = ml("0.0000001") }), time.Time{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := test.c.EmptyAt()
			if !got.Equal(test.want) || ok == test.want.IsZero() {
				t.Errorf("EmptyAt = %v, %v; want %v", got, ok, test.want)
			}
		})
	}
}

func TestProgress(t *testing.T) {
	for _, test := range []struct {
		name string
		c    infusion.Channel
		want float64
		ok   bool
	}{
		{"60 of 250", infusion.Channel{VTBI: ml("250.0"), Infused: ml("60.0")}, 0.24, true},
		{"from what remains", infusion.Channel{VTBI: ml("250.0"), Remaining: ml("190.0")}, 0.24, true},
		{"beyond the end", infusion.Channel{VTBI: ml("100"), Infused: ml("130")}, 1, true},
		{"remaining more than there was", infusion.Channel{VTBI: ml("100"), Remaining: ml("130")}, 0, true},
		{"no VTBI", infusion.Channel{Infused: ml("60")}, 0, false},
		{"VTBI 0", infusion.Channel{VTBI: ml("0"), Infused: ml("60")}, 0, false},
		{"neither given nor left", infusion.Channel{VTBI: ml("100")}, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := test.c.Progress()
			if diff := got - test.want; diff < -1e-9 || diff > 1e-9 || ok != test.ok {
				t.Errorf("Progress = %v, %v; want %v, %v", got, ok, test.want, test.ok)
			}
		})
	}
}
