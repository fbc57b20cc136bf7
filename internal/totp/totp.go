// Package totp owns one-time codes: RFC 4226 and RFC 6238 with SHA-1, 6 digits
// and 30 seconds, which is what all authenticator apps have in common, and the
// key URI that their QR codes hold.
//
// It keeps nothing: which time step was used last is given in, and storing the
// one that was accepted is for the caller.
package totp

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // RFC 6238 with SHA-1: apps ignore or misread anything else
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

const (
	// Period is how long one code is shown (RFC 6238, 5.2).
	Period = 30 * time.Second
	// Digits is how many digits a code has.
	Digits = 6
	// KeySize is the length of a key in bytes: 160 bits (RFC 4226, 4, R6).
	KeySize = 20

	minKeySize = 16 // RFC 4226, 4, R6: at least 128 bits
	maxSkew    = 1  // RFC 6238, 5.2: at most one time step
)

// NewKey makes a random key.
func NewKey() []byte {
	key := make([]byte, KeySize)
	_, _ = rand.Read(key) // never fails: the program ends instead
	return key
}

// Step is the number of the time step that t is in (RFC 6238, 4.2).
func Step(t time.Time) int64 {
	return floorDiv(t.Unix(), int64(Period/time.Second))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// Code is the code of a key in one time step.
func Code(key []byte, step int64) string {
	return hotp(key, uint64(step), Digits)
}

// hotp is RFC 4226, 5.3.
func hotp(key []byte, counter uint64, digits int) string {
	mac := hmac.New(sha1.New, key)
	var c [8]byte
	binary.BigEndian.PutUint64(c[:], counter)
	mac.Write(c[:])
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0x0f
	n := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	mod := uint32(1)
	for range digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", digits, n%mod)
}

// ParseCode returns the six digits of what was typed, which may have spaces and
// dashes between them; false when it is anything else.
func ParseCode(s string) (string, bool) {
	s = strings.NewReplacer(" ", "", "-", "").Replace(strings.Trim(s, " \t\r\n"))
	if len(s) != Digits {
		return "", false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return "", false
		}
	}
	return s, true
}

// Verdict says whether a code counts. The zero value does not.
type Verdict int

const (
	Refused  Verdict = iota // not a code of this key and time
	Used                    // it was one, but its time step is used up
	Accepted                // it counts, once: store Result.Step before anything follows from it
)

// Result is what Verify found.
type Result struct {
	Verdict Verdict
	Step    int64 // of the code; 0 when Refused
}

// Verify checks a code, as ParseCode returns it, against the time steps from
// skew before now to skew after. last is the newest step that was used up: it
// and all before it are Used (RFC 6238, 5.2). A skew other than 0 or 1 and a
// key that is too short refuse everything.
func Verify(key []byte, code string, now time.Time, skew, last int64) Result {
	if skew < 0 || skew > maxSkew || len(key) < minKeySize || len(code) != Digits {
		return Result{}
	}
	// Every candidate is computed and compared, whichever matches, so that the
	// time taken says nothing.
	r := Result{}
	for step := Step(now) - skew; step <= Step(now)+skew; step++ {
		if subtle.ConstantTimeCompare([]byte(Code(key, step)), []byte(code)) != 1 {
			continue
		}
		if step > last {
			r = Result{Accepted, step}
		} else if r.Verdict != Accepted {
			r = Result{Used, step}
		}
	}
	return r
}

// driftSteps is how far Drift looks, in time steps to each side.
const driftSteps = int64(10 * time.Minute / Period)

// Drift says by how much a phone's clock is off, positive when it is ahead,
// when the code would be right for a time up to 10 minutes away. It is for
// set-up alone: said at log-in, it would help somebody who guesses.
func Drift(key []byte, code string, now time.Time) (time.Duration, bool) {
	for off := int64(maxSkew + 1); off <= driftSteps; off++ {
		for _, step := range []int64{off, -off} {
			if subtle.ConstantTimeCompare([]byte(Code(key, Step(now)+step)), []byte(code)) == 1 {
				return time.Duration(step) * Period, true
			}
		}
	}
	return 0, false
}
