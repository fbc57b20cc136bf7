package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"portico"
)

// form is the content of one POST: each field once, in valid UTF-8.
type form struct{ values url.Values }

var (
	errUnreadable = portico.E(portico.Invalid, "This form could not be read. Go back, reload the page and send it again.")
	errTooLarge   = portico.E(tooLarge, "This is more than the portal accepts. Go back and send less.")
)

// readForm returns the form that the route's guard has parsed. It rejects the
// whole form if a field was sent twice or is not valid text, because no page of
// the portal sends that.
func readForm(r *http.Request) (form, error) {
	if err := visited(r).unread; err != nil {
		return form{}, err
	}
	return checkForm(r.PostForm)
}

// parseForm reads the body of a POST, at most maxForm bytes.
func parseForm(w http.ResponseWriter, r *http.Request) error {
	if r.PostForm != nil { // a carried form that run dispatches: it is parsed already
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

// bodyError returns the error for a body that could not be read.
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

// text returns a field without surrounding white space.
func (f form) text(name string) string { return strings.TrimSpace(f.values.Get(name)) }

// sent reports whether the form has a field, which may be empty.
func (f form) sent(name string) bool { return f.values.Has(name) }

// secret returns a field exactly as typed.
func (f form) secret(name string) string { return f.values.Get(name) }

// ticked reports whether a checkbox was ticked.
func (f form) ticked(name string) bool { return f.values.Get(name) != "" }

// number parses an optional number. It returns 0 for an empty field, and -1 for
// anything else that is not a positive number.
func number(typed string) int {
	n, err := strconv.Atoi(typed)
	switch {
	case typed == "":
		return 0
	case err != nil || n <= 0:
		return -1
	}
	return n
}

func typedNumber(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// secrets are the fields that are never rendered into a page or carried.
var secrets = map[string]bool{"password": true, "new_password": true, "code": true, "recovery_code": true, "call_code": true, "passkey": true}

// maxNext is the length of the longest address that a log-in leads back to.
const maxNext = 2000

// nextOf returns the address that a link to the login page leads back to. nginx
// and Caddy cannot encode the address that was asked for. They append it as it
// is, so that everything after next= belongs to it, although it has parameters
// of its own; its first slash shows that. Other links encode the slash or at
// least the question mark.
func nextOf(u *url.URL) string {
	raw, found := strings.CutPrefix(u.RawQuery, "next=/")
	if !found || !strings.Contains(raw, "?") && strings.Contains(strings.ToUpper(raw), "%3F") {
		return localPath(u.Query().Get("next"))
	}
	raw, query, asks := strings.Cut(raw, "?")
	if asks {
		raw += "?" + strings.ReplaceAll(query, `\`, "%5C") // harmless there, and browsers do not encode it
	}
	return localPath("/" + raw)
}

// askedNext returns the address that a page of the log-in leads to, from the link
// to it or from its form.
func askedNext(r *http.Request) string {
	if r.Method == http.MethodPost {
		return localPath(r.PostForm.Get("next"))
	}
	return nextOf(r.URL)
}

// localPath returns s if it is an address of this host that a log-in may lead to,
// and "" otherwise. It rejects what hostPath does, and the pages of the log-in
// themselves.
func localPath(s string) string {
	s = hostPath(s)
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	for _, own := range []string{"/login", "/logout", "/confirm"} {
		if u.Path == own || strings.HasPrefix(u.Path, own+"/") {
			return ""
		}
	}
	return s
}

// hostPath returns s if it is an address of this host that a person may be
// redirected to, and "" otherwise: nobody is redirected to another host.
func hostPath(s string) string {
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\t\r\n") || len(s) > maxNext {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Host != "" || u.Scheme != "" || u.User != nil || strings.HasPrefix(u.Path, "//") {
		return ""
	}
	// A link must not choose the notice that the next page shows.
	if q := u.Query(); q.Has("done") {
		q.Del("done")
		u.RawQuery = q.Encode()
	}
	return u.RequestURI()
}
