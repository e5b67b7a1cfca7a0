package pcd

import (
	"wardlight/ingest/hl7"
	"wardlight/ward/vitals"
)

// correctionOf is what OBX-11 takes back: C replaces a value that was sent
// before, D deletes it, W says that it was another patient's. Empty for a row
// that brings a value of its own.
func correctionOf(obx hl7.Segment) vitals.CorrectionKind {
	switch resultStatus(obx) {
	case "C":
		return vitals.Replaced
	case "D":
		return vitals.Deleted
	case "W":
		return vitals.WrongPatient
	}
	return ""
}

// correction reads a row that corrects what was charted. What is replaced by
// nothing, or by what cannot be read, is deleted: the value that it replaces
// is wrong in any case.
func (d *decoder) correction(m *mds, r located, kind vitals.CorrectionKind) (c vitals.Correction, ok bool) {
	measured, ok := m.metric(r)
	if !ok {
		return c, false
	}
	if methodOf(r.obx) == vitals.Set {
		m.flag(r.row, "the correction of a setting is not followed")
		return c, false
	}
	c = vitals.Correction{Kind: kind, Metric: measured, DeviceAt: r.measured}
	if r.isGuessed {
		m.flag(r.row, "a correction that does not say of which time")
		return c, false
	}
	if kind != vitals.Replaced {
		return c, true
	}
	v, q, ok := d.value(m, r, measured, statuses(r.obx))
	if !ok || q == vitals.Invalid {
		c.Kind = vitals.Deleted
		return c, true
	}
	c.Value, c.Quality = &v, q
	return c, true
}
