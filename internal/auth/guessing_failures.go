package auth

import (
	"slices"
	"time"

	"portico/internal/store"
)

// guessing reports whether the user must be notified of guessed codes and was not
// yet at told, since this run of failures began or in the last day. An attempt may
// end without an answer, so no single attempt decides this. Each attempt is charge
// of the recent failures.
func guessing(f store.Failures, charge int, alerted, now time.Time) bool {
	if len(f.Recent) == 0 {
		return false
	}
	if alerted.After(now) { // the clock was ahead
		alerted = time.Time{}
	}
	return f.Consecutive >= guessingConsecutive && alerted.Before(f.Recent[max(0, len(f.Recent)-f.Consecutive*charge)]) ||
		limit{within: day}.count(f, now) >= guessingInADay*charge && !alerted.After(now.Add(-day))
}

// guessedSince returns the time of the first failure that a notice of guessed codes
// is about: of this run or of the last day.
func guessedSince(f store.Failures, charge int, now time.Time) time.Time {
	since := now.Add(-day)
	if first := f.Recent[max(0, len(f.Recent)-f.Consecutive*charge)]; first.Before(since) {
		since = first
	}
	return since
}

// failuresSince returns how many failures a bucket has since a time.
func failuresSince(f store.Failures, since time.Time) (n int) {
	for _, at := range f.Recent {
		if !at.Before(since) {
			n++
		}
	}
	return n
}

// without returns a bucket without the recent failures that another one has as well.
func without(f, other store.Failures) store.Failures {
	left := slices.Clone(other.Recent)
	f.Recent = slices.DeleteFunc(slices.Clone(f.Recent), func(at time.Time) bool {
		i := slices.IndexFunc(left, at.Equal)
		if i >= 0 {
			left = slices.Delete(left, i, i+1)
		}
		return i >= 0
	})
	return f
}

// attempts returns how many attempts the recent failures of a bucket are, if each
// attempt counts as up to charge of them.
func attempts(f store.Failures, charge int) (n int) {
	for rest := f.Recent; len(rest) > 0; n++ {
		same := 1
		for same < min(charge, len(rest)) && rest[same].Equal(rest[0]) {
			same++
		}
		rest = rest[same:]
	}
	return n
}
