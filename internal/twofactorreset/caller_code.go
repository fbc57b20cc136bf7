package twofactorreset

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strings"
)

// newCallerCode makes the code that is read back by voice: eight digits.
func newCallerCode() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("%08d", binary.BigEndian.Uint64(b[:])%100_000_000)
}

// spaced is such a code as it is read.
func spaced(code string) string { return code[:4] + " " + code[4:] }

// parseCallerCode takes what a code may look like when it is typed from hearing.
func parseCallerCode(typed string) (string, bool) {
	code := strings.NewReplacer(" ", "", "-", "").Replace(typed)
	if len(code) != 8 || strings.Trim(code, "0123456789") != "" {
		return "", false
	}
	return code, true
}
