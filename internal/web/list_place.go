package web

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"portico"
)

// maxPlace bounds what listCookie keeps of a list: the query of its address.
const maxPlace = 1000

// keepPlace notes which list of people the reader looks at, so that what is done
// to somebody on other pages leads back to it. Its filter, search, order and page
// stand in the address. Tabs of one browser share one place.
func (s *Server) keepPlace(w http.ResponseWriter, r *http.Request, l peopleList) {
	place := l.under(scopeOf(r).access())
	if len(place) > maxPlace || l.query() == "" && s.cookie(r, listCookie) == "" {
		return
	}
	if place != s.cookie(r, listCookie) {
		s.setCookie(w, listCookie, place)
	}
}

// list returns the address of the list of people as the reader left it. It is
// made anew from what the cookie asks for, so that nothing else of it counts.
func (s *Server) list(r *http.Request) string {
	path := scopeOf(r).access()
	query, same := strings.CutPrefix(s.cookie(r, listCookie), path+"?")
	if !same {
		return path
	}
	v, err := url.ParseQuery(query)
	if err != nil {
		return path
	}
	l, err := peopleListOf(v)
	if err != nil {
		return path
	}
	return l.under(path)
}

// listAt returns the address of that list, at the row of a person. Where there
// is no such row any more, the fragment does nothing.
func (s *Server) listAt(r *http.Request, id portico.UserID) string {
	return s.list(r) + "#u-" + string(id)
}

// noticeTTL is how long a notice can name whom it is about.
const noticeTTL = time.Minute

// redirectAbout is redirect with a notice that names whom or what it is about.
// The name is in a cookie and not in the address, so that no link makes a page
// name somebody.
func (s *Server) redirectAbout(w http.ResponseWriter, r *http.Request, path, done, about string) error {
	s.setCookie(w, noticeCookie, done+"."+base64.RawURLEncoding.EncodeToString([]byte(about)))
	return redirect(w, r, path, done)
}

// noticeAbout returns whom the notice of the page is about, "" if that is not
// known.
func (s *Server) noticeAbout(r *http.Request, notice string) string {
	name, same := strings.CutPrefix(s.cookie(r, noticeCookie), notice+".")
	if notice == "" || !same {
		return ""
	}
	about, err := base64.RawURLEncoding.DecodeString(name)
	if err != nil {
		return ""
	}
	return string(about)
}
