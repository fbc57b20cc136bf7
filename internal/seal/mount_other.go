//go:build !linux && !darwin

package seal

// mountedReadOnly returns false: on this system it cannot be determined.
func mountedReadOnly(string) bool { return false }

// writable returns true: on this system it cannot be determined.
func writable(string) bool { return true }
