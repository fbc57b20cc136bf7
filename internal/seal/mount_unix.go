//go:build linux || darwin

package seal

import "syscall"

// mountedReadOnly reports whether a file is on a read-only mount, where nobody
// can write to it.
func mountedReadOnly(path string) bool {
	var s syscall.Statfs_t
	return syscall.Statfs(path, &s) == nil && s.Flags&1 != 0 // ST_RDONLY on Linux, MNT_RDONLY on macOS
}

// writable reports whether this program may make files in a directory.
func writable(dir string) bool { return syscall.Access(dir, 2) == nil } // W_OK
