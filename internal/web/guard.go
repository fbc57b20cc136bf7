package web

import (
	"context"
	"errors"
	"net/http"

	"portico"
	"portico/internal/auth"
)

// tag says what a visitor has to have shown before a route's handler runs.
type tag string

const (
	tagPublic    tag = "public"    // nothing
	tagPending   tag = "pending"   // the right password, lately
	tagEnrol     tag = "enrol"     // a session, also of somebody who has to set up 2FA before anything else
	tagFull      tag = "full"      // a session
	tagConfirmed tag = "confirmed" // a session whose person proved again lately to be there
)

// guard is a route's tag and, for administration, the permission its session
// needs in the customer that the page belongs to. The zero guard lets nobody
// through.
type guard struct {
	tag    tag
	need   portico.Permission
	fresh  bool // with tagEnrol: as tagConfirmed
	enters bool // the address names a customer, which an operator enters
	api    bool // for programs: refusals are a status alone, and nothing of the person is read but what GET /session says
	file   bool // what is sent or comes may be large
}

var (
	public         = guard{tag: tagPublic}
	pending        = guard{tag: tagPending}
	enrol          = guard{tag: tagEnrol}
	enrolConfirmed = guard{tag: tagEnrol, fresh: true}
	full           = guard{tag: tagFull}
	confirmed      = guard{tag: tagConfirmed}
	sessionCheck   = guard{tag: tagFull, api: true}
)

func admin(need portico.Permission) guard          { return guard{tag: tagFull, need: need} }
func adminConfirmed(need portico.Permission) guard { return guard{tag: tagConfirmed, need: need} }

// withFile is the same guard for a route that a large file passes.
func (g guard) withFile() guard {
	g.file = true
	return g
}

// confirmed reports whether the route asks for an identity confirmed lately.
func (g guard) confirmed() bool { return g.tag == tagConfirmed || g.fresh }

// entering is the same guard for operators in the customer of the address.
func (g guard) entering() guard {
	g.enters = true
	return g
}

// requiredPath is the one page of somebody who has to set up 2FA.
const requiredPath = "/account/two-factor/required"

// guarded runs the handler of a route for those whom its guard lets through.
func (s *Server) guarded(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		patience := s.Patience
		if rt.guard.file {
			patience = fileTime
		}
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		r = r.WithContext(ctx)
		if r.Method == http.MethodPost && !rt.guard.file {
			// What admits somebody is read after the body, which may take its time.
			visited(r).unread = parseForm(w, r)
		}
		err := s.admit(rt.guard, r)
		if err == nil {
			err = rt.handle(w, r)
		}
		switch {
		case err == nil:
		case rt.guard.api && (portico.Unauthenticated.Is(err) || errors.Is(err, auth.ErrMustEnrol)):
			w.WriteHeader(http.StatusUnauthorized)
			return
		case errors.Is(err, auth.ErrNotConfirmed):
			err = s.askConfirmation(w, r)
		case errors.Is(err, auth.ErrMustEnrol):
			err = goOn(w, r, requiredPath, "")
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
	case tagEnrol, tagFull, tagConfirmed:
		return s.admitSession(g, r)
	}
	return portico.E(portico.Forbidden, "This page is closed.")
}

func (s *Server) admitSession(g guard, r *http.Request) error {
	v := visited(r)
	var ses *auth.Session
	var err error
	if g.api {
		ses, err = s.Auth.Check(r.Context(), auth.Visit{Origin: v.origin, SessionToken: s.cookie(r, sessionCookie)})
	} else {
		ses, err = s.Auth.Authenticate(r.Context(), s.authVisit(r))
	}
	if err != nil {
		return err
	}
	ses.Actor.Admission.Confirmed, ses.Actor.Admission.Enrolling = g.confirmed(), g.tag == tagEnrol
	v.session, v.place = ses, place{actor: ses.Actor, customer: ses.Customer, base: ownBase}
	if ses.MustEnrol && g.tag != tagEnrol {
		return auth.ErrMustEnrol
	}
	if g.enters {
		in, err := s.enter(r)
		if err != nil {
			return err
		}
		v.place = in
	}
	if g.need != "" && !v.place.actor.Can(g.need, v.place.customer.ID) {
		return portico.E(portico.Forbidden, "Your role does not include this page.")
	}
	if g.confirmed() && !ses.Fresh {
		return auth.ErrNotConfirmed
	}
	return nil
}
