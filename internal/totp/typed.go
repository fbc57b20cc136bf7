package totp

import (
	"strings"
	"unicode"
)

// Typed returns a code as it was typed, in ASCII and without what keyboards,
// phones and documents add to it. Decimal digits of any script and full-width
// letters become ASCII; separators and format characters are dropped. Any other
// character stays, so that the caller can refuse it.
func Typed(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case unicode.Is(unicode.Nd, r):
			return '0' + digit(r)
		case separates(r):
			return -1
		case r >= 'Ａ' && r <= 'Ｚ' || r >= 'ａ' && r <= 'ｚ':
			return r - 'Ａ' + 'A'
		}
		return r
	}, s)
}

// digit returns the value of a decimal digit. Unicode has them in tens, in the
// order of their values (Core Specification, 4.6).
func digit(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	return 0
}

// marks are the dots, commas, apostrophes and dashes that separate groups of
// digits, and the quotation marks around them, that no category of Unicode holds
// together. app.js has the same.
const marks = ".,'’`´\"′″·•․‧∙⋅。．｡・･،٫٬，、﹒﹐−˗⁃‚„〝〞「」『』＂＇"

// separates reports whether a character only separates others, or cannot be
// seen.
func separates(r rune) bool {
	return unicode.In(r, unicode.White_Space, unicode.Z, unicode.Pd, unicode.Pc, unicode.Pi, unicode.Pf, unicode.Cf,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) || strings.ContainsRune(marks, r)
}
