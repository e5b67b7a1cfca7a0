package cluster

import (
	"fmt"

	"wardlight/ward"
)

// Space is room on a disk, in bytes.
type Space struct{ Free, Total uint64 }

// IsLow reports whether a full disk is near, as the ward's alarm judges it.
// The server then stops accepting anything.
func (s Space) IsLow() bool { return ward.Disk{Free: s.Free, Total: s.Total}.IsLow() }

// String is, for example, "0.8 of 50.0 GiB free".
func (s Space) String() string {
	const gib = 1 << 30
	return fmt.Sprintf("%.1f of %.1f GiB free", float64(s.Free)/gib, float64(s.Total)/gib)
}

// WarnOfDisk logs it when there is little room.
func (c *Cluster) WarnOfDisk() {
	switch s, err := c.Disk(); {
	case err != nil:
		c.log.Warn("the room for the database files is not known", "err", err)
	case s.IsLow():
		c.log.Warn("the disk of the database is nearly full, and nothing is recorded once it is: make room, or move the data folder to a larger disk",
			"space", s, "data", c.files.data)
	}
}

// Disk looks how much room the database files have. It asks the file system
// and nothing else, and may be called every second.
func (c *Cluster) Disk() (Space, error) {
	s, err := space(c.files.data)
	if err != nil {
		return Space{}, fmt.Errorf("room for the database files: %w", err)
	}
	return s, nil
}

// SpaceAt looks how much room there is for files in another folder.
func SpaceAt(folder string) (Space, error) {
	s, err := space(folder)
	if err != nil {
		return Space{}, fmt.Errorf("room in %s: %w", folder, err)
	}
	return s, nil
}

// SharesDisk reports whether a folder is on the disk of the database files.
func (c *Cluster) SharesDisk(folder string) bool { return isOneDisk(c.files.data, folder) }
