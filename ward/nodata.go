package ward

import (
	"slices"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/vitals"
)

// How long a device may report a quantity without a value, a probe off or a
// lead loose, before somebody should look, and before somebody must.
const (
	noDataLowAfter    = 10 * time.Second
	noDataMediumAfter = time.Minute
)

// sharedSensor names the quantity that stands for a sensor which measures
// several, so that one probe off is one alarm.
var sharedSensor = map[vitals.Code]vitals.Code{
	vitals.PulseRate:      vitals.SpO2,
	vitals.PerfusionIndex: vitals.SpO2,
	vitals.ABPDiastolic:   vitals.ABPSystolic,
	vitals.ABPMean:        vitals.ABPSystolic,
	vitals.PAPDiastolic:   vitals.PAPSystolic,
	vitals.PAPMean:        vitals.PAPSystolic,
	vitals.InspiredCO2:    vitals.EndTidalCO2,
	vitals.ExpiredCO2:     vitals.EndTidalCO2,
	vitals.PVCRate:        vitals.HeartRate,
	vitals.STLeadI:        vitals.HeartRate,
	vitals.STLeadII:       vitals.HeartRate,
	vitals.QTInterval:     vitals.HeartRate,
	vitals.QTCorrected:    vitals.HeartRate,
}

// findNoData begins, or raises, the alarm about a quantity that a device had
// and now reports without a value. A cuff or a thermometer that is not
// measuring just now is no fault.
func (d *draft) findNoData(dev *Device) {
	if dev.isUnheard {
		return
	}
	for i := range dev.Readings {
		r := &dev.Readings[i]
		if r.NoneSince.IsZero() || !dev.misses(r.Now.Metric) {
			continue
		}
		if leader, ok := sharedSensor[r.Now.Metric.Code]; ok && dev.hasNone(leader) {
			continue
		}
		none := d.in.At.Sub(r.NoneSince)
		e, open := d.technicalAlarm(dev, CodeNoData, r.Now.Metric.Code)
		switch {
		case !open && none >= noDataLowAfter:
			d.open(alarm.Episode{
				Bed: dev.Bed, Encounter: dev.Encounter, Device: dev.ID,
				Code: CodeNoData, Metric: r.Now.Metric.Code, Label: r.Now.Metric.Label + " no data",
				Category: alarm.Technical, Origin: alarm.FromSystem,
				Priority: alarm.Low, OnsetAt: r.NoneSince,
			})
		case open && e.Priority == alarm.Low && none >= noDataMediumAfter:
			e.Priority, e.Highest = alarm.Medium, alarm.Medium
			d.step(e, alarm.EventPriorityUp)
		}
	}
}

// misses reports whether the device once had a value of the metric, and none
// of its sensors has one of that quantity now.
func (dev *Device) misses(m vitals.Metric) bool {
	return !m.Intermittent && dev.hadValue(m.Code) && !dev.hasValue(m.Code)
}

func (dev *Device) hadValue(code vitals.Code) bool {
	return slices.ContainsFunc(dev.Readings, func(r Reading) bool { return r.Now.Metric.Code == code && !r.Was.At.IsZero() })
}

// hasNone reports whether the device tells of the quantity that there is no
// value, and had one before.
func (dev *Device) hasNone(code vitals.Code) bool { return dev.hadValue(code) && !dev.hasValue(code) }

// loseSamples makes conditions unknown whose quantity the device no longer
// measures, though it speaks: values that do not come change nothing for the
// better.
func (d *draft) loseSamples(dev *Device) *Device {
	period := dev.Period()
	var next *Device
	for i, w := range dev.watches {
		if w.IsQuiet() || d.in.At.Sub(w.LastSeen()) <= lostSample(w.Rule.Metric, period) {
			continue
		}
		if next == nil {
			copied := *dev
			next = &copied
			next.watches = slices.Clone(dev.watches)
		}
		var stood bool
		if next.watches[i], stood = w.SourceLost(); stood {
			d.sourceLost(dev, w.Rule)
		}
	}
	if next == nil {
		return dev
	}
	d.putDevice(next)
	return next
}

// lostSample is after what time without a value a condition is unknown.
func lostSample(code vitals.Code, period time.Duration) time.Duration {
	if m, _ := vitals.ByCode(code); m.Intermittent {
		return vitals.BoundsFor(m, period).Stale
	}
	return vitals.LostAfter(period)
}

func (d *draft) sourceLost(dev *Device, rule alarm.RuleKey) {
	bed, _ := d.Bed(dev.Bed)
	if i := bed.episodeOf(dev.ID, rule); i >= 0 {
		d.step(bed.Episodes[i], alarm.EventSourceLost)
	}
}
