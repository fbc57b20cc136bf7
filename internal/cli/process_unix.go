//go:build linux || darwin

package cli

import "syscall"

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
