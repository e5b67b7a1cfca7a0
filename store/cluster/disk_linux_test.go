package cluster

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

// smallDisk is the size of a disk in memory, in bytes.
const smallDisk = 32 << 20

func TestTheRoomOnTheDisk(t *testing.T) {
	if _, err := SpaceAt("/nowhere/at/all"); err == nil {
		t.Error("a folder that is not there has room")
	}
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", smallDisk))
	if errors.Is(err, os.ErrPermission) {
		t.Skip("only root may mount a small disk:", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	if beside := t.TempDir(); isOneDisk(dir, beside) || !isOneDisk(dir, dir) || isOneDisk(dir, "/nowhere/at/all") {
		t.Error("which folders share a disk is mistaken")
	}
	before, err := SpaceAt(dir)
	if err != nil {
		t.Fatal(err)
	}
	if before.Total != smallDisk || !before.IsLow() {
		t.Errorf("%+v, want %d bytes in all, and that little is low", before, smallDisk)
	}
	const written = 4 << 20
	if err := os.WriteFile(dir+"/file", []byte(strings.Repeat("x", written)), 0o600); err != nil {
		t.Fatal(err)
	}
	after, err := space(dir)
	if err != nil {
		t.Fatal(err)
	}
	if used := before.Free - after.Free; used < written || used > 2*written {
		t.Errorf("a file of %d bytes took %d", written, used)
	}
}
