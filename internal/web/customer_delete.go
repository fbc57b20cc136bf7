package web

import (
	"net/http"
	"strings"

	"portico"
	"portico/internal/archive"
	"portico/internal/customers"
	"portico/internal/web/ui"
)

// deleteCustomerPage asks whether a customer is to be deleted.
func (s *Server) deleteCustomerPage(r *http.Request, c customers.Summary) ui.DeleteCustomerPage {
	return ui.DeleteCustomerPage{
		Layout: s.insideLayout(r, "Delete customer", c.Customer), Name: c.Name, Slug: c.Slug, Address: customerPath(c.Slug), Counts: countsOf(c), Open: c.ProviderMayEnter(s.Now()),
		At: s.Now().Add(portico.CustomerDeletionWait), Months: c.DeletedLogMonths(),
	}
}

func (s *Server) customerDeletePage(w http.ResponseWriter, r *http.Request) error {
	c, err := s.customerOf(r)
	if err != nil {
		return err
	}
	if c.ToBeDeleted() {
		return redirect(w, r, customerPath(c.Slug), "") // asked for in the meantime: the page says so
	}
	return s.show(w, s.deleteCustomerPage(r, c))
}

func (s *Server) customerDelete(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	c, err := s.customerOf(r)
	if err != nil {
		return err
	}
	typed := strings.ToLower(f.text("slug"))
	if err := s.Customers.RequestDeletion(r.Context(), session(r).Actor, c.ID, typed, f.text("reason")); err != nil {
		return s.rerenderTyped(w, r, f, err, (*Server).typedCustomerDelete)
	}
	return redirect(w, r, customerPath(c.Slug), "customer-deletion")
}

func (s *Server) typedCustomerDelete(r *http.Request, f form, p *ui.Problem) (ui.Page, error) {
	c, err := s.customerOf(r)
	page := s.deleteCustomerPage(r, c)
	page.Problem, page.Typed, page.Reason = p, f.text("slug"), f.text("reason")
	return page, err
}

// customerKeep cancels the deletion of a customer.
func (s *Server) customerKeep(w http.ResponseWriter, r *http.Request) error {
	c, err := s.customerOf(r)
	if err != nil {
		return err
	}
	if err := s.Customers.CancelDeletion(r.Context(), session(r).Actor, c.ID); err != nil {
		return err
	}
	return redirect(w, r, customerPath(c.Slug), "customer-kept")
}

// customerArchive streams everything of the customer as a ZIP file.
func (s *Server) customerArchive(w http.ResponseWriter, r *http.Request) error {
	sc := scopeOf(r)
	d := s.download(w, r, "application/zip", sc.customer.Slug+"-everything.zip")
	// The confirmation need not last until the end of the file, but all else must.
	ctx, reader := r.Context(), sc.actor
	reader.Admission.Confirmed = false
	d.admitted = func() error { return s.Auth.StillAdmitted(ctx, reader) }
	from := archive.Writer{Customers: s.Customers, Users: s.Users, Audit: s.Audit}
	return s.ended(r, d, from.Write(ctx, sc.actor, sc.customer, pieces{d}))
}

// pieces writes each piece of a download once its reader may have it.
type pieces struct{ d *download }

func (p pieces) Write(b []byte) (int, error) {
	if err := p.d.piece(); err != nil {
		return 0, err
	}
	return p.d.w.Write(b)
}
