//go:build linux || darwin

package cli

import "syscall"

// ownFilesOnly makes every file that this process and its child processes
// create accessible to their user alone, whatever the umask was before.
func ownFilesOnly() { syscall.Umask(0o077) }
