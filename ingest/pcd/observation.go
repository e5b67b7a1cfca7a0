package pcd

import (
	"strings"

	"wardlight/ingest/hl7"
	"wardlight/ward/vitals"
)

// sentinels are written by devices where there is no value.
var sentinels = map[string]bool{
	"-999": true, "-99.9": true, "-1": true, "-100": true,
	"8388607": true, "32767": true, "-32768": true,
	"---": true, "?": true, "": true,
}

// observation reads a metric row that is a charted vital sign. ok is false
// for every other row, and for one that cannot be charted; why not is flagged.
func (d *decoder) observation(m *mds, r located) (vitals.Observation, bool) {
	kind, known, disagrees := metric(r.code)
	switch {
	case disagrees:
		m.flag(r.row, "code and name disagree")
		return vitals.Observation{}, false
	case !known:
		return vitals.Observation{}, false
	}
	if method := r.obx.Text(17, 1) + r.obx.Text(17, 2); strings.Contains(method, "SET") {
		return vitals.Observation{}, false // a setting is not a measurement
	}
	status := statuses(r.obx)
	o := vitals.Observation{
		Metric: kind, DeviceAt: r.measured, Limits: r.obx.Field(7).String(),
		Status: strings.Join(status.words, "~"), Quality: d.quality(r, status),
	}
	text, numeric := numericText(r.obx)
	switch {
	case status.barred:
		m.flag(r.row, "result status "+r.obx.Text(11, 1)+" is not charted")
		return vitals.Observation{}, false
	case status.none || numeric && sentinels[text]:
		o.Quality = vitals.Invalid
		return o, true
	case !numeric:
		m.flag(r.row, "not a numeric value")
		return vitals.Observation{}, false
	}
	value, err := vitals.ParseDecimal(text)
	if err != nil {
		m.flag(r.row, "not a numeric value")
		return vitals.Observation{}, false
	}
	unit, raw, unitKnown := unitOf(triplet(r.obx.Field(6), 1), triplet(r.obx.Field(6), 4))
	if unitKnown {
		value, unitKnown = convert(value, unit, kind.Unit)
	}
	if !unitKnown {
		m.flag(r.row, "unit "+raw+" is not known for it")
		return vitals.Observation{}, false
	}
	o.Value = value
	return o, true
}

// numericText gives the number of OBX-5 as written. numeric is false for
// arrays, text and bounds such as >^300.
func numericText(obx hl7.Segment) (text string, numeric bool) {
	switch obx.Text(2, 1) {
	case "NM", "ST", "":
		return strings.TrimSpace(obx.Field(5).String()), obx.Text(2, 1) != "ST" || sentinels[strings.TrimSpace(obx.Field(5).String())]
	case "SN":
		comparator := obx.Text(5, 1)
		return obx.Text(5, 2), (comparator == "" || comparator == "=") && obx.Text(5, 3) == ""
	}
	return "", false
}

// status is what OBX-8 and OBX-11 together say of a value.
type status struct {
	words   []string
	none    bool // there is no value
	doubted bool // there is one, with a reservation
	barred  bool // must not be charted: deleted, or another patient's
}

func statuses(obx hl7.Segment) status {
	var s status
	for r := range obx.Field(8).Repetitions() {
		w := r.Component(1).String()
		s.words = append(s.words, w)
		switch w {
		case "INV", "NAV", "BUSY", "NI", "NA", "OFF", "MSK":
			s.none = true
		case "QUES", "CAL", "TEST", "DEMO":
			s.doubted = true
		}
	}
	switch obx.Text(11, 1) {
	case "D", "W":
		s.barred = true
	case "X":
		s.none = s.none || sentinels[strings.TrimSpace(obx.Field(5).String())]
	}
	return s
}

// quality of a value that exists. A row marked X that nevertheless has one
// (seen from a large vendor's gateway) is taken, and marked unverified.
func (d *decoder) quality(r located, s status) vitals.Quality {
	switch {
	case s.doubted || d.isTraining():
		return vitals.Questionable
	case r.obx.Text(11, 1) == "X", r.obx.Text(11, 1) == "P", r.measured.Equal(d.sent) && r.at.IsZero() && r.group.IsZero():
		return vitals.Unverified
	}
	return vitals.OK
}
