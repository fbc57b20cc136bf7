//go:build !linux && !darwin

package cli

// freeSpace returns false: the free space is not known on this system.
func freeSpace(string) (bytes int64, ok bool) { return 0, false }
