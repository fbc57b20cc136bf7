package web

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"portico"
	"portico/internal/spreadsheet"
	"portico/internal/web/ui"
)

func (s *Server) auditPage(w http.ResponseWriter, r *http.Request) error {
	sc := scopeOf(r)
	f, err := s.eventFilterOf(r, r.URL.Query())
	if err != nil {
		return err
	}
	page := ui.AuditPage{
		Layout: s.layout(r, "Audit log", sc.audit()), Customer: sc.customer.Name,
		WholeLog: f.address("", "", "") == "", LoginID: f.person, Action: f.action, From: f.from, Until: f.until, Actions: portico.ActionGroups(),
		CSV: f.address(sc.audit()+".csv", "", ""), JSON: f.address(sc.audit()+".jsonl", "", ""),
	}
	if f.problem != nil {
		page.Problem = s.problem(r, f.problem)
		return s.send(w, http.StatusUnprocessableEntity, page)
	}
	before := r.URL.Query().Get("before")
	events, next, err := s.Audit.Page(r.Context(), sc.actor, sc.customer.ID, f.query, before)
	if err != nil {
		return err
	}
	for _, e := range events {
		page.Rows = append(page.Rows, ui.EventRow{Event: e, Browser: e.Actor.Origin.BrowserName()})
	}
	if page.Bound, err = s.boundLog(r); err != nil {
		return err
	}
	if next != "" {
		page.Next = f.address(sc.audit(), "before", next)
	}
	if before != "" {
		page.First = f.address(sc.audit(), "", "")
	}
	return s.show(w, page)
}

// auditFile streams all events that match the filter, not only one page of
// them.
func (s *Server) auditFile(w http.ResponseWriter, r *http.Request, contentType, ending string, write func(io.Writer, []portico.Event) error) error {
	sc := scopeOf(r)
	f, err := s.eventFilterOf(r, r.URL.Query())
	if err != nil {
		return err
	}
	if f.problem != nil {
		return f.problem
	}
	d := s.download(w, r, contentType, sc.customer.Slug+"-audit-log."+ending)
	err = s.Audit.Export(r.Context(), sc.actor, sc.customer.ID, f.query, func(events []portico.Event) error {
		if err := d.piece(); err != nil {
			return err
		}
		return write(w, events)
	})
	return s.ended(r, d, err)
}

func (s *Server) auditCSV(w http.ResponseWriter, r *http.Request) error {
	first := true
	return s.auditFile(w, r, typeCSV, "csv", func(out io.Writer, events []portico.Event) error {
		c := csv.NewWriter(out)
		if first {
			first = false
			_ = c.Write([]string{"time", "action", "what_happened", "details", "actor", "actor_login_id", "actor_role", "actor_kind", "target", "address", "browser"}) // c.Error returns a failed write
		}
		for _, e := range events {
			_ = c.Write([]string{ // c.Error returns a failed write
				e.At.UTC().Format(time.RFC3339Nano), string(e.Action), spreadsheet.Cell(e.Sentence()), spreadsheet.Cell(e.DetailsText()), spreadsheet.Cell(e.Actor.Name), spreadsheet.Cell(e.Actor.LoginID),
				string(e.Actor.Role), string(e.Actor.Kind), spreadsheet.Cell(e.TargetName), spreadsheet.Cell(e.Actor.Origin.Address), spreadsheet.Cell(e.Actor.Origin.Browser),
			})
		}
		c.Flush()
		return c.Error()
	})
}

// eventLine is an event as one line of JSON. Its field names are stable.
type eventLine struct {
	ID           string    `json:"id"`
	Time         time.Time `json:"time"`
	Action       string    `json:"action"`
	WhatHappened string    `json:"what_happened"`
	Details      string    `json:"details,omitempty"`
	Actor        string    `json:"actor"`
	ActorID      string    `json:"actor_id,omitempty"`
	ActorLoginID string    `json:"actor_login_id,omitempty"`
	ActorRole    string    `json:"actor_role,omitempty"`
	ActorKind    string    `json:"actor_kind"`
	Target       string    `json:"target,omitempty"`
	TargetID     string    `json:"target_id,omitempty"`
	Address      string    `json:"address,omitempty"`
	Browser      string    `json:"browser,omitempty"`
}

func (s *Server) auditJSON(w http.ResponseWriter, r *http.Request) error {
	return s.auditFile(w, r, "application/jsonl; charset=utf-8", "jsonl", func(out io.Writer, events []portico.Event) error {
		enc := json.NewEncoder(out)
		for _, e := range events {
			if err := enc.Encode(eventLine{
				e.ID, e.At.UTC(), string(e.Action), e.Sentence(), e.DetailsText(), e.Actor.Name, string(e.Actor.UserID), e.Actor.LoginID,
				string(e.Actor.Role), string(e.Actor.Kind), e.TargetName, string(e.TargetID), e.Actor.Origin.Address, e.Actor.Origin.Browser,
			}); err != nil {
				return err
			}
		}
		return nil
	})
}
