package web

import (
	"cmp"
	"net/http"
	"strings"

	"portico"
	"portico/internal/customers"
	"portico/internal/web/ui"
)

// brandingPath is the page of the provider's own look.
const brandingPath = ownBase + "/branding"

func (s *Server) brandingPage(w http.ResponseWriter, r *http.Request) error {
	page, err := s.brandingPageFor(r)
	if err != nil {
		return err
	}
	return s.show(w, page)
}

func (s *Server) brandingPageFor(r *http.Request) (ui.BrandingPage, error) {
	provider, err := s.Customers.Provider(r.Context())
	return ui.BrandingPage{Layout: s.layout(r, "Name and brand", brandingPath), Address: brandingPath, LookForm: s.lookForm(provider)}, err
}

// lookForm returns the form with the look of a customer, or of the provider.
func (s *Server) lookForm(c portico.Customer) ui.LookForm {
	standard := ui.StandardAccent
	if c.ID != portico.ProviderID {
		standard = cmp.Or(s.known.Load().provider.Accent, standard)
	}
	return ui.LookForm{
		Picture: logoPath(c), Name: c.Name, BrandName: c.Brand,
		AccentColour: "#" + cmp.Or(c.Accent, standard), HasAccent: c.Accent != "", Standard: "#" + standard,
		LanguageCode: c.Language,
	}
}

// typedLook returns the form with what was typed.
func typedLook(f form, look ui.LookForm) ui.LookForm {
	look.Name, look.BrandName, look.AccentColour, look.LanguageCode = f.text("name"), f.text("brand"), f.text("accent"), f.text("language")
	return look
}

func (s *Server) typedBranding(r *http.Request, f form, p *ui.Problem) (ui.Page, error) {
	page, err := s.brandingPageFor(r)
	page.Problem, page.LookForm = p, typedLook(f, page.LookForm)
	return page, err
}

// lookOf returns the customer whose look the address is about, or the provider,
// and the page that shows it.
func (s *Server) lookOf(r *http.Request) (portico.Customer, string, error) {
	if r.PathValue("slug") == "" {
		provider, err := s.Customers.Provider(r.Context())
		return provider, brandingPath, err
	}
	c, err := s.customerOf(r)
	return c.Customer, customerPath(c.Slug), err
}

// lookSave saves name, brand name, colour and language. A field for a colour is never empty:
// the colour that pages have without a choice is none.
func (s *Server) lookSave(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	c, page, err := s.lookOf(r)
	if err != nil {
		return err
	}
	look := customers.Branding{Name: f.text("name"), Brand: f.text("brand"), Accent: f.text("accent"), Language: f.text("language")}
	if f.ticked("accent_none") || strings.EqualFold(look.Accent, s.lookForm(c).Standard) {
		look.Accent = ""
	}
	if err := s.Customers.SaveBranding(r.Context(), session(r).Actor, c.ID, look); err != nil {
		typed := (*Server).typedCustomer
		if c.ID == portico.ProviderID {
			typed = (*Server).typedBranding
		}
		return s.rerenderTyped(w, r, f, err, typed)
	}
	return s.lookSaved(w, r, page, "customer-saved")
}

func (s *Server) lookSaved(w http.ResponseWriter, r *http.Request, page, notice string) error {
	if err := s.Look(r.Context()); err != nil {
		return err
	}
	return redirect(w, r, page, notice)
}

func (s *Server) logoSave(w http.ResponseWriter, r *http.Request) error {
	uploaded, err := readPicture(w, r)
	if err != nil {
		return err
	}
	c, page, err := s.lookOf(r)
	if err != nil {
		return err
	}
	if err := s.Customers.SaveLogo(r.Context(), session(r).Actor, c.ID, uploaded); err != nil {
		return s.rerenderTyped(w, r, form{}, err, (*Server).logoAgain)
	}
	return s.lookSaved(w, r, page, "logo-saved")
}

// logoAgain returns the page with what is wrong with the picture.
func (s *Server) logoAgain(r *http.Request, _ form, p *ui.Problem) (ui.Page, error) {
	if r.PathValue("slug") == "" {
		page, err := s.brandingPageFor(r)
		page.Problem = p
		return page, err
	}
	c, err := s.customerOf(r)
	page := s.customerPageFor(r, c)
	page.Problem = p
	return page, err
}

func (s *Server) logoRemove(w http.ResponseWriter, r *http.Request) error {
	c, page, err := s.lookOf(r)
	if err != nil {
		return err
	}
	if err := s.Customers.SaveLogo(r.Context(), session(r).Actor, c.ID, nil); err != nil {
		return err
	}
	return s.lookSaved(w, r, page, "logo-removed")
}
