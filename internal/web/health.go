package web

import (
	"context"
	"net/http"
	"time"

	"portico"
)

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) error { return plain(w, "ok\n") }

// pingTimeout is how long readyz waits for the database.
const pingTimeout = 3 * time.Second

func (s *Server) readyz(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), pingTimeout)
	defer cancel()
	if err := s.Ping(ctx); err != nil {
		return &portico.Error{Code: portico.Unavailable, Text: "The database does not answer.", Err: err}
	}
	return plain(w, "ok\n")
}
