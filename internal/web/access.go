package web

import (
	"net/http"
	"net/url"

	"portico"
	"portico/internal/web/ui"
)

const accessPath = "/administration/access"

func (s *Server) accessPage(w http.ResponseWriter, r *http.Request) error {
	ses := session(r)
	after := r.URL.Query().Get("after")
	users, next, err := s.People.List(r.Context(), ses.Actor, ses.User.CustomerID, after)
	if err != nil {
		return err
	}
	page := ui.AccessPage{
		Layout: s.layout(r, "Administration and Access", accessPath), Customer: ses.CustomerName,
		Manages: ses.Actor.Can(portico.ManagePeople, ses.User.CustomerID),
	}
	if next != "" {
		page.Next = accessPath + "?after=" + url.QueryEscape(next)
	}
	if after != "" {
		page.First = accessPath
	}
	for _, u := range users {
		row := ui.AccessRow{User: u, Address: userPath(u.ID), Self: u.ID == ses.User.ID}
		switch {
		case u.TwoFactor == portico.TwoFactorNone:
		case row.Self:
			row.DeleteURL = "/account/two-factor/delete"
		case ses.Actor.MayActOn(portico.ResetTwoFactor, u):
			row.DeleteURL = row.Address + "/two-factor/delete"
		}
		page.Rows = append(page.Rows, row)
	}
	return s.show(w, page)
}

func userPath(id portico.UserID) string { return accessPath + "/" + url.PathEscape(string(id)) }

func (s *Server) auditPage(w http.ResponseWriter, r *http.Request) error {
	const path = "/administration/audit"
	ses := session(r)
	before := r.URL.Query().Get("before")
	events, next, err := s.Audit.Page(r.Context(), ses.Actor, ses.User.CustomerID, before)
	if err != nil {
		return err
	}
	page := ui.AuditPage{Layout: s.layout(r, "Audit log", path), Customer: ses.CustomerName, Events: events}
	if next != "" {
		page.Next = path + "?before=" + url.QueryEscape(next)
	}
	if before != "" {
		page.First = path
	}
	return s.show(w, page)
}
