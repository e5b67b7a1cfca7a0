package census_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wardlight/ward/census"
)

func TestIdentifierMatches(t *testing.T) {
	mrn := census.Identifier{Value: "MRN1001", Assigner: "GENHOSP", Type: "MR"}
	for _, test := range []struct {
		name  string
		other census.Identifier
		want  bool
	}{
		{"itself", mrn, true},
		{"without an authority", census.Identifier{Value: "MRN1001", Type: "MR"}, true},
		{"without a type", census.Identifier{Value: "MRN1001", Assigner: "GENHOSP"}, true},
		{"bare", census.Identifier{Value: "MRN1001"}, true},
		{"another authority's", census.Identifier{Value: "MRN1001", Assigner: "OTHER", Type: "MR"}, false},
		{"a visit number with the same digits", census.Identifier{Value: "MRN1001", Assigner: "GENHOSP", Type: "VN"}, false},
		{"another number", census.Identifier{Value: "MRN1002", Assigner: "GENHOSP", Type: "MR"}, false},
		{"case matters", census.Identifier{Value: "mrn1001"}, false},
		{"nothing", census.Identifier{}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := mrn.Matches(test.other); got != test.want {
				t.Errorf("Matches = %v, want %v", got, test.want)
			}
			if got := test.other.Matches(mrn); got != test.want {
				t.Errorf("the other way round: %v, want %v", got, test.want)
			}
		})
	}
	if (census.Identifier{}).Matches(census.Identifier{}) {
		t.Error("two missing numbers are not the same number")
	}
}

func given(v string) census.Field { return census.Field{Given: true, Value: v} }

func TestUpdate(t *testing.T) {
	noon := time.Date(2026, 1, 13, 12, 0, 0, 0, time.UTC)
	mrn := census.Identifier{Value: "MRN1001", Type: "MR"}
	known := census.Patient{
		ID: "p1", Identifiers: []census.Identifier{mrn},
		Family: "Okafor", Given: "Ngozi", Middle: "A", Sex: "F", BirthDate: "1958-04-12", AsOf: noon,
	}
	visit := census.Identifier{Value: "VN5001", Type: "VN"}
	for _, test := range []struct {
		name string
		d    census.Demographics
		at   time.Time
		want func(*census.Patient)
	}{
		{"an empty field leaves what is known", census.Demographics{}, noon.Add(time.Hour), func(p *census.Patient) { p.AsOf = noon.Add(time.Hour) }},
		{`"" deletes`, census.Demographics{Middle: given("")}, noon.Add(time.Hour), func(p *census.Patient) { p.AsOf, p.Middle = noon.Add(time.Hour), "" }},
		{"a new value replaces", census.Demographics{Family: given("Okafor-L^w"), Sex: given("U")}, noon, func(p *census.Patient) { p.Family, p.Sex = "Okafor-L^w", "U" }},
		{"an older event overwrites nothing", census.Demographics{Family: given("Maiden"), BirthDate: given("")}, noon.Add(-time.Second), func(*census.Patient) {}},
		{"but its new number is kept", census.Demographics{Identifiers: []census.Identifier{visit}}, noon.Add(-time.Hour), func(p *census.Patient) { p.Identifiers = []census.Identifier{mrn, visit} }},
		{"a known number is not kept twice", census.Demographics{Identifiers: []census.Identifier{{Value: "MRN1001"}, {}}}, noon, func(*census.Patient) {}},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := known
			test.want(&want)
			before := known.Identifiers
			if diff := cmp.Diff(want, known.Update(test.d, test.at), cmpopts.IgnoreFields(census.Patient{}, "Told")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff([]census.Identifier{mrn}, before); diff != "" {
				t.Errorf("the patient before has changed:\n%s", diff)
			}
		})
	}
}

func TestAge(t *testing.T) {
	at := func(day string) time.Time { d, _ := time.Parse(time.DateOnly, day); return d }
	for _, test := range []struct {
		born, on string
		want     int
		ok       bool
	}{
		{"1958-04-12", "2026-04-11", 67, true},
		{"1958-04-12", "2026-04-12", 68, true},
		{"2024-02-29", "2025-02-28", 0, true},
		{"2024-02-29", "2025-03-01", 1, true},
		{"2026-01-13", "2026-01-13", 0, true},
		{"2026-01-14", "2026-01-13", 0, false}, // not born yet: a typing error, not an age
		{"", "2026-01-13", 0, false},
		{"1958", "2026-01-13", 68, true}, // estimated
		{"19", "2026-01-13", 0, false},
	} {
		if got, ok := (census.Patient{BirthDate: test.born}).Age(at(test.on)); got != test.want || ok != test.ok {
			t.Errorf("born %q, on %s: %d, %v; want %d, %v", test.born, test.on, got, ok, test.want, test.ok)
		}
	}
}

