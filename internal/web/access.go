package web

import (
	"net/http"
	"net/url"

	"portico"
	"portico/internal/people"
	"portico/internal/web/ui"
)

func (s *Server) accessPage(w http.ResponseWriter, r *http.Request) error {
	pl := at(r)
	after := portico.UserID(r.URL.Query().Get("after"))
	found, err := s.People.List(r.Context(), pl.actor, pl.customer.ID, portico.PeopleQuery{}, after, people.PageSize)
	if err != nil {
		return err
	}
	page := ui.AccessPage{
		Layout: s.layout(r, "Administration and Access", pl.access()), Customer: pl.customer.Name,
		Manages: pl.actor.Can(portico.ManagePeople, pl.customer.ID),
	}
	if found.Next != "" {
		page.Next = pl.access() + "?after=" + url.QueryEscape(string(found.Next))
	}
	if after != "" {
		page.First = pl.access()
	}
	for _, u := range found.Users {
		row := ui.AccessRow{User: u, Address: pl.user(u.ID), Self: u.ID == session(r).User.ID}
		switch {
		case u.TwoFactor == portico.TwoFactorNone:
		case row.Self:
			row.DeleteURL = "/account/two-factor/delete"
		case pl.actor.MayActOn(portico.ResetTwoFactor, u):
			row.DeleteURL = row.Address + "/two-factor/delete"
		}
		page.Rows = append(page.Rows, row)
	}
	return s.show(w, page)
}
