package ward_test

import (
	"testing"

	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/vitals"
)

// numbered gives the patient further numbers, "value type assigner".
func numbered(numbers ...census.Identifier) func(*census.Movement) {
	return func(m *census.Movement) { m.Patient.Identifiers = append(m.Patient.Identifiers, numbers...) }
}

// A number that two people share, such as 999-99-9999 for who has none, does
// not make one of them when their record numbers differ.
func TestASharedNumberMakesNobodyTheSame(t *testing.T) {
	l := newTimeline(t)
	shared := census.Identifier{Value: "999999999", Assigner: "USSSA", Type: "SS"}
	l.ADT(census.Admit, "MRN1001", "ICU-12", 0, numbered(shared))
	l.ADT(census.Admit, "MRN2002", "ICU-1", 0, numbered(shared))
	l.WantPatient("ICU-12", "MRN1001")
	l.WantPatient("ICU-1", "MRN2002")

	both := l.Monitor("MON12", "ICU-12").Of("MRN2002")
	both.patient = append(both.patient, shared)
	both.Says(hr("80"))
	l.WantPool("MON12: names bed ICU-12 but the patient of another bed")
}

// Two hospitals give the same number. The first message leaves out whose it
// is; once that is known, the other hospital's is somebody else's.
func TestWhoseANumberIsIsLearnt(t *testing.T) {
	l := newTimeline(t)
	by := func(assigner string) func(*census.Movement) {
		return func(m *census.Movement) { m.Patient.Identifiers[0].Assigner = assigner }
	}
	l.ADT(census.Admit, "1001", "ICU-12", 0, by(""))
	l.ADT(census.Update, "1001", "ICU-12", 0, by("NORTH"))
	l.ADT(census.Admit, "1001", "ICU-1", 0, by("SOUTH"))
	a, b := l.Bed("ICU-12").Patient, l.Bed("ICU-1").Patient
	if a == nil || b == nil || a.ID == b.ID {
		t.Errorf("in ICU-12 lies %+v, in ICU-1 %+v; want two people", a, b)
	}
}

// A hospital's clock that runs ahead, or a planned discharge, does not keep
// what comes next from counting.
func TestWhatIsToComeDoesNotCountYet(t *testing.T) {
	l := newTimeline(t)
	l.ADT(census.Admit, "MRN1001", "ICU-12", 0, func(m *census.Movement) { m.At = second(3600) })
	l.At(10)
	l.ADT(census.Transfer, "MRN1001", "ICU-1", 10)
	l.WantPatient("ICU-1", "MRN1001")
	l.ADT(census.Discharge, "MRN1001", "ICU-1", 10, func(m *census.Movement) { m.DischargedAt = second(7200) })
	l.WantPatient("ICU-1", "")
	l.At(20)
	l.ADT(census.Admit, "MRN1001", "ICU-2", 20)
	l.WantPatient("ICU-2", "MRN1001")
}

// A cuff reading that every message carries is not the next patient's, and a
// restart does not make it so.
func TestRestartKeepsTheFormerPatientsValuesApart(t *testing.T) {
	l, _ := admitted(t)
	mon := l.Monitor("MON77", "ICU-12")
	mon.Says(hr("80"), nibp("180").old(0))
	l.At(30)
	l.ADT(census.Discharge, "MRN1001", "ICU-12", 30)
	l.ADT(census.Admit, "MRN2002", "ICU-12", 30)
	l.At(31)
	mon.Says(hr("90"), nibp("180").old(31))
	l.WantVital("ICU-12", vitals.NIBPSystolic, "")
	state := l.recorded()
	l.At(60)
	var err error
	if l.ward, _, err = ward.Rebuild(state, l.now()); err != nil {
		t.Fatal(err)
	}
	l.At(61)
	mon.Says(hr("90"), nibp("180").old(61))
	l.WantVital("ICU-12", vitals.NIBPSystolic, "")
	l.WantVital("ICU-12", vitals.HeartRate, "90 fresh")
	mon.Says(hr("90"), nibp("120").old(5))
	l.WantVital("ICU-12", vitals.NIBPSystolic, "120 fresh")
}
