//go:build linux || darwin

package seal

import (
	"io/fs"
	"os"
	"syscall"
)

// mountedReadOnly reports whether a file is on a read-only mount, where nobody
// can write to it.
func mountedReadOnly(path string) bool {
	var s syscall.Statfs_t
	return syscall.Statfs(path, &s) == nil && s.Flags&1 != 0 // ST_RDONLY on Linux, MNT_RDONLY on macOS
}

// writable reports whether this program may make files in a directory.
func writable(dir string) bool { return syscall.Access(dir, 2) == nil } // W_OK

// keepOwner gives a file that root has made to the owner of the one that it
// replaces, as whom serve runs.
func keepOwner(f *os.File, replaced fs.FileInfo) error {
	owner, ok := replaced.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return nil
	}
	return f.Chown(int(owner.Uid), int(owner.Gid))
}
