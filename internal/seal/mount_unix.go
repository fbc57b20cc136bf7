//go:build linux || darwin

package seal

import "syscall"

// mountedReadOnly reports whether nobody can write to the disk of a file.
func mountedReadOnly(path string) bool {
	var s syscall.Statfs_t
	return syscall.Statfs(path, &s) == nil && s.Flags&1 != 0 // ST_RDONLY of Linux, MNT_RDONLY of macOS
}
