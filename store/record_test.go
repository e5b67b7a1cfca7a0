package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/audit"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/fault"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

// everything has a change of each kind that repeating could spoil.
func everything() []ward.Entry {
	heart := func(at time.Time) ward.Observed {
		return observed("0012", at, value("MDC_ECG_HEART_RATE", "88", at))
	}
	moved := onBed("0012", noon.Add(time.Second))
	moved.Bed.Bed = "11"
	released := onBed("0012", noon)
	released.To = moved.From
	moved2, back := moved, onBed("0012", noon)
	moved2.To, back.By = noon, "u1"
	return []ward.Entry{
		admitted(noon),
		entry("i2", noon, message("one", noon), heart(noon), observed("0012", noon, value("MDC_PULS_OXIM_SAT_O2", "97", noon)),
			ward.ChannelsReported{Channels: []infusion.Channel{{Device: "0013", Channel: "1", Status: infusion.KVO, At: noon, ReceivedAt: noon}}},
			ward.PumpEventsReported{Events: []infusion.Event{{Device: "0013", Channel: "1", Kind: infusion.DeliveryStart, At: noon, ReceivedAt: noon}}},
			tookBack("0012", noon, vitals.Correction{Kind: vitals.Deleted, Metric: value("MDC_TEMP_BODY", "1", noon).Metric, DeviceAt: noon, At: noon, ReceivedAt: noon})),
		entry("i3", noon, nil, ward.Released{Association: released}, ward.Associated{Association: moved}),
		byHand(entry("reattributed", noon.Add(time.Minute), nil, ward.Released{Association: moved2}, ward.Associated{Association: back})),
		entry("merged", noon, nil, ward.PatientKnown{Patient: census.Patient{ID: "p0"}}, ward.Merged{From: "p0", Into: "p1"},
			ward.SettingsConfigured{Settings: senders}),
		entry("i4", noon, nil,
			ward.EpisodeChanged{Episode: episode("a1"), Event: alarm.Event{Episode: "a1", Version: 3, What: alarm.EventOnset, At: noon}},
			ward.StripKept{KeepStrip: strip("a1")},
			ward.AuditWritten{Entry: audit.Entry{At: noon, Actor: "u1", Action: "look"}},
			ward.AuditWritten{Entry: audit.Entry{At: noon, Actor: "u1", Action: "look"}}),
		{
			Input:   ward.Input{ID: "i5", At: noon, Message: message("gibberish", noon), Event: ward.Refused{Reason: "no MSH", Code: "100"}},
			Changes: []ward.Change{{What: ward.Quarantined{Refused: ward.Refused{Reason: "no MSH", Code: "100"}}}},
		},
	}
}

var tables = []string{
	"unit", "settings", "ward_file", "patient", "patient_identifier", "encounter", "device", "association", "message", "message_key",
	"quarantine", "observation_form", "observation", "correction", "infusion_report", "infusion_channel", "infusion_event",
	"alarm_episode", "alarm_event", "strip", "command", "audit",
}

func counts(t *testing.T, s *Store) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, table := range tables {
		out[table] = count(t, s, `SELECT count(*) FROM `+table)
	}
	return out
}

