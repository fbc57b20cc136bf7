package web

import (
	"net/http"
	"time"

	"portico"
	"portico/internal/auth"
)

// Names of the cookies. The database decides how long each is valid; browsers
// drop the first two, and accountCookie, when they close.
const (
	sessionCookie = "portico_session" // a session
	loginCookie   = "portico_login"   // a pending login, between password and code
	browserCookie = "portico_browser" // a known device
	accountCookie = "portico_account" // whose session this browser had last
	typedCookie   = "portico_form"    // a form that arrived after its session had ended, sealed
	listCookie    = "portico_list"    // the list of people as the reader left it
	noticeCookie  = "portico_notice"  // whom the notice of the next page is about

	languageCookie = "portico_language" // the language that was chosen in this browser
)

// cookieName adds the prefix that binds a cookie to this host over TLS.
func (s *Server) cookieName(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

// cookie returns the value of a cookie, "" if there is none.
func (s *Server) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(s.cookieName(name))
	if err != nil {
		return "" // http.ErrNoCookie is the only error there is
	}
	return c.Value
}

// setCookie sets a cookie, or removes it if the value is empty. SameSite=Lax
// and the origin check of every POST protect against forged requests.
func (s *Server) setCookie(w http.ResponseWriter, name, value string) {
	c := &http.Cookie{
		Name: s.cookieName(name), Value: value, Path: "/",
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	}
	switch {
	case value == "":
		c.MaxAge = -1
	case name == browserCookie:
		c.MaxAge = int(portico.BrowserTTL / time.Second)
	case name == languageCookie:
		c.MaxAge = int(languageTTL / time.Second)
	case name == noticeCookie:
		c.MaxAge = int(noticeTTL / time.Second)
	case name == typedCookie:
		c.MaxAge = int(carriedTTL / time.Second)
	}
	http.SetCookie(w, c)
}

// renew sets the session's new token after a change that exchanged it. An empty
// token means that nothing was exchanged.
func (s *Server) renew(w http.ResponseWriter, token string) {
	if token != "" {
		s.setCookie(w, sessionCookie, token)
	}
}

// authVisit returns the addresses and tokens that package auth needs.
func (s *Server) authVisit(r *http.Request) auth.Visit {
	return auth.Visit{
		Origin: visited(r).origin, SessionToken: s.cookie(r, sessionCookie),
		PendingToken: s.cookie(r, loginCookie), BrowserToken: s.cookie(r, browserCookie), Account: portico.UserID(s.cookie(r, accountCookie)),
	}
}
