package web_test

import (
	"fmt"
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
	"portico/internal/web"
)

func TestCustomersAreCreatedAndFound(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.Enrol(c.user)
	olga := c.operator()
	list := olga.Get("/customers")
	if row := list.Row("Acme Telecom"); !strings.Contains(row, "acme 3 33% (1 of 3) Active") {
		t.Errorf("acme: %s", row)
	}
	if list.Has("provider") || list.Link("Acme Telecom") != acme || list.Link("+ Customer") != "/customers/new" {
		t.Errorf(`GET /customers: got %s, want no text "provider", list.Link("Acme Telecom") %v, list.Link("+ Customer") "/customers/new"`, list.Text(), acme)
	}
	form := olga.Get(list.Link("+ Customer"))
	for slug, wrong := range map[string]string{
		"": "short name of 2 to 40", "a": "short name of 2 to 40", "a b": "short name of 2 to 40", "../x": "short name of 2 to 40",
		"acme": "taken", "new": "The portal itself uses this one", "provider": "The portal itself uses this one",
	} {
		if p := olga.Fill(form, "Create customer", "Name", "Initech", "Short name", slug); p.Status != 422 || !strings.Contains(p.Alert(), wrong) || p.Value("Name") != "Initech" || p.Value("Short name") != slug {
			t.Errorf(`%q: %d %s, want status 422, %v in p.Alert(), p.Value("Name") "Initech", p.Value("Short name") %v`, slug, p.Status, p.Alert(), wrong, slug)
		}
	}
	p := olga.Fill(form, "Create customer", "Name", " Initech Größe ", "Short name", "Initech")
	if p.Path != "/customers/initech?done=customer-created" || !p.Has("Initech Größe") || !p.Has("nobody yet") {
		t.Fatalf(`pressing "Create customer": got %s %s, want path "/customers/initech?done=customer-created", the text "Initech Größe", the text "nobody yet"`, p.Path, p.Text())
	}
	for search, found := range map[string][]string{
		"gröss": {"Initech"}, "TEL": {"Acme"}, "ac te": {"Acme"}, "elecom": nil, "glo": {"Globex"}, "!?": nil, "<script>": nil, "": {"Acme", "Globex", "Initech"},
	} {
		p := olga.Fill(list, "Search", "Search customers", search)
		for _, name := range []string{"Acme", "Globex", "Initech"} {
			want := false
			for _, f := range found {
				want = want || f == name
			}
			if p.Has(name) != want {
				t.Errorf("search %q: %s %v", search, name, !want)
			}
		}
		if len(found) == 0 && (!p.Has("No customer matches") || p.Link("Show all customers") != "/customers") {
			t.Errorf("search %q: %s", search, p.Text())
		}
	}
}

func TestCustomersComeByPages(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	for i := range 102 {
		c.Customer(fmt.Sprintf("x%03d", i), fmt.Sprintf("Xavier %03d", i))
	}
	olga := c.operator()
	p := olga.Get("/customers?q=xavier")
	seen, pages := 0, 1
	for ; ; pages++ {
		seen += strings.Count(p.Text(), "Xavier")
		if (p.Link("First page") != "") != (pages > 1) {
			t.Errorf("page %d", pages)
		}
		next := p.Link("Next page")
		if next == "" {
			break
		}
		p = olga.Get(next)
	}
	if seen != 102 || pages != 3 || p.Value("Search customers") != "xavier" {
		t.Errorf("%d customers on %d pages", seen, pages)
	}
	if p := olga.Get("/customers?after=nobody"); p.Status != 404 {
		t.Errorf("a place that is none: %d", p.Status)
	}
}

