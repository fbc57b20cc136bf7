package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"portico"
)

// form is what one POST sent: each field once, in valid UTF-8.
type form struct{ values url.Values }

var (
	errUnreadable = portico.E(portico.Invalid, "This form could not be read. Go back, load the page again and send it once more.")
	errTooLarge   = portico.E(tooLarge, "This is more than the portal takes. Go back and send less.")
)

// readForm returns the form that the guard of the route has parsed. A field that
// was sent twice, or is no text, refuses the whole form: no page of ours sends
// that.
func readForm(r *http.Request) (form, error) {
	if err := visited(r).unread; err != nil {
		return form{}, err
	}
	return checkForm(r.PostForm)
}

// parseForm reads the body of a POST, at most maxForm of it.
func parseForm(w http.ResponseWriter, r *http.Request) error {
	if r.PostForm != nil { // a confirmed form is carried on
		return nil
	}
	if mediaType(r) != "application/x-www-form-urlencoded" {
		return errMediaType
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return bodyError(err)
	}
	return nil
}

func mediaType(r *http.Request) string {
	mt, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(mt))
}

// bodyError says what is wrong with a body that could not be read.
func bodyError(err error) error {
	var tooMuch *http.MaxBytesError
	if errors.As(err, &tooMuch) {
		return errTooLarge
	}
	return errUnreadable
}

func checkForm(values url.Values) (form, error) {
	for name, v := range values {
		if len(v) != 1 || !utf8.ValidString(name) || !utf8.ValidString(v[0]) || strings.ContainsRune(v[0], 0) {
			return form{}, errUnreadable
		}
	}
	return form{values}, nil
}

// text returns a field without the space around it.
func (f form) text(name string) string { return strings.TrimSpace(f.values.Get(name)) }

// secret returns a field exactly as it was typed.
func (f form) secret(name string) string { return f.values.Get(name) }

// ticked reports whether a checkbox was.
func (f form) ticked(name string) bool { return f.values.Get(name) != "" }

// secrets are the fields that never go back into a page.
var secrets = map[string]bool{"password": true, "new_password": true, "code": true, "recovery_code": true, "call_code": true}

// localPath returns an address of this portal to go on to, or "" when what came
// is none: nobody is sent elsewhere.
func localPath(s string) string {
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\t\r\n") || len(s) > 500 {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Host != "" || u.Scheme != "" || u.User != nil || strings.HasPrefix(u.Path, "//") {
		return ""
	}
	for _, own := range []string{"/login", "/logout", "/confirm"} {
		if u.Path == own || strings.HasPrefix(u.Path, own+"/") {
			return ""
		}
	}
	// A page says what was done when its address asks for it: no link may.
	if q := u.Query(); q.Has("done") {
		q.Del("done")
		u.RawQuery = q.Encode()
	}
	return u.RequestURI()
}
