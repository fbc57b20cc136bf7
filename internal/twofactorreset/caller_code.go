package twofactorreset

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strings"

	"portico/internal/totp"
)

// newCallerCode returns a random code of eight digits, which the caller reads
// back.
func newCallerCode() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("%08d", binary.BigEndian.Uint64(b[:])%100_000_000)
}

// spaced returns such a code in two groups, as it is read aloud.
func spaced(code string) string { return code[:4] + " " + code[4:] }

// parseCallerCode parses a code as somebody types it who hears it.
func parseCallerCode(typed string) (string, bool) {
	code := totp.Typed(typed)
	if len(code) != 8 || strings.Trim(code, "0123456789") != "" {
		return "", false
	}
	return code, true
}
