package auth

import (
	"slices"
	"unicode"

	"portico"
)

// Scripts that are written together, and with Latin letters, by UTS 39, 5.2
// ("Highly Restrictive"): Japanese, Chinese with Bopomofo, and Korean.
var writtenTogether = [][]string{
	{"Latin", "Han", "Hiragana", "Katakana"},
	{"Latin", "Han", "Bopomofo"},
	{"Latin", "Han", "Hangul"},
}

// NewLoginID is CanonicalLoginID for a login ID that somebody is to get. It also
// refuses letters of several scripts, by which one login ID can look like
// another person's: "аlice" with a Cyrillic а. Login IDs that mix scripts and
// exist already go on logging in. Two that look alike in one script each
// ("сосо" in Cyrillic, "coco" in Latin) are both taken: only a list of look-alike
// characters could tell them.
func NewLoginID(s string) (string, error) {
	key, err := CanonicalLoginID(s)
	if err != nil {
		return "", err
	}
	return key, CheckScripts(key)
}

// CheckScripts refuses a canonical login ID that is not "Highly Restrictive" by
// UTS 39: of one script, or of scripts that are written together. Characters
// without a script of their own, such as digits and dots, fit all. Invalid,
// about the field login_id.
func CheckScripts(key string) error {
	found := map[string]bool{}
	for _, r := range key {
		if unicode.In(r, unicode.Common, unicode.Inherited) {
			continue
		}
		found[scriptOf(r)] = true
	}
	if len(found) <= 1 && !found[""] {
		return nil
	}
	for _, allowed := range writtenTogether {
		rest := 0
		for script := range found {
			if !slices.Contains(allowed, script) {
				rest++
			}
		}
		if rest == 0 {
			return nil
		}
	}
	return portico.FieldError("login_id", "Enter a login ID in the letters of one script. Letters of several scripts can look alike.")
}

// scriptOf is the name of a character's script; "" when it has none.
func scriptOf(r rune) string {
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return ""
}
