package ward

import (
	"slices"

	"wardlight/ward/vitals"
)

// correct follows what a device takes back. A correction is history: what the
// record and the screens show of a value changes, but no limit is held
// against it, so that it neither begins nor ends an alarm of a patient.
func (d *draft) correct(dev *Device, corrections []vitals.Correction) {
	if len(corrections) == 0 {
		return
	}
	dev.Readings = slices.Clone(dev.Readings)
	for i := range corrections {
		if c := &corrections[i]; !dev.isOfAnother(c.At) {
			d.correctReading(dev, c)
		}
	}
	d.at(dev.Bed, Corrected{dev.ID, corrections})
}

// correctReading lets a correction change what is shown now: where it is about
// the present reading or the last value before it, and where it brings a value
// newer than any that is known.
func (d *draft) correctReading(dev *Device, c *vitals.Correction) {
	i, found := dev.reading(&c.Metric)
	switch {
	case !found && c.Value == nil, c.DeviceAt.IsZero():
		return
	case !found:
		dev.Readings = slices.Insert(dev.Readings, i, Reading{Now: vitals.Observation{Metric: c.Metric, Quality: vitals.Invalid}})
	}
	r := &dev.Readings[i]
	corrected := vitals.Observation{
		Metric: c.Metric, At: c.At, DeviceAt: c.DeviceAt, ReceivedAt: c.ReceivedAt, Quality: vitals.Invalid,
	}
	if c.Value != nil {
		corrected.Value, corrected.Quality = *c.Value, c.Quality
	}
	switch {
	case c.DeviceAt.Equal(r.Now.DeviceAt):
		r.replace(corrected)
	case c.DeviceAt.Equal(r.Was.DeviceAt):
		r.Was = valueOrNone(corrected)
	case corrected.HasValue() && c.DeviceAt.After(r.Now.DeviceAt):
		r.take(&corrected)
	default:
		return
	}
	r.correctedAt = c.DeviceAt
	r.Looked = dev.Freshness(*r, d.in.At)
}

// replace puts the corrected word in the place of the present one; the limits
// that came with it stand.
func (r *Reading) replace(o vitals.Observation) {
	o.Limits, o.Method = r.Now.Limits, r.Now.Method
	if r.Now.DeviceAt.Equal(r.Was.DeviceAt) {
		r.Was = valueOrNone(o)
	}
	r.take(&o)
}

// valueOrNone is an observation that has a value, or nothing.
func valueOrNone(o vitals.Observation) vitals.Observation {
	if !o.HasValue() {
		return vitals.Observation{}
	}
	return o
}
