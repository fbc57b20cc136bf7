package auth

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"

	"portico"
)

// CanonicalLoginID returns the form of a login ID under which it is unique and
// looked up: PRECIS UsernameCaseMapped (RFC 8265, 3.3), which folds case and
// width and refuses spaces and what cannot be seen. It is idempotent. Invalid,
// about the field login_id, when what was typed is no login ID.
func CanonicalLoginID(s string) (string, error) {
	key, err := precis.UsernameCaseMapped.String(strings.Trim(s, " \t\r\n"))
	if err != nil || strings.ContainsAny(key, `:/\"'<>`) {
		return "", portico.FieldError("login_id", "Enter a login ID of letters, digits, dots, dashes, underscores or @, without spaces.")
	}
	if n := utf8.RuneCountInString(key); n < 3 || n > 64 {
		return "", portico.FieldError("login_id", "Enter a login ID of 3 to 64 characters.")
	}
	return key, nil
}
