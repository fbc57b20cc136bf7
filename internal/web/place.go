package web

import (
	"net/http"
	"net/url"

	"portico"
)

// ownBase is where everybody administers the own customer; operators administer
// others below customersPath.
const (
	ownBase       = "/administration"
	customersPath = "/customers"
)

// place is the customer whose administration a page belongs to, and its reader
// as an actor there.
type place struct {
	actor    portico.Actor
	customer portico.Customer
	base     string // of the addresses
}

// at returns the request's place; the guard of the route has found it.
func at(r *http.Request) place { return visited(r).place }

func (p place) access() string { return p.base + "/access" }
func (p place) policy() string { return p.base + "/policy" }
func (p place) audit() string  { return p.base + "/audit" }
func (p place) report() string { return p.base + "/report" }

func (p place) user(id portico.UserID) string { return p.access() + "/" + url.PathEscape(string(id)) }

// enter is the way of an operator into the customer that the address names.
func (s *Server) enter(r *http.Request) (place, error) {
	slug := r.PathValue("slug")
	actor, c, err := s.People.Enter(r.Context(), session(r).Actor, slug)
	return place{actor: actor, customer: c, base: customersPath + "/" + url.PathEscape(slug)}, err
}
