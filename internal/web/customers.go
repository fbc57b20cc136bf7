package web

import (
	"net/http"
	"net/url"
	"strings"

	"portico"
	"portico/internal/customers"
	"portico/internal/web/ui"
)

func customerPath(slug string) string { return customersPath + "/" + url.PathEscape(slug) }

func countsOf(c customers.Summary) ui.Counts {
	return ui.Counts{Known: c.Counted, People: c.People, Active: c.Active, Protected: c.Protected}
}

func (s *Server) customersPage(w http.ResponseWriter, r *http.Request) error {
	asked := r.URL.Query()
	search, after := strings.TrimSpace(asked.Get("q")), asked.Get("after")
	found, err := s.Customers.List(r.Context(), session(r).Actor, search, portico.CustomerID(after))
	if err != nil {
		return err
	}
	page := ui.CustomersPage{Layout: s.layout(r, "Customers", customersPath), Search: search}
	for _, c := range found.Customers {
		page.Rows = append(page.Rows, ui.CustomerRow{
			Name: c.Name, Slug: c.Slug, Address: customerPath(c.Slug), Statuses: c.Statuses(s.Now()), Counts: countsOf(c),
		})
	}
	address := func(after portico.CustomerID) string {
		q := url.Values{}
		if search != "" {
			q.Set("q", search)
		}
		if after != "" {
			q.Set("after", string(after))
		}
		return strings.TrimSuffix(customersPath+"?"+q.Encode(), "?")
	}
	if found.Next != "" {
		page.Next = address(found.Next)
	}
	if after != "" {
		page.First = address("")
	}
	return s.show(w, page)
}

func (s *Server) customerNewPage(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, ui.NewCustomerPage{Layout: s.layout(r, "New customer", customersPath)})
}

func (s *Server) customerNew(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	name, slug := f.text("name"), strings.ToLower(f.text("slug"))
	c, err := s.Customers.Create(r.Context(), session(r).Actor, slug, name, "")
	if err != nil {
		return s.rerenderTyped(w, r, f, err, (*Server).typedNewCustomer)
	}
	return s.redirectAbout(w, r, customerPath(c.Slug), "customer-created", c.Name)
}

func (s *Server) typedNewCustomer(r *http.Request, f form, p *ui.Problem) (ui.Page, error) {
	return ui.NewCustomerPage{
		Layout: s.layout(r, "New customer", customersPath), Problem: p, Name: f.text("name"), Slug: strings.ToLower(f.text("slug")),
	}, nil
}

// customerOf returns the customer that the address names, as operators see it.
func (s *Server) customerOf(r *http.Request) (customers.Summary, error) {
	return s.Customers.Summary(r.Context(), session(r).Actor, r.PathValue("slug"))
}

func (s *Server) customerPage(w http.ResponseWriter, r *http.Request) error {
	c, err := s.customerOf(r)
	if err != nil {
		return err
	}
	return s.show(w, s.customerPageFor(r, c))
}

func (s *Server) customerPageFor(r *http.Request, c customers.Summary) ui.CustomerPage {
	page := ui.CustomerPage{
		Layout: titled(s.insideLayout(r, "", c.Customer), c.Name), Customer: c.Customer, Statuses: c.Statuses(s.Now()),
		Address: customerPath(c.Slug), Open: c.ProviderMayEnter(s.Now()), Counts: countsOf(c), LookForm: s.lookForm(c.Customer),
	}
	if page.Open && c.AccessRevoked {
		page.Until = c.AccessGrantedUntil
	}
	return page
}

// insideLayout returns the layout of an operator's page about a customer: that of
// the pages inside it, unless the customer has revoked provider access.
func (s *Server) insideLayout(r *http.Request, title portico.Text, c portico.Customer) ui.Layout {
	l := s.layout(r, title, customersPath)
	if c.ProviderMayEnter(s.Now()) {
		l.Base, l.Entered, l.Here = customerPath(c.Slug), c.Name, customerPath(c.Slug)
	}
	return l
}

func (s *Server) typedCustomer(r *http.Request, f form, p *ui.Problem) (ui.Page, error) {
	c, err := s.customerOf(r)
	page := s.customerPageFor(r, c)
	page.Problem, page.LookForm = p, typedLook(f, page.LookForm)
	return page, err
}

func (s *Server) customerSuspendPage(w http.ResponseWriter, r *http.Request) error {
	c, err := s.customerOf(r)
	if err != nil {
		return err
	}
	if c.Suspended() {
		return redirect(w, r, customerPath(c.Slug), "") // suspended in the meantime: the page says so
	}
	return s.show(w, ui.SuspendCustomerPage{
		Layout: s.insideLayout(r, "Suspend customer", c.Customer), Name: c.Name, Address: customerPath(c.Slug), Counts: countsOf(c),
	})
}

func (s *Server) customerSuspend(w http.ResponseWriter, r *http.Request) error {
	c, err := s.customerOf(r)
	if err != nil {
		return err
	}
	if err := s.Customers.Suspend(r.Context(), session(r).Actor, c.ID); err != nil {
		return err
	}
	return s.redirectAbout(w, r, customerPath(c.Slug), "customer-suspended", c.Name)
}

func (s *Server) customerReactivate(w http.ResponseWriter, r *http.Request) error {
	c, err := s.customerOf(r)
	if err != nil {
		return err
	}
	if err := s.Customers.Reactivate(r.Context(), session(r).Actor, c.ID); err != nil {
		return err
	}
	return s.redirectAbout(w, r, customerPath(c.Slug), "customer-reactivated", c.Name)
}
