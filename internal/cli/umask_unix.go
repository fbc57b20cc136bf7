//go:build linux || darwin

package cli

import "syscall"

// ownFilesOnly keeps every file that this process and the programs that it
// starts make for its user alone, whatever umask it was started with.
func ownFilesOnly() { syscall.Umask(0o077) }
