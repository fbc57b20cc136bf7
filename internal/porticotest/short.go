package porticotest

import "testing"

// Amount returns how much of a long test runs: whole, or less with go test -short.
func Amount(whole, short int) int {
	if testing.Short() {
		return short
	}
	return whole
}
