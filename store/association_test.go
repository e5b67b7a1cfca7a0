package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/staff"
)

var bed11 = census.BedID{Unit: "ICU", Bed: "11"}

// neighbour is a second patient, in bed 11 without a device.
func neighbour() ward.Entry {
	return entry("neighbour", noon, nil, ward.PatientKnown{Patient: census.Patient{ID: "p2", Family: "Berg"}},
		ward.EncounterChanged{Encounter: census.Encounter{ID: "e2", Patient: "p2", Bed: bed11, AdmittedAt: noon}})
}

// assigned is a person's word, at second n, that the monitor has been at the
// neighbour's bed since second from; before, it spoke for the bed since.
func assigned(n, from int, before device.Association, id string) ward.Entry {
	before.To = seconds(from)
	return byHand(entry(id, seconds(n), nil, ward.Released{Association: before}, ward.Associated{Association: toNeighbour(from)}))
}

// byHand makes it a person's word.
func byHand(e ward.Entry) ward.Entry {
	e.Input.Event = ward.Assign{By: staff.Person{ID: "Kim R."}}
	return e
}

func toNeighbour(from int) device.Association {
	return device.Association{Device: "0012", Bed: bed11, Encounter: "e2", From: seconds(from), By: "Kim R."}
}

// ratesOf are the seconds at which a patient has heart rates.
func ratesOf(t *testing.T, s *Store, p census.PatientID) (out []int) {
	t.Helper()
	for _, trend := range must(s.Trend(t.Context(), p, noon, seconds(60), 60)) {
		for _, point := range trend.Points {
			out = append(out, int(point.At.Sub(noon).Seconds()))
		}
	}
	return out
}

func TestWhatWasMeasuredMovesToWhomeverItBelongsTo(t *testing.T) {
	s := record(t)
	s.mustRecord(t, admitted(noon), neighbour())
	for n := range 6 {
		s.mustRecord(t, heart("0012", n*5, fmt.Sprint(80+n)))
	}
	diff(t, "p1 before", []int{0, 5, 10, 15, 20, 25}, ratesOf(t, s, "p1"))

	move := assigned(30, 12, onBed("0012", noon), "moved")
	for range 2 { // again changes nothing
		s.mustRecord(t, move)
		diff(t, "p1", []int{0, 5, 10}, ratesOf(t, s, "p1"))
		diff(t, "p2", []int{15, 20, 25}, ratesOf(t, s, "p2"))
	}
	diff(t, "open", []device.Association{toNeighbour(12), onBed("0013", noon)}, must(s.Rebuild(t.Context(), seconds(30))).Associations)
}

// TestAPersonMayOverruleIntervalsThatEnded: the monitor went from bed 12 to
// 11 and back, and all of it was bed 11's since second 5.
func TestAPersonMayOverruleIntervalsThatEnded(t *testing.T) {
	s := record(t)
	back := onBed("0012", seconds(20))
	gateway := toNeighbour(10)
	gateway.By = "gateway"
	ended := gateway
	ended.To = seconds(20)
	first := onBed("0012", noon)
	first.To = seconds(10)
	s.mustRecord(t, admitted(noon), neighbour(),
		entry("i1", seconds(10), nil, ward.Released{Association: first}, ward.Associated{Association: gateway}),
		entry("i2", seconds(20), nil, ward.Released{Association: ended}, ward.Associated{Association: back}))
	for n := range 6 {
		s.mustRecord(t, heart("0012", n*5, fmt.Sprint(80+n)))
	}
	diff(t, "p1 before", []int{0, 5, 20, 25}, ratesOf(t, s, "p1"))

	move := assigned(30, 5, back, "moved")
	for range 2 {
		s.mustRecord(t, move)
		diff(t, "p1", []int{0}, ratesOf(t, s, "p1"))
		diff(t, "p2", []int{5, 10, 15, 20, 25}, ratesOf(t, s, "p2"))
	}
	diff(t, "open", []device.Association{toNeighbour(5), onBed("0013", noon)}, must(s.Rebuild(t.Context(), seconds(30))).Associations)

	// A gateway's word changes no past.
	released, late := toNeighbour(5), onBed("0012", seconds(8))
	released.To = seconds(40)
	s.mustRecord(t, entry("i3", seconds(40), nil, ward.Released{Association: released}, ward.Associated{Association: late}))
	diff(t, "p2 after", []int{5, 10, 15, 20, 25}, ratesOf(t, s, "p2"))
}

