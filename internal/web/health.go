package web

import (
	"context"
	"net/http"

	"portico"
)

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) error { return plain(w, "ok\n") }

// readyz says whether a log-in would work. What the database answers holds for
// other requests too, so it does not end with this one.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), s.RequestTimeout)
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		return &portico.Error{Code: portico.Unavailable, Text: "Nobody can log in at the moment: the database does not answer, or takes no changes.", Err: err}
	}
	return plain(w, "ok\n")
}
