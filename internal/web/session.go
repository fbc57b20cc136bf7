package web

import (
	"net/http"
	"time"

	"portico"
	"portico/internal/auth"
)

// Cookies. How long they count is decided in the database; the first two end
// with the browser.
const (
	sessionCookie = "portico_session" // a full session
	loginCookie   = "portico_login"   // a log-in between password and code
	browserCookie = "portico_browser" // a browser that people have logged in with before
)

// cookieName adds the prefix that ties a cookie to this host over TLS.
func (s *Server) cookieName(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

// cookie returns a cookie's value, "" when there is none.
func (s *Server) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(s.cookieName(name))
	if err != nil {
		return "" // http.ErrNoCookie is the only error there is
	}
	return c.Value
}

// setCookie sets a cookie, or with an empty value removes it. SameSite=Lax and
// the origin check of every POST stand against forged requests.
func (s *Server) setCookie(w http.ResponseWriter, name, value string) {
	c := &http.Cookie{
		Name: s.cookieName(name), Value: value, Path: "/",
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	}
	switch {
	case value == "":
		c.MaxAge = -1
	case name == browserCookie:
		c.MaxAge = int(portico.BrowserTime / time.Second)
	}
	http.SetCookie(w, c)
}

// renew sets a session's new token after a change that exchanged it; "" when
// nothing was exchanged.
func (s *Server) renew(w http.ResponseWriter, token string) {
	if token != "" {
		s.setCookie(w, sessionCookie, token)
	}
}

// authVisit is the browser as log-in sees it.
func (s *Server) authVisit(r *http.Request) auth.Visit {
	return auth.Visit{
		Origin: visited(r).origin, SessionToken: s.cookie(r, sessionCookie),
		PendingToken: s.cookie(r, loginCookie), BrowserToken: s.cookie(r, browserCookie),
	}
}