func TestADeviceThatSpokeForNobodyMayBeGivenItsPast(t *testing.T) {
	s := record(t)
	released := onBed("0012", noon)
	released.To = seconds(3)
	s.mustRecord(t, admitted(noon), neighbour(), entry("i1", seconds(3), nil, ward.Released{Association: released}), heart("0012", 5, "80"))
	s.mustRecord(t, byHand(entry("i2", seconds(10), nil, ward.Associated{Association: toNeighbour(4)})))
	diff(t, "p2", []int{5}, ratesOf(t, s, "p2"))
	if n := count(t, s, `SELECT count(*) FROM association WHERE recorded_at = $1 AND since < $1`, seconds(10).Truncate(time.Microsecond)); n != 1 {
		t.Error("the record does not say when that was written down")
	}
}

func TestHistoryTellsWhoSaidWhatWhen(t *testing.T) {
	s := record(t)
	released := onBed("0012", noon)
	released.To = seconds(10)
	second := onBed("0012", seconds(10))
	second.Bed, second.Encounter, second.By = bed11, "", "gateway"
	overruling := onBed("0012", seconds(5))
	overruling.By = "Kim R."
	undone := second
	undone.To = seconds(5)
	s.mustRecord(t, admitted(noon),
		entry("i1", seconds(11), nil, ward.Released{Association: released}, ward.Associated{Association: second}),
		byHand(entry("i2", seconds(30), nil, ward.Released{Association: undone}, ward.Associated{Association: overruling})))

	first := onBed("0012", noon)
	first.To = seconds(5)
	none := second
	none.To = second.From
	patient := census.Patient{ID: "p1", Family: "Okafor", Given: "Ngozi", Middle: "A"}
	want := []ward.Attribution{
		{Association: none, RecordedAt: seconds(11), EndedBy: "Kim R.", EndRecordedAt: seconds(30)},
		{Association: overruling, Patient: patient, RecordedAt: seconds(30)},
		{Association: first, Patient: patient, RecordedAt: noon, EndedBy: "gateway", EndRecordedAt: seconds(11), OverruledBy: "Kim R.", OverruledAt: seconds(30)},
	}
	diff(t, "of the device", want, must(s.DeviceHistory(t.Context(), "0012", 10)))
	diff(t, "its newest", want[:1], must(s.DeviceHistory(t.Context(), "0012", 1)))
	diff(t, "of bed 11", want[:1], must(s.BedHistory(t.Context(), bed11, 10)))
	if got := must(s.BedHistory(t.Context(), bed12, 10)); len(got) != 3 { // and the pump
		t.Errorf("%d intervals of bed 12, want 3", len(got))
	}

	// A patient who moves takes the device along, and people have names.
	discharged := overruling
	discharged.To = seconds(40)
	gone := entry("i3", seconds(40), nil, ward.Released{Association: discharged})
	gone.Input.Event = ward.Moved{}
	s.mustRecord(t, gone)
	check(t, s.asOwner(t.Context(), func(conn *pgx.Conn) error {
		_, err := conn.Exec(t.Context(), `UPDATE association SET by = 'u1' WHERE by = 'Kim R.'; UPDATE association SET ended_by_whom = 'u1' WHERE ended_by_whom = 'Kim R.';
INSERT INTO staff (id, login, name, role, unit, password_hash, created_at) VALUES ('u1', 'kim', 'Kim R.', 'nurse', '', '', now())`)
		return err
	}))
	want[1].To, want[1].EndedBy, want[1].EndRecordedAt = seconds(40), "census", seconds(40)
	diff(t, "of the device", want, must(s.DeviceHistory(t.Context(), "0012", 10)))
}

