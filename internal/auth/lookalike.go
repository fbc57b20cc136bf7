package auth

import (
	"slices"
	"unicode"

	"portico"
)

// Scripts that are written together, also with Latin letters, according to UTS
// 39, 5.2 ("Highly Restrictive"): Japanese, Chinese with Bopomofo, and Korean.
var writtenTogether = [][]string{
	{"Latin", "Han", "Hiragana", "Katakana"},
	{"Latin", "Han", "Bopomofo"},
	{"Latin", "Han", "Hangul"},
}

// NewLoginID is CanonicalLoginID for a new login ID. It also refuses letters of
// several scripts, because such a login ID can look like another one: "аlice"
// with a Cyrillic а. Existing login IDs that mix scripts can still log in. Two
// login IDs that look alike, but are each in a single script ("сосо" in
// Cyrillic, "coco" in Latin), are both accepted: only a list of look-alike
// characters could tell them apart.
func NewLoginID(s string) (string, error) {
	key, err := CanonicalLoginID(s)
	if err != nil {
		return "", err
	}
	return key, CheckScripts(key)
}

// CheckScripts returns Invalid, about the field login_id, if a canonical login
// ID is not "Highly Restrictive" in the sense of UTS 39: it must be of one
// script, or of scripts that are written together. Characters without a script
// of their own, such as digits and dots, match every script.
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

// scriptOf returns the name of a character's script, or "" if it has none.
func scriptOf(r rune) string {
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return ""
}
