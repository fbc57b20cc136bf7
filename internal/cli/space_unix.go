//go:build linux || darwin

package cli

import "syscall"

// freeSpace returns how much an unprivileged user may still write to the disk
// that contains dir.
func freeSpace(dir string) (bytes int64, ok bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true //nolint:unconvert // the type differs on macOS
}
