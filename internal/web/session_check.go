package web

import (
	"net/http"
	"net/url"
)

// sessionCheck tells a proxy who is logged in, for its auth_request.
func (s *Server) sessionCheck(w http.ResponseWriter, r *http.Request) error {
	ses := session(r)
	values := [...]string{url.PathEscape(ses.User.LoginID), ses.Customer.Slug, string(ses.User.Role)}
	h := w.Header()
	h["Portico-Login-Id"], h["Portico-Customer"], h["Portico-Role"] = values[:1:1], values[1:2:2], values[2:] // set directly: the names are already canonical
	w.WriteHeader(http.StatusNoContent)
	return nil
}
