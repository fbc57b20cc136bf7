package auth

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

// CanonicalLoginID returns the form in which a login ID is unique and looked
// up. It is PRECIS UsernameCaseMapped (RFC 8265, 3.3), which folds case and
// width and refuses spaces and invisible characters. It refuses further those
// signs that no email address holds without quotation marks, because they
// divide what a login ID becomes a part of: the label of a key URI, a header of
// Basic authentication, an element of markup. CanonicalLoginID is idempotent. It
// returns Invalid, about the field login_id, if s is not a login ID; the error
// names the first character that is not allowed.
func CanonicalLoginID(s string) (string, error) {
	s = strings.Trim(s, " \t\r\n")
	key, err := precis.UsernameCaseMapped.String(s)
	if s != "" && err != nil || strings.ContainsAny(key, `:\"<>`) {
		return "", portico.FieldProblem("login_id", characterAdvice(s))
	}
	if n := utf8.RuneCountInString(key); n < 3 || n > 64 && !portico.IsEmail(key) {
		return "", portico.FieldError("login_id", "Enter a login ID of 3 to 64 characters, or an email address.")
	}
	return key, nil
}

// characterAdvice returns the sentence about a login ID with a character that is
// not allowed. What cannot be seen it names by its code point.
func characterAdvice(s string) portico.Message {
	for _, r := range s {
		switch c := string(r); {
		case r == utf8.RuneError:
			return portico.Say("Use only letters, digits and punctuation in the login ID.")
		case possible(c):
		case unicode.IsSpace(r) && !unicode.IsControl(r):
			return portico.Say("Enter the login ID without spaces.")
		case !portico.Visible(c):
			return portico.Say("Leave the invisible character {0} out of the login ID.", fmt.Sprintf("%U", r))
		default:
			return portico.Say("Leave the character {0} out of the login ID.", c)
		}
	}
	return portico.Say("Enter the login ID in letters that are written in one direction.")
}

// possible reports whether some login ID has a character: alone, or where its
// script has it only beside a letter, after one that is written from the left or
// from the right.
func possible(c string) bool {
	for _, before := range []string{"", "a", "ا"} {
		if key, err := precis.UsernameCaseMapped.String(before + c); err == nil && !strings.ContainsAny(key, `:\"<>`) {
			return true
		}
	}
	return false
}

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
		if r <= unicode.MaxASCII { // an import asks about millions of letters
			if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
				found["Latin"] = true
			}
			continue
		}
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

// A login ID is unique in the whole portal, so people who choose one learn
// whether another customer has it. That cannot be avoided. It is limited, and
// the audit log records each answer.

// mostTaken is how many login IDs, within 24 hours, a customer's imports may
// learn that others have.
const mostTaken = 100

var errTooManyTaken = portico.E(portico.TooMany, "More than {0} login IDs were not available today, because others have them. Leave them out, or wait a day.", mostTaken)

// ErrLoginIDTaken is returned for a login ID that another user has.
var ErrLoginIDTaken = portico.FieldError("login_id", "This login ID is taken. Choose another one.")

// CheckTaken returns TooMany if an actor's customer has learned of mostTaken login
// IDs within 24 hours. It is for changes of one login ID, which tell whether it
// is taken by succeeding.
func CheckTaken(r *store.Reader, actor portico.Actor, c portico.CustomerID) error {
	f, err := failures(r, takenBucket+"/"+string(c), takenBucket, "")
	if err != nil || actor.Kind == portico.ActorCommandLine {
		return err
	}
	if limits[takenBucket][0].count(f, r.Now) >= mostTaken {
		return errTooManyTaken
	}
	return nil
}

// RecordTaken records that an actor learns that n login IDs are taken by other
// users. It returns TooMany if the customer would learn of more than mostTaken
// within 24 hours. The caller must not reveal them then.
func RecordTaken(tx *store.Tx, actor portico.Actor, c portico.CustomerID, n int, told portico.Message) error {
	f, err := failures(&tx.Reader, takenBucket+"/"+string(c), takenBucket, "")
	if err != nil {
		return err
	}
	if limits[takenBucket][0].count(f, tx.Now)+n > mostTaken {
		return errTooManyTaken
	}
	for range n {
		f = fail(f, tx.Now)
	}
	if err := tx.PutFailures(f); err != nil {
		return err
	}
	return audit.Record(tx, portico.Event{CustomerID: c, Action: portico.LoginIDTaken, Actor: actor, Told: told})
}
