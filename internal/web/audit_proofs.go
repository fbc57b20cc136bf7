package web

import (
	"errors"
	"fmt"
	"net/http"

	"portico"
	"portico/internal/audit"
	"portico/internal/web/ui"
)

// boundLog returns what the page shows about the log's signature, or nil before
// the first checkpoint. If the log was tampered with, boundLog logs an error
// for the people who run the portal and returns nil; the page still shows the
// events that are there.
func (s *Server) boundLog(r *http.Request) (*ui.BoundLog, error) {
	sc := scopeOf(r)
	c, err := s.Audit.Checkpoint(r.Context(), sc.actor, sc.customer.ID)
	if portico.NotFound.Is(err) {
		return nil, nil
	}
	if errors.Is(err, audit.ErrTampered) {
		s.Log.Error("the audit log was tampered with", "customer", string(sc.customer.ID), "error", err)
		return nil, nil
	}
	return &ui.BoundLog{Events: int(c.Size), At: c.At, Key: s.Audit.Key()}, err
}

// auditProofs streams the log together with the proofs that verify it.
func (s *Server) auditProofs(w http.ResponseWriter, r *http.Request) error {
	sc := scopeOf(r)
	d := s.download(w, r, "application/jsonl; charset=utf-8", sc.customer.Slug+"-audit-log-with-proofs.jsonl")
	err := s.Audit.ExportProofs(r.Context(), sc.actor, sc.customer, func(b []byte) error {
		if err := d.piece(); err != nil {
			return err
		}
		_, err := w.Write(b)
		return err
	})
	return s.ended(r, d, err)
}

// auditCheckpoint sends the newest checkpoint as a file.
func (s *Server) auditCheckpoint(w http.ResponseWriter, r *http.Request) error {
	sc := scopeOf(r)
	c, err := s.Audit.Checkpoint(r.Context(), sc.actor, sc.customer.ID)
	if err != nil {
		return err
	}
	d := s.download(w, r, "text/plain; charset=utf-8", fmt.Sprintf("%s-audit-checkpoint-%d.txt", sc.customer.Slug, c.Size))
	if err := d.piece(); err != nil {
		return err
	}
	_, err = w.Write([]byte(c.Signed))
	return s.ended(r, d, err)
}
