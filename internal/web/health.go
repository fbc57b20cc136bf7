package web

import (
	"context"
	"net/http"
	"time"

	"portico"
)

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) error { return plain(w, "ok\n") }

// errUnfit has a code that is not logged for each request: the function Fits
// logs the cause once.
var errUnfit = &portico.Error{
	Code: portico.Busy, Message: portico.Say("The portal is being maintained. Try again in a few minutes."), Wait: time.Minute,
}

// unfit reports whether the database is no longer one that this program
// knows, so that no page can be answered. The checks of a load balancer are
// answered all the same, and so is what needs no database.
func (s *Server) unfit(r *http.Request, pattern string) bool {
	switch pattern {
	case "GET /healthz", "GET /readyz", "GET /static/":
		return false
	}
	return s.Fits(r.Context()) != nil
}

// readyz says whether a log-in would work. What the database answers holds for
// other requests too, so it does not end with this one.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) error {
	if err := s.Fits(r.Context()); err != nil {
		return &portico.Error{Code: portico.Busy, Message: portico.Say("This node does not serve: {0}.", err)}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), s.RequestTimeout)
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		return &portico.Error{Code: portico.Unavailable, Message: portico.Say("Nobody can log in at the moment: the database does not answer or cannot be written to, or the keyset lacks a key."), Err: err}
	}
	return plain(w, "ok\n")
}
