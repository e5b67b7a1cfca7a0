package pcd

import (
	"strings"

	"wardlight/ingest/hl7"
	"wardlight/ward/vitals"
)

// status is what OBX-8 and OBX-11 together say of a value (IHE PCD TF-2
// B.8.5, B.8.6).
type status struct {
	words    []string // OBX-8
	result   string   // OBX-11
	none     bool     // there is no value
	doubted  bool     // there is one, with a reservation
	isFirst  bool     // there is one, and a better one will follow
	isRecall bool     // it speaks of a value that was sent before, and brings none
}

func statuses(obx hl7.Segment) status {
	s := status{result: resultStatus(obx)}
	for r := range obx.Field(8).Repetitions() {
		w := r.Component(1).String()
		s.words = append(s.words, w)
		switch w {
		case "INV", "NAV", "BUSY", "NI", "NA", "OFF", "MSK", "OTH", "NAN", "PINF", "NINF":
			s.none = true
		case "QUES", "CAL", "TEST", "DEMO":
			s.doubted = true
		case "EARLY":
			s.isFirst = true
		}
	}
	switch s.result {
	case "N", "O", "I": // not asked for, ordered only, pending
		s.none = true
	case "P", "S":
		s.isFirst = true
	case "U":
		s.isRecall = obx.Field(5).IsEmpty()
	}
	return s
}

// resultStatus is OBX-11. Some senders are one field short and have it in
// OBX-10, as a sample of the Technical Framework itself does.
func resultStatus(obx hl7.Segment) string {
	s := obx.Text(11, 1)
	if before := obx.Text(10, 1); s == "" && len(before) == 1 && strings.Contains("CDFPRUWX", before) {
		return before
	}
	return s
}

// quality of a value that exists. A row marked X that nevertheless has one
// (seen from a large vendor's gateway) is taken, and marked unverified.
func (d *decoder) quality(r located, s status) vitals.Quality {
	switch {
	case s.doubted || d.isTraining():
		return vitals.Questionable
	case s.result == "X", s.result == "", s.isFirst, r.isGuessed:
		return vitals.Unverified
	}
	return vitals.OK
}

// methodOf reads OBX-17 (AMEAS MMEAS ASET MSET ACALC MCALC); what says
// nothing was measured.
func methodOf(obx hl7.Segment) vitals.Method {
	for r := range obx.Field(17).Repetitions() {
		word := strings.ToUpper(r.Component(1).String() + " " + r.Component(2).String())
		switch {
		case strings.Contains(word, "SET"):
			return vitals.Set
		case strings.Contains(word, "CALC"):
			return vitals.Calculated
		}
	}
	return vitals.Measured
}
