package vitals_test

import (
	"strconv"
	"testing"

	"wardlight/ward/vitals"
)

func TestCatalogueIsSane(t *testing.T) {
	numbers, names := map[int]bool{}, map[string]bool{}
	units := map[vitals.Code]string{}
	ranks := map[vitals.Code]bool{}
	for _, m := range vitals.Metrics {
		if numbers[m.MDC] || names[m.RefID] {
			t.Errorf("%d %s is in the catalogue twice", m.MDC, m.RefID)
		}
		numbers[m.MDC], names[m.RefID] = true, true
		if m.MDC>>16 != 2 {
			t.Errorf("%s: %d is not of the physiological partition of 11073-10101", m.RefID, m.MDC)
		}
		if m.Label == "" || m.Unit == "" || m.Code == "" {
			t.Errorf("%s lacks a label, unit or code", m.RefID)
		}
		if u, known := units[m.Code]; known && u != m.Unit {
			t.Errorf("%s is kept in %s and in %s", m.Code, u, m.Unit)
		}
		units[m.Code] = m.Unit
		ranks[m.Code] = ranks[m.Code] || m.Rank == 0
		if found, ok := vitals.ByMDC(m.MDC); !ok || found != m {
			t.Errorf("ByMDC(%d) = %v", m.MDC, found)
		}
		if found, ok := vitals.ByRefID(m.RefID); !ok || found != m {
			t.Errorf("ByRefID(%s) = %v", m.RefID, found)
		}
		if string(m.Code[:4]) == "MDC:" && string(m.Code) != "MDC:"+strconv.Itoa(m.MDC) {
			t.Errorf("%s has the code %s of another metric", m.RefID, m.Code)
		}
	}
	for code, ok := range ranks {
		if !ok && code != vitals.PulseRate {
			t.Errorf("%s has no source of rank 0", code)
		}
	}
}

// The codes that the feed and the API promise.
func TestPromisedCodes(t *testing.T) {
	for mdc, code := range map[int]vitals.Code{
		147842: "8867-4", 149530: "8889-8", 150456: "59408-5",
		151562: "9279-1", 151578: "9279-1", 151594: "9279-1",
		150021: "8480-6", 150022: "8462-4", 150023: "8478-0",
		150301: "8480-6", 150302: "8462-4", 150303: "8478-0",
		150037: "76215-3", 150038: "76213-8", 150039: "76214-6",
		150033: "76215-3", 150034: "76213-8", 150035: "76214-6",
		150344: "8310-5", 150364: "8310-5", 151728: "19891-1", 150087: "60985-9",
	} {
		if m, ok := vitals.ByMDC(mdc); !ok || m.Code != code {
			t.Errorf("%d is shown under %q, want %q", mdc, m.Code, code)
		}
	}
	for code, unit := range map[vitals.Code]string{
		vitals.HeartRate: "/min", vitals.SpO2: "%", vitals.RespRate: "/min", vitals.NIBPSystolic: "mm[Hg]", vitals.Temperature: "Cel",
	} {
		if m, ok := vitals.ByCode(code); !ok || m.Unit != unit {
			t.Errorf("%s is kept in %q, want %q", code, m.Unit, unit)
		}
	}
}

func TestLookUps(t *testing.T) {
	if m, ok := vitals.ByRefID("MDC_ECG_CARD_BEAT_RATE"); !ok || m.Code != vitals.HeartRate {
		t.Errorf("a vendor's name for the heart rate is %v", m)
	}
	if m, ok := vitals.ByCode(vitals.PulseRate); !ok || m.RefID != "MDC_PULS_RATE" {
		t.Errorf("ByCode gives %v, want the first in catalogue order", m)
	}
	if _, ok := vitals.ByMDC(1); ok {
		t.Error("an unknown number was found")
	}
	if _, ok := vitals.ByRefID("MDC_NONE"); ok {
		t.Error("an unknown name was found")
	}
	if _, ok := vitals.ByCode("x"); ok {
		t.Error("an unknown code was found")
	}
	if vitals.Order(vitals.HeartRate) != 0 || vitals.Order("x") != len(vitals.Metrics) {
		t.Error("heart rate comes first, what is unknown last")
	}
}

func TestOutranks(t *testing.T) {
	metric := func(mdc int) vitals.Metric { m, _ := vitals.ByMDC(mdc); return m }
	impedance, capnograph := metric(151578), metric(151594)
	body, core := metric(150364), metric(150368)
	switch {
	case !impedance.Outranks(capnograph), capnograph.Outranks(impedance):
		t.Error("breathing by impedance comes before breathing by CO2")
	case !body.Outranks(core), core.Outranks(body):
		t.Error("of two sources of one rank exactly one must come first")
	case body.Outranks(body), body.Outranks(impedance):
		t.Error("a source outranks neither itself nor another quantity's")
	}
}
