//go:build !linux && !darwin

package seal

import (
	"io/fs"
	"os"
)

// mountedReadOnly returns false: on this system it cannot be determined.
func mountedReadOnly(string) bool { return false }

// writable returns true: on this system it cannot be determined.
func writable(string) bool { return true }

// keepOwner does nothing on this system.
func keepOwner(*os.File, fs.FileInfo) error { return nil }
