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

// scope is the customer whose administration a page belongs to, and the reader
// as an actor there.
type scope struct {
	actor    portico.Actor
	customer portico.Customer
	base     string // of the addresses
}

// scopeOf returns the request's scope, which the route's guard has set.
func scopeOf(r *http.Request) scope { return visited(r).scope }

func (p scope) access() string { return p.base + "/access" }
func (p scope) policy() string { return p.base + "/policy" }
func (p scope) audit() string  { return p.base + "/audit" }
func (p scope) report() string { return p.base + "/report" }

func (p scope) user(id portico.UserID) string { return p.access() + "/" + url.PathEscape(string(id)) }

// enter returns the scope of an operator inside the customer that the address
// names, or an error if the operator may not enter it.
func (s *Server) enter(r *http.Request) (scope, error) {
	slug := r.PathValue("slug")
	actor, c, err := s.Customers.Enter(r.Context(), session(r).Actor, slug)
	return scope{actor: actor, customer: c, base: customersPath + "/" + url.PathEscape(slug)}, err
}
