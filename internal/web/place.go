package web

import (
	"net/http"
	"net/url"

	"portico"
)

// ownBase is the base address for administering one's own customer. Operators
// administer other customers under customersPath.
const (
	ownBase       = "/administration"
	customersPath = "/customers"
)

// place is the customer whose administration a page belongs to, and the reader
// as an actor there.
type place struct {
	actor    portico.Actor
	customer portico.Customer
	base     string // of the addresses
}

// at returns the request's place, which the route's guard has set.
func at(r *http.Request) place { return visited(r).place }

func (p place) access() string { return p.base + "/access" }
func (p place) policy() string { return p.base + "/policy" }
func (p place) audit() string  { return p.base + "/audit" }
func (p place) report() string { return p.base + "/report" }

func (p place) user(id portico.UserID) string { return p.access() + "/" + url.PathEscape(string(id)) }

// enter returns the place of an operator inside the customer that the address
// names, or an error if the operator may not enter it.
func (s *Server) enter(r *http.Request) (place, error) {
	slug := r.PathValue("slug")
	actor, c, err := s.People.Enter(r.Context(), session(r).Actor, slug)
	return place{actor: actor, customer: c, base: customersPath + "/" + url.PathEscape(slug)}, err
}
