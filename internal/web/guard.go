package web

import (
	"errors"
	"net/http"

	"portico"
)

// tag says what a visitor has to have shown before a route's handler runs.
type tag string

const (
	tagPublic    tag = "public"    // nothing
	tagPending   tag = "pending"   // the right password, lately
	tagFull      tag = "full"      // a session
	tagConfirmed tag = "confirmed" // a session whose person proved again lately to be there
)

// guard is a route's tag and, for administration, the permission its session
// needs in the own customer. The zero guard lets nobody through.
type guard struct {
	tag  tag
	need portico.Permission
	api  bool // refusals are a status alone, for programs
}

var (
	public       = guard{tag: tagPublic}
	pending      = guard{tag: tagPending}
	full         = guard{tag: tagFull}
	confirmed    = guard{tag: tagConfirmed}
	sessionCheck = guard{tag: tagFull, api: true}
)

func admin(need portico.Permission) guard          { return guard{tag: tagFull, need: need} }
func adminConfirmed(need portico.Permission) guard { return guard{tag: tagConfirmed, need: need} }

var errNeedsConfirmation = portico.E(portico.Forbidden, "Confirm that it is you.")

// guarded runs the handler of a route for those whom its guard lets through.
func (s *Server) guarded(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := s.admit(rt.guard, r)
		switch {
		case err == nil:
			err = rt.handle(w, r)
		case errors.Is(err, errNeedsConfirmation):
			err = s.askConfirmation(w, r)
		case rt.guard.api && portico.Unauthenticated.Is(err):
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if err != nil {
			s.fail(w, r, err)
		}
	})
}

// admit decides by the matched route alone; nothing in the request makes an
// exception.
func (s *Server) admit(g guard, r *http.Request) error {
	switch g.tag {
	case tagPublic:
		return nil
	case tagPending:
		if s.cookie(r, loginCookie) == "" {
			return errStartAgain
		}
		return nil
	case tagFull, tagConfirmed:
		ses, err := s.Auth.Authenticate(r.Context(), s.authVisit(r))
		if err != nil {
			return err
		}
		visited(r).session = ses
		if g.need != "" && !ses.Actor.Can(g.need, ses.User.CustomerID) {
			return portico.E(portico.Forbidden, "Your role does not include this page.")
		}
		if g.tag == tagConfirmed && !ses.Fresh {
			return errNeedsConfirmation
		}
		return nil
	}
	return portico.E(portico.Forbidden, "This page is closed.")
}
