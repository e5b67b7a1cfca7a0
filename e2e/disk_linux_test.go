package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	diskLow = "WARDLIGHT_DISK_LOW"
	mib     = 1 << 20
)

// The disk of the database fills until nothing can be written. Every screen
// says so long before; nothing that was acknowledged is lost; with room again
// all goes on, and the alarm ends.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	d := smallDisk(t)
	d.resize(4096 * mib)
	file := filepath.Join(dataDir(t), "ward.yaml")
	if err := os.WriteFile(file, []byte(nineBeds), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &station{t: t, dataDir: filepath.Join(d.at, "data")}
	s.start("serve", "--ward", file)
	t.Cleanup(s.stop)
	s.user("kim", "Kim R.", "nurse")
	token := s.token("test")
	s.occupied(4)
	screen := s.page()
	screen.signIn("kim")
	screen.open("/central/ICU")
	all := s.senders(4, 8, 20*time.Millisecond)
	eventually(t, 30*time.Second, "messages are acknowledged", func() bool { return all.acked() > 100 })
	if a, stands := s.snapshot(token, "ICU").alarm("", diskLow); stands {
		t.Fatalf("with room enough: %+v", a)
	}

	d.resize(d.used() + 900*mib)
	stands := func(priority string) func() bool {
		return func() bool {
			a, ok := s.snapshot(token, "ICU").alarm("", diskLow)
			return ok && a.Priority == priority && a.Category == "technical" && strings.HasPrefix(a.Label, "DISK LOW: database disk ")
		}
	}
	eventually(t, time.Minute, "the alarm stands", stands("medium"))
	eventually(t, 10*time.Second, "the screen says so", func() bool { return screen.says("body", "DISK LOW", "% free") })
	if status, body := s.person().get("/readyz"); status != http.StatusOK || !strings.Contains(body, "DISK LOW: database disk ") {
		t.Errorf("/readyz: %d %s", status, body)
	}
	if _, body := s.person().get("/metrics"); !strings.Contains(body, `wardlight_disk_free_bytes{holds="database"}`) {
		t.Error("/metrics does not tell of the disk")
	}

	d.fill(all)
	eventually(t, time.Minute, "the alarm is high", stands("high"))
	eventually(t, 30*time.Second, "the screen still lives, and says that nothing is recorded", func() bool {
		return screen.says("body", "DISK LOW", "NOT RECORDING")
	})
	d.empty()

	d.resize(4096 * mib)
	eventually(t, time.Minute, "the alarm ends", func() bool {
		_, low := s.snapshot(token, "ICU").alarm("", diskLow)
		_, away := s.snapshot(token, "ICU").alarm("", notRecording)
		return !low && !away
	})
	eventually(t, 10*time.Second, "the screen is clear", func() bool {
		return !screen.says("body", "DISK LOW") && !screen.says("body", "NOT RECORDING")
	})
	all.finish(t)
	all.check(t, s.database())
	if n := s.database().count(`SELECT count(*) FROM alarm_episode WHERE code = $1`, diskLow); n != 1 {
		t.Errorf("%d alarms are recorded, want one", n)
	}
}

// disk is a small file system of a test's own.
type disk struct {
	t  *testing.T
	at string
}

func smallDisk(t *testing.T) disk {
	t.Helper()
	d := disk{t, dataDir(t)}
	err := syscall.Mount("tmpfs", d.at, "tmpfs", 0, "size=64m,mode=755")
	if errors.Is(err, os.ErrPermission) {
		t.Skip("only root may mount a small disk:", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(d.at, syscall.MNT_DETACH) })
	return d
}

// resize makes the disk so many bytes large. What it holds takes memory, what
// is free does not.
func (d disk) resize(bytes int64) {
	d.t.Helper()
	if err := syscall.Mount("tmpfs", d.at, "tmpfs", syscall.MS_REMOUNT, fmt.Sprintf("size=%d,mode=755", bytes)); err != nil {
		d.t.Fatal(err)
	}
}

func (d disk) used() int64 {
	d.t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(d.at, &s); err != nil {
		d.t.Fatal(err)
	}
	return int64(s.Blocks-s.Bfree) * s.Bsize
}

func (d disk) ballast() string { return filepath.Join(d.at, "ballast") }

// fill leaves no room until the senders have not been answered for 3 s.
func (d disk) fill(all senders) {
	d.t.Helper()
	d.resize(d.used() + 16*mib)
	f, err := os.Create(d.ballast())
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	acked, since := -1, time.Now()
	eventually(d.t, 2*time.Minute, "nothing is acknowledged on a full disk", func() bool {
		for size := 64 << 10; size >= 512; {
			if _, err := f.Write(make([]byte, size)); err != nil {
				size /= 2
			}
		}
		if now := all.acked(); now != acked {
			acked, since = now, time.Now()
		}
		return time.Since(since) > 3*time.Second
	})
}

func (d disk) empty() {
	d.t.Helper()
	if err := os.Remove(d.ballast()); err != nil {
		d.t.Fatal(err)
	}
}