// TestOverlapsFailInTheDatabase: whatever a program believes, two intervals of
// one device never overlap.
func TestOverlapsFailInTheDatabase(t *testing.T) {
	s := record(t)
	s.mustRecord(t, entry("i1", noon, nil, mon77))
	const attempts = 8
	errs := make(chan error, attempts)
	for n := range attempts {
		go func() {
			_, err := s.pool.Exec(t.Context(), `
INSERT INTO association (began_by, device, unit, bed, encounter, since, during, by)
SELECT $1, key, 'ICU', '12', '', $2, tstzrange($2, NULL), 'test' FROM device`, fmt.Sprint(n), seconds(n))
			errs <- err
		}()
	}
	made := 0
	for range attempts {
		switch err := <-errs; {
		case err == nil:
			made++
		case !is(err, "23P01") && !is(err, "40P01"): // exclusion violation, found at once or while waiting for each other
			t.Errorf("%v", err)
		}
	}
	if made != 1 {
		t.Errorf("%d of %d overlapping intervals were made, want 1", made, attempts)
	}
}

// TestOwnershipFollowsTheLastWord: over any story of gateways and people, each
// moment belongs to whom the last word about it said; a gateway's word is
// about the time after all intervals before, a person's about any.
func TestOwnershipFollowsTheLastWord(t *testing.T) {
	s := record(t)
	s.mustRecord(t, admitted(noon))
	const length = 40 // seconds
	stories := 0
	rapid.Check(t, func(t *rapid.T) {
		stories++
		dev := device.ID(fmt.Sprint("story ", stories))
		entries := []ward.Entry{entry(fmt.Sprint(dev, " known"), noon, nil, ward.DeviceKnown{Identity: device.Identity{ID: dev}})}
		var want [length]string // owner of each second
		var open *device.Association
		for now := range rapid.IntRange(1, 12).Draw(t, "words") {
			now = 2 + now*3
			from := rapid.IntRange(0, now).Draw(t, "from")
			by := rapid.SampledFrom([]string{"gateway", "Kim R."}).Draw(t, "by")
			to := device.Association{Device: dev, Bed: bed12, Encounter: census.EncounterID(fmt.Sprint("e", now)), From: seconds(from), By: by}
			var whats []ward.What
			if open != nil {
				released := *open
				released.To = seconds(from)
				whats = append(whats, ward.Released{Association: released})
				begun := int(open.From.Sub(noon).Seconds())
				for n := length - 1; n >= from && n >= begun && want[n] == string(open.Encounter); n-- {
					want[n] = ""
				}
				open = nil
			}
			if rapid.Bool().Draw(t, "again") {
				whats = append(whats, ward.Associated{Association: to})
				begins := from
				if by == "gateway" {
					for n := length - 1; n >= begins; n-- {
						if want[n] != "" {
							begins = n + 1
						}
					}
				}
				for n := begins; n < length; n++ {
					want[n] = string(to.Encounter)
				}
				open = &to
			}
			word := entry(fmt.Sprint(dev, " at ", now), seconds(now), nil, whats...)
			if by != "gateway" {
				word = byHand(word)
			}
			entries = append(entries, word)
		}
		for range 2 {
			if err := s.Record(t.Context(), epoch, entries); err != nil {
				t.Fatal(err)
			}
		}
		var got [length]string
		rows, err := s.pool.Query(t.Context(), `
SELECT n, a.encounter FROM generate_series(0, $2) n
JOIN association a ON a.during @> ($3::timestamptz + n * interval '1 second') JOIN device d ON d.key = a.device WHERE d.id = $1`, dev, length-1, noon)
		if err != nil {
			t.Fatal(err)
		}
		var n int
		var owner string
		if _, err := pgx.ForEachRow(rows, []any{&n, &owner}, func() error { got[n] = owner; return nil }); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Fatalf("owners by second\n got %q\nwant %q", got, want)
		}
	})
}
