//go:build linux || darwin

package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// ownFilesOnly makes every file that this process and its child processes
// create accessible to their user alone, whatever the umask was before.
func ownFilesOnly() { syscall.Umask(0o077) }

// openFiles returns how many files and connections this process may have open. Go
// has raised that to what the system allows.
func openFiles() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil || limit.Cur > 1<<30 {
		return 1 << 30
	}
	return int(limit.Cur)
}

// handOver gives the files and directories that root has made to the owner of the data directory,
// as whom serve runs. If root owns the directory, it leaves them and returns
// true. A link is not followed, because the owner could have put it there.
func handOver(dir string, files []string) (left bool, err error) {
	if os.Geteuid() != 0 {
		return false, nil
	}
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // beside PostgreSQL there may be none
	}
	if err != nil {
		return false, fmt.Errorf("looking whose the data directory is: %w", err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || owner.Uid == 0 {
		return ok, nil
	}
	for _, path := range files {
		if err := giveTo(owner, path); err != nil {
			return false, fmt.Errorf("giving %s to the owner of %s: %w", path, dir, err)
		}
	}
	return false, nil
}

// sameOwner reports whether two directories belong to one user.
func sameOwner(a, b string) bool {
	of := func(dir string) (uint32, bool) {
		info, err := os.Stat(dir)
		if err != nil {
			return 0, false
		}
		owner, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return 0, false
		}
		return owner.Uid, true
	}
	one, known := of(a)
	other, too := of(b)
	return known && too && one == other
}

// giveTo gives a file or directory of root's to another user, if it is there.
func giveTo(owner *syscall.Stat_t, path string) (err error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	is, ok := info.Sys().(*syscall.Stat_t)
	if !ok || is.Uid != 0 || !info.IsDir() && (!info.Mode().IsRegular() || is.Nlink != 1) {
		return nil
	}
	return f.Chown(int(owner.Uid), int(owner.Gid))
}
