package web

import (
	"context"
	"errors"
	"net/http"

	"portico"
	"portico/internal/auth"
)

// tag is what a request must have before the handler of its route runs.
type tag string

const (
	tagPublic    tag = "public"    // nothing
	tagPending   tag = "pending"   // the cookie of a pending login; the handler checks the pending login itself
	tagEnrol     tag = "enrol"     // a session, even if the person has to set up 2FA before anything else
	tagFull      tag = "full"      // a session
	tagConfirmed tag = "confirmed" // a session whose person confirmed their identity recently
)

// guard is a route's tag and, for administration pages, the permission that the
// actor needs in the page's customer. The zero guard rejects every request.
type guard struct {
	tag    tag
	need   portico.Permission
	fresh  bool // with tagEnrol: also ask for a recent confirmation, as tagConfirmed does
	rescue bool // with fresh: a recent log-in by recovery code is as good as the confirmation
	enters bool // the address names a customer, which an operator enters
	api    bool // for programs: a request without a session gets a bare 401, and only the data that GET /session returns is read
	file   bool // the request or the response may be a large file
}

var (
	public         = guard{tag: tagPublic}
	pending        = guard{tag: tagPending}
	enrol          = guard{tag: tagEnrol}
	enrolConfirmed = guard{tag: tagEnrol, fresh: true, rescue: true}
	full           = guard{tag: tagFull}
	confirmed      = guard{tag: tagConfirmed}
	sessionCheck   = guard{tag: tagFull, api: true}
)

func admin(need portico.Permission) guard          { return guard{tag: tagFull, need: need} }
func adminConfirmed(need portico.Permission) guard { return guard{tag: tagConfirmed, need: need} }

// withFile returns the guard for a route whose request or response is a large
// file.
func (g guard) withFile() guard {
	g.file = true
	return g
}

// confirmed reports whether the route requires a recent confirmation.
func (g guard) confirmed() bool { return g.tag == tagConfirmed || g.fresh }

// unconfirmed returns the guard without the recent confirmation.
func (g guard) unconfirmed() guard {
	g.fresh, g.rescue = false, false
	if g.tag == tagConfirmed {
		g.tag = tagFull
	}
	return g
}

// entering returns the guard for operators inside the customer that the address
// names.
func (g guard) entering() guard {
	g.enters = true
	return g
}

// requiredPath is the only page for a person who has to set up 2FA first.
const requiredPath = "/account/two-factor/required"

// guarded returns a handler that runs the route for the requests that its guard
// admits, and answers the others.
func (s *Server) guarded(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		timeout := s.RequestTimeout
		if rt.guard.file {
			timeout = fileTimeout
		}
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		r = r.WithContext(ctx)
		if r.Method == http.MethodPost && !rt.guard.file {
			// Read the body first, which may take long, and check the session only then.
			visited(r).unread = parseForm(w, r)
		}
		err := s.admit(rt.guard, r)
		if err == nil {
			err = s.serve(rt, w, r)
		}
		switch {
		case err == nil:
		case rt.guard.api && (portico.Unauthenticated.Is(err) || errors.Is(err, auth.ErrMustEnrol)):
			w.WriteHeader(http.StatusUnauthorized)
			return
		case portico.Unauthenticated.Is(err) && r.Method == http.MethodPost && rt.guard.tag != tagPublic && rt.guard.tag != tagPending:
			err = s.sessionOver(w, r)
		case errors.Is(err, auth.ErrNotConfirmed):
			err = s.askConfirmation(w, r)
		case errors.Is(err, auth.ErrMustEnrol):
			err = redirect(w, r, requiredPath, "")
		}
		if err != nil {
			s.fail(w, r, err)
		}
	})
}

// serve runs the handler of an admitted request, unless its page has a form to
// show that was kept over the log-in.
func (s *Server) serve(rt route, w http.ResponseWriter, r *http.Request) error {
	shown, err := s.restore(w, r)
	if err != nil || shown {
		return err
	}
	return rt.handle(w, r)
}

// admit decides by the guard of the matched route alone. Nothing in the request
// makes an exception.
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
	by := &ses.Actor.Admission
	by.Confirmed, by.Enrolling, by.Rescuing = g.confirmed(), g.tag == tagEnrol, g.rescue
	v.session, v.scope = ses, scope{actor: ses.Actor, customer: ses.Customer, base: ownBase}
	if ses.MustEnrol && g.tag != tagEnrol {
		return auth.ErrMustEnrol
	}
	if g.enters {
		in, err := s.enter(r)
		if err != nil {
			return err
		}
		v.scope = in
	}
	if g.need != "" && !v.scope.actor.Can(g.need, v.scope.customer.ID) {
		return portico.E(portico.Forbidden, "Your role does not give you access to this page.")
	}
	if g.confirmed() && !ses.Fresh && (!g.rescue || ses.RescueUntil.IsZero()) {
		return auth.ErrNotConfirmed
	}
	return nil
}
