//go:build linux || darwin

package cluster

import "syscall"

// space counts what is free to others than root.
func space(path string) (Space, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return Space{}, err
	}
	block := uint64(s.Bsize)
	return Space{Free: s.Bavail * block, Total: s.Blocks * block}, nil
}

// isOneDisk reports whether two folders are on one file system.
func isOneDisk(a, b string) bool {
	var one, other syscall.Stat_t
	return syscall.Stat(a, &one) == nil && syscall.Stat(b, &other) == nil && one.Dev == other.Dev
}
