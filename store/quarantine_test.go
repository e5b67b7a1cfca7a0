package store

import (
	"testing"
	"time"

	"wardlight/ward"
	"wardlight/ward/audit"
	"wardlight/ward/fault"

	"github.com/jackc/pgx/v5"
)

func TestQuarantine(t *testing.T) {
	ctx, s := t.Context(), record(t)
	refused := func(id, raw string, n int) ward.Entry {
		r := ward.Refused{Reason: "no MSH", Code: "100"}
		e := entry(id, seconds(n), message(raw, seconds(n)), ward.Quarantined{Refused: r})
		e.Input.Event = r
		return e
	}
	s.mustRecord(t, refused("i1", "first", 0), refused("i2", "second\x00\xff", 1))

	list, err := s.QuarantinePage(ctx, "", 0, 10)
	check(t, err)
	if len(list) != 2 {
		t.Fatalf("%d entries, want 2", len(list))
	}
	want := ward.Quarantine{
		ID: list[0].ID, ReceivedAt: seconds(1), Source: "GW1", Peer: "127.0.0.1", ControlID: "42",
		Code: "100", Reason: "no MSH", Size: len("second\x00\xff"),
	}
	diff(t, "newest", want, list[0])

	check(t, s.MarkReplayed(ctx, want.ID, noon.Add(time.Hour)))
	want.ReplayedAt, want.Raw = noon.Add(time.Hour), []byte("second\x00\xff")
	diff(t, "with its bytes", want, must(s.Quarantined(ctx, want.ID)))

	_, err = s.Quarantined(ctx, 999)
	wantKind(t, err, fault.NotFound)
	wantKind(t, s.MarkReplayed(ctx, 999, noon), fault.NotFound)
}

func TestAMessageFromQuarantineMayComeAgain(t *testing.T) {
	ctx, s := t.Context(), record(t)
	m := message("one", noon)
	refused := entry("i1", noon, m, ward.Quarantined{Refused: ward.Refused{Reason: "could not be applied", Code: "207"}})
	s.mustRecord(t, refused)
	seen, err := s.SeenDigests(ctx, 10)
	check(t, err)
	if len(seen) != 0 {
		t.Error("a message without effect would count as received by the next process")
	}
	s.mustRecord(t, entry("i2", seconds(1), m)) // accepted, now that it can be
	if n := count(t, s, `SELECT count(*) FROM message`); n != 1 {
		t.Errorf("%d messages kept, want the accepted one", n)
	}
	if seen, err = s.SeenDigests(ctx, 10); err != nil || len(seen) != 1 {
		t.Errorf("%d digests, %v; want the accepted one", len(seen), err)
	}
}

func TestATrailThatWasTamperedWithShows(t *testing.T) {
	for name, c := range map[string]struct {
		sql, want string
	}{
		"untouched":     {`SELECT 1`, ""},
		"a word":        {`UPDATE audit SET detail = 'other' WHERE row = 3`, "row 3 was changed"},
		"a time":        {`UPDATE audit SET at = at + interval '1 microsecond' WHERE row = 2`, "row 2 was changed"},
		"a row":         {`DELETE FROM audit WHERE row = 2`, "row 2 is missing"},
		"the first row": {`DELETE FROM audit WHERE row = 1`, "row 1 is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			s := record(t)
			for _, id := range []string{"i1", "i2", "i3"} {
				s.mustRecord(t, entry(id, noon, nil, ward.AuditWritten{Entry: audit.Entry{At: noon, Actor: "u1", Action: "look", Subject: "p1", Detail: id}}))
			}
			check(t, s.asOwner(t.Context(), func(conn *pgx.Conn) error {
				_, err := conn.Exec(t.Context(), c.sql)
				return err
			}))
			rows, _, err := s.AuditVerify(t.Context())
			if c.want != "" {
				wantKind(t, err, fault.Conflict)
				if got := err.Error(); got != "audit trail: "+c.want {
					t.Errorf("%q, want %q", got, c.want)
				}
				return
			}
			check(t, err)
			if rows != 4 {
				t.Errorf("%d rows, want the start and three more", rows)
			}
		})
	}
}

func TestQuarantineByPageAndReason(t *testing.T) {
	ctx, s := t.Context(), record(t)
	for n, r := range []ward.Refused{
		{Reason: "MSH-9 is missing", Code: "101"}, {Reason: "no MSH", Code: "100"}, {Reason: "100 % of OBX are odd_", Code: "207"}, {Reason: "No MSH here", Code: "100"},
	} {
		s.mustRecord(t, entry(r.Reason, seconds(n), message(r.Reason, seconds(n)), ward.Quarantined{Refused: r}))
	}
	for name, c := range map[string]struct {
		reason string
		limit  int
		want   [][]string // page by page
	}{
		"all, by two":    {"", 2, [][]string{{"No MSH here", "100 % of OBX are odd_"}, {"no MSH", "MSH-9 is missing"}}},
		"a part, by one": {"no msh", 1, [][]string{{"No MSH here"}, {"no MSH"}}},
		"a code":         {"101", 9, [][]string{{"MSH-9 is missing"}}},
		"a wildcard":     {"_", 9, [][]string{{"100 % of OBX are odd_"}}},
		"none":           {"zzz", 9, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got [][]string
			for before := int64(0); ; {
				page := must(s.QuarantinePage(ctx, c.reason, before, c.limit))
				if len(page) == 0 {
					break
				}
				var reasons []string
				for _, q := range page {
					reasons, before = append(reasons, q.Reason), q.ID
				}
				got = append(got, reasons)
			}
			diff(t, "pages", c.want, got)
		})
	}
}
