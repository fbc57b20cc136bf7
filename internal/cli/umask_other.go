//go:build !linux && !darwin

package cli

// ownFilesOnly does nothing on this system.
func ownFilesOnly() {}
