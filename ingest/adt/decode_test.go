package adt_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wardlight/ingest/adt"
	"wardlight/ingest/hl7"
	"wardlight/ward/census"
)

func noZone(string) *time.Location { return nil }

func decode(t *testing.T, raw []byte) census.Movement {
	t.Helper()
	m, err := hl7.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	mv, err := adt.Decode(m, noZone)
	if err != nil {
		t.Fatal(err)
	}
	return mv.Movement
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func utc(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04:05", s)
	if err != nil {
		panic(err)
	}
	return t
}

func given(s string) census.Field { return census.Field{Given: true, Value: s} }

func TestDecode(t *testing.T) {
	mrn := []census.Identifier{{Value: "MRN1001", Assigner: "GENHOSP", Type: "MR"}}
	icu := census.Location{Unit: "ICU", Room: "12", Bed: "A", Facility: "GENHOSP"}
	stepdown := census.Location{Unit: "STEPDOWN", Room: "3", Bed: "B", Facility: "GENHOSP"}
	okafor := census.Demographics{
		Identifiers: mrn, Family: given("Okafor"), GivenName: given("Ngozi"), Middle: given("A"),
		Sex: given("F"), BirthDate: given("1958-04-12"),
	}
	renamed := okafor
	renamed.Family, renamed.Middle = given("Okafor-L^w"), given("")
	visit := census.Identifier{Value: "VN5001"}
	tests := []struct {
		file string
		want census.Movement
	}{
		{"a01.hl7", census.Movement{Kind: census.Admit, At: utc("2026-01-13 08:00:00"), Patient: okafor, Visit: visit, To: icu, AdmittedAt: utc("2026-01-13 07:55:00")}},
		{"a02.hl7", census.Movement{Kind: census.Transfer, At: utc("2026-01-14 09:00:00"), Patient: okafor, Visit: visit, To: stepdown, From: icu}},
		{"a08.hl7", census.Movement{Kind: census.Update, At: utc("2026-01-14 10:00:00"), Patient: renamed, Visit: visit, To: stepdown}},
		{"a03.hl7", census.Movement{Kind: census.Discharge, At: utc("2026-01-16 15:00:00"), Patient: okafor, Visit: visit, To: stepdown, AdmittedAt: utc("2026-01-13 07:55:00"), DischargedAt: utc("2026-01-16 14:55:00")}},
	}
	instant := cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			got := decode(t, read(t, filepath.Join("testdata", tt.file)))
			if diff := cmp.Diff(tt.want, got, instant); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The Microsoft samples carry EVN|A01 whatever they are, times with odd zones
// and names in subcomponents; one begins with a byte order mark.
func TestDecodePublicSamples(t *testing.T) {
	tests := []struct {
		file   string
		kind   census.MovementKind
		at     string
		number census.Identifier
		family string
	}{
		{"ADT-A01-01.hl7", census.Admit, "2021-08-17 13:19:43", census.Identifier{Value: "PATID1234", Assigner: "test1", Type: "MR"}, "EVERYMAN"},
		{"ADT-A02-01.hl7", census.Transfer, "", census.Identifier{}, ""},
		{"ADT-A03-01.hl7", census.Discharge, "", census.Identifier{}, ""},
		{"ADT-A08-01.hl7", census.Update, "", census.Identifier{}, ""},
		{"ADT01-23.hl7", census.Admit, "2005-01-09 21:55:02", census.Identifier{Value: "10006579", Assigner: "1", Type: "MR"}, "DUCK"},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			got := decode(t, read(t, filepath.Join("..", "hl7", "testdata", tt.file)))
			if got.Kind != tt.kind || len(got.Patient.Identifiers) == 0 || got.At.IsZero() {
				t.Fatalf("got %+v", got)
			}
			if tt.at == "" {
				return
			}
			if at := got.At.UTC().Truncate(time.Second); !at.Equal(utc(tt.at)) {
				t.Errorf("happened %v, want %s", at, tt.at)
			}
			if got.Patient.Identifiers[0] != tt.number || got.Patient.Family.Value != tt.family {
				t.Errorf("patient %+v, want %s %+v", got.Patient, tt.family, tt.number)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, raw := range map[string]string{
		"no patient number":     "MSH|^~\\&|A|B|||20260113080000+0000||ADT^A01|1|P|2.5.1\rPID|1||\rPV1|1|I|ICU^12\r",
		"no PID":                "MSH|^~\\&|A|B|||20260113080000+0000||ADT^A01|1|P|2.5.1\rPV1|1|I|ICU^12\r",
		"no time":               "MSH|^~\\&|A|B|||||ADT^A01|1|P|2.5.1\rPID|1||7\rPV1|1|I|ICU^12\r",
		"a transfer to nowhere": "MSH|^~\\&|A|B|||20260113080000+0000||ADT^A02|1|P|2.5.1\rPID|1||7\rPV1|1|I\r",
		"a merge without MRG":   "MSH|^~\\&|A|B|||20260113080000+0000||ADT^A40|1|P|2.5.1\rPID|1||7\r",
		"two merges in one":     "MSH|^~\\&|A|B|||20260113080000+0000||ADT^A40|1|P|2.5.1\rPID|1||7\rMRG|8\rPID|2||9\rMRG|10\r",
		"another event":         "MSH|^~\\&|A|B|||20260113080000+0000||ADT^A60|1|P|2.5.1\rPID|1||7\r",
	} {
		m, err := hl7.Parse([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := adt.Decode(m, noZone); err == nil {
			t.Errorf("%s: decoded", name)
		}
	}
}

func TestNullBirthDate(t *testing.T) {
	raw := "MSH|^~\\&|A|B|||20260113080000+0000||ADT^A01|1|P|2.5.1\rPID|1||7||X^Y||18991230|F\rPV1|1|I|ICU^12\r"
	if got := decode(t, []byte(raw)).Patient.BirthDate; got.Given {
		t.Errorf("birth date %+v from a null date", got)
	}
}
