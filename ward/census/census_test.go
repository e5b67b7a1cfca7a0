package census_test

import (
	"strings"
	"testing"

	"wardlight/ward/census"
	"wardlight/ward/fault"
)

func TestLocate(t *testing.T) {
	for _, test := range []struct {
		name string
		beds []census.BedCode
		at   census.Location
		want census.BedCode
	}{
		{"bed is the bed", []census.BedCode{"12"}, census.Location{Unit: "ICU", Bed: "12"}, "12"},
		{"room is the bed, bed a position in it", []census.BedCode{"1", "12"}, census.Location{Unit: "ICU", Room: "12", Bed: "A"}, "12"},
		{"room and bed together", []census.BedCode{"12-A", "12-B"}, census.Location{Unit: "ICU", Room: "12", Bed: "B"}, "12-B"},
		{"room and bed without a dash", []census.BedCode{"12A", "12B"}, census.Location{Unit: "ICU", Room: "12", Bed: "B"}, "12B"},
		{"together wins over either alone", []census.BedCode{"12-A", "12", "A"}, census.Location{Unit: "ICU", Room: "12", Bed: "A"}, "12-A"},
		{"room and bed say the same", []census.BedCode{"12"}, census.Location{Unit: "ICU", Room: "12", Bed: "12"}, "12"},
		{"room and bed name two beds: neither is believed", []census.BedCode{"1", "12"}, census.Location{Unit: "ICU", Room: "12", Bed: "1"}, ""},
		{"two numbers are not read as one", []census.BedCode{"12"}, census.Location{Unit: "ICU", Room: "1", Bed: "2"}, ""},
		{"nor where each is a bed", []census.BedCode{"1", "2", "12"}, census.Location{Unit: "ICU", Room: "1", Bed: "2"}, ""},
		{"a letter, then a number", []census.BedCode{"B2"}, census.Location{Unit: "ICU", Room: "B", Bed: "2"}, "B2"},
		{"blanks", []census.BedCode{"OR_1"}, census.Location{Unit: "ICU", Room: "", Bed: "OR 1"}, "OR_1"},
		{"no such bed", []census.BedCode{"12"}, census.Location{Unit: "ICU", Bed: "13"}, ""},
		{"no bed given", []census.BedCode{"12"}, census.Location{Unit: "ICU"}, ""},
		{"another unit's bed", []census.BedCode{"12"}, census.Location{Unit: "WARD", Bed: "12"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := census.Unit{Code: "ICU", Beds: test.beds}.Locate(test.at)
			if got != test.want || ok != (test.want != "") {
				t.Errorf("Locate(%s) = %q, %v; want %q", test.at, got, ok, test.want)
			}
		})
	}
}

func TestUnitValidate(t *testing.T) {
	good := census.Unit{Code: "ICU", Zone: "Europe/London", Beds: []census.BedCode{"1", "2"}}
	full := make([]census.BedCode, census.MaxBeds+1)
	for i := range full {
		full[i] = census.BedCode("b" + strings.Repeat("0", i%30+1) + string(rune('a'+i/30)))
	}
	for _, test := range []struct {
		name string
		edit func(*census.Unit)
		says string // "" for valid
	}{
		{"as it should be", func(*census.Unit) {}, ""},
		{"64 beds", func(u *census.Unit) { u.Beds = full[:census.MaxBeds] }, ""},
		{"65 beds", func(u *census.Unit) { u.Beds = full }, "65 beds"},
		{"no beds", func(u *census.Unit) { u.Beds = nil }, "0 beds"},
		{"no code", func(u *census.Unit) { u.Code = "" }, "unit code"},
		{"a code that would break an address", func(u *census.Unit) { u.Code = "I/CU" }, "unit code"},
		{"a bed that would break an address", func(u *census.Unit) { u.Beds = []census.BedCode{"1", "a b"} }, `bed "a b"`},
		{"a bed twice", func(u *census.Unit) { u.Beds = []census.BedCode{"1", "1"} }, "twice"},
		{"no zone", func(u *census.Unit) { u.Zone = "" }, "zone"},
		{"a zone that is none", func(u *census.Unit) { u.Zone = "London" }, "zone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			u := good
			test.edit(&u)
			err := u.Validate()
			if test.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), test.says) {
				t.Errorf("Validate = %v, want an invalid that says %q", err, test.says)
			}
		})
	}
}

func TestLocationString(t *testing.T) {
	for want, l := range map[string]census.Location{
		"ICU^12^A": {Unit: "ICU", Room: "12", Bed: "A", Facility: "GENHOSP"},
		"ICU":      {Unit: "ICU"},
		"ICU^^14":  {Unit: "ICU", Bed: "14"},
		"":         {Facility: "GENHOSP"},
	} {
		if got := l.String(); got != want {
			t.Errorf("%+v.String() = %q, want %q", l, got, want)
		}
	}
}

func TestBedID(t *testing.T) {
	bed := census.BedID{Unit: "ICU", Bed: "12"}
	if bed.String() != "ICU-12" || bed.IsZero() || !(census.BedID{}).IsZero() {
		t.Errorf("%v: String %q, IsZero %v", bed, bed.String(), bed.IsZero())
	}
}