// TestNoCustomerHidesAnAddress checks that no customer can have a short name
// that is already an address under /customers.
func TestNoCustomerHidesAnAddress(t *testing.T) {
	for _, r := range web.RouteTable() {
		_, path, _ := strings.Cut(r.Pattern, " ")
		below, is := strings.CutPrefix(path, "/customers/")
		word, _, _ := strings.Cut(below, "/")
		if is && word != "{slug}" && (portico.Customer{Slug: word, Name: "x"}).Validate() == nil {
			t.Errorf("a customer may be called %s, which hides %s", word, r.Pattern)
		}
	}
	olga := newFixture(t).operator()
	for _, path := range []string{"/customers/provider", "/customers/nobody", "/customers/provider/suspend", "/customers/provider/access", "/customers/%2e%2e/access"} {
		if p := olga.Get(path); p.Status != 404 {
			t.Errorf("%s: %d, want status 404", path, p.Status)
		}
	}
}

// TestBrandInPlaceOfPortico checks that only the customer's own people see its
// brand.
func TestBrandInPlaceOfPortico(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	olga := c.operator()
	p := olga.Fill(olga.Get(acme), "Save", "Name", "Acme Phones", "Brand name", strings.Repeat("x", 61))
	if p.Status != 422 || !strings.Contains(p.Alert(), "at most 60") || p.Value("Name") != "Acme Phones" {
		t.Errorf(`pressing "Save": got %d %s, want status 422, "at most 60" in p.Alert(), p.Value("Name") "Acme Phones"`, p.Status, p.Alert())
	}
	p = olga.Fill(p, "Save", "Brand name", "Acme One <b>")
	if p.Path != acme+"?done=customer-saved" || p.Link("Portico") != "/" || !p.Has("Acme Phones") {
		t.Fatalf(`pressing "Save": got %s %s, want path %q, p.Link("Portico") "/", the text "Acme Phones"`, p.Path, p.Text(), acme+"?done=customer-saved")
	}
	if e := c.Events(c.acme.ID)[0]; e.Action != portico.CustomerChanged || e.Details != "name: Acme Phones; brand name: Acme One <b>" || e.Actor.Role != portico.RoleOperator {
		t.Errorf(`got %+v, want e.Action %v, e.Details "name: Acme Phones; brand name: Acme One <b>", e.Actor.Role %v`, e, portico.CustomerChanged, portico.RoleOperator)
	}
	olga.Fill(p, "Save") // changes nothing
	if n := c.events(portico.CustomerChanged, ""); n != 1 {
		t.Errorf("%d events", n)
	}
	ulla := c.as(c.user)
	for _, path := range []string{"/", "/account", "/nowhere"} {
		if p := ulla.Get(path); p.Link("Acme One <b>") != "/" || p.Has("Portico") {
			t.Errorf(`%s: %s, want p.Link("Acme One <b>") "/", no text "Portico"`, path, p.Text())
		}
	}
	must(t, c.Users.SendPasswordLink(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
	alice := c.as(c.admin)
	alice.Post(access+"/new", "first_name", "Eve", "last_name", "Il", "email", "eve@example.com", "role", "user")
	for _, m := range append(c.Mails("ulla@"), c.Mails("eve@")...) {
		for _, path := range []string{"/password/", "/activate/"} {
			if link := m.Link(path); link != "" && c.Client().Get(link).Link("Acme One <b>") != "/" {
				t.Errorf(`%s: %s, want not (link != "" && c.Client().Get(link).Link("Acme One <b>") != "/")`, path, c.Client().Get(link).Text())
			}
		}
	}
	for name, p := range map[string]*porticotest.Page{"another customer's": c.as(c.other).Get("/"), "everybody's": c.Client().Get("/login"), "an operator's": olga.Get(acme + "/access")} {
		if p.Link("Portico") != "/" || p.Has("Acme One") {
			t.Errorf(`%s: %s, want p.Link("Portico") "/", no text "Acme One"`, name, p.Text())
		}
	}
	olga.Fill(olga.Get(acme), "Save", "Brand name", "")
	if p := ulla.Get("/"); p.Link("Portico") != "/" {
		t.Errorf("taken away: %s", p.Text())
	}
}

// TestAccentColour checks that only pages for the customer's own people have
// its colour.
func TestAccentColour(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	olga := c.operator()
	for _, bad := range []string{"red", "#12345", "#1f6f5g", `"><b>`} {
		if p := olga.Fill(olga.Get(acme), "Save", "Accent colour", bad); p.Status != 422 || !strings.Contains(p.Alert(), "such as #1f6f54") || p.Value("Accent colour") != bad {
			t.Errorf(`%q: %d %s, want status 422, "such as #1f6f54" in p.Alert(), p.Value("Accent colour") %v`, bad, p.Status, p.Alert(), bad)
		}
	}
	p := olga.Fill(olga.Get(acme), "Save", "Accent colour", "#1F6F54")
	if p.Path != acme+"?done=customer-saved" || p.Value("Accent colour") != "#1f6f54" {
		t.Fatalf(`pressing "Save": got %s %s, want path %q, p.Value("Accent colour") "#1f6f54"`, p.Path, p.Text(), acme+"?done=customer-saved")
	}
	const sheet = `<link rel="stylesheet" href="/accent/1f6f54">`
	if e := c.Events(c.acme.ID)[0]; e.Details != "accent colour: 1f6f54" {
		t.Errorf(`got %+v, want e.Details "accent colour: 1f6f54"`, e)
	}
	if !strings.Contains(c.as(c.user).Get("/account").Body, sheet) || strings.Contains(c.as(c.other).Get("/account").Body, sheet) || strings.Contains(p.Body, sheet) {
		t.Error("not on the pages of the customer's people, or on others")
	}
	css := c.Client().Get("/accent/1f6f54")
	if css.Status != 200 || !strings.HasPrefix(css.Header.Get("Content-Type"), "text/css") || !strings.Contains(css.Body, "--primary: light-dark(#1f6f54, ") {
		t.Errorf(`GET /accent/1f6f54: got %d %s, want status 200, css.Header.Get("Content-Type") to begin with "text/css", "--primary: light-dark(#1f6f54, " in css.Body`, css.Status, css.Body)
	}
	if p := c.Client().Get("/accent/nothing"); p.Status != 404 {
		t.Errorf("GET /accent/nothing: got %d, want status 404", p.Status)
	}
	olga.Fill(p, "Save", "Accent colour", "")
	if strings.Contains(c.as(c.user).Get("/account").Body, "/accent/") {
		t.Error("not taken away")
	}
}

// TestC15_OperatorsStandOut checks that the audit log of a customer marks what
// an operator does in it.
func TestC15_OperatorsStandOut(t *testing.T) {
	c := newFixture(t)
	olga := c.operator()
	p := olga.Fill(olga.Get(acme+"/access/new"), "Create user", "First name", "Eve", "Last name", "Il", "Email", "eve@example.com")
	if p.Status != 200 || !strings.HasPrefix(p.Path, acme+"/access/") {
		t.Fatalf(`pressing "Create user": got %v, want status 200, p.Path to begin with %q`, p.Path, acme+"/access/")
	}
	if e := c.Events(c.acme.ID)[0]; e.Action != portico.UserInvited || e.Actor.Role != portico.RoleOperator || e.Actor.LoginID != "olga" {
		t.Errorf(`got %+v, want e.Action %v, e.Actor.Role %v, e.Actor.LoginID "olga"`, e, portico.UserInvited, portico.RoleOperator)
	}
	if row := c.as(c.admin).Get("/administration/audit").Row("invited Eve Il"); !strings.Contains(row, "Olga Tester") || !strings.Contains(row, "Provider") {
		t.Errorf(`c.as(c.admin).Get("/administration/audit").Row("invited Eve Il"): got %s, want "Olga Tester" in row, "Provider" in row`, row)
	}
	for _, e := range c.Events(portico.ProviderID) {
		if e.Action == portico.UserInvited {
			t.Error("it stands in the provider's log instead")
		}
	}
	// People of other customers are out of reach.
	for _, path := range []string{acme + "/access/" + string(c.other.ID), acme + "/access/" + string(c.other.ID) + "/two-factor/delete"} {
		if p := olga.Get(path); p.Status != 404 {
			t.Errorf("%s: %d, want status 404", path, p.Status)
		}
	}
}
