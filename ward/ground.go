package ward

import (
	"fmt"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/device"
)

// Ground is what the process knows of what its record stands on. The zero
// value is that it knows nothing.
type Ground struct {
	Disks []Disk
	Spool SpoolLevel
}

// Disk is a disk that something of ours is written to.
type Disk struct {
	Holds       string // for people: "database"
	Free, Total uint64 // bytes; Free is what programs may still fill
}

// SpoolLevel is how full the outage spool is.
type SpoolLevel struct {
	Used, Max int64  // bytes of its file; Max 0: there is none
	Trouble   string // why it takes no more; empty: it does
}

const (
	mib = 1 << 20
	gib = 1 << 30

	// spoolHigh is the part of the outage spool, in percent, above which an
	// alarm stands. It empties all at once, when the record has everything.
	spoolHigh = 80
	// spoolTroubleLasts is how long trouble with the spool counts after it was
	// last seen: on a full disk one write may succeed between two that fail.
	spoolTroubleLasts = 10 * time.Second
)

// margin is how much of a disk must be free: both of it.
type margin struct{ percent, bytes uint64 }

// An alarm about a disk begins below lowDisk, is high from criticalDisk on and ends
// only above ampleDisk, so that it does not come and go with every file.
var (
	lowDisk      = margin{10, gib}
	criticalDisk = margin{2, 200 * mib}
	ampleDisk    = margin{12, 5 * gib / 4}
)

func (k Disk) isBelow(m margin) bool { return k.Free < m.bytes || k.Free < k.Total/100*m.percent }

// IsLow reports whether less than a tenth or less than 1 GiB is free. Once it
// is full nothing is recorded.
func (k Disk) IsLow() bool { return k.isBelow(lowDisk) }

// FreeShare is the part of the disk that is free, 0 to 1.
func (k Disk) FreeShare() float64 {
	if k.Total == 0 {
		return 0
	}
	return float64(k.Free) / float64(k.Total)
}

// String is, for example, "database disk 7 % free".
func (k Disk) String() string {
	return fmt.Sprintf("%s disk %d %% free%s", k.Holds, int(100*k.FreeShare()), k.amount())
}

// amount is what is free, where a share alone would hide how little that is:
// in steps, so that the words do not change with every file.
func (k Disk) amount() string {
	switch {
	case k.Free < gib:
		return fmt.Sprintf(" (%d MiB)", k.Free/(10*mib)*10)
	case k.Free < 10*gib:
		return fmt.Sprintf(" (%d.%d GiB)", k.Free/gib, k.Free%gib*10/gib)
	}
	return ""
}

// Share is the part of the spool that is used, 0 to 1.
func (s SpoolLevel) Share() float64 {
	if s.Max <= 0 {
		return 0
	}
	return float64(s.Used) / float64(s.Max)
}

// watchGround keeps an alarm for each disk that is nearly full, and one about
// the outage spool. A disk that is not named is not known now: its alarm
// stays as it is.
func (d *draft) watchGround(g Ground) {
	for _, disk := range g.Disks {
		d.watchDisk(disk)
	}
	d.watchSpool(g.Spool)
}

func (d *draft) watchDisk(disk Disk) {
	what := device.ID(disk.Holds)
	label, priority, wanted := "", alarm.Medium, lowDisk
	if _, stands := d.aboutSystem(what, CodeDiskLow); stands {
		wanted = ampleDisk
	}
	if disk.isBelow(wanted) {
		label = "DISK LOW: " + disk.String()
	}
	if disk.isBelow(criticalDisk) {
		priority = alarm.High
	}
	d.alarmAbout(what, CodeDiskLow, label, priority)
}

func (d *draft) watchSpool(s SpoolLevel) {
	label := ""
	switch {
	case s.Trouble != "":
		label = "Outage spool blocked: " + s.Trouble
		d.spoolTroubleAt = d.in.At
	case !d.spoolTroubleAt.IsZero() && d.in.At.Sub(d.spoolTroubleAt) < spoolTroubleLasts:
		return
	case s.Share() > spoolHigh/100.0:
		label = fmt.Sprintf("Outage spool %d %% full", int(100*s.Share()))
	}
	d.systemAlarm(CodeSpoolFull, label, alarm.High)
}