func TestNames(t *testing.T) {
	for _, test := range []struct {
		p              census.Patient
		name, initials string
	}{
		{census.Patient{Family: "Okafor", Given: "Ngozi"}, "Okafor, Ngozi", "N.O."},
		{census.Patient{Family: "Okafor"}, "Okafor", "O."},
		{census.Patient{Given: "Ngozi"}, "Ngozi", "N."},
		{census.Patient{}, "", ""},
		{census.Patient{Family: "Ørsted", Given: "Åse"}, "Ørsted, Åse", "Å.Ø."},
	} {
		if got := test.p.Name(); got != test.name {
			t.Errorf("Name = %q, want %q", got, test.name)
		}
		if got := test.p.Initials(); got != test.initials {
			t.Errorf("Initials = %q, want %q", got, test.initials)
		}
	}
}

func TestMRN(t *testing.T) {
	visit, mrn := census.Identifier{Value: "VN1", Type: "VN"}, census.Identifier{Value: "M1", Type: "MR"}
	for _, test := range []struct {
		ids  []census.Identifier
		want string
	}{
		{nil, ""}, {[]census.Identifier{visit}, "VN1"}, {[]census.Identifier{visit, mrn}, "M1"},
	} {
		if got := (census.Patient{Identifiers: test.ids}).MRN(); got != test.want {
			t.Errorf("MRN of %v = %q, want %q", test.ids, got, test.want)
		}
	}
}

// A name is text to be read: nothing in it may hide, or turn what stands
// beside it.
func TestNamesAreReadable(t *testing.T) {
	for sent, want := range map[string]string{
		"Okafor":                  "Okafor",
		"Con\x07trol\x1b[31m":     "Con trol [31m",
		"Two\tWords\u2028And\x00": "Two Words And",
		"\u202eroF":               "roF",
		"\u2067Ngozi\u2069\ufeff": "Ngozi",
		"محمد عبد":                "محمد عبد",
		"می\u200cخواهم":           "می\u200cخواهم", // a joiner belongs to the word
	} {
		p := census.Patient{}.Update(census.Demographics{Family: given(sent)}, time.Unix(0, 0))
		if p.Family != want {
			t.Errorf("%q became %q, want %q", sent, p.Family, want)
		}
	}
}

// Messages rarely give every field, and come in any order: of each field the
// newest word counts, a deletion too.
func TestFieldsCountByTheirOwnTime(t *testing.T) {
	hour := func(h int) time.Time { return time.Date(2026, 1, 13, h, 0, 0, 0, time.UTC) }
	events := []struct {
		at time.Time
		d  census.Demographics
	}{
		{hour(8), census.Demographics{Family: given("Okafor"), GivenName: given("Ngozi"), Middle: given("A"), BirthDate: given("1958-04-12")}},
		{hour(9), census.Demographics{Family: given("Okafor")}},
		{hour(10), census.Demographics{Family: given("Okafor-L"), Middle: given("")}},
	}
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		var p census.Patient
		for _, i := range order {
			p = p.Update(events[i].d, events[i].at)
		}
		if p.Family != "Okafor-L" || p.Given != "Ngozi" || p.Middle != "" || p.BirthDate != "1958-04-12" || !p.AsOf.Equal(hour(10)) {
			t.Errorf("in the order %v: %+v", order, p)
		}
	}
}

func TestUnidentified(t *testing.T) {
	unknown := census.Unknown("e1-77")
	if other := census.Unknown("e1-78"); unknown == other || unknown.Value[:8] != "UNKNOWN-" {
		t.Errorf("numbers %v and %v", unknown, other)
	}
	p := census.Patient{Identifiers: []census.Identifier{unknown}}
	if p.Name() != "Unidentified" || p.MRN() != unknown.Value || !p.IsUnidentified() {
		t.Errorf("%q, %q", p.Name(), p.MRN())
	}
	p = p.Update(census.Demographics{Identifiers: []census.Identifier{{Value: "M1"}}, Family: given("Doe")}, time.Unix(0, 0))
	if p.Name() != "Doe" || p.MRN() != "M1" || p.IsUnidentified() {
		t.Errorf("identified: %q, %q", p.Name(), p.MRN())
	}
}
