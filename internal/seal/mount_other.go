//go:build !linux && !darwin

package seal

// mountedReadOnly is not known here.
func mountedReadOnly(string) bool { return false }
