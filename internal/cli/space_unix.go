//go:build linux || darwin

package cli

import "syscall"

// freeSpace is what its owner may still write on the disk of a directory.
func freeSpace(dir string) (bytes int64, ok bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true //nolint:unconvert // another type on macOS
}
