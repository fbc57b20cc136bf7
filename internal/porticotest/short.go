package porticotest

import (
	"maps"
	"slices"
	"testing"
)

// Amount returns how much of a long test runs: whole, or less with go test -short.
func Amount(whole, short int) int {
	if testing.Short() {
		return short
	}
	return whole
}

// Some returns the names of cases in their order: all, or with go test -short
// one in n of them.
func Some[V any](cases map[string]V, n int) []string {
	var some []string
	for i, name := range slices.Sorted(maps.Keys(cases)) {
		if i%Amount(1, n) == 0 {
			some = append(some, name)
		}
	}
	return some
}
