package auth

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"

	"portico"
)

// CanonicalLoginID returns the form in which a login ID is unique and looked
// up. It is PRECIS UsernameCaseMapped (RFC 8265, 3.3), which folds case and
// width and refuses spaces and invisible characters. CanonicalLoginID is
// idempotent. It returns Invalid, about the field login_id, if s is not a login
// ID.
func CanonicalLoginID(s string) (string, error) {
	key, err := precis.UsernameCaseMapped.String(strings.Trim(s, " \t\r\n"))
	if err != nil || strings.ContainsAny(key, `:/\"'<>`) {
		return "", portico.FieldError("login_id", "Enter a login ID of letters, digits and signs such as . - _ @ or +, without spaces and without : / \\ \" ' < >.")
	}
	if n := utf8.RuneCountInString(key); n < 3 || n > 64 {
		return "", portico.FieldError("login_id", "Enter a login ID of 3 to 64 characters.")
	}
	return key, nil
}
