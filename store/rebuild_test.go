package store

import (
	"testing"
	"time"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/audit"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

func number(s string) *vitals.Decimal {
	d := vitals.MustDecimal(s)
	return &d
}

func quantity(value, unit string) *infusion.Quantity {
	return &infusion.Quantity{Value: vitals.MustDecimal(value), Unit: unit}
}

// value is a vital sign measured and received at time at.
func value(ref, v string, at time.Time) vitals.Observation {
	m, ok := vitals.ByRefID(ref)
	if !ok {
		panic(ref)
	}
	return vitals.Observation{Metric: m, Value: vitals.MustDecimal(v), At: at, DeviceAt: at, ReceivedAt: at, Quality: vitals.OK}
}

func observed(id device.ID, at time.Time, values ...vitals.Observation) ward.Observed {
	return ward.Observed{Device: id, At: at, ReceivedAt: at, Values: values}
}

var bed12 = census.BedID{Unit: "ICU", Bed: "12"}

var (
	icu = ward.UnitConfig{
		Unit:   census.Unit{Code: "ICU", Name: "Intensive care", Zone: "Europe/London", CareArea: "adult-icu", TrustGateway: true, Beds: []census.BedCode{"11", "12"}},
		Limits: map[vitals.Code]alarm.Band{vitals.SpO2: {Low: "92", ExtremeLow: "85"}},
	}
	okafor = census.Patient{
		ID: "p1", Family: "Okafor", Given: "Ngozi", Middle: "A", Sex: "F", BirthDate: "1961-02-03", AsOf: noon,
		Told:        census.Told{Family: noon, Given: noon.Add(-time.Hour), BirthDate: noon},
		Identifiers: []census.Identifier{{Value: "MRN1001", Assigner: "HOSP", Type: "MR"}, {Value: "77", Type: "SS"}},
	}
	stay1 = census.Encounter{
		ID: "e1", Patient: "p1", Visit: census.Identifier{Value: "V1", Assigner: "HOSP", Type: "VN"}, Bed: bed12,
		AdmittedAt: noon.Add(-time.Hour), LocatedAt: noon.Add(-time.Minute),
		DecidedAt: noon.Add(-time.Hour), Assigned: bed12,
		Away: &census.Away{Where: "CT", Since: noon, Until: noon.Add(time.Hour), By: "Kim R."},
	}
	senders = ward.Settings{
		Connections: []ward.Connection{{Name: "GW1", Peers: []string{"10.0.0.0/8"}, NoValue: []string{"-999"}, TrustIdentity: new(bool)}},
		Topics:      []ward.Topic{{Name: "scales", Filter: "home/+/state", Mapping: "json", Device: 2, Values: []ward.TopicValue{{Pointer: "/kg", Metric: "MDC_MASS_BODY_ACTUAL"}}}},
	}
	mon77 = ward.DeviceKnown{
		Identity: device.Identity{ID: "0012", Label: "MON77", Kind: device.Monitor}, Gateway: "GW1",
		Location: census.Location{Unit: "ICU", Room: "3", Bed: "12", Facility: "HOSP"},
		Hand:     device.Hand{Bed: bed12, By: "u2", Name: "Lee S.", At: noon.Add(-time.Hour)},
	}
	pump5 = ward.DeviceKnown{
		Identity: device.Identity{ID: "0013", Label: "PUMP5", Kind: device.Pump}, Gateway: "GW2",
		Hand: device.Hand{By: "u1", Name: "Kim R.", At: noon.Add(-time.Minute), Place: census.Location{Unit: "ICU", Room: "3"}},
	}
)

func onBed(id device.ID, from time.Time) device.Association {
	return device.Association{Device: id, Bed: bed12, Encounter: "e1", From: from, By: "gateway"}
}

func episode(id alarm.ID) alarm.Episode {
	return alarm.Episode{
		ID: id, Version: 3, Bed: bed12, Encounter: "e1", Device: "0012", Channel: "1", Code: "MDC_EVT_LO",
		Metric: vitals.SpO2, Side: alarm.Below, Label: "SpO2 low", Category: alarm.Physiological, Origin: alarm.FromLimit,
		Priority: alarm.Medium, Highest: alarm.High, State: alarm.ActiveAcknowledged,
		Onset: noon, OnsetAt: noon.Add(-time.Second), Value: number("84.50"), Worst: number("-0.5"), Limit: number("90"),
		LimitFrom: "unit ICU", Recurrence: 2, ChainID: "a0", AcceptFrom: 2,
		DeviceKey: "alert-7", AtDevice: alarm.AtDevice{IsAcknowledged: true, IsAudioPaused: true},
		Acknowledged: &alarm.Acknowledgement{By: "u1", Name: "Kim R.", At: noon, Reason: "seen", Note: "probe"},
	}
}

// admitted is the beginning of every story here: a patient in a bed, with a
// monitor and a pump.
func admitted(at time.Time) ward.Entry {
	return entry("admitted", at, nil,
		ward.UnitConfigured{UnitConfig: icu}, ward.ConfigApplied{Digest: "d1"}, ward.PatientKnown{Patient: okafor},
		ward.EncounterChanged{Encounter: stay1}, mon77, pump5,
		ward.Associated{Association: onBed("0012", at)}, ward.Associated{Association: onBed("0013", at)})
}

func TestEverythingComesBack(t *testing.T) {
	s := record(t)
	skewed := value("MDC_TEMP_BODY", "37.20", noon.Add(-time.Minute))
	skewed.DeviceAt, skewed.ReceivedAt = noon.Add(-time.Hour), noon
	skewed.Limits, skewed.Status, skewed.Quality = "36.0-39.0", "N", vitals.Unverified
	off := value("MDC_PULS_OXIM_SAT_O2", "0", noon)
	off.Quality, off.Status = vitals.Invalid, "NAV"
	channel := infusion.Channel{
		Device: "0013", Channel: "1", Status: infusion.Infusing, Drug: "Dopamine",
		Rate: quantity("15.0", "mL/h"), Dose: quantity("5.00", "ug/kg/min"), Concentration: quantity("1.6", "mg/mL"),
		Weight: quantity("80", "kg"), VTBI: quantity("250.0", "mL"), Infused: quantity("60.0", "mL"), Remaining: quantity("190.0", "mL"),
		TimeLeft: 12*time.Hour + 40*time.Minute, At: noon, DeviceAt: noon.Add(-time.Second), ReceivedAt: noon,
	}
	older := channel
	older.Drug, older.At = "Saline", noon.Add(-time.Minute)
	standing := episode("a1")
	system := alarm.Episode{
		ID: "a2", Version: 1, Code: ward.CodeNotRecording, Label: "NOT RECORDING", Category: alarm.Technical, Origin: alarm.FromSystem,
		Priority: alarm.Medium, Highest: alarm.Medium, State: alarm.ActiveUnacknowledged, Onset: noon.Add(time.Second), OnsetAt: noon, ChainID: "a2", AcceptFrom: 1,
	}
	closed := episode("a3")
	cancelled := stay1
	cancelled.ID, cancelled.Cancelled, cancelled.Bed, cancelled.DischargedAt = "e3", true, census.BedID{}, noon
	closed.State, closed.Closed, closed.ClosedAt = alarm.Closed, alarm.Discharged, noon

	calculated, set := value("MDC_PRESS_BLD_ART_ABP_MEAN", "70", noon), value("MDC_TTHOR_RESP_RATE", "14", noon)
	calculated.Method, set.Method = vitals.Calculated, vitals.Set

	s.mustRecord(t, admitted(noon), entry("cancelled", noon, nil, ward.EncounterChanged{Encounter: cancelled}), entry("settings", noon, nil, ward.SettingsConfigured{Settings: senders}),
		entry("i2", noon, message("one", noon),
			observed("0012", noon, value("MDC_ECG_HEART_RATE", "88", noon), off, skewed, calculated, set),
			ward.ChannelsReported{Channels: []infusion.Channel{channel}}),
		entry("i3", noon, message("late", noon),
			observed("0012", noon.Add(-time.Minute), value("MDC_ECG_HEART_RATE", "61", noon.Add(-time.Minute))),
			ward.ChannelsReported{Channels: []infusion.Channel{older}}),
		entry("i4", noon, nil,
			ward.EpisodeChanged{Episode: standing, Event: alarm.Event{Episode: "a1", Version: 3, At: noon, What: alarm.EventAcknowledge, From: alarm.ActiveUnacknowledged, To: alarm.ActiveAcknowledged, By: "u1"}},
			ward.EpisodeChanged{Episode: system}, ward.EpisodeChanged{Episode: closed},
			ward.AuditWritten{Entry: audit.Entry{At: noon, Actor: "u1", Action: "acknowledge-alarm", Subject: "a1"}}),
	)

	got, err := s.Rebuild(t.Context(), noon.Add(time.Minute))
	check(t, err)
	diff(t, "state", ward.State{
		Units: []ward.UnitConfig{icu}, Settings: senders, Patients: []census.Patient{okafor}, Encounters: []census.Encounter{stay1, cancelled},
		Devices:      []ward.DeviceKnown{mon77, pump5},
		Associations: []device.Association{onBed("0012", noon), onBed("0013", noon)},
		Episodes:     []alarm.Episode{standing, system},
		EndedAlerts:  []alarm.Episode{closed},
		Observations: []ward.DeviceObservation{
			{Device: "0012", Observation: value("MDC_ECG_HEART_RATE", "88", noon)},
			{Device: "0012", Observation: calculated},
			{Device: "0012", Observation: skewed},
			{Device: "0012", Observation: off},
		},
		Channels: []infusion.Channel{channel},
	}, got)
	if n := count(t, s, `SELECT count(*) FROM infusion_report`); n != 2 {
		t.Errorf("%d infusion reports, want both", n)
	}
	applied, err := s.WardFileApplied(t.Context(), "d1")
	check(t, err)
	if !applied {
		t.Error("the ward file counts as new")
	}
}

func TestTheNewestValueOfEachMetricComesBack(t *testing.T) {
	s := record(t)
	s.mustRecord(t, admitted(noon))
	for n := range 5 {
		at := noon.Add(time.Duration(n) * time.Second)
		values := []vitals.Observation{value("MDC_ECG_HEART_RATE", []string{"80", "81", "82.0", "83", "84"}[n], at)}
		if n%2 == 0 {
			values = append(values, value("MDC_PULS_OXIM_SAT_O2", []string{"96", "", "97", "", "98"}[n], at))
		}
		s.mustRecord(t, entry("i"+at.Format("05"), at, message(at.String(), at), observed("0012", at, values...)))
	}
	last := noon.Add(4 * time.Second)
	off := value("MDC_PULS_OXIM_SAT_O2", "0", last.Add(time.Second))
	off.Quality = vitals.Invalid
	s.mustRecord(t, entry("off", off.At, message("off", off.At), observed("0012", off.At, off)))

	got, err := s.Rebuild(t.Context(), noon.Add(time.Minute))
	check(t, err)
	diff(t, "current values", []ward.DeviceObservation{
		{Device: "0012", Observation: value("MDC_ECG_HEART_RATE", "84", last)},
		{Device: "0012", Observation: off},
		{Device: "0012", Observation: value("MDC_PULS_OXIM_SAT_O2", "98", last)},
	}, got.Observations)
}

func TestARecordedRequestSurvivesLaterNewsOfItsAlarm(t *testing.T) {
	s := record(t)
	standing := episode("a1")
	standing.State, standing.Acknowledged = alarm.ActiveUnacknowledged, nil
	request := alarm.Request{Command: "c1", Acknowledgement: alarm.Acknowledgement{By: "u1", Name: "Kim R.", At: noon}}
	pending := standing
	pending.Worst, pending.Request = number("80"), &request
	withdrawn := pending
	withdrawn.ID, withdrawn.Request = "a2", &alarm.Request{Command: "never recorded"}

	after := standing
	after.State, after.Acknowledged = alarm.ActiveAcknowledged, &request.Acknowledgement
	s.mustRecord(t, entry("c1", noon, nil, ward.AcknowledgementRequested{Command: "c1", Episode: after}))
	s.mustRecord(t, entry("i2", noon, nil, ward.EpisodeChanged{Episode: pending}, ward.EpisodeChanged{Episode: withdrawn}))

	got, err := s.Rebuild(t.Context(), noon)
	check(t, err)
	withdrawn.Request = nil
	diff(t, "alarms", []alarm.Episode{pending, withdrawn}, got.Episodes)
}
