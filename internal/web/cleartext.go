package web

import (
	"net/http"
	"strings"

	"portico"
)

// clearText is the code of a form that was sent over http to a portal whose base
// URL is https. Browsers keep none of its cookies then, so that a log-in would
// lead to the log-in page again.
const clearText portico.Code = "clear text"

// errClearText returns the error for such a form.
func (s *Server) errClearText() error {
	return portico.E(clearText, "Open this portal at {0}. Over http, your browser cannot keep you logged in.", s.BaseURL.String())
}

// cameInClear reports whether a page of this portal that was opened over http
// sent a form, although the base URL is https. Every browser names the scheme in
// Origin. What proxies say of the scheme does not count, because behind another
// proxy that does TLS they say http.
func (s *Server) cameInClear(r *http.Request) bool {
	return s.secure && r.TLS == nil && strings.HasPrefix(r.Header.Get("Origin"), "http://")
}

// openAt returns the base URL, and the address of the page there, if a page seems
// to be opened over http, although the base URL begins with https. Browsers send
// Sec-Fetch-Site over https alone, or on this machine; for one that never does,
// the note is wrong and does no harm. Forms are refused: see cameInClear.
func (s *Server) openAt(r *http.Request) (base, page string) {
	if !s.secure || r.TLS != nil || r.Method != http.MethodGet || r.Header.Get("Sec-Fetch-Site") != "" || r.Header.Get("X-Forwarded-Proto") == "https" {
		return "", ""
	}
	if page = s.BaseURL.String(); r.URL.Path != "/login" {
		page = s.BaseURL.JoinPath(r.URL.EscapedPath()).String()
	}
	return s.BaseURL.String(), page
}
