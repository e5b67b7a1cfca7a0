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
