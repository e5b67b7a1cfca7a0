package ward_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"wardlight/ward"
	"wardlight/ward/alarm"
)

const (
	mib = 1 << 20
	gib = 1 << 30
)

// on lets a second pass on this ground, while the record keeps up.
func (l *timeline) on(g ward.Ground) {
	l.second++
	l.Do(ward.Tick{RecordedAt: l.now(), Ground: g})
}

func TestADiskThatIsNearlyFull(t *testing.T) {
	for _, test := range []struct {
		name  string
		total uint64
		steps []struct {
			free  uint64
			alarm string
		}
	}{
		{"a large one, by its share", 1000 * gib, []struct {
			free  uint64
			alarm string
		}{
			{110 * gib, ""},
			{100 * gib, ""},
			{99 * gib, "!! DISK LOW: database disk 9 % free active"},
			{110 * gib, "!! DISK LOW: database disk 11 % free active"}, // not yet enough
			{70 * gib, "!! DISK LOW: database disk 7 % free active"},
			{19 * gib, "!!! DISK LOW: database disk 1 % free active"},
			{50 * gib, "!!! DISK LOW: database disk 5 % free active"}, // no less urgent while it stands
			{120 * gib, ""},
			{110 * gib, ""},
		}},
		{"a small one, by what is left", 4 * gib, []struct {
			free  uint64
			alarm string
		}{
			{gib, ""},
			{gib - 1, "!! DISK LOW: database disk 24 % free (1020 MiB) active"},
			{gib + 200*mib, "!! DISK LOW: database disk 29 % free (1.1 GiB) active"},
			{199 * mib, "!!! DISK LOW: database disk 4 % free (190 MiB) active"},
			{0, "!!! DISK LOW: database disk 0 % free (0 MiB) active"},
			{gib + 256*mib, ""},
		}},
		{"full at once", 100 * gib, []struct {
			free  uint64
			alarm string
		}{
			{mib, "!!! DISK LOW: database disk 0 % free (0 MiB) active"},
			{100 * gib, ""},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newTimeline(t)
			for _, s := range test.steps {
				l.on(ward.Ground{Disks: []ward.Disk{{Holds: "database", Free: s.free, Total: test.total}}})
				if s.alarm == "" {
					l.WantSystem()
				} else {
					l.WantSystem(s.alarm)
				}
			}
		})
	}
}

func TestADiskLowAlarmIsTechnicalAndMayBeAcknowledged(t *testing.T) {
	l := newTimeline(t)
	has := func(free uint64) ward.Ground {
		return ward.Ground{Disks: []ward.Disk{{Holds: "database", Free: free * gib, Total: 100 * gib}}}
	}
	l.on(has(9))
	e := l.ward.SystemAlarms()[0]
	if e.Category != alarm.Technical || e.Origin != alarm.FromSystem || e.Code != ward.CodeDiskLow || !e.Bed.IsZero() {
		t.Fatalf("%+v", e)
	}
	command, err := l.asks(kim, e, e.Version)
	if err != nil {
		t.Fatal(err)
	}
	l.Do(ward.Confirm{Command: command})
	l.on(has(8))
	l.WantSystem("!! DISK LOW: database disk 8 % free (8.0 GiB) active ✓Kim R.")
	l.on(has(1)) // news, and more urgent: somebody must look again
	l.WantSystem("!!! DISK LOW: database disk 1 % free (1.0 GiB) active")
	l.on(has(50))
	l.WantSystem()
	if got := l.closedAs(e.ID); got != alarm.ResolvedUnacknowledged {
		t.Errorf("closed as %s", got)
	}
}

func TestEachDiskHasItsOwnAlarm(t *testing.T) {
	l := newTimeline(t)
	database := ward.Disk{Holds: "database", Free: 9 * gib, Total: 100 * gib}
	spool := ward.Disk{Holds: "outage spool", Free: 50 * mib, Total: 8 * gib}
	l.on(ward.Ground{Disks: []ward.Disk{database, spool}})
	const first, second = "!! DISK LOW: database disk 9 % free (9.0 GiB) active", "!!! DISK LOW: outage spool disk 0 % free (50 MiB) active"
	l.WantSystem(second, first)
	database.Free = 50 * gib
	l.on(ward.Ground{Disks: []ward.Disk{database, spool}})
	l.WantSystem(second)
	l.on(ward.Ground{}) // nobody could look
	l.WantSystem(second)
}

func TestTheOutageSpool(t *testing.T) {
	l := newTimeline(t)
	level := func(used int64, trouble string) {
		l.on(ward.Ground{Spool: ward.SpoolLevel{Used: used * mib, Max: 200 * mib, Trouble: trouble}})
	}
	level(0, "")
	level(160, "")
	l.WantSystem()
	level(166, "")
	l.WantSystem("!!! Outage spool 83 % full active")
	level(200, "the outage spool is full (200 MiB)")
	full := "!!! Outage spool blocked: the outage spool is full (200 MiB) active"
	l.WantSystem(full)
	for range 9 { // what comes and goes is one alarm
		level(0, "")
		l.WantSystem(full)
	}
	level(0, "")
	l.WantSystem()
	var told []string
	for _, c := range changesOf[ward.EpisodeChanged](l.changes) {
		if c.Event.What != "" {
			told = append(told, string(c.Event.What))
		}
	}
	if diff := cmp.Diff([]string{"onset", "clear"}, told); diff != "" {
		t.Errorf("its history, -want +got:\n%s", diff)
	}
	level(0, "the disk of the outage spool is full")
	l.WantSystem("!!! Outage spool blocked: the disk of the outage spool is full active")
	l.At(40)
	l.WantSystem() // without a spool there is none to be full
}
