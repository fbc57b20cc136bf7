package web_test

import (
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// TestProviderBrandsItsPages checks that the provider's name, logo and colour are
// on the pages that belong to no customer, and on those of customers without a
// brand of their own.
func TestProviderBrandsItsPages(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	olga := c.operator()
	page := olga.Get("/customers").Link("Name and brand")
	if page != "/administration/branding" {
		t.Fatalf("the menu leads to %q, want the page of the provider's brand", page)
	}
	p := olga.Fill(olga.Get(page), "Save", "Name", "Northern Hosting Ltd", "Brand name", strings.Repeat("x", 61))
	if p.Status != 422 || p.Value("Name") != "Northern Hosting Ltd" {
		t.Errorf("a brand of 61 characters: got %d %s, want it refused and kept", p.Status, p.Text())
	}
	p = olga.Fill(p, "Save", "Brand name", "Northern Hosting", "Accent colour", "#ffd400")
	if p.Path != page+"?done=customer-saved" || !marked(p, "NH", "Northern Hosting") {
		t.Fatalf("saving the brand: got %s %s, want it on the same page with its initials", p.Path, p.Text())
	}
	if e := c.Events(portico.ProviderID)[0]; e.Action != portico.CustomerChanged || e.Details != "name: Northern Hosting Ltd; brand name: Northern Hosting; accent colour: ffd400" {
		t.Errorf("the provider's log has %+v, want the change", e)
	}
	const sheet = `href="/accent/ffd400">`
	pages := map[string]*porticotest.Page{
		"the log-in page": c.Client().Get("/login"), "the page of a forgotten password": c.Client().Get("/login/forgot"), "no page": c.Client().Get("/nowhere"),
		"a customer without a brand": c.as(c.user).Get("/account"),
	}
	for name, p := range pages {
		if !marked(p, "NH", "Northern Hosting") || !strings.Contains(p.Body, sheet) {
			t.Errorf("%s: got %s, want the provider's name, initials and colour", name, p.Text())
		}
	}
	if p := c.Client().Get("/login"); !strings.Contains(p.Body, `<link rel="icon" href="/icon/ffd400/NH" type="image/svg+xml">`) {
		t.Errorf("the icon: got %s, want the initials on the colour", p.Body)
	}
	if icon := c.Client().Get("/icon/ffd400/NH"); icon.Status != 200 || icon.Header.Get("Content-Type") != "image/svg+xml" || !strings.Contains(icon.Body, `fill="#ffd400"`) || !strings.Contains(icon.Body, ">NH</text>") {
		t.Errorf("the icon: got %d %s, want NH on ffd400", icon.Status, icon.Body)
	}
	if icon := c.Client().Get("/icon/ffd400/%3Cg%3E"); icon.Status != 200 || strings.Contains(icon.Body, "<g>") {
		t.Errorf("an icon of markup: got %d %s, want it as text", icon.Status, icon.Body)
	}
	for _, path := range []string{"/icon/yellow/NH", "/icon/ffd400/Northern", "/icon/ffd400/%00"} {
		if icon := c.Client().Get(path); icon.Status != 404 {
			t.Errorf("%s: got %d, want status 404", path, icon.Status)
		}
	}
	olga.Upload(page+"/logo", "logo", picture(t, 64, 64))
	if p := c.Client().Get("/login"); !strings.Contains(p.Body, `<link rel="icon" href="/logo/`) {
		t.Errorf("with a logo: got %s, want it as the icon", p.Body)
	}
	if p := c.Client().Get("/login"); !strings.Contains(p.Body, `<img class="logo" src="/logo/`) || p.Link("Northern Hosting") != "/" {
		t.Errorf("with a logo: got %s, want it on the log-in page", p.Text())
	}
	// What a customer has chosen for itself stays.
	olga.Fill(olga.Get(acme), "Save", "Brand name", "Acme One", "Accent colour", "#1f6f54")
	p = c.as(c.user).Get("/account")
	if !marked(p, "AO", "Acme One") || !strings.Contains(p.Body, `href="/accent/1f6f54">`) || strings.Contains(p.Body, sheet) || strings.Contains(p.Body, `class="logo"`) {
		t.Errorf("a customer with a brand and no logo: got %s, want its initials and its colour", p.Text())
	}
	if p := olga.Get(acme); p.Link("Northern Hosting") != "/" {
		t.Errorf("an operator inside the customer: got %s, want the provider's brand", p.Text())
	}
	for _, who := range []portico.User{c.admin, c.help, c.user} {
		if b := c.as(who); b.Get(page).Status != 403 || b.Post(page, "name", "Mine").Status != 403 || b.Post(page+"/logo/remove").Status != 403 {
			t.Errorf("%s may change the provider's brand", who.LoginID)
		}
	}
	p = olga.Post(page + "/logo/remove")
	olga.Fill(p, "Remove the colour", "Brand name", "")
	if p := c.Client().Get("/login"); p.Link("Portico") != "/" || strings.Contains(p.Body, "/accent/") {
		t.Errorf("with all of it removed: got %s, want the portal's own name and colour", p.Text())
	}
}

// TestStandardColourIsNoChoice checks that the colour that the field shows without
// a choice is stored as none.
func TestStandardColourIsNoChoice(t *testing.T) {
	c := newFixture(t)
	olga := c.operator()
	p := olga.Get(acme)
	if p.Value("Accent colour") != "#3d37c9" {
		t.Errorf("got the colour %q, want the portal's own", p.Value("Accent colour"))
	}
	olga.Fill(p, "Save")
	if n := c.events(portico.CustomerChanged, ""); n != 0 || c.customer(t).Accent != "" {
		t.Errorf("saved as shown: got %d events and the colour %q, want no change", n, c.customer(t).Accent)
	}
	if css := c.Client().Get("/accent/ffd400?preview"); css.Status != 200 || !strings.Contains(css.Body, ".preview {") || strings.Contains(css.Body, ":root") {
		t.Errorf("the style of the preview: got %d %s, want it for the preview alone", css.Status, css.Body)
	}
}

// marked reports whether the header has this name and, in place of a logo and of
// the portal's mark, these initials.
func marked(p *porticotest.Page, initials, name string) bool {
	header, _, _ := strings.Cut(p.Body, "</header>")
	return p.Link(name) == "/" && strings.Contains(header, `data-mark="`+initials+`"`) && !strings.Contains(header, "<img")
}
