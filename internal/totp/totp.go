// Package totp owns one-time codes, and the key URI in their QR codes. It
// implements RFC 4226 and RFC 6238 with SHA-1, 6 digits and 30 seconds, which
// all authenticator apps support.
//
// It stores nothing: the caller passes the time step that was used last, and
// must store the one that was accepted.
package totp

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // RFC 6238 with SHA-1: apps ignore or misread anything else
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"time"
)

const (
	// Period is the length of a time step (RFC 6238, 5.2).
	Period = 30 * time.Second
	// Digits is the number of digits of a code.
	Digits = 6
	// KeySize is the length of a key in bytes: 160 bits (RFC 4226, 4, R6).
	KeySize = 20

	minKeySize = 16 // RFC 4226, 4, R6: at least 128 bits
	maxSkew    = 1  // RFC 6238, 5.2: at most one time step
)

// NewKey returns a random key.
func NewKey() []byte {
	key := make([]byte, KeySize)
	_, _ = rand.Read(key) // never fails: the program is terminated instead
	return key
}

// Step returns the number of the time step that contains t (RFC 6238, 4.2).
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

// Code returns the code of a key in one time step.
func Code(key []byte, step int64) string {
	return hotp(key, uint64(step), Digits)
}

// hotp implements RFC 4226, 5.3.
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

// ParseCode returns the six digits of a code as typed, in any script and with
// any separators. It returns false if s is anything else.
func ParseCode(s string) (string, bool) {
	s = Typed(s)
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

// Verdict is the result of checking a code. The zero value is Refused.
type Verdict int

const (
	Refused  Verdict = iota // not a code of this key at this time
	Used                    // a code of this key, but its time step is used up
	Accepted                // the code counts, once: store Result.Step before acting on it
)

// Result is what Verify returns.
type Result struct {
	Verdict Verdict
	Step    int64 // time step of the code; 0 if Refused
}

// Verify checks a code, as ParseCode returns it, against the time steps from
// skew before now to skew after. last is the latest time step that is used up:
// it and all earlier ones are Used (RFC 6238, 5.2). Verify refuses every code
// if skew is not 0 or 1 or the key is too short.
func Verify(key []byte, code string, now time.Time, skew, last int64) Result {
	if skew < 0 || skew > maxSkew || len(key) < minKeySize || len(code) != Digits {
		return Result{}
	}
	// Every candidate is computed and compared, even after a match, so that the
	// time taken reveals nothing.
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

// driftSteps is how many time steps Drift searches in each direction.
const driftSteps = int64(10 * time.Minute / Period)

// Drift returns by how much a phone's clock is wrong, positive if it is ahead.
// It finds codes for times between 1 and 10 minutes away, and otherwise returns
// false. It is only for enrolment: at log-in, it would help an attacker who
// guesses codes.
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
