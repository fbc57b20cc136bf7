package password

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"portico"
)

// Bounds of a password. The minimum length is set by the policy:
// portico.Policy.PasswordMinimum. There are no composition rules (NIST SP
// 800-63B-4, 3.1.1).
const (
	maxPassword      = 256  // code points
	maxPasswordBytes = 1024 // bounds what is hashed
)

// CheckFor checks a new password against the customer's policy and
// against what is generally known about the user. See Check for the
// errors.
func CheckFor(u portico.User, c portico.Customer, now time.Time, password string) error {
	return Check(password, c.Policy.PasswordMinimum(u, now), u.LoginID, u.FirstName, u.LastName, u.Email, c.Name, c.Brand)
}

// Check returns nil for an acceptable password, and otherwise an
// Invalid error about the field password. about holds what is generally known
// about the user: login ID, names, email address, customer. least is the
// minimum length in code points, after NFC.
func Check(password string, least int, about ...string) error {
	if !utf8.ValidString(password) || strings.ContainsRune(password, 0) {
		return refusePassword("Use only letters, digits, punctuation and spaces in the password.")
	}
	password = norm.NFC.String(password)
	n := utf8.RuneCountInString(password)
	switch {
	case n < least:
		return refusePassword("Choose a longer password: at least {0} characters. Several words are easy to remember.", least)
	case n > maxPassword || len(password) > maxPasswordBytes:
		return refusePassword("Choose a shorter password: at most 256 characters.")
	}
	lower := strings.ToLower(password)
	switch {
	case isRun(lower):
		return refusePassword("Choose another password: this one is a simple sequence of characters.")
	case madeOfCommon(lower):
		return refusePassword("Choose another password: this one, or a part of it, is among the most common ones.")
	case madeOf(lower, about):
		return refusePassword("Choose another password: this one is made from your name, login ID or organisation.")
	}
	return nil
}

func refusePassword(text portico.Text, values ...any) error {
	return portico.FieldError("password", text, values...)
}

// madeOfCommon reports whether a password is a common one, made longer in the
// usual ways: by repeating it, or by adding digits and signs at either end.
func madeOfCommon(lower string) bool {
	core := strings.TrimFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) })
	for _, s := range []string{lower, core} {
		if isCommon(s) || isCommon(period(s)) {
			return true
		}
		if p := strings.TrimFunc(period(s), func(r rune) bool { return !unicode.IsLetter(r) }); p != s && isCommon(p) {
			return true
		}
	}
	return false
}

// period returns the shortest string that gives s when it is repeated and
// perhaps cut off at the end.
func period(s string) string {
	for n := 1; n <= len(s)/2; n++ {
		if s[n:] == s[:len(s)-n] {
			return s[:n]
		}
	}
	return s
}

// rows are sequences of characters that people type in order.
var rows = []string{
	"abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm",
	"azertyuiopqsdfghjklmwxcvbn", "1234567890qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
}

// isRun reports whether s repeats a piece of up to three characters, or is part
// of one of rows in either direction.
func isRun(s string) bool {
	if utf8.RuneCountInString(period(s)) <= 3 {
		return true
	}
	back := []rune(s)
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	for _, row := range rows {
		long := strings.Repeat(row, 1+maxPassword/len(row)) // a password may go through a row more than once
		if strings.Contains(long, s) || strings.Contains(long, string(back)) {
			return true
		}
	}
	return false
}

// least is how many letters must remain when the known words are removed.
const least = 8

// madeOf reports whether s contains known words, and too few letters remain
// without them.
func madeOf(s string, about []string) bool {
	s = letters(s)
	took := false
	for _, known := range about {
		for _, word := range append(strings.FieldsFunc(strings.ToLower(known), notLetter), letters(strings.ToLower(known))) {
			if utf8.RuneCountInString(word) >= 3 && strings.Contains(s, word) {
				s, took = strings.ReplaceAll(s, word, ""), true
			}
		}
	}
	return took && utf8.RuneCountInString(s) < least
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// letters returns the letters of s. Digits and signs between known words add
// little strength.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if notLetter(r) {
			return -1
		}
		return r
	}, s)
}