func TestRecordingAgainChangesNothing(t *testing.T) {
	s := record(t)
	s.mustRecord(t, everything()...)
	once, state := counts(t, s), must(s.Rebuild(t.Context(), noon))
	for table, n := range once {
		if n == 0 && table != "command" {
			t.Errorf("nothing in %s", table)
		}
	}

	s.mustRecord(t, everything()...)
	for _, e := range everything() { // and one by one, as after a bisection
		s.mustRecord(t, e)
	}
	diff(t, "rows", once, counts(t, s))
	diff(t, "state", state, must(s.Rebuild(t.Context(), noon)))
	rows, _, err := s.AuditVerify(t.Context())
	check(t, err)
	if rows != 3 { // the start, and two looks
		t.Errorf("%d audit rows, want 3", rows)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestAMessageThatComesAgainIsThereOnce(t *testing.T) {
	s := record(t)
	s.mustRecord(t, admitted(noon))
	again := noon.Add(time.Second)
	beat := observed("0012", noon, value("MDC_ECG_HEART_RATE", "88", noon))
	s.mustRecord(t,
		entry("i2", noon, message("same", noon), beat),
		entry("i3", again, message("same", again), beat)) // in one batch
	s.mustRecord(t, entry("i4", again, message("same", again), beat)) // and in the next
	got := counts(t, s)
	if got["message"] != 1 || got["message_key"] != 1 || got["observation"] != 1 {
		t.Errorf("messages %d, keys %d, observations %d; want one of each", got["message"], got["message_key"], got["observation"])
	}
	seen, err := s.SeenDigests(t.Context(), 10)
	check(t, err)
	diff(t, "digests", [][sha256.Size]byte{sha256.Sum256([]byte("same"))}, seen)

	check(t, s.ForgetKeys(t.Context(), noon.Add(keysKept-time.Second)))
	if n := count(t, s, `SELECT count(*) FROM message_key`); n != 1 {
		t.Error("a key was forgotten early")
	}
	check(t, s.ForgetKeys(t.Context(), noon.Add(keysKept)))
	if n := count(t, s, `SELECT count(*) FROM message_key`); n != 0 {
		t.Error("a key was kept beyond its time")
	}
}

func TestMessagesOfOneMomentAreToldApart(t *testing.T) {
	s := record(t)
	s.mustRecord(t, admitted(noon))
	beat := observed("0012", noon, value("MDC_ECG_HEART_RATE", "88", noon))
	other := observed("0012", noon, value("MDC_ECG_HEART_RATE", "89", noon))
	s.mustRecord(t, entry("i2", noon, message("one", noon), beat, other), entry("i3", noon, message("two", noon), beat))
	if n := count(t, s, `SELECT count(*) FROM observation`); n != 3 {
		t.Errorf("%d observations, want 3", n)
	}
}

func TestMessagesAreKeptAsTheyArrived(t *testing.T) {
	s := record(t)
	raw := "MSH|^~\\&|\x00\xff\r"
	s.mustRecord(t, entry("i1", noon, message(raw, noon)))
	var deflated []byte
	var size int
	var digest []byte
	check(t, s.pool.QueryRow(t.Context(), `SELECT deflated, size, digest FROM message`).Scan(&deflated, &size, &digest))
	got, err := inflate(deflated)
	check(t, err)
	if string(got) != raw || size != len(raw) {
		t.Errorf("%q of %d bytes, want %q", got, size, raw)
	}
	if sha256.Sum256(got) != [sha256.Size]byte(digest) {
		t.Error("the digest kept with the message is not that of its bytes")
	}
}

func TestACommandThatIsTooLateFailsItsBatch(t *testing.T) {
	s := record(t)
	command := func(id string, deadline time.Time) ward.Entry {
		e := entry(id, noon, nil, ward.AcknowledgementRequested{Command: id, Episode: episode("a1")},
			ward.AuditWritten{Entry: audit.Entry{At: noon, Actor: "u1", Action: "acknowledge-alarm"}})
		e.Deadline = deadline
		return e
	}
	late, inTime := command("late", time.Now().Add(-time.Second)), command("in time", time.Now().Add(time.Hour))

	wantKind(t, s.Record(t.Context(), epoch, []ward.Entry{admitted(noon), inTime, late}), fault.NotSaved)
	if n := count(t, s, `SELECT count(*) FROM patient`) + count(t, s, `SELECT count(*) FROM command`); n != 0 {
		t.Error("part of a batch that failed was written")
	}
	s.mustRecord(t, admitted(noon), inTime)
	for id, want := range map[string]bool{"in time": true, "late": false} {
		if got := must(s.CommandRecorded(t.Context(), id)); got != want {
			t.Errorf("command %q recorded: %v, want %v", id, got, want)
		}
	}

	// A command that was recorded stays so, however late its batch comes again.
	inTime.Deadline = time.Now().Add(-time.Minute)
	s.mustRecord(t, inTime)
}

func TestTheDeadlineIsJudgedAtTheCommit(t *testing.T) {
	s := record(t)
	tx, err := s.writer.Begin(t.Context())
	check(t, err)
	defer tx.Rollback(context.Background())
	_, err = tx.Exec(t.Context(), `INSERT INTO command (id, deadline) VALUES ('c1', clock_timestamp() + interval '1 millisecond')`)
	check(t, err)
	_, err = tx.Exec(t.Context(), `SELECT pg_sleep(0.005)`)
	check(t, err)
	wantKind(t, classify(tx.Commit(t.Context())), fault.NotSaved)
}

func TestAnEpochThatIsOverWritesNothing(t *testing.T) {
	dsn := database(t)
	old, heir := open(t, dsn), open(t, dsn)
	check(t, old.StartEpoch(t.Context(), "old", noon))
	check(t, old.Record(t.Context(), "old", []ward.Entry{entry("i1", noon.Add(time.Second), nil)}))

	check(t, heir.StartEpoch(t.Context(), "new", noon.Add(time.Minute)))
	wantKind(t, old.Record(t.Context(), "old", []ward.Entry{admitted(noon)}), fault.Forbidden)
	if n := count(t, heir, `SELECT count(*) FROM patient`); n != 0 {
		t.Error("an epoch that is over wrote a patient")
	}
	check(t, heir.Record(t.Context(), "new", []ward.Entry{admitted(noon)}))

	gaps, err := heir.SurveillanceGaps(t.Context(), noon)
	check(t, err)
	diff(t, "gaps", []Gap{{noon.Add(time.Second), noon.Add(time.Minute)}}, gaps)
	rows, _, err := heir.AuditVerify(t.Context())
	check(t, err)
	if rows != 2 {
		t.Errorf("%d audit rows, want one for each start", rows)
	}
}

func TestAConnectionThatDiesInTheBatch(t *testing.T) {
	s := record(t)
	conn, err := s.writer.Acquire(t.Context())
	check(t, err)
	pid := conn.Conn().PgConn().PID()
	conn.Release()

	// Hold the epoch's row, so that the batch waits, and then end its backend.
	blocker, err := pgx.Connect(t.Context(), s.dsn)
	check(t, err)
	defer blocker.Close(context.Background())
	tx, err := blocker.Begin(t.Context())
	check(t, err)
	_, err = tx.Exec(t.Context(), `SELECT FROM tenure FOR UPDATE`)
	check(t, err)
	done := make(chan error, 1)
	go func() { done <- s.Record(t.Context(), epoch, everything()) }()
	check(t, s.asOwner(t.Context(), func(c *pgx.Conn) error {
		waitUntil(t, c, `SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'`, pid)
		_, err := c.Exec(t.Context(), `SELECT pg_terminate_backend($1)`, pid)
		return err
	}))
	wantKind(t, <-done, fault.Unavailable)
	check(t, tx.Rollback(t.Context()))

	if n := count(t, s, `SELECT count(*) FROM patient`); n != 0 {
		t.Error("part of a batch that died was written")
	}
	s.mustRecord(t, everything()...)
}

// waitUntil asks again and again until a count is not zero; the test's own
// deadline ends it.
func waitUntil(t *testing.T, q querier, sql string, args ...any) {
	t.Helper()
	for n := 0; n == 0; {
		check(t, q.QueryRow(t.Context(), sql, args...).Scan(&n))
	}
}

func TestAPoisonedEntryIsItsOwnFault(t *testing.T) {
	s := record(t)
	orphan := census.Encounter{ID: "e9", Patient: "nobody"}
	wantKind(t, s.Record(t.Context(), epoch, []ward.Entry{admitted(noon), entry("i2", noon, nil, ward.EncounterChanged{Encounter: orphan})}), fault.Internal)
	s.mustRecord(t, admitted(noon))

	// Text that PostgreSQL cannot hold is no poison.
	odd := okafor
	odd.ID, odd.Family = "p\x00\x002", "Oka\x00\x00for\xff \\u0000"
	s.mustRecord(t, entry("i3", noon, message("odd", noon), ward.PatientKnown{Patient: odd},
		ward.AuditWritten{Entry: audit.Entry{At: noon, Actor: "a\x00", Action: "b\xff"}},
		ward.Quarantined{Refused: ward.Refused{Reason: "\x00\xff"}}))
	if n := count(t, s, `SELECT count(*) FROM patient WHERE family = $1`, "Oka\ufffd\ufffdfor\ufffd \\u0000"); n != 1 {
		t.Error("the patient is not there, or misspelt")
	}
	_, _, err := s.AuditVerify(t.Context())
	check(t, err)
}

func TestAFormThatTheRecordForgotIsSentAgain(t *testing.T) {
	s := record(t)
	s.mustRecord(t, admitted(noon))
	beat := entry("i2", noon, message("one", noon), observed("0012", noon, value("MDC_ECG_HEART_RATE", "88", noon)))
	b, err := gather([]ward.Entry{beat}, &s.clock, s.forms)
	check(t, err)
	s.forms.learn(b.forms)
	wantKind(t, s.Record(t.Context(), epoch, []ward.Entry{beat}), fault.Unavailable)
	s.mustRecord(t, beat)
}

func TestAssociationsNeverOverlap(t *testing.T) {
	s := record(t)
	first := onBed("0012", noon)
	first.To = noon.Add(10 * time.Second)
	second := onBed("0012", noon.Add(5*time.Second)) // from a value older than the end of the first
	s.mustRecord(t, admitted(noon),
		entry("i2", noon, nil, ward.Released{Association: first}, ward.Associated{Association: second}))
	second.To = noon.Add(7 * time.Second) // ends before it could begin
	third := onBed("0012", noon.Add(8*time.Second))
	s.mustRecord(t, entry("i3", noon, nil, ward.Released{Association: second}, ward.Associated{Association: third}))

	if n := count(t, s, `SELECT count(*) FROM association WHERE lower(during) = $1`, first.To); n != 1 {
		t.Errorf("%d intervals begin where the first ended, want 1: the open one", n)
	}
	got := must(s.Rebuild(t.Context(), noon)).Associations
	diff(t, "open", []device.Association{third, onBed("0013", noon)}, got)
}

func TestOlderNewsOfAnAlarmChangesNothing(t *testing.T) {
	s := record(t)
	now, before := episode("a1"), episode("a1")
	before.Version, before.State = 2, alarm.ActiveUnacknowledged
	s.mustRecord(t, entry("i1", noon, nil, ward.EpisodeChanged{Episode: now}))
	s.mustRecord(t, entry("i2", noon, nil, ward.EpisodeChanged{Episode: before}))
	diff(t, "alarm", []alarm.Episode{now}, must(s.Rebuild(t.Context(), noon)).Episodes)
}

func TestFormsAreBounded(t *testing.T) {
	k := newKnownForms()
	for n := range formsRemembered + 1 {
		k.learn([]formRow{{digest: formDigest([]byte(fmt.Sprintf("%016d", n)))}})
	}
	if len(k.forms) > formsRemembered {
		t.Errorf("%d forms remembered", len(k.forms))
	}
}

func TestDecimalsSurviveFloats(t *testing.T) {
	for _, s := range []string{"0", "37.20", "0.10", "-0.5", "999999999999999", "0.00000000000001", "123456789.123456", "88"} {
		d := vitals.MustDecimal(s)
		got, err := decimal(d.Float(), int16(places(vitals.Observation{Value: d})))
		check(t, err)
		if got.String() != d.String() {
			t.Errorf("%s came back as %s", s, got)
		}
	}
}
