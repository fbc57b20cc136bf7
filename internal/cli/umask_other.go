//go:build !linux && !darwin

package cli

// ownFilesOnly has nothing to do here.
func ownFilesOnly() {}
